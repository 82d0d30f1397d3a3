# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The controller's part of rke2_node: what is sent to a node, and what is not. Whole hosts are in tests/rke2."""

from __future__ import annotations

import hashlib
import os

import pytest
from ansible.errors import AnsibleActionFail
from ansible.plugins.action import ActionBase

from ansible_collections.unifiedmeta.platform.plugins.action.rke2_node import ActionModule

VERSION, TARBALL, IMAGES = "v1.35.4+rke2r1", "rke2.linux-amd64.tar.gz", "rke2-images-core.linux-amd64.tar.zst"


class Shell:
    tmpdir = None

    @staticmethod
    def join_path(*parts):
        return os.path.join(*parts)


class Connection:
    _shell = Shell


class Task:
    action, async_val = "unifiedmeta.platform.rke2_node", 0

    def __init__(self, arguments, check):
        self.args, self.check_mode = arguments, check


@pytest.fixture
def act(tmp_path, monkeypatch):
    """Factory: runs the action, with a node that has some files; returns the result and what was sent to it, in order."""
    def run(arguments, has=(), check=False, pipelined=True, refuses=()):
        sent, has = [], set(has)

        class Action(ActionModule):
            def __init__(self):  # pylint: disable=super-init-not-called  # a task's surroundings are not needed
                self._task, self._connection = Task(arguments, check), Connection

            def _is_pipelining_enabled(self, *_given):
                return pipelined

            def _make_tmp_path(self, *_given):
                Shell.tmpdir = "/remote/tmp"

            def _transfer_file(self, local_path, remote_path):
                with open(local_path, "rb") as handle:
                    sent.append((os.path.basename(remote_path), handle.read()))

            def _fixup_perms2(self, paths, *_given):
                assert paths[0] == "/remote/tmp"

            def _execute_module(self, module_args=None, **_given):
                came = module_args.get("incoming") or {}
                for name, path in came.items():
                    assert path == f"/remote/tmp/{name}"
                    if name in refuses:
                        return {"failed": True, "msg": f"{name}: has another sha256"}
                    has.add(name)
                needed = [name for name in sorted((module_args.get("node") or {}).get("artifacts") or {}) if name not in has]
                sent.append(("module", [*sorted(module_args), module_args.get("sizes")]))
                return {"changed": bool(came), "needed": needed, "actions": [f"stage {name}" for name in came]}

        monkeypatch.setattr(ActionBase, "run", lambda _self, _tmp, _vars: {})
        return Action().run(None, {"inventory_hostname": "s1"}), sent

    return run


@pytest.fixture
def staging(tmp_path):
    """Arguments, with a controller's folder that has both files."""
    for name in (TARBALL, IMAGES):
        place = tmp_path / "cache" / VERSION / "amd64" / name
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(name.encode())
    digests = {name: hashlib.sha256(name.encode()).hexdigest() for name in (TARBALL, IMAGES)}
    return {"state": "staged", "source": str(tmp_path / "cache"), "node": {"version": VERSION, "artifacts": digests}}


def test_only_what_the_node_lacks_is_sent_one_after_the_other(act, staging):
    result, sent = act(staging)
    assert [one[0] for one in sent] == ["module", IMAGES, "module", TARBALL, "module"] and sent[1][1] == IMAGES.encode()
    assert result["changed"] is True and result["needed"] == [] and result["actions"] == [f"stage {IMAGES}", f"stage {TARBALL}"]
    result, sent = act(staging, has=[IMAGES])
    assert [one[0] for one in sent] == ["module", TARBALL, "module"]


def test_the_node_is_told_how_much_room_it_takes(act, staging):
    _result, sent = act({**staging, "sizes": {IMAGES: 0}}, check=True)
    assert sent[0][1][-1] == {TARBALL: len(TARBALL), IMAGES: len(IMAGES)}


def test_a_node_that_has_all_costs_one_module_and_no_transfer(act, staging):
    result, sent = act(staging, has=[TARBALL, IMAGES])
    assert [one[0] for one in sent] == ["module"] and result["changed"] is False


def test_check_mode_sends_nothing(act, staging):
    result, sent = act(staging, check=True)
    assert [one[0] for one in sent] == ["module"] and result["needed"] == [IMAGES, TARBALL]


def test_a_file_that_the_node_refuses_ends_it(act, staging):
    result, sent = act(staging, refuses=[IMAGES])
    assert result == {"failed": True, "msg": f"{IMAGES}: has another sha256"} and TARBALL not in [one[0] for one in sent]


def test_what_comes_from_outside_as_already_sent_is_not_believed(act, staging):
    _result, sent = act({**staging, "incoming": {TARBALL: "/etc/shadow"}}, has=[TARBALL, IMAGES])
    assert "incoming" not in sent[0][1]


@pytest.mark.parametrize("parts", [(VERSION, "amd64"), (VERSION,), ()])
def test_where_the_controller_may_have_a_file(act, tmp_path, parts):
    place = tmp_path.joinpath("folder", *parts, TARBALL)
    place.parent.mkdir(parents=True)
    place.write_bytes(b"x")
    _result, sent = act({"state": "staged", "source": str(tmp_path / "folder"), "node": {"version": VERSION, "artifacts": {TARBALL: "a"}}})
    assert sent[1] == (TARBALL, b"x")


@pytest.mark.parametrize(("source", "told"), [("", "give source, the folder that rke2_artifacts returns"), ("/nowhere",
                                                                                                            "is not in /nowhere; run rke2_artifacts")])
def test_what_the_controller_has_not_got_is_told(act, source, told):
    with pytest.raises(AnsibleActionFail, match=told):
        act({"state": "staged", "source": source, "node": {"version": VERSION, "artifacts": {TARBALL: "a"}}})


def test_secrets_are_only_piped(act):
    with pytest.raises(AnsibleActionFail, match="without pipelining"):
        act({"state": "started", "secrets": {"token": "x"}}, pipelined=False)
    assert act({"state": "stopped"}, pipelined=False)[0]["changed"] is False


def test_ansible_itself_runs_it(play):
    assert "failed=0" in play("rke2_node", {"state": "stopped"}, "--check")

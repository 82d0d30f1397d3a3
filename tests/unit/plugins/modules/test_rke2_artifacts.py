# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The module rke2_artifacts as Ansible runs it, with a real server on the loopback."""

from __future__ import annotations

import hashlib
import os

import pytest
import yaml

from ansible_collections.unifiedmeta.platform.plugins.module_utils._rke2 import artifacts
from ansible_collections.unifiedmeta.platform.plugins.modules import rke2_artifacts

VERSION, NAME, IMAGES = "v1.35.4+rke2r1", "rke2.linux-amd64.tar.gz", "rke2-images-core.linux-amd64.tar.zst"
CONTENT = b"a release"
DIGEST = hashlib.sha256(CONTENT).hexdigest()


@pytest.fixture
def given(tmp_path, scripted):
    """Arguments of a site with a server of its own."""
    server = scripted((200, CONTENT))
    lock = tmp_path / "lock.yml"
    lock.write_text(artifacts.emit({VERSION: {"amd64": {NAME: DIGEST, IMAGES: DIGEST}}}), "utf-8")
    return server, {"version": VERSION, "lock": str(lock), "source": server.url, "cache": str(tmp_path / "cache")}


def test_check_mode_tells_what_would_be_fetched_and_the_run_does_it_once(module, given):
    server, arguments = given
    told = module("rke2_artifacts", arguments, check=True)
    assert server.seen == [] and told["changed"] and not os.path.exists(arguments["cache"])
    done = module("rke2_artifacts", arguments)
    assert done == {**done, **{key: told[key] for key in ("changed", "folder", "artifacts", "fetched")}}
    assert done["fetched"] == [f"{server.url}/v1.35.4%2Brke2r1/{NAME}"] and done["artifacts"] == {"amd64": {NAME: DIGEST}}
    again = module("rke2_artifacts", arguments)
    assert (again["changed"], again["fetched"], len(server.seen)) == (False, [], 1)
    assert os.path.isfile(os.path.join(done["folder"], VERSION, "amd64", NAME))


def test_progress_is_told(module, given, tmp_path):
    _server, arguments = given
    module("rke2_artifacts", {**arguments, "files": ["rke2-images-core.linux-{arch}.tar.zst"], "progress": str(tmp_path / "progress")})
    assert f"{VERSION}: {IMAGES}" in (tmp_path / "progress").read_text("utf-8")


def test_a_folder_is_verified_in_check_mode_too(module, given, tmp_path):
    _server, arguments = given
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / NAME).write_bytes(CONTENT)
    result = module("rke2_artifacts", {**arguments, "source": str(tmp_path / "folder")})
    assert (result["changed"], result["folder"]) == (False, str(tmp_path / "folder"))
    (tmp_path / "folder" / NAME).write_bytes(b"another")
    result = module("rke2_artifacts", {**arguments, "source": str(tmp_path / "folder")}, check=True)
    assert result["failed"] and f"the lock says {DIGEST}" in result["msg"]


@pytest.mark.parametrize(("changed", "told"), [
    ({"version": "v1.30.0+rke2r1"}, "the lock has no entry for v1.30.0+rke2r1"), ({"lock": "/nowhere/lock.yml"}, "the lock /nowhere/lock.yml can't be read"),
    ({"files": ["nothing"]}, "the lock has no nothing of"), ({"architectures": ["arm64"]}, "on arm64"), ({"architectures": ["s390x"]}, "s390x"),
])
def test_what_is_refused(module, given, changed, told):
    result = module("rke2_artifacts", {**given[1], **changed})
    assert result["failed"] and told in result["msg"]


def test_faults_of_the_lock_are_told_all_at_once(module, given, tmp_path):
    (tmp_path / "lock.yml").write_text("x: {y: {z: w}}\n", "utf-8")
    assert module("rke2_artifacts", given[1])["msg"].count("\n- ") == 3


def test_a_server_that_sends_another_file(module, given):
    server, arguments = given
    server.script[:] = [(200, b"other")]
    assert "the file was thrown away" in module("rke2_artifacts", arguments)["msg"]


def test_options_are_documented():
    options = yaml.safe_load(rke2_artifacts.DOCUMENTATION)["options"]
    assert {name: one.get("default") for name, one in options.items()} == {name: one.get("default") for name, one in rke2_artifacts.SPEC.items()}

# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The module file_tree, run as Ansible runs it."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest
import yaml

from ansible_collections.unifiedmeta.platform.plugins.module_utils import _file_tree
from ansible_collections.unifiedmeta.platform.plugins.modules import file_tree

FILES = {"a.yml": "a: 1\n", "b/c.yml": "c: 2\n"}


def run(check=False, diff=False, **params):
    """Result of one run."""
    arguments = {"ANSIBLE_MODULE_ARGS": {**params, "_ansible_check_mode": check, "_ansible_diff": diff, "_ansible_remote_tmp": "/tmp"}}
    text = (
        "import json, runpy, sys\n"
        "from ansible.module_utils import basic\n"
        "from ansible.plugins.loader import init_plugin_loader\n"
        "init_plugin_loader()\n"
        "basic._ANSIBLE_ARGS = sys.stdin.buffer.read()\n"
        "try:\n    basic._ANSIBLE_PROFILE = 'legacy'\nexcept AttributeError:\n    pass\n"
        "from ansible_collections.unifiedmeta.platform.plugins.modules import file_tree\n"
        "file_tree.main()\n"
    )
    done = subprocess.run([sys.executable, "-c", text], input=json.dumps(arguments).encode(), capture_output=True, check=False)
    return json.loads(done.stdout.decode().strip().splitlines()[-1])


def test_writes_and_then_has_nothing_to_do(tmp_path):
    first, second = (run(dest=str(tmp_path / "x"), files=FILES) for _number in range(2))
    assert (first["changed"], first["created"], first["count"]) == (True, ["a.yml", "b/c.yml"], 2)
    assert (second["changed"], second["created"], second["updated"], second["removed"]) == (False, [], [], [])
    assert (tmp_path / "x/b/c.yml").read_text(encoding="utf-8") == "c: 2\n"


def test_updates_and_removes(tmp_path):
    run(dest=str(tmp_path), files=FILES)
    result = run(dest=str(tmp_path), files={"a.yml": "a: 2\n"})
    assert (result["changed"], result["created"], result["updated"], result["removed"]) == (True, [], ["a.yml"], ["b/c.yml"])
    assert not (tmp_path / "b").exists()


def test_check_mode_tells_and_changes_nothing(tmp_path):
    run(dest=str(tmp_path), files=FILES)
    wanted = {"a.yml": "a: 2\n", "d.yml": "d\n"}
    told = run(check=True, dest=str(tmp_path), files=wanted)
    assert sorted(path.name for path in tmp_path.iterdir()) == [".file_tree.json", "a.yml", "b"]
    done = run(dest=str(tmp_path), files=wanted)
    assert {key: told[key] for key in ("changed", "created", "updated", "removed")} == {key: done[key] for key in ("changed", "created", "updated", "removed")}


def test_check_mode_makes_no_folder(tmp_path):
    assert run(check=True, dest=str(tmp_path / "x"), files=FILES)["changed"] is True
    assert not (tmp_path / "x").exists()


def test_the_difference_is_shown_when_it_is_asked_for(tmp_path):
    run(dest=str(tmp_path), files=FILES)
    assert "diff" not in run(dest=str(tmp_path), files={"a.yml": "a: 2\n"}, check=True)
    result = run(dest=str(tmp_path), files={"a.yml": "a: 2\n"}, check=True, diff=True)
    assert result["diff"] == [
        {"before_header": "a.yml", "after_header": "a.yml", "before": "a: 1\n", "after": "a: 2\n"},
        {"before_header": "b/c.yml", "after_header": "b/c.yml", "before": "c: 2\n", "after": ""},
    ]


def test_two_uses_of_one_folder(tmp_path):
    run(dest=str(tmp_path), files=FILES, marker="one.json")
    run(dest=str(tmp_path), files={"z.yml": "z\n"}, marker="two.json")
    assert run(dest=str(tmp_path), files={}, marker="two.json")["removed"] == ["z.yml"]
    assert (tmp_path / "a.yml").exists()


@pytest.mark.parametrize(("params", "told"), [
    ({"files": {"../x": "y"}}, "files: '../x' is no path inside the folder; give it relative, with / between the parts"),
    ({"files": {"a": 1}}, "files: the content of 'a' is no text but int"),
    ({"files": {}, "marker": "a/b"}, "marker: 'a/b' must be the name of a file in dest"),
    ({"files": {}, "marker": ""}, "marker: '' must be the name of a file in dest"),
])
def test_what_is_refused(tmp_path, params, told):
    result = run(dest=str(tmp_path / "x"), **params)
    assert (result["failed"], result["msg"]) == (True, told)
    assert not (tmp_path / "x").exists()


def test_a_fault_of_the_folder_is_told(tmp_path):
    (tmp_path / "a.yml").mkdir()
    result = run(dest=str(tmp_path), files=FILES)
    assert result["failed"] and result["msg"].startswith(f"{tmp_path}/a.yml can't be read: ") and "Is a directory" in result["msg"]


def test_missing_options_are_told(tmp_path):
    assert "files" in run(dest=str(tmp_path))["msg"]


def test_diffs_are_in_the_order_of_paths():
    difference = _file_tree.Difference({"a": None, "b": "x"}, {"a": "new", "b": None})
    assert [(part["before"], part["after"]) for part in file_tree.diffs(difference)] == [("", "new"), ("x", "")]


def test_options_and_results_are_documented():
    options = yaml.safe_load(file_tree.DOCUMENTATION)["options"]
    assert set(options) == {"dest", "files", "marker"}
    assert set(yaml.safe_load(file_tree.RETURN)) == {"created", "updated", "removed", "count"}

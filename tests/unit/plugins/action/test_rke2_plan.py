# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The plan as ansible-playbook shows it, in check mode and in the run; plan files; refusals."""

from __future__ import annotations

import json
import stat

import pytest

from tests.unit.plugins.module_utils._rke2 import fleet

HOSTS = ("s1", "s2", "s3", "a1", "a2")


@pytest.fixture
def arguments():
    """Of a cluster that is to be made."""
    desired = fleet.wanted()
    return {"desired": desired, "facts": fleet.bares(desired), "secrets_fingerprints": fleet.FINGERPRINTS}


def test_it_tells_the_rollout(play, arguments):
    said = play("rke2_plan", arguments)
    assert "RKE2 cluster demo, v1.35.4+rke2r1, at https://rke2.example.org:9345: 3 servers, 2 agents, not there yet" in said
    assert "1. s1 is installed as the first server" in said and "5. a2 is installed and joins" in said and "ok=1 changed=0" in said


def test_check_mode_tells_the_same(play, arguments):
    def plan(*options):
        said = play("rke2_plan", arguments, *options)
        return said[said.index("RKE2 cluster") : said.index("PLAY RECAP")]

    assert plan() == plan("--check") == plan("--check", "--diff")


def test_it_returns_groups_and_nodes(play, arguments):
    said = play("rke2_plan", arguments, "-v")
    assert "groups: agents: - a1 - a2 init: - s1 servers: - s2 - s3 stage: - s1" in said and "start_server: '' " in said


def test_refusals_are_told_once_and_fail(play, arguments):
    arguments["facts"]["s2"] = {"reachable": False}
    said = play("rke2_plan", arguments)
    assert said.count("second one must not be made") == 2  # on its own line, and in what the task returns
    assert "One reason to do nothing, told above and in `refusals`." in said and "failed=1" in said


def test_limit(play, arguments):
    said = play("rke2_plan", {**arguments, "limit": ["s1"]})
    assert "1. s1 is installed" in said and "not among the hosts of this run: s2 (join)" in said


def test_a_plan_file_is_written_in_check_mode_for_its_owner(play, arguments, tmp_path):
    play("rke2_plan", {**arguments, "dest": str(tmp_path / "plan.json")}, "--check")
    made = json.loads((tmp_path / "plan.json").read_text("utf-8"))
    assert made["format"] == 1 and [step["host"] for step in made["steps"]] == list(HOSTS)
    assert stat.S_IMODE((tmp_path / "plan.json").stat().st_mode) == 0o600


def test_a_plan_file_is_held_to(play, arguments, tmp_path):
    kept = str(tmp_path / "plan.json")
    play("rke2_plan", {**arguments, "dest": kept})
    assert "ok=1" in play("rke2_plan", {**arguments, "against": kept})
    arguments["facts"]["a1"]["installed"] = "v1.35.4+rke2r1"
    said = play("rke2_plan", {**arguments, "against": kept})
    assert "not any more what the plan was made for (a1: installed)" in said and "failed=1" in said


def test_a_plan_file_that_is_none(play, arguments, tmp_path):
    (tmp_path / "plan.json").write_text("[]", "utf-8")
    assert "the plan file holds no plan that can be carried out" in play("rke2_plan", {**arguments, "against": str(tmp_path / "plan.json")})
    assert "can't be read" in play("rke2_plan", {**arguments, "against": str(tmp_path / "nowhere.json")})


def test_a_place_that_cannot_be_written(play, arguments, tmp_path):
    assert "the plan can't be written to" in play("rke2_plan", {**arguments, "dest": str(tmp_path / "nowhere" / "plan.json")})


def test_a_removal(play):
    desired = fleet.wanted()
    said = play("rke2_plan", {"desired": desired, "facts": fleet.running(desired), "remove": ["s1"]}, "-v")
    assert "1. s1 is removed, drained first" in said and "2 voters are left" in said and "remove: - s1" in said


def test_preflight_refuses_too(play, arguments):
    arguments["facts"]["s2"]["memory"] = arguments["facts"]["s1"]["memory"] = 2**29
    said = play("rke2_plan", arguments)
    assert "failed=1" in said and "- s1, s2: " in said
    assert "ok=1" in play("rke2_plan", {**arguments, "preflight_ignore": ["memory"]})


def test_what_is_no_desired_state(play):
    assert "rke2_plan: desired has no artifacts, cluster, nodes, settings, version;" in play("rke2_plan", {"desired": {"x": 1}, "facts": {}})


def test_unknown_options_are_refused(play, arguments):
    assert "Unsupported parameters" in play("rke2_plan", {**arguments, "limits": []})

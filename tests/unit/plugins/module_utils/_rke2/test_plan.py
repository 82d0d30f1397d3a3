# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Whole plans: bootstrap, nothing to do, changes, upgrades, what was killed in between."""

from __future__ import annotations

import json

import pytest

from ansible_collections.unifiedmeta.platform.plugins.module_utils._rke2 import names, plan
from tests.unit.plugins.module_utils._rke2 import fleet


def test_bootstrap_is_in_order():
    desired = fleet.wanted()
    made = fleet.make(desired, fleet.bares(desired))
    assert made["refusals"] == []
    assert fleet.told(made) == [("s1", "install"), ("s2", "join"), ("s3", "join"), ("a1", "join"), ("a2", "join")]
    assert made["groups"] == {"stage": ["s1", "s2", "s3", "a1", "a2"], "init": ["s1"], "servers": ["s2", "s3"], "agents": ["a1", "a2"]}
    assert [step["order"] for step in made["steps"]] == [1, 2, 3, 4, 5]


def test_the_first_server_starts_alone_and_the_others_by_its_address():
    desired = fleet.wanted()
    nodes = fleet.make(desired, fleet.bares(desired))["nodes"]
    assert nodes["s1"]["start_server"] == "" and nodes["s2"]["start_server"] == "https://10.0.0.1:9345" == nodes["a1"]["start_server"]
    assert all(node["config"]["server"] == "https://rke2.example.org:9345" for node in nodes.values())
    assert [nodes[name]["members"] for name in ("s1", "s2", "s3")] == [["s1"], ["s1", "s2"], ["s1", "s2", "s3"]]


def test_nothing_to_do():
    desired = fleet.wanted()
    made = fleet.make(desired, fleet.running(desired))
    assert made["refusals"] == made["warnings"] == [] and fleet.told(made) == [] and made["nodes"] == {}
    assert made["summary"][-1] == "Nothing to do." and made["groups"] == {"stage": [], "init": [], "servers": [], "agents": []}


def test_one_server_alone_needs_no_endpoint():
    desired = fleet.wanted({"endpoint": {}}, fleet.hosts(1, 0))
    assert fleet.told(fleet.make(desired, fleet.bares(desired))) == [("s1", "install")]


def test_a_changed_setting_restarts_one_after_the_other_and_says_why():
    before, after = fleet.wanted(), fleet.wanted({"tls_san": ["x.example.org"], "kubelet_args": {"max-pods": 200}})
    made = fleet.make(after, fleet.running(before))
    assert fleet.told(made) == [(host, "restart") for host in ("s1", "s2", "s3", "a1", "a2")]
    assert fleet.reasons(made, "s1") == ["config.yaml: kubelet-arg: added max-pods=200", "config.yaml: tls-san: added x.example.org"]
    assert fleet.reasons(made, "a1") == ["config.yaml: kubelet-arg: added max-pods=200"]


def test_an_upgrade_takes_servers_first_and_stages_everywhere():
    before, after = fleet.wanted(), fleet.wanted({"version": "v1.36.4+rke2r1", "drain": {"enabled": True}})
    made = fleet.make(after, fleet.running(before))
    assert fleet.told(made) == [(host, "upgrade") for host in ("s1", "s2", "s3", "a1", "a2")]
    assert made["groups"]["stage"] == ["s1", "s2", "s3", "a1", "a2"] and all(step["drain"] for step in made["steps"])
    assert fleet.reasons(made, "a2") == ["version: v1.35.4+rke2r1 → v1.36.4+rke2r1"]


def test_a_snapshot_is_due_before_the_first_server_is_upgraded():
    before, after = fleet.wanted(), fleet.wanted({"version": "v1.36.4+rke2r1"})
    facts = fleet.running(before)
    assert fleet.make(after, facts)["snapshot"] == "s1" and fleet.make(after, facts, limit=["s3"])["snapshot"] == "s1"
    facts["s1"]["service"]["server"]["active"] = "failed"
    assert fleet.make(after, facts)["snapshot"] == "s2"
    facts = fleet.running(before)
    fleet.upgrade(facts, "s1", "v1.36.4+rke2r1")
    assert fleet.make(after, facts)["snapshot"] is None
    assert fleet.make(fleet.wanted({"tls_san": ["x"]}), fleet.running(before))["snapshot"] is None


def test_an_upgrade_that_stopped_half_way_goes_on():
    before, after = fleet.wanted(), fleet.wanted({"version": "v1.36.4+rke2r1"})
    facts = fleet.running(before)
    fleet.upgrade(facts, "s1", "v1.36.4+rke2r1")
    facts["s2"].update(installed="v1.36.4+rke2r1")
    made = fleet.make(after, facts)
    assert fleet.told(made)[0] == ("s2", "upgrade") and "s1" not in dict(fleet.told(made))
    assert "s2" not in made["groups"]["stage"]


def test_an_upgrade_that_was_killed_while_a_server_came_back_waits_for_it_first():
    before, after = fleet.wanted(), fleet.wanted({"version": "v1.36.4+rke2r1"})
    facts = fleet.running(before)
    fleet.upgrade(facts, "s2", "v1.36.4+rke2r1")
    fleet.unready(facts, "s2")
    made = fleet.make(after, facts)
    assert fleet.told(made)[:3] == [("s2", "wait"), ("s1", "upgrade"), ("s3", "upgrade")] and made["refusals"] == []


def test_a_bootstrap_that_stopped_half_way_goes_on():
    desired = fleet.wanted()
    made = fleet.make(desired, fleet.running(desired, of=["s1"]))
    assert fleet.told(made) == [("s2", "join"), ("s3", "join"), ("a1", "join"), ("a2", "join")] and made["refusals"] == []


def test_a_first_start_that_was_killed_is_waited_for():
    desired = fleet.wanted()
    facts = fleet.bares(desired)
    facts["s1"].update(fleet.running(desired, of=["s1"])["s1"], datastore=False, cluster=None, token=None, ca=None)
    facts["s1"]["service"]["server"]["active"] = "activating"
    made = fleet.make(desired, facts)
    assert fleet.told(made)[:2] == [("s1", "wait"), ("s2", "join")] and made["refusals"] == [] and made["groups"]["init"] == []


def test_a_write_without_its_restart_is_picked_up():
    before, after = fleet.wanted(), fleet.wanted({"tls_san": ["x.example.org"]})
    facts = fleet.running(before)
    facts["s1"]["config"] = {**facts["s1"]["config"], "tls-san": after["nodes"]["s1"]["config"]["tls-san"]}
    made = fleet.make(after, facts)
    assert ("s1", "restart") in fleet.told(made) and fleet.reasons(made, "s1") == ["config.yaml: tls-san: added x.example.org"]


def test_a_new_agent_touches_itself_alone():
    before, after = fleet.wanted(nodes=fleet.hosts(3, 2)), fleet.wanted(nodes=fleet.hosts(3, 3))
    facts = {**fleet.running(before), "a3": fleet.bare("a3", "10.0.0.103")}
    made = fleet.make(after, facts)
    assert fleet.told(made) == [("a3", "join")] and list(made["nodes"]) == ["a3"]


def test_two_new_servers_touch_themselves_alone():
    before, after = fleet.wanted(nodes=fleet.hosts(1, 2)), fleet.wanted(nodes=fleet.hosts(3, 2))
    facts = {**fleet.bares(after), **fleet.running(before)}
    assert fleet.told(fleet.make(after, facts)) == [("s2", "join"), ("s3", "join")]


def test_joins_come_before_what_takes_a_voter_away():
    before, after = fleet.wanted(), fleet.wanted({"tls_san": ["x"]})
    facts = fleet.running(before, of=["s1", "s2"])
    assert [host for host, _action in fleet.told(fleet.make(after, facts)) if host.startswith("s")] == ["s3", "s1", "s2"]


def test_a_cluster_that_was_switched_off_is_started_without_waiting_for_a_quorum_that_cannot_be():
    desired = fleet.wanted()
    facts = fleet.running(desired)
    for host in facts:
        fleet.stop(facts, host)
    made = fleet.make(desired, facts)
    assert fleet.told(made)[:3] == [("s1", "start"), ("s2", "start"), ("s3", "start")] and made["refusals"] == []
    assert [made["nodes"][host]["wait"] for host in ("s1", "s2", "s3")] == [False, True, True]
    assert "rke2-server is inactive" in fleet.reasons(made, "s1")[0]


def test_limit_acts_on_its_hosts_alone_and_tells_what_else_is_due():
    before, after = fleet.wanted(), fleet.wanted({"tls_san": ["x"]})
    made = fleet.make(after, fleet.running(before), limit=["s2"])
    assert made["groups"]["servers"] == ["s2"] and list(made["nodes"]) == ["s2"]
    assert "Due, and not among the hosts of this run: s1 (restart), s3 (restart)" in made["summary"]


def test_a_limit_of_none_of_our_hosts_is_refused():
    desired = fleet.wanted()
    assert any("none of the hosts of this run" in why for why in fleet.make(desired, fleet.running(desired), limit=["db1"])["refusals"])


def test_refused_means_that_no_group_has_a_host():
    desired = fleet.wanted()
    facts = fleet.bares(desired)
    facts["s3"] = {"reachable": False}
    made = fleet.make(desired, facts)
    assert made["refusals"] and not any(made["groups"].values()) and "Refused" in made["summary"][1]


def test_preflight_is_asked_with_the_actions_and_its_refusals_count():
    desired = fleet.wanted()
    asked = []

    def preflight(given, facts):
        asked.append({host: node["action"] for host, node in given["nodes"].items()})
        return {"refusals": ["s2: disk is full"], "warnings": ["a1: swap is on"]}

    made = fleet.make(desired, fleet.bares(desired), preflight=preflight, limit=["s1", "s2", "s3", "a1"])
    assert asked == [{"s1": "install", "s2": "join", "s3": "join", "a1": "join", "a2": "none"}]
    assert made["refusals"] == ["s2: disk is full"] and made["warnings"] == ["a1: swap is on"] and not any(made["groups"].values())


def test_a_plan_file_holds_until_the_cluster_moves_on():
    before, after = fleet.wanted(), fleet.wanted({"tls_san": ["x"]})
    facts = fleet.running(before)
    kept = json.loads(json.dumps(fleet.make(after, facts)))
    assert fleet.make(after, facts, against=kept)["refusals"] == []
    facts["s2"]["installed"] = "v1.35.5+rke2r1"
    assert any("s2: installed" in why for why in fleet.make(after, facts, against=kept)["refusals"])


@pytest.mark.parametrize("secret", ["server-token", "agent-token"])
def test_no_secret_is_in_a_plan(secret):
    desired = fleet.wanted()
    assert secret not in json.dumps(fleet.make(desired, fleet.bares(desired))["summary"])


def test_what_a_node_gets():
    lock = {
        **fleet.TARBALLS,
        "rke2-images-core.linux-amd64.tar.zst": "3" * 64,
        "rke2-images-cilium.linux-amd64.tar.zst": "4" * 64,
        "rke2-images-core.linux-arm64.tar.zst": "5" * 64,
        "rke2-images-cilium.linux-arm64.tar.zst": "6" * 64,
    }
    desired = fleet.wanted({"preload_images": True}, artifacts=lock)
    facts = fleet.bares(desired)
    facts["a1"]["arch"] = "arm64"
    nodes = fleet.make(desired, facts)["nodes"]
    assert nodes["a1"]["artifacts"] == {name: lock[name] for name in lock if "arm64" in name}
    assert nodes["s1"]["images"] == ["rke2-images-core.linux-amd64.tar.zst", "rke2-images-cilium.linux-amd64.tar.zst"]
    assert nodes["s1"]["ca"] is None and not set(names.SECRET_KEYS) & set(nodes["s1"]["config"])


def test_the_state_of_the_cluster_in_words():
    desired = fleet.wanted()
    facts = fleet.running(desired)
    facts["s1"]["cluster"]["nodes"].append({"name": "asg-1", "ready": True, "version": fleet.VERSION, "etcd_voter": None})
    assert "5 servers" not in fleet.make(desired, facts)["summary"][0]
    assert fleet.make(desired, facts)["cluster"]["state"] == "there, 6 of 6 nodes Ready, 1 of them not in the inventory"
    assert plan.plan(desired, fleet.bares(desired))["cluster"]["state"] == "not there yet"

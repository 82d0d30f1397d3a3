# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The order of steps, quorum from step to step, and the way in for those that join."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ansible_collections.unifiedmeta.platform.plugins.module_utils._rke2.quorum import needed
from ansible_collections.unifiedmeta.platform.plugins.module_utils._rke2.rollout import address_of
from ansible_collections.unifiedmeta.platform.plugins.module_utils._rke2.seen import Seen
from tests.unit.plugins.module_utils._rke2 import fleet

CHANGED = {"tls_san": ["x"]}


def changed(**options):
    return fleet.wanted(CHANGED, **options), fleet.running(fleet.wanted(**options))


def servers(made):
    return [(host, action) for host, action in fleet.told(made) if host.startswith("s")]


def test_servers_that_are_down_come_first():
    desired, facts = changed()
    fleet.stop(facts, "s3", "failed", "exit-code")
    made = fleet.make(desired, facts)
    assert servers(made) == [("s3", "start"), ("s1", "restart"), ("s2", "restart")] and made["refusals"] == []
    assert fleet.reasons(made, "s3") == ["rke2-server is failed (exit-code)", "config.yaml: tls-san: added x"]


def test_a_server_that_is_down_and_left_out_forbids_restarts_of_others():
    desired, facts = changed()
    fleet.stop(facts, "s3")
    made = fleet.make(desired, facts, limit=["s1"])
    assert made["refusals"] == ["s1: its restart would take etcd's quorum away (2 of 3 voters are up, 2 are needed)"]


def test_a_server_that_does_not_answer_forbids_restarts_of_others():
    desired, facts = changed()
    fleet.lose(facts, "s3")
    assert len([why for why in fleet.make(desired, facts)["refusals"] if "would take etcd's quorum away" in why]) == 2


def test_five_bear_one_that_is_down():
    desired, facts = changed(nodes=fleet.hosts(5, 0))
    fleet.lose(facts, "s5")
    made = fleet.make(desired, facts)
    assert made["refusals"] == [] and [host for host, _action in servers(made)] == ["s1", "s2", "s3", "s4"]


@pytest.mark.parametrize("change", [{"ready": False}, {"etcd_voter": False}])
def test_a_server_that_runs_and_is_not_settled_is_not_counted_on(change):
    desired, facts = changed()
    for host in ("s1", "s2", "s3"):
        facts[host]["cluster"]["nodes"][2].update(change)
    assert fleet.make(desired, facts, limit=["s1"])["refusals"] == ["s1: its restart would take etcd's quorum away (2 of 3 voters are up, 2 are needed)"]
    made = fleet.make(desired, facts)
    assert made["refusals"] == [] and servers(made) == [("s3", "restart"), ("s1", "restart"), ("s2", "restart")]


def test_what_needs_no_restart_is_done_without_a_spare_voter():
    desired, facts = fleet.wanted(charts={"/var/lib/rancher/rke2/server/manifests/x.yaml": {"content": "x", "mode": "0600"}}), fleet.running(fleet.wanted())
    fleet.lose(facts, "s3")
    made = fleet.make(desired, facts)
    assert made["refusals"] == [] and servers(made) == [("s1", "update"), ("s2", "update")]
    assert not any(step["restart"] for step in made["steps"])


def test_agents_may_be_restarted_while_a_server_is_down():
    desired, facts = fleet.wanted({"agent_config": {"debug": True}}), fleet.running(fleet.wanted())
    fleet.lose(facts, "s3")
    made = fleet.make(desired, facts)
    assert made["refusals"] == [] and fleet.told(made) == [("a1", "restart"), ("a2", "restart")]


def test_a_restart_of_two_waits_for_the_third():
    desired, facts = fleet.wanted(CHANGED), fleet.running(fleet.wanted(), of=["s1", "s2"])
    assert [why for why in fleet.make(desired, facts, limit=["s1", "s2"])["refusals"] if "quorum" in why] == [
        f"{host}: its restart would take etcd's quorum away (2 of 2 voters are up, 2 are needed)" for host in ("s1", "s2")
    ]
    assert fleet.make(desired, facts)["refusals"] == []


def test_the_only_server_may_be_restarted_and_it_is_told():
    desired, facts = changed(nodes=fleet.hosts(1, 0))
    made = fleet.make(desired, facts)
    assert made["refusals"] == [] and "s1: is the only server; the API is away while it restarts" in made["warnings"]


def test_no_join_while_a_voter_is_down():
    before, desired = fleet.wanted(nodes=fleet.hosts(3, 0)), fleet.wanted(nodes=fleet.hosts(5, 0))
    facts = {**fleet.bares(desired), **fleet.running(before)}
    fleet.lose(facts, "s3")
    assert any(why.startswith("s4: s3 of etcd's voters is down; a new member now would leave no spare voter") for why in fleet.make(desired, facts)["refusals"])


def test_no_join_without_a_quorum():
    before, desired = fleet.wanted(nodes=fleet.hosts(3, 0)), fleet.wanted(nodes=fleet.hosts(5, 0))
    facts = {**fleet.bares(desired), **fleet.running(before)}
    fleet.lose(facts, "s2", "s3")
    assert any("s4: etcd has no quorum (1 of 3 voters are up), so it takes no new member" in why for why in fleet.make(desired, facts)["refusals"])


@pytest.mark.parametrize("others", ["left out", "lost"])
def test_a_start_of_too_few_is_told(others):
    desired = fleet.wanted()
    facts = fleet.running(desired)
    for host in ("s1", "s2", "s3"):
        fleet.stop(facts, host)
    if others == "lost":
        facts["s2"] = facts["s3"] = {"reachable": False}
    made = fleet.make(desired, facts, limit=["s1"] if others == "left out" else None)
    assert made["nodes"]["s1"]["wait"] is False
    assert any("etcd has no quorum even then (1 of 3 voters are up)" in note for note in made["warnings"])


def test_a_join_that_was_killed_is_waited_for_before_the_next():
    desired = fleet.wanted()
    facts = fleet.running(desired, of=["s1", "s2"])
    facts["s2"]["service"]["server"]["active"] = "activating"
    for host in ("s1", "s2"):
        facts[host]["cluster"]["nodes"][1].update(ready=False, etcd_voter=False)
        facts[host]["cluster"]["members"][1]["learner"] = True
    made = fleet.make(desired, facts)
    assert servers(made) == [("s2", "wait"), ("s3", "join")] and made["refusals"] == []
    assert made["nodes"]["s2"]["restart"] is False and made["nodes"]["s3"]["members"] == ["s1", "s2", "s3"]


def test_an_agent_that_was_started_and_has_no_node_is_waited_for():
    desired = fleet.wanted()
    facts = fleet.running(desired)
    for host in ("s1", "s2", "s3"):
        del facts[host]["cluster"]["nodes"][4]
    made = fleet.make(desired, facts)
    assert fleet.told(made) == [("a2", "wait")] and made["nodes"]["a2"]["restart"] is False


@pytest.mark.parametrize("host", ["s2", "a1"])
def test_one_that_was_upgraded_and_whose_kubelet_is_still_the_old_one_is_waited_for(host):
    desired = fleet.wanted()
    facts = fleet.running(desired)
    for server in ("s1", "s2", "s3"):
        for node in facts[server]["cluster"]["nodes"]:
            node["version"] = "v1.35.3+rke2r1" if node["name"] == host else "v1.35.4"
    assert fleet.told(fleet.make(desired, facts)) == [(host, "wait")]


@pytest.mark.parametrize(("active", "action"), [("activating", "wait"), ("active", "wait"), ("failed", "start"), ("inactive", "start")])
def test_a_first_start_that_ended_early_is_started_without_the_endpoint_again(active, action):
    desired = fleet.wanted()
    facts = {**fleet.bares(desired), **{"s1": fleet.running(desired, of=["s1"])["s1"]}}
    facts["s1"]["cluster"] = None
    for config in (facts["s1"]["config"], facts["s1"]["started"]["config"]):
        del config["server"]
    facts["s1"]["service"]["server"]["active"] = active
    made = fleet.make(desired, facts)
    assert made["refusals"] == [] and fleet.told(made)[:2] == [("s1", action), ("s2", "join")]
    assert made["nodes"]["s1"]["start_server"] == ""


def test_an_older_server_is_started_as_its_file_is():
    desired = fleet.wanted()
    facts = fleet.running(desired)
    fleet.stop(facts, "s1")
    assert fleet.make(desired, facts)["nodes"]["s1"]["start_server"] is None


def test_a_server_that_is_started_and_not_enabled():
    desired, facts = fleet.wanted(), fleet.running(fleet.wanted())
    facts["s1"]["service"]["server"]["enabled"] = False
    made = fleet.make(desired, facts)
    assert fleet.told(made) == [("s1", "update")] and fleet.reasons(made, "s1") == ["rke2-server: is not enabled, so it would be away after a reboot"]


def test_an_agent_that_is_down_is_started():
    desired, facts = fleet.wanted(), fleet.running(fleet.wanted())
    fleet.stop(facts, "a2", "failed", "oom-kill")
    made = fleet.make(desired, facts)
    assert fleet.told(made) == [("a2", "start")] and fleet.reasons(made, "a2") == ["rke2-agent is failed (oom-kill)"] and made["nodes"]["a2"]["restart"]


def test_archives_alone_need_neither_play_nor_restart():
    lock = {**fleet.TARBALLS}
    desired, facts = fleet.wanted({"seed_images": ["seed.tar.zst"]}, artifacts=lock), fleet.running(fleet.wanted())
    made = fleet.make(desired, facts)
    assert {action for _host, action in fleet.told(made)} == {"stage"}
    assert made["groups"] == {"stage": list(fleet.hosts()), "init": [], "servers": [], "agents": []}


def test_the_first_server_that_was_replaced_joins_the_others():
    desired = fleet.wanted()
    facts = fleet.running(desired, of=["s2", "s3", "a1", "a2"])
    made = fleet.make(desired, facts)
    assert fleet.told(made) == [("s1", "join")] and made["nodes"]["s1"]["start_server"] == "https://10.0.0.2:9345" and made["nodes"]["s1"]["ca"] == fleet.CA


@pytest.mark.parametrize(
    ("endpoint", "start"),
    [
        (None, "https://10.0.0.1:9345"),
        ({"answers": True, "ca": fleet.CA}, None),
        ({"answers": True, "ca": "d" * 64}, "https://10.0.0.1:9345"),
        ({"answers": False, "ca": None}, "https://10.0.0.1:9345"),
    ],
)
def test_the_way_in(endpoint, start):
    desired = fleet.wanted()
    facts = fleet.running(desired, of=["s1", "s2", "s3", "a1"])
    facts["a2"]["endpoint"] = endpoint
    assert fleet.make(desired, facts)["nodes"]["a2"]["start_server"] == start


def test_the_way_in_is_by_a_server_that_is_up():
    desired = fleet.wanted()
    facts = fleet.running(desired, of=["s1", "s2", "s3", "a1"])
    fleet.lose(facts, "s1")
    assert fleet.make(desired, facts)["nodes"]["a2"]["start_server"] == "https://10.0.0.2:9345"


def test_addresses():
    nodes = fleet.hosts(1, 0, s1={"address": ""})
    desired = fleet.wanted(nodes=nodes)
    facts = {"s1": fleet.bare("s1", "192.0.2.7")}
    assert address_of(Seen(desired, facts), "s1") == "192.0.2.7"
    assert address_of(Seen(desired, {"s1": {"reachable": False}}), "s1") is None


@pytest.mark.parametrize(
    ("drain", "site", "drained"),
    [({"enabled": True}, {"version": "v1.35.5+rke2r1"}, True), ({}, {"version": "v1.35.5+rke2r1"}, False), ({"enabled": True}, CHANGED, False)],
)
def test_drained_is_who_is_upgraded_where_the_site_wants_it(drain, site, drained):
    made = fleet.make(fleet.wanted({"drain": drain, **site}), fleet.running(fleet.wanted()))
    assert {step["drain"] for step in made["steps"] if step["action"] in ("restart", "upgrade")} == {drained}
    assert made["nodes"]["s1"]["via"] == ("s2" if drained else None)


def test_labels_are_set_by_another_server():
    desired = fleet.wanted(nodes=fleet.hosts(s1={"node_labels": {"a": "b"}}, a1={"node_labels": {"a": "b"}}))
    made = fleet.make(desired, fleet.running(fleet.wanted()))
    assert fleet.told(made) == [("s1", "update"), ("a1", "update")]
    assert {host: (node["via"], node["api"]) for host, node in made["nodes"].items()} == {
        "s1": ("s2", {"labels": {"a": "b"}}),
        "a1": ("s1", {"labels": {"a": "b"}}),
    }


def test_what_the_gate_expects():
    desired, facts = fleet.wanted({"config": {"debug": True}}), fleet.running(fleet.wanted())
    nodes = fleet.make(desired, facts)["nodes"]
    assert nodes["s1"]["members"] == nodes["s1"]["up"] == ["s1", "s2", "s3"] and nodes["a1"]["members"] == []
    fleet.lose(facts, "s3")
    facts["s1"]["service"]["server"]["active"] = "failed"
    made = fleet.make(desired, facts, limit=["s1"])
    assert made["nodes"]["s1"]["members"] == ["s1", "s2", "s3"] and made["nodes"]["s1"]["up"] == ["s1", "s2"]


STATES = st.sampled_from(["fine", "changed", "unready", "stopped", "lost", "bare"])


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(STATES, min_size=3, max_size=3) | st.lists(STATES, min_size=5, max_size=5), st.sets(st.integers(1, 5)))
def test_no_plan_that_is_not_refused_takes_a_quorum_away_or_makes_a_second_cluster(states, left_out):
    nodes = fleet.hosts(len(states), 0)
    desired, before = fleet.wanted(CHANGED, nodes), fleet.wanted(nodes=nodes)
    there = [f"s{number}" for number, state in enumerate(states, 1) if state != "bare"]
    facts = fleet.running(before, of=there)
    fine = fleet.running(desired, of=there)
    for number, state in enumerate(states, 1):
        host = f"s{number}"
        if state == "fine":
            facts[host].update(config=fine[host]["config"], started=fine[host]["started"])
        elif state == "unready":
            fleet.unready(facts, host)
        elif state == "stopped":
            fleet.stop(facts, host)
        elif state == "lost":
            fleet.lose(facts, host)
        elif there:
            facts[host]["cluster"] = None
    limit = [host for host in nodes if int(host[1:]) not in left_out] or list(nodes)
    made = fleet.make(desired, facts, limit=limit)
    if made["refusals"]:
        assert not any(made["groups"].values())
        return
    assert not made["groups"]["init"] or not there
    voters, alive = set(there), {host for host in there if states[int(host[1:]) - 1] in ("fine", "changed")}
    for host in made["groups"]["init"] + made["groups"]["servers"]:
        action = next(step["action"] for step in made["steps"] if step["host"] == host)
        if action == "restart" and len(voters) > 1 and host in alive:
            assert len(alive) - 1 >= needed(len(voters))
        if action == "join":
            assert len(alive) >= needed(len(voters))
            voters.add(host)
        if action != "update":
            alive.add(host)
            voters.add(host)

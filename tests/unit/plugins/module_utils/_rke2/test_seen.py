# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What facts say of a cluster, in the planner's words."""

from __future__ import annotations

import pytest

from ansible_collections.unifiedmeta.platform.plugins.module_utils._rke2.seen import Seen
from tests.unit.plugins.module_utils._rke2 import fleet

DESIRED = fleet.wanted()


@pytest.fixture
def facts():
    return fleet.running(DESIRED)


def test_a_bare_fleet():
    seen = Seen(DESIRED, fleet.bares(DESIRED))
    assert not seen.exists and seen.voters() == seen.healthy() == set() and seen.view is None and seen.authority() is None
    assert seen.servers == ["s1", "s2", "s3"] and seen.agents == ["a1", "a2"]


def test_a_running_one(facts):
    seen = Seen(DESIRED, facts)
    assert seen.exists and seen.voters() == seen.healthy() == {"s1", "s2", "s3"} and seen.authority() == fleet.CA
    assert all(seen.joined(host) and seen.runs(host) and seen.settled(host) for host in DESIRED["nodes"]) and seen.strangers() == []


def test_hosts_that_nobody_asked_or_that_do_not_answer():
    seen = Seen(DESIRED, {"s1": {"reachable": False}})
    assert not seen.reachable("s1") and not seen.reachable("s2") and not seen.begun("s1") and seen.fact("s2", "memory", 0) == 0
    assert seen.unit("s1") == {} and seen.running("s1") is None and seen.version("s1") is None


@pytest.mark.parametrize(
    ("active", "runs"), [("active", True), ("activating", True), ("reloading", True), ("inactive", False), ("failed", False), ("deactivating", False)]
)
def test_what_counts_as_running(facts, active, runs):
    facts["s1"]["service"]["server"]["active"] = active
    seen = Seen(DESIRED, facts)
    assert seen.runs("s1") is runs and ("s1" in seen.healthy()) is runs and seen.joined("s1")


@pytest.mark.parametrize("change", [{"ready": False}, {"etcd_voter": False}])
def test_who_runs_and_is_not_settled_is_not_counted_on(facts, change):
    for host in ("s1", "s2", "s3"):
        facts[host]["cluster"]["nodes"][1].update(change)
    assert Seen(DESIRED, facts).healthy() == {"s1", "s3"} and Seen(DESIRED, facts).voters() == {"s1", "s2", "s3"}


def test_a_service_alone_makes_a_cluster():
    facts = fleet.bares(DESIRED)
    facts["s2"]["service"]["server"]["active"] = "activating"
    seen = Seen(DESIRED, facts)
    assert seen.exists and seen.begun("s2") and not seen.joined("s2")


def test_a_datastore_alone_makes_a_cluster():
    facts = fleet.bares(DESIRED)
    facts["s3"]["datastore"] = True
    assert Seen(DESIRED, facts).exists and Seen(DESIRED, facts).voters() == {"s3"}


def test_versions(facts):
    facts["s1"]["installed"] = "v1.36.4+rke2r1"
    assert Seen(DESIRED, facts).version("s1") == fleet.VERSION
    fleet.stop(facts, "s1")
    assert Seen(DESIRED, facts).version("s1") == "v1.36.4+rke2r1"


def test_what_it_runs_with(facts):
    facts["s1"]["config"] = {"debug": True}
    assert Seen(DESIRED, facts).running("s1") == facts["s1"]["started"]["config"]
    facts["s1"]["started"]["config"] = None
    assert Seen(DESIRED, facts).running("s1") == {"debug": True}


def test_members_are_hosts_where_they_are_known(facts):
    for host in ("s1", "s2", "s3"):
        facts[host]["cluster"]["members"].append({"name": "old-1-deadbeef", "id": "9", "peer_urls": [], "learner": False})
    assert Seen(DESIRED, facts).voters() == {"s1", "s2", "s3", "old-1"}
    assert Seen(DESIRED, facts).healthy() == {"s1", "s2", "s3"}


def test_learners_and_nameless_members_do_not_vote(facts):
    for host in ("s1", "s2", "s3"):
        facts[host]["cluster"]["members"][2]["learner"] = True
        facts[host]["cluster"]["members"].append({"name": "", "id": "9", "peer_urls": [], "learner": False})
    assert Seen(DESIRED, facts).voters() == {"s1", "s2"}


def test_without_members_the_nodes_conditions_count(facts):
    for host in ("s1", "s2", "s3"):
        facts[host]["cluster"]["members"] = None
        facts[host]["cluster"]["nodes"][1]["etcd_voter"] = False
    assert Seen(DESIRED, facts).voters() == {"s1", "s3"}


def test_another_servers_members_are_taken(facts):
    facts["s1"]["cluster"]["members"] = None
    assert Seen(DESIRED, facts).voters() == {"s1", "s2", "s3"} and Seen(DESIRED, facts).view["members"]


def test_without_an_api_datastores_count(facts):
    for host in ("s1", "s2", "s3"):
        facts[host]["cluster"] = None
    seen = Seen(DESIRED, facts)
    assert seen.view is None and seen.voters() == {"s1", "s2", "s3"} and seen.settled("s1") and seen.node("s1") is None


def test_without_an_api_who_does_not_answer_may_be_a_voter(facts):
    for host in ("s1", "s2"):
        facts[host]["cluster"] = None
    facts["s3"] = {"reachable": False}
    assert Seen(DESIRED, facts).voters() == {"s1", "s2", "s3"} and Seen(DESIRED, facts).healthy() == {"s1", "s2"}
    assert Seen(DESIRED, {**fleet.bares(DESIRED), "s3": {"reachable": False}}).voters() == set()


def test_a_host_that_does_not_answer_is_healthy_where_its_node_is_ready(facts):
    facts["s3"] = {"reachable": False}
    assert Seen(DESIRED, facts).healthy() == {"s1", "s2", "s3"}
    fleet.lose(facts, "s3")
    assert Seen(DESIRED, facts).healthy() == {"s1", "s2"}


def test_the_view_is_a_ready_servers(facts):
    facts["s1"]["cluster"].update(ready=False, nodes=[])
    assert len(Seen(DESIRED, facts).api) == 5
    facts["s2"]["cluster"] = facts["s3"]["cluster"] = None
    assert Seen(DESIRED, facts).api == {} and Seen(DESIRED, facts).view is not None


@pytest.mark.parametrize(("change", "settled"), [({}, True), ({"ready": False}, False), ({"etcd_voter": False}, False), ({"etcd_voter": None}, True)])
def test_settled(facts, change, settled):
    for host in ("s1", "s2", "s3"):
        facts[host]["cluster"]["nodes"][1].update(change)
    assert Seen(DESIRED, facts).settled("s2") is settled


def test_a_node_that_the_api_does_not_know_is_not_settled(facts):
    for host in ("s1", "s2", "s3"):
        del facts[host]["cluster"]["nodes"][4]
    assert not Seen(DESIRED, facts).settled("a2")


def test_node_names_other_than_the_hosts():
    desired = fleet.wanted(nodes=fleet.hosts(s2={"node_name": "server-two"}))
    seen = Seen(desired, fleet.running(desired))
    assert seen.name("s2") == "server-two" and seen.node("s2")["name"] == "server-two" and seen.voters() == {"s1", "s2", "s3"}


def test_strangers(facts):
    facts["s1"]["cluster"]["nodes"].append({"name": "asg-1", "ready": True, "version": fleet.VERSION, "etcd_voter": None})
    assert Seen(DESIRED, facts).strangers() == ["asg-1"] and Seen(DESIRED, facts).node("asg-1")["ready"]

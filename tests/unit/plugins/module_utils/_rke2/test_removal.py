# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Nodes that leave: any of them, the first server and an unreachable one too, and what quorum says to it."""

from __future__ import annotations

import pytest

from ansible_collections.unifiedmeta.platform.plugins.module_utils._rke2 import removal
from tests.unit.plugins.module_utils._rke2 import fleet


def of(leaving, change=None, servers=3, agents=2):
    desired = fleet.wanted(nodes=fleet.hosts(servers, agents))
    facts = fleet.running(desired)
    if change:
        change(facts)
    return removal.plan(desired, facts, leaving, fingerprints=fleet.FINGERPRINTS)


def order(made):
    return made["groups"]["remove"]


@pytest.mark.parametrize("host", ["s1", "s2", "s3"])
def test_any_server(host):
    made = of([host])
    assert made["refusals"] == [] and order(made) == [host]
    node = made["nodes"][host]
    assert node["via"] != host and node["drain"] and node["reachable"] and node["in_cluster"] and node["member"]
    assert node["members"] == node["up"] == sorted({"s1", "s2", "s3"} - {host})
    assert made["warnings"] == ["2 voters are left, of which 2 must be up: no more failures are borne than by 1; add a server soon"]


def test_an_agent():
    made = of(["a1"])
    assert made["refusals"] == made["warnings"] == [] and order(made) == ["a1"] and made["nodes"]["a1"]["via"] == "s1"
    assert made["nodes"]["a1"]["member"] is False and made["nodes"]["a1"]["role"] == "agent"


def test_a_server_that_does_not_answer():
    made = of(["s3"], lambda facts: fleet.lose(facts, "s3"))
    assert made["refusals"] == [] and order(made) == ["s3"]
    node = made["nodes"]["s3"]
    assert not node["reachable"] and not node["drain"] and node["via"] == "s1" and "taken out of the cluster and not wiped" in node["reasons"][1]


def test_a_server_that_is_down():
    made = of(["s1"], lambda facts: fleet.stop(facts, "s1"))
    assert made["refusals"] == [] and made["nodes"]["s1"]["reachable"] and not made["nodes"]["s1"]["drain"] and made["nodes"]["s1"]["via"] == "s2"


@pytest.mark.parametrize(
    ("leaving", "lost", "said"),
    [
        (["s1"], ["s2"], "s1: without it 1 of 2 voters would be up and 2 are needed: the quorum would be gone; bring back s2 first"),
        (["s2"], ["s2", "s3"], "s2: etcd has no quorum (1 of 3 voters are up), so it removes no member"),
        (["s1", "s2", "s3"], [], "s3: it is the only voter: the cluster would be gone; take a snapshot and use reset.yml"),
    ],
)
def test_what_would_take_the_quorum_away(leaving, lost, said):
    made = of(leaving, lambda facts: fleet.lose(facts, *lost))
    assert any(said in why for why in made["refusals"]), made["refusals"]
    assert order(made) == [] and made["summary"][1].startswith("Refused")


def test_the_dead_one_goes_first_so_that_the_other_may_follow():
    made = of(["s1", "s3"], lambda facts: fleet.lose(facts, "s3"), servers=3)
    assert made["refusals"] == [] and order(made) == ["s3", "s1"] and made["nodes"]["s1"]["members"] == ["s2"]


def test_agents_go_before_servers():
    assert order(of(["s3", "a2", "a1"])) == ["a2", "a1", "s3"]


def test_five_lose_two_at_once():
    made = of(["s4", "s5"], servers=5)
    assert made["refusals"] == made["warnings"] == [] and made["nodes"]["s5"]["members"] == ["s1", "s2", "s3"]


def test_who_is_left_may_have_no_spare():
    made = of(["s5", "s4"], lambda facts: fleet.lose(facts, "s3"), servers=5)
    assert made["refusals"] == [] and made["warnings"] == ["2 of 3 voters are up then, and none may fail until the others are back"]


def test_a_node_that_only_the_cluster_knows():
    def stranger(facts):
        for host in ("s1", "s2", "s3"):
            facts[host]["cluster"]["nodes"].append({"name": "asg-1", "ready": False, "version": fleet.VERSION, "etcd_voter": None})

    made = of(["asg-1"], stranger)
    assert made["refusals"] == [] and order(made) == ["asg-1"]
    assert made["nodes"]["asg-1"]["name"] == "asg-1" and not made["nodes"]["asg-1"]["reachable"] and made["nodes"]["asg-1"]["via"] == "s1"


def test_a_member_that_only_etcd_knows_counts():
    def stranger(facts):
        for host in ("s1", "s2", "s3"):
            facts[host]["cluster"]["nodes"].append({"name": "old-1", "ready": False, "version": fleet.VERSION, "etcd_voter": False})
            facts[host]["cluster"]["members"].append({"name": "old-1-deadbeef", "id": "9", "peer_urls": [], "learner": False})

    made = of(["old-1"], stranger)
    assert made["refusals"] == [] and made["nodes"]["old-1"]["role"] == "server" and made["nodes"]["old-1"]["members"] == ["s1", "s2", "s3"]


def test_by_the_nodes_name():
    desired = fleet.wanted(nodes=fleet.hosts(a1={"node_name": "worker-1"}))
    assert order(removal.plan(desired, fleet.running(desired), ["worker-1"])) == ["a1"]


def test_twice_is_once():
    assert order(of(["a1", "a1"])) == ["a1"]


@pytest.mark.parametrize(
    ("leaving", "said"),
    [(["a9"], "a9: neither the inventory nor the cluster knows it; did you mean a2?"), (["xyz"], "xyz: neither the inventory nor the cluster")],
)
def test_nobody_knows_it(leaving, said):
    made = of(leaving)
    assert any(why.startswith(said[:40]) for why in made["refusals"]) and order(made) == []


def test_no_cluster():
    desired = fleet.wanted()
    made = removal.plan(desired, fleet.bares(desired), ["s1"])
    assert "no server has a cluster, so there is nothing to remove a node from; to wipe hosts: reset.yml" in made["refusals"]


def test_nobody_is_left_to_be_asked():
    def silent(facts):
        for host in ("s1", "s2", "s3"):
            facts[host]["service"]["server"]["active"] = "failed"

    assert any("a1: no other server is there that could be asked" in why for why in of(["a1"], silent)["refusals"])


def test_a_plan_on_half_the_facts():
    desired = fleet.wanted()
    facts = fleet.running(desired)
    del facts["s2"]
    assert any("s2: nobody asked it for facts" in why for why in removal.plan(desired, facts, ["a1"])["refusals"])


def test_a_stray_may_be_removed_whatever_cluster_it_is_of():
    assert of(["s3"], lambda facts: fleet.stray(facts, "s3"))["refusals"] == []
    assert any("two clusters found" in why for why in of(["a1"], lambda facts: fleet.stray(facts, "s3"))["refusals"])


def test_its_fingerprint_is_of_what_it_rests_on():
    assert of(["a1"])["fingerprint"] == of(["a1"])["fingerprint"] != of(["a2"])["fingerprint"]


def test_a_removed_host_that_was_wiped_joins_anew():
    desired = fleet.wanted()
    facts = fleet.running(desired, of=["s2", "s3", "a1", "a2"])
    assert fleet.told(fleet.make(desired, facts, limit=["s1"])) == [("s1", "join")]

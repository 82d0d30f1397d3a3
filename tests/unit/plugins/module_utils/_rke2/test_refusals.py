# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Every refusal and warning that facts alone give, and that nothing else is refused beside it."""

from __future__ import annotations

import pytest

from ansible_collections.unifiedmeta.platform.plugins.module_utils._rke2 import names
from ansible_collections.unifiedmeta.platform.plugins.module_utils._rke2.names import fingerprint
from tests.unit.plugins.module_utils._rke2 import fleet

HOSTS = ("s1", "s2", "s3", "a1", "a2")


def bare(site=None):
    desired = fleet.wanted(site)
    return desired, fleet.bares(desired)


def up(site=None, before=None, **options):
    return fleet.wanted(site, **options), fleet.running(fleet.wanted(before if before is not None else {}))


def only(made, said):
    """One refusal, and it says this; nothing is done."""
    assert len(made["refusals"]) == 1 and said in made["refusals"][0], made["refusals"]
    assert not any(made["groups"].values())


def none(made):
    assert made["refusals"] == [], made["refusals"]


# Who was asked, who answered.


@pytest.mark.parametrize("host", HOSTS)
def test_a_host_that_nobody_asked(host):
    for desired, facts in (bare(), up()):
        del facts[host]
        only(fleet.make(desired, facts), f"{host}: nobody asked it for facts; a plan on half the facts could make a second cluster")


@pytest.mark.parametrize("host", ["s1", "s2", "s3"])
def test_a_server_that_does_not_answer_while_there_is_no_cluster(host):
    desired, facts = bare()
    facts[host] = {"reachable": False}
    only(fleet.make(desired, facts), f"{host}: can't be reached, and no other server has a cluster")


def test_a_server_that_does_not_answer_while_there_is_one():
    desired, facts = up()
    fleet.lose(facts, "s3")
    made = fleet.make(desired, facts)
    none(made)
    assert made["warnings"] == ["s3: can't be reached; it is left as it is. For good: remove_node.yml, then take it out of the inventory"]


def test_an_agent_that_does_not_answer_holds_nobody_up():
    desired, facts = bare()
    facts["a1"] = {"reachable": False}
    made = fleet.make(desired, facts)
    none(made)
    assert made["warnings"] == ["a1: can't be reached; it is left as it is"] and "a1" not in dict(fleet.told(made))


# Roles.


@pytest.mark.parametrize("change", [{"datastore": True}, {"service": {"server": {"active": "active"}, "agent": {}}}])
def test_an_agent_that_is_a_server(change):
    desired, facts = up()
    facts["a1"].update(change)
    only(fleet.make(desired, facts), "a1: is a server of a cluster, and the inventory has it as an agent; remove it first")


def test_a_server_that_is_an_agent():
    desired, facts = up()
    facts["s3"] = {**facts["a1"], "hostname": "s3"}
    assert any("s3: runs as an agent, and the inventory has it as a server; remove it first" in why for why in fleet.make(desired, facts)["refusals"])


# Which cluster.


def test_two_clusters():
    desired, facts = up()
    fleet.stray(facts, "s3")
    only(fleet.make(desired, facts), "two clusters found: s1, s2, a1, a2 (CA cccccccc); s3 (CA dddddddd). Which one stays is yours to say")


def test_agents_of_another_cluster():
    desired, facts = up()
    fleet.stray(facts, "a1", "a2")
    only(fleet.make(desired, facts), "a1, a2: belong to another cluster, by its CA; reset first")


@pytest.mark.parametrize("host", ["s3", "a1"])
def test_a_ca_that_is_being_rotated_is_no_other_cluster(host):
    desired, facts = up()
    facts[host]["ca"] = "d" * 64
    none(fleet.make(desired, facts))


def test_agents_whose_servers_are_empty():
    desired, facts = up()
    facts.update({host: fleet.bares(desired)[host] for host in ("s1", "s2", "s3")})
    only(fleet.make(desired, facts), "no server has a datastore, but a1, a2 belong to a cluster; a new one would not be theirs: restore a snapshot")


def test_an_endpoint_where_a_cluster_answers_that_the_inventory_does_not_know():
    desired, facts = bare()
    facts["s2"]["endpoint"] = {"answers": True, "ca": "d" * 64}
    only(fleet.make(desired, facts), "but one answers at https://rke2.example.org:9345 (asked from s2); is the inventory a slice")


@pytest.mark.parametrize("endpoint", [{"answers": False, "ca": None}, {"answers": True, "ca": None}])
def test_an_endpoint_where_nobody_of_rke2_answers(endpoint):
    desired, facts = bare()
    facts["s2"]["endpoint"] = endpoint
    none(fleet.make(desired, facts))


@pytest.mark.parametrize("limit", [["s2"], ["s2", "s3"], ["a1"], ["a1", "a2", "s3"]])
def test_a_limit_without_the_first_server_while_there_is_no_cluster(limit):
    desired, facts = bare()
    only(fleet.make(desired, facts, limit=limit), "there is no cluster yet, and its first server, s1, is not among the hosts of this run")


@pytest.mark.parametrize("limit", [["s1"], ["s1", "a1"], ["s1", "s3"]])
def test_a_limit_with_the_first_server(limit):
    desired, facts = bare()
    made = fleet.make(desired, facts, limit=limit)
    none(made)
    assert [host for host, _action in fleet.told(made)] == limit and made["groups"]["init"] == ["s1"]


@pytest.mark.parametrize("limit", [["s3"], ["s2"], ["a2"]])
def test_a_limit_joins_the_cluster_that_is_there(limit):
    desired = fleet.wanted()
    made = fleet.make(desired, fleet.running(desired, of=["s1"]), limit=limit)
    none(made)
    assert fleet.told(made) == [(limit[0], "join")] and made["groups"]["init"] == []


# Secrets.


def test_a_token_that_is_not_the_clusters():
    desired, facts = up()
    only(
        fleet.make(desired, facts, fingerprints={**fleet.FINGERPRINTS, "token": fingerprint("other")}),
        "s1, s2, s3: the cluster's token is not the one in the site's bootstrap store, so no node could join, and no snapshot be restored",
    )


def test_one_server_with_another_token():
    desired, facts = up()
    facts["s2"]["token"] = fingerprint("other")
    only(fleet.make(desired, facts), "s2: the cluster's token is not the one")


# Names.


def test_a_node_cannot_be_renamed():
    desired = fleet.wanted(nodes=fleet.hosts(a1={"node_name": "worker-1"}))
    only(
        fleet.make(desired, fleet.running(fleet.wanted())),
        "a1: its node is a1 in the cluster and would be worker-1; a node can't be renamed: set rke2_node_name: a1",
    )


def test_a_cluster_whose_nodes_are_named_by_their_hostnames():
    desired, facts = up()
    for fact in facts.values():
        (fact.get("config") or {}).pop("node-name", None)
    facts["a1"]["hostname"] = "worker-1"
    for host in ("s1", "s2", "s3"):
        facts[host]["cluster"]["nodes"][3]["name"] = "worker-1"
    only(fleet.make(desired, facts), "set rke2_node_name: worker-1")


@pytest.mark.parametrize(("host", "what"), [("a2", "node"), ("s2", "server and etcd member")])
def test_a_host_that_was_wiped(host, what):
    desired, facts = up()
    fleet.wipe(facts, host)
    refusals = fleet.make(desired, facts)["refusals"]
    assert (
        f"{host}: the cluster has a {what} named {host} already, and this host has nothing of it" in refusals[0]
        and f"replace_node.yml -e rke2_node={host}" in refusals[0]
    )


# The rest.


@pytest.mark.parametrize("stage", ["prepare", "rotate", "reencrypt_request", "reencrypt_active"])
def test_a_rotation_of_the_encryption_key_under_way(stage):
    desired, facts = up({"tls_san": ["x"]})
    for host in ("s1", "s2", "s3"):
        facts[host]["cluster"]["encryption"] = {"stages": {"s1": f"{stage}-{'e' * 64}", "s2": f"start-{'e' * 64}"}}
    only(fleet.make(desired, facts), f"the rotation of the encryption key is under way ({stage}); a restart now could lose secrets")


@pytest.mark.parametrize("stage", ["start", "reencrypt_finished"])
def test_a_rotation_that_is_over(stage):
    desired, facts = up()
    for host in ("s1", "s2", "s3"):
        facts[host]["cluster"]["encryption"] = {"stages": {"s1": f"{stage}-{'e' * 64}"}}
    none(fleet.make(desired, facts))


def test_a_lock_without_files_for_a_machine():
    desired = fleet.wanted(artifacts={"rke2.linux-amd64.tar.gz": "1" * 64})
    facts = fleet.bares(desired)
    facts["a1"]["arch"] = facts["a2"]["arch"] = "arm64"
    only(fleet.make(desired, facts), "a1, a2: the lock of v1.35.4+rke2r1 has no files for arm64")


def test_registries_that_the_site_does_not_know_of():
    desired, facts = up()
    facts["a1"]["files"][names.REGISTRIES] = {"sha256": "0", "mode": "0600"}
    made = fleet.make(desired, facts)
    none(made)
    assert made["warnings"] == [
        f"a1: {names.REGISTRIES} is there and the site says nothing of registries; RKE2 reads it: say it in rke2_registries, or remove it"
    ]


def test_a_node_that_is_not_ready_and_one_that_is_cordoned():
    desired, facts = up()
    for host in ("s1", "s2", "s3"):
        facts[host]["cluster"]["nodes"][3]["ready"] = False
        facts[host]["cluster"]["nodes"][4]["unschedulable"] = True
    made = fleet.make(desired, facts)
    none(made)
    assert made["warnings"][0] == "a1: its service runs, and its node isn't Ready" and "kubectl uncordon a2" in made["warnings"][1] and fleet.told(made) == []


def test_all_refusals_at_once():
    desired, facts = up({"version": "v1.38.0+rke2r1", "cluster_domain": "x.y"})
    fleet.stray(facts, "a1")
    made = fleet.make(desired, facts, fingerprints={"token": fingerprint("other")})
    assert len([why for why in made["refusals"] if "skips a minor" in why]) == 5
    assert all(any(part in why for why in made["refusals"]) for part in ("belongs to another cluster", "cluster-domain", "the cluster's token"))

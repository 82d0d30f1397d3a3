# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Refusals of critical values and of versions."""

from __future__ import annotations

import pytest

from ansible_collections.unifiedmeta.platform.plugins.module_utils._rke2.names import fingerprint
from tests.unit.plugins.module_utils._rke2 import fleet

HOSTS = ("s1", "s2", "s3", "a1", "a2")


def up(site=None, before=None, **options):
    return fleet.wanted(site, **options), fleet.running(fleet.wanted(before if before is not None else {}))


def only(made, said):
    """One refusal, and it says this; nothing is done."""
    assert len(made["refusals"]) == 1 and said in made["refusals"][0], made["refusals"]
    assert not any(made["groups"].values())


def none(made):
    assert made["refusals"] == [], made["refusals"]


# Critical values.


@pytest.mark.parametrize(
    ("site", "key", "told"),
    [
        ({"cluster_cidr": "10.52.0.0/16"}, "cluster-cidr", "added 10.52.0.0/16; removed 10.42.0.0/16"),
        ({"service_cidr": "10.53.0.0/16", "cluster_dns": "10.53.0.9"}, "service-cidr", "added 10.53.0.0/16; removed 10.43.0.0/16"),
        ({"cluster_dns": "10.43.0.53"}, "cluster-dns", "added 10.43.0.53; removed 10.43.0.10"),
        ({"cluster_domain": "k8s.example.org"}, "cluster-domain", "cluster.local → k8s.example.org"),
        ({"cni": "calico"}, "cni", "added calico; removed cilium"),
    ],
)
def test_what_a_running_cluster_cannot_change(site, key, told):
    desired, facts = up(site)
    assert any(f"{key}: {told}: can't be changed in a running cluster (s1, s2, s3)" in why for why in fleet.make(desired, facts)["refusals"])


@pytest.mark.parametrize(
    ("key", "other"),
    [("cluster-cidr", "10.52.0.0/16"), ("service-cidr", "10.53.0.0/16"), ("cluster-dns", "10.43.0.53"), ("cluster-domain", "x.y"), ("cni", "canal")],
)
def test_servers_that_do_not_agree(key, other):
    desired, facts = up()
    facts["s2"]["started"]["config"] = {**facts["s2"]["started"]["config"], key: other}
    only(fleet.make(desired, facts), f"{key} must be equal on all servers, and isn't: s1, s3")


@pytest.mark.parametrize(
    ("site", "told"),
    [
        ({"disable_kube_proxy": True}, "disable-kube-proxy: false → true"),
        ({"egress_selector_mode": "disabled"}, "egress-selector-mode: agent → disabled"),
        ({"disable_cloud_controller": True}, "disable-cloud-controller: false → true"),
    ],
)
def test_what_all_servers_must_change_together(site, told):
    desired, facts = up(site)
    made = fleet.make(desired, facts)
    none(made)
    assert f"{told}: must be equal on all servers; until the last one is restarted no server can join" in made["warnings"]
    only(fleet.make(desired, facts, limit=["s1"]), f"{told}: must be equal on all servers, and s2, s3 would keep the old value; run on all servers")


def test_a_new_server_and_a_changed_critical_value():
    desired = fleet.wanted({"disable_kube_proxy": True})
    only(
        fleet.make(desired, fleet.running(fleet.wanted(), of=["s1", "s2"])),
        "s3 would have to join with another value than the others have; let it join with the old value first",
    )


def test_a_change_half_way_through_goes_on():
    desired, facts = up({"disable_kube_proxy": True})
    facts["s1"] = {**fleet.running(desired)["s1"], "cluster": facts["s1"]["cluster"]}
    made = fleet.make(desired, facts)
    none(made)
    assert fleet.told(made) == [("s2", "restart"), ("s3", "restart")]


def test_the_agent_token_may_change():
    desired, facts = up()
    made = fleet.make(desired, facts, fingerprints={**fleet.FINGERPRINTS, "agent-token": fingerprint("new")})
    none(made)
    assert [host for host, _action in fleet.told(made)] == list(HOSTS)


# Versions.


@pytest.mark.parametrize(
    ("now", "then", "said"),
    [
        ("v1.34.1+rke2r1", "v1.36.4+rke2r1", "skips a minor version; set rke2_version to a v1.35 release first"),
        ("v1.36.4+rke2r1", "v1.35.4+rke2r1", "is a minor version down"),
    ],
)
def test_versions_that_may_not_follow(now, then, said):
    desired, facts = up({"version": then}, before={"version": now})
    refusals = fleet.make(desired, facts)["refusals"]
    assert len(refusals) == 5 and all(said in why for why in refusals)


def test_a_step_back_within_the_minor_is_told():
    desired, facts = up({"version": "v1.35.3+rke2r1"})
    made = fleet.make(desired, facts)
    none(made)
    assert "s1: v1.35.4+rke2r1 → v1.35.3+rke2r1 is a step back within the minor version" in made["warnings"]


def test_one_node_that_is_too_old():
    desired, facts = up({"version": "v1.36.4+rke2r1"})
    facts["a2"].update(installed="v1.34.1+rke2r1", started={**facts["a2"]["started"], "version": "v1.34.1+rke2r1"})
    only(fleet.make(desired, facts), "a2: from v1.34.1+rke2r1 to v1.36.4+rke2r1 skips a minor version")


def test_something_that_is_no_version():
    desired, facts = up()
    facts["a2"].update(installed="dev", started={**facts["a2"]["started"], "version": "dev"})
    only(fleet.make(desired, facts), "a2: 'dev' is no version of RKE2")


def test_agents_are_not_upgraded_before_servers_that_this_run_leaves_out():
    desired, facts = up({"version": "v1.36.4+rke2r1"})
    only(
        fleet.make(desired, facts, limit=["a1"]),
        "a1: its kubelet would be v1.36.4+rke2r1, newer than the server's v1.35.4+rke2r1; upgrade the servers first (s1 is not among",
    )
    none(fleet.make(desired, facts, limit=["s1"]))
    none(fleet.make(desired, facts, limit=["s1", "s2", "s3", "a1"]))


def test_servers_do_not_leave_agents_behind_that_this_run_leaves_out():
    desired, facts = up({"version": "v1.36.4+rke2r1"})
    facts["a2"].update(installed="v1.32.9+rke2r1", started={**facts["a2"]["started"], "version": "v1.32.9+rke2r1"})
    only(
        fleet.make(desired, facts, limit=["s1"]),
        "a2: its kubelet is v1.32.9+rke2r1, more than 3 minor versions older than the server's v1.36.4+rke2r1; upgrade it first",
    )
    facts["a2"].update(installed="v1.33.9+rke2r1", started=None)
    none(fleet.make(desired, facts, limit=["s1"]))


def test_a_new_server_may_be_one_minor_apart_at_most():
    desired = fleet.wanted({"version": "v1.36.4+rke2r1"})
    old = fleet.wanted({"version": "v1.34.4+rke2r1"})
    only(
        fleet.make(desired, fleet.running(old, of=["s1", "s2"]), limit=["s3"]),
        "s3: would run v1.36.4+rke2r1 while s1 runs v1.34.4+rke2r1; servers may be one minor version apart",
    )

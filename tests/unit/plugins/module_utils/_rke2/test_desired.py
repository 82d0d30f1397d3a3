# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The desired state as a whole, and every fault of the site's words in one go."""

from __future__ import annotations

import json

import pytest

from ansible_collections.unifiedmeta.platform.plugins.module_utils._rke2 import flags
from ansible_collections.unifiedmeta.platform.plugins.module_utils._rke2.desired import Faulty, rke2_spec
from tests.unit.plugins.module_utils._rke2 import fleet


def faults(site=None, nodes=None, **options):
    try:
        fleet.wanted(site, nodes, **options)
    except Faulty as error:
        return error.faults
    return []


def test_its_parts():
    made = fleet.wanted()
    assert set(made) == {"version", "cluster", "nodes", "artifacts", "settings"} and json.loads(json.dumps(made)) == made
    assert made["cluster"]["name"] == "demo" and made["cluster"]["endpoint"]["url"] == "https://rke2.example.org:9345"
    assert set(made["nodes"]["s1"]) == {"role", "name", "address", "pool", "arch", "config", "files", "images"}


def test_the_critical_values_but_the_secret_one():
    made = fleet.wanted({"disable_kube_proxy": True})["cluster"]["critical"]
    assert set(made) == set(flags.CRITICAL) - {"agent-token"}
    assert made["disable-kube-proxy"] is True and made["cluster-dns"] == ["10.43.0.10"] and made["cluster-cidr"] == ["10.42.0.0/16"]


def test_the_order_of_hosts_stays():
    nodes = {name: {"role": "server", "address": f"10.0.0.{number}"} for number, name in enumerate(("z", "b", "m"), 1)}
    assert list(fleet.wanted(nodes=nodes)["nodes"]) == ["z", "b", "m"]


@pytest.mark.parametrize(("host", "name"), [("s1", "s1"), ("S1.Example.org", "s1.example.org")])
def test_a_node_is_named_after_its_host(host, name):
    assert fleet.wanted({"endpoint": {}}, {host: {"role": "server"}})["nodes"][host]["name"] == name


@pytest.mark.parametrize(
    ("site", "images"),
    [
        ({}, ["core", "cilium"]),
        ({"version": "v1.36.4+rke2r1", "ingress_controller": ["traefik", "ingress-nginx"]}, ["core", "cilium", "ingress-nginx"]),
        ({"cni": "multus,calico", "ingress_controller": "traefik"}, ["core", "multus", "calico", "traefik"]),
        ({"cni": "none", "ingress_controller": ["ingress-nginx"]}, ["core"]),
    ],
)
def test_archives_of_images(site, images):
    made = fleet.wanted({"preload_images": True, **site})["nodes"]["a1"]["images"]
    assert made == [f"rke2-images-{name}.linux-{{arch}}.tar.zst" for name in images]


def test_seeds_of_the_site():
    assert fleet.wanted({"seed_images": ["seed.tar.zst", "seed.tar.zst"]})["nodes"]["s1"]["images"] == ["seed.tar.zst"]


def test_charts_are_servers_files():
    charts = {"/var/lib/rancher/rke2/server/manifests/rke2-cilium-config.yaml": {"content": "x", "mode": "0600"}}
    made = fleet.wanted(charts=charts)["nodes"]
    assert made["s3"]["files"] == charts and made["a1"]["files"] == {}


def test_the_lock_by_architecture_or_flat():
    nested = {"amd64": {"rke2.linux-amd64.tar.gz": "1" * 64}, "arm64": {"rke2.linux-arm64.tar.gz": "2" * 64}}
    assert fleet.wanted(artifacts=nested)["artifacts"] == fleet.wanted(artifacts=fleet.TARBALLS)["artifacts"] == fleet.TARBALLS


def test_settings_of_the_rollout():
    made = fleet.wanted({"agent_batch": "10", "drain": {"enabled": True, "timeout": 60}, "minimum": {"disk": 30}})["settings"]
    assert made == {"agent_batch": "10", "drain": {"enabled": True, "timeout": 60}, "minimum": {"disk": 30}}


@pytest.mark.parametrize(
    ("site", "nodes", "said"),
    [
        ({}, fleet.hosts(0, 2), "rke2_servers: the group has no host"),
        ({}, fleet.hosts(2, 0), "rke2_servers: 2 servers (s1, s2) bear no more failures than 1, and one more can fail; take 1 or 3"),
        ({}, fleet.hosts(4, 0), "rke2_servers: 4 servers"),
        ({"server_count": 3, "endpoint": {}}, fleet.hosts(1, 0), "rke2_server_count: the site says 3 servers, the inventory of this run has 1; a slice"),
        ({}, fleet.hosts(s2={"node_name": "s1"}), "s1, s2: have one node name, s1; each node needs its own (rke2_node_name)"),
        ({}, fleet.hosts(a1={"address": "10.0.0.1"}), "s1, a1: have one address, 10.0.0.1"),
        ({}, fleet.hosts(s1={"node_name": "s_1"}), "s1: rke2_node_name: 's_1': a node's name has lower case"),
        ({}, fleet.hosts(s1={"address": "s1.example.org"}), "s1: rke2_address: 's1.example.org' is no IP address"),
        ({}, fleet.hosts(s1={"external_address": "x"}), "s1: rke2_external_address: 'x' is no IP address"),
        ({}, fleet.hosts(s1={"role": "master"}), "s1: rke2_role: must be one of server, agent"),
        ({"version": ""}, None, "rke2_version: is missing"),
        ({"version": "1.35"}, None, "rke2_version: '1.35' is no version of RKE2"),
        ({"version": "v1.32.3+rke2r1"}, None, "secretbox needs v1.32.4+rke2r1 or later"),
        ({"version": "v1.29.9+rke2r1"}, None, "secretbox needs v1.33.0+rke2r1 or later"),
        ({"etcd_snapshots": {"s3": {"region": "r"}}}, None, "rke2_etcd_snapshots.s3.bucket: is missing"),
        ({"etcd_snapshots": {"schedule": "daily at 3"}}, None, "is no cron expression of five fields"),
        ({"etcd_snapshots": {"retention": 0}}, None, "rke2_etcd_snapshots.retention: must be 1 or more"),
        ({"kubelet_args": {"--max-pods": 1}}, None, "rke2_kubelet_args: --max-pods: give the name alone"),
        ({"kubelet_args": {"max-pods=1": 1}}, None, "give the name alone"),
        ({"agent_batch": "half"}, None, "rke2_agent_batch: 'half' is neither"),
        ({"agent_batch": "0"}, None, "is neither"),
        ({"agent_batch": "120%"}, None, "is neither"),
        ({"cluster_name": ""}, None, "rke2_cluster_name: is empty"),
        ({"config": {"tokn": 1}}, None, "rke2_config: tokn: RKE2 knows no such setting and would skip it silently; did you mean token?"),
        ({"agent_config": {"etcd-arg": []}}, None, "rke2_agent_config: etcd-arg: only servers know it"),
        ({"server_config": {"kubelet-arg": []}}, None, "rke2_server_config: kubelet-arg has a variable of its own"),
        ({}, fleet.hosts(a1={"node_config": {"etcd-arg": []}}), "a1: rke2_node_config: etcd-arg: only servers know it"),
    ],
)
def test_faults(site, nodes, said):
    assert any(said in fault for fault in faults(site, nodes)), faults(site, nodes)


@pytest.mark.parametrize("count", [1, 3, 5])
def test_counts_of_servers_that_may_be(count):
    assert faults(nodes=fleet.hosts(count, 0)) == []


def test_the_lock_must_have_what_is_preloaded():
    lock = {**fleet.TARBALLS, "rke2-images-core.linux-amd64.tar.zst": "3" * 64}
    found = faults({"preload_images": True}, artifacts=lock)
    assert "rke2_version: the lock of v1.35.4+rke2r1 has no rke2-images-cilium.linux-amd64.tar.zst; write it anew" in found
    assert faults({"preload_images": True}) == []


def test_all_faults_once_and_together():
    found = faults({"cni": "x", "profile": "y", "kubelet_args": {"-a": 1}}, fleet.hosts(2, 1, a1={"pool": "z"}))
    assert len(found) == len(set(found)) == 5


def test_nothing_at_all():
    with pytest.raises(Faulty, match="rke2_servers: the group has no host"):
        rke2_spec({}, {})

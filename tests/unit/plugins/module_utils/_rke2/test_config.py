# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
"""config.yaml of servers and agents, key by key, and what further settings may not say."""

from __future__ import annotations

import pytest

from ansible_collections.unifiedmeta.platform.plugins.module_utils._rke2 import config, flags, names, settings
from tests.unit.plugins.module_utils._rke2 import fleet


def of(host, site=None, nodes=None, **options):
    return fleet.wanted(site, nodes or fleet.hosts(), **options)["nodes"][host]["config"]


@pytest.mark.parametrize(
    ("site", "key", "value"),
    [
        ({}, "server", "https://rke2.example.org:9345"),
        ({}, "tls-san", ["rke2.example.org"]),
        ({"tls_san": ["x", "rke2.example.org"]}, "tls-san", ["rke2.example.org", "x"]),
        ({}, "cluster-cidr", "10.42.0.0/16"),
        ({}, "service-cidr", "10.43.0.0/16"),
        ({}, "cluster-dns", "10.43.0.10"),
        ({}, "cluster-domain", "cluster.local"),
        ({"service_cidr": "10.96.0.0/12"}, "cluster-dns", "10.96.0.10"),
        ({"cluster_cidr": "10.42.0.0/16,fd42::/56", "service_cidr": "10.43.0.0/16,fd43::/112"}, "cluster-cidr", ["10.42.0.0/16", "fd42::/56"]),
        ({"egress_selector_mode": "disabled"}, "egress-selector-mode", "disabled"),
        ({"disable_cloud_controller": True}, "disable-cloud-controller", True),
        ({"disable_kube_proxy": True}, "disable-kube-proxy", True),
        ({}, "cni", "cilium"),
        ({"cni": "multus,calico"}, "cni", ["multus", "calico"]),
        ({"ingress_controller": "traefik"}, "ingress-controller", "traefik"),
        ({"disable": "rke2-ingress-nginx"}, "disable", ["rke2-ingress-nginx"]),
        ({"profile": "cis"}, "profile", "cis"),
        ({"selinux": True}, "selinux", True),
        ({}, "secrets-encryption-provider", "secretbox"),
        ({"audit_policy": {"rules": [{}]}}, "audit-policy-file", names.AUDIT),
        ({"pod_security": {"enforce": "baseline"}}, "pod-security-admission-config-file", names.PSS),
        ({"embedded_registry": True}, "embedded-registry", True),
        ({"system_default_registry": "harbor.example.org"}, "system-default-registry", "harbor.example.org"),
        ({"disable_default_registry_endpoint": True}, "disable-default-registry-endpoint", True),
        ({}, "write-kubeconfig-mode", "0600"),
        ({"kubelet_args": {"max-pods": 200, "fail-swap-on": False, "x": None}}, "kubelet-arg", ["fail-swap-on=false", "max-pods=200"]),
        ({"etcd_snapshots": {"schedule": "0 */6 * * *"}}, "etcd-snapshot-schedule-cron", "0 */6 * * *"),
        ({"etcd_snapshots": {"retention": 9}}, "etcd-snapshot-retention", 9),
        ({"etcd_snapshots": {"dir": "/backup"}}, "etcd-snapshot-dir", "/backup"),
        ({"etcd_snapshots": {"compress": True}}, "etcd-snapshot-compress", True),
        ({"etcd_snapshots": {"name": "n"}}, "etcd-snapshot-name", "n"),
        ({"etcd_snapshots": {"disabled": True}}, "etcd-disable-snapshots", True),
        ({"etcd_snapshots": {"s3": {"bucket": "b"}}}, "etcd-s3", True),
        ({"etcd_snapshots": {"s3": {"bucket": "b", "bucket_lookup_type": "path"}}}, "etcd-s3-bucket-lookup-type", "path"),
        ({"etcd_snapshots": {"s3": {"bucket": "b", "endpoint_ca": "/ca"}}}, "etcd-s3-endpoint-ca", "/ca"),
        ({"config": {"debug": True}}, "debug", True),
        ({"server_config": {"etcd-expose-metrics": True}}, "etcd-expose-metrics", True),
        ({"server_config": {"write-kubeconfig-mode": "0640"}}, "write-kubeconfig-mode", "0640"),
        ({"server_config": {"write-kubeconfig-mode": None}}, "write-kubeconfig-mode", None),
        ({"server_config": {"tls-san-security": False}}, "tls-san-security", False),
        ({"config": {"kube-apiserver-arg": ["a=1"]}}, "kube-apiserver-arg", ["a=1"]),
        ({"further_settings": ["brand-new"], "config": {"brand-new": 1}}, "brand-new", 1),
        ({"config": {"kube-proxy-arg": ["a=1"]}, "server_config": {"kube-proxy-arg+": ["b=2"]}}, "kube-proxy-arg", ["a=1", "b=2"]),
        ({"config": {"kube-proxy-arg": ["a=1"]}, "server_config": {"kube-proxy-arg": ["b=2"]}}, "kube-proxy-arg", ["b=2"]),
    ],
)
def test_servers(site, key, value):
    assert of("s2", site).get(key) == value


def test_what_nobody_says_is_not_there():
    assert set(of("s1")) == {
        "server",
        "node-name",
        "node-ip",
        "tls-san",
        "write-kubeconfig-mode",
        "cluster-cidr",
        "service-cidr",
        "cluster-dns",
        "cluster-domain",
        "cni",
        "secrets-encryption-provider",
    }
    assert of("a1") == {"server": "https://rke2.example.org:9345", "node-name": "a1", "node-ip": "10.0.0.101"}


def test_all_keys_are_rke2s_own():
    site = {
        "profile": "cis",
        "selinux": True,
        "audit_policy": {"rules": [{}]},
        "pod_security": {"enforce": "baseline"},
        "embedded_registry": True,
        "disable": "rke2-coredns",
        "ingress_controller": "traefik",
        "etcd_snapshots": {"retention": 9, "s3": {"bucket": "b", "folder": "f", "skip_ssl_verify": True, "retention": 3}},
    }
    assert set(of("s1", site)) <= set(flags.SERVER) and set(of("a1", site)) <= set(flags.AGENT)


def test_agents_get_what_agents_know_of_what_all_are_told():
    made = of("a1", {"config": {"debug": True, "kube-apiserver-arg": ["a=1"]}, "agent_config": {"enable-pprof": True}, "profile": "cis"})
    assert made["debug"] is True and made["enable-pprof"] is True and made["profile"] == "cis" and "kube-apiserver-arg" not in made


def test_settings_of_all_servers_are_added_to():
    made = of("s1", {"server_config": {"kube-apiserver-arg+": ["b=2"]}}, servers={"kube-apiserver-arg": ["a=1"]})
    assert made["kube-apiserver-arg"] == ["a=1", "b=2"]


def test_derived_arguments_are_not_lost_by_one_more():
    for given in ({"server_config": {"kube-apiserver-arg": ["b=2"]}}, {"config": {"kube-apiserver-arg": ["b=2"]}}):
        made = of("s1", {"profile": "cis", **given}, servers={"kube-apiserver-arg": ["a=1"]})
        assert made["kube-apiserver-arg"] == ["service-account-extend-token-expiration=false", "a=1", "b=2"]


def test_what_is_said_and_empty_stays():
    assert of("s1", {"server_config": {"debug": False, "etcd-arg": []}})["etcd-arg"] == [] and of("s1", {"server_config": {"debug": None}}).get("debug") is None


def test_a_nodes_own():
    nodes = fleet.hosts(
        a1={
            "pool": "gpu",
            "zone": "z1",
            "region": "r1",
            "node_labels": {"disk": "fast", "gone": None},
            "node_taints": ["x=y:NoExecute"],
            "node_config": {"snapshotter": "native"},
            "kubelet_args": {"max-pods": 50},
            "node_name": "gpu-1",
            "external_address": "192.0.2.1",
        }
    )
    made = of("a1", {"kubelet_args": {"max-pods": 200, "v": 2}}, nodes)
    assert made["node-label"] == ["disk=fast", "node.unifiedmeta.io/pool=gpu", "topology.kubernetes.io/region=r1", "topology.kubernetes.io/zone=z1"]
    assert made["node-taint"] == ["nvidia.com/gpu=present:NoSchedule", "x=y:NoExecute"] and made["kubelet-arg"] == ["max-pods=50", "v=2"]
    assert (made["node-name"], made["snapshotter"], made["node-external-ip"]) == ("gpu-1", "native", "192.0.2.1")


def test_two_addresses_of_a_dual_stack():
    nodes = fleet.hosts(s1={"address": "10.0.0.1, fd00::1"})
    site = {
        "cluster_cidr": "10.42.0.0/16,fd42::/56",
        "service_cidr": "10.43.0.0/16,fd43::/112",
        "proxy": {"http": "http://p", "no_proxy": "10.0.0.0/8,.example.org,fd00::/64"},
    }
    assert of("s1", site, nodes)["node-ip"] == ["10.0.0.1", "fd00::1"]
    with pytest.raises(ValueError, match="rke2_proxy.no_proxy: lacks fd00::1;"):
        of("s1", {**site, "proxy": {"http": "http://p", "no_proxy": "10.0.0.0/8,.example.org"}}, nodes)


def test_the_sites_pools():
    nodes = fleet.hosts(a1={"pool": "gpu"}, a2={"pool": "edge"})
    site = {"pools": {"gpu": {"taints": []}, "edge": {"labels": {"example.org/edge": True}, "taints": ["edge:NoSchedule"]}}}
    assert "node-taint" not in of("a1", site, nodes)
    assert of("a2", site, nodes)["node-label"] == ["example.org/edge=true", "node.unifiedmeta.io/pool=edge"]


@pytest.mark.parametrize(
    ("before", "part", "after"),
    [
        ({"a": ["1"]}, {"a+": ["2", "1"]}, {"a": ["1", "2"]}),
        ({"a": "1"}, {"a+": "2"}, {"a": ["1", "2"]}),
        ({}, {"a+": ["1"]}, {"a": ["1"]}),
        ({"a": []}, {"a+": ["1"]}, {"a": ["1"]}),
        ({"a": 1}, {"a": 2}, {"a": 2}),
        ({"a": 1}, {"a": None}, {"a": None}),
        ({"a": 1}, {"b": 2}, {"a": 1, "b": 2}),
    ],
)
def test_merging(before, part, after):
    assert config.merged(before, part) == after


@pytest.mark.parametrize(
    ("part", "role", "said"),
    [
        ({"token": "x"}, "server", "v: token is a secret; it belongs into the site's bootstrap store"),
        ({"etcd-s3-secret-key": "x"}, "server", "is a secret"),
        ({"cni": "canal"}, "server", "v: cni has a variable of its own, rke2_cni"),
        ({"kubelet-arg+": ["a=1"]}, "agent", "rke2_kubelet_args"),
        ({"etcd-s3-bucket": "b"}, "server", "rke2_etcd_snapshots.s3"),
        ({"node-label": ["a=b"]}, "agent", "rke2_node_labels"),
        ({"kube-apisever-arg": ["a"]}, "server", "did you mean kube-apiserver-arg?"),
        ({"etcd-arg": ["a"]}, "agent", "only servers know it"),
        ({"debug": "yes"}, "server", "v: debug: must be true or false"),
        ({"cluster-reset": True}, "server", "restore.yml"),
    ],
)
def test_further_settings_that_are_refused(part, role, said):
    found = config.extra_faults(part, role, "v", [])
    assert len(found) == 1 and said in found[0]


def test_no_fault_shows_a_value():
    assert "hunter2" not in str(config.extra_faults({"token": "hunter2", "debug": "hunter2"}, "server", "v", []))


def test_own_names_are_variables():
    known = {*settings.SETTINGS, *settings.NODE}
    assert {name.partition(".")[0] for name in config.OWN.values()} <= known and set(config.OWN) <= set(flags.SERVER)
    parts = settings.PARTS["etcd_snapshots"]
    assert {name.partition(".")[2] for name in config.OWN.values() if "." in name} <= set(parts)


@pytest.mark.parametrize(
    ("settings_of_a1", "said"),
    [
        ({"pool": "gpus"}, "a1: rke2_pool: there is no pool 'gpus'; did you mean gpu?"),
        ({"node_labels": {"a b": 1}}, "a1: rke2_node_labels: a b: no label's name"),
        ({"node_labels": {"node-role.kubernetes.io/x": ""}}, "may not give itself"),
        ({"node_taints": ["x"]}, "a1: rke2_node_taints: x: no taint"),
    ],
)
def test_labels_and_taints_that_are_refused(settings_of_a1, said):
    with pytest.raises(ValueError, match="a1: rke2_") as caught:
        fleet.wanted(nodes=fleet.hosts(a1=settings_of_a1))
    assert said in str(caught.value)

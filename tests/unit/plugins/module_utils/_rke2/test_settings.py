# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What a site may say: sorts, defaults, suggestions."""

from __future__ import annotations

import pytest

from ansible_collections.unifiedmeta.platform.plugins.module_utils._rke2 import settings
from ansible_collections.unifiedmeta.platform.plugins.module_utils._rke2.settings import NODE, POOLS, SETTINGS, checked, label_fault, taint_fault


def check(given, known=None, where="rke2_"):
    faults = []
    return checked(given, known or SETTINGS, where, faults), faults


def test_defaults():
    made, faults = check({})
    assert faults == [] and set(made) == set(SETTINGS)
    assert (made["cni"], made["secrets_encryption"], made["cluster_cidr"], made["profile"], made["agent_batch"]) == (
        ["cilium"],
        "secretbox",
        ["10.42.0.0/16"],
        "",
        "20%",
    )


def test_nothing_is_the_default():
    assert check({"cni": None, "pools": None})[0] == check({})[0]


def test_defaults_are_of_their_own_sort():
    for name, (sort, default) in {**SETTINGS, **NODE}.items():
        faults = []
        assert settings._sorted(sort, default, name, faults) == default or name == "role", name
        assert not faults or name == "role", name


@pytest.mark.parametrize(
    ("given", "made"), [({"cni": "multus,cilium"}, ["multus", "cilium"]), ({"cni": "calico"}, ["calico"]), ({"cni": ["canal"]}, ["canal"]), ({"cni": ""}, [])]
)
def test_lists_may_be_texts(given, made):
    assert check(given) == ({**check({})[0], "cni": made}, [])


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"cnii": 1}, "rke2_cnii: there is no such variable; did you mean rke2_cni?"),
        ({"zzz": 1}, "rke2_zzz: there is no such variable"),
        ({"selinux": "yes"}, "rke2_selinux: must be true or false"),
        ({"version": ["a"]}, "rke2_version: must be a text"),
        ({"version": True}, "rke2_version: must be a text"),
        ({"server_count": "x"}, "rke2_server_count: must be a number"),
        ({"server_count": True}, "rke2_server_count: must be a number"),
        ({"registries": []}, "rke2_registries: must be a map"),
        ({"tls_san": {}}, "rke2_tls_san: must be a list of texts"),
        ({"tls_san": [{}]}, "rke2_tls_san: must be a list of texts"),
        ({"profile": "cis-1.23"}, "rke2_profile: must be one of (empty), cis, etcd, not 'cis-1.23'"),
        ({"secrets_encryption": "secretbocks"}, "did you mean secretbox?"),
        (
            {"endpoint": {"kind": "kubevip"}},
            "rke2_endpoint.kind: must be one of nlb, kube-vip, keepalived, dns, external, not 'kubevip'; did you mean kube-vip?",
        ),
        ({"endpoint": {"hots": "x"}}, "rke2_endpoint.hots: there is no such key; did you mean host?"),
        ({"proxy": {"no_proxy": 3}}, "rke2_proxy.no_proxy: must be a list of texts"),
        ({"etcd_snapshots": {"retenion": 3}}, "rke2_etcd_snapshots.retenion: there is no such key; did you mean retention?"),
        ({"etcd_snapshots": {"s3": {"buckt": "x"}}}, "rke2_etcd_snapshots.s3.buckt: there is no such key; did you mean bucket?"),
        ({"etcd_snapshots": {"s3": "x"}}, "rke2_etcd_snapshots.s3: must be a map"),
        ({"drain": {"enabled": 1}}, "rke2_drain.enabled: must be true or false"),
        ({"minimum": {"disk": "much"}}, "rke2_minimum.disk: must be a number"),
    ],
)
def test_faults(given, said):
    assert check(given)[1] == [said] or said in check(given)[1][0]


def test_all_faults_at_once():
    assert len(check({"cnii": 1, "selinux": "yes", "endpoint": {"kind": "x", "prot": 1}})[1]) == 4


def test_numbers_in_texts():
    assert check({"server_count": "3", "minimum": {"disk": 2.5}})[0]["server_count"] == 3


def test_a_node():
    made, faults = check({"role": "server", "node_labels": {"a": "b"}}, NODE, "s1: rke2_")
    assert faults == [] and made["node_labels"] == {"a": "b"} and made["pool"] == ""
    assert check({"role": "server", "adress": "x"}, NODE, "s1: rke2_")[1] == ["s1: rke2_adress: there is no such variable; did you mean rke2_address?"]
    assert "must be one of server, agent" in check({"role": "master"}, NODE, "s1: rke2_")[1][0]


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("a", "b"),
        ("example.org/tier", "gold"),
        ("topology.kubernetes.io/zone", "eu-1a"),
        ("node.kubernetes.io/x", ""),
        ("kubelet.kubernetes.io/y", "1"),
        ("kubernetes.io/os", "linux"),
        ("a.b/c_d.e", "A-b_c.d"),
        ("x", True),
    ],
)
def test_good_labels(key, value):
    assert label_fault(key, value) is None


@pytest.mark.parametrize(
    ("key", "value", "said"),
    [
        ("node-role.kubernetes.io/worker", "", "may not give itself"),
        ("kubernetes.io/x", "1", "may not give itself"),
        ("my.k8s.io/x", "1", "may not give itself"),
        ("a b", "", "no label's name"),
        ("/x", "", "no label's name"),
        ("", "", "no label's name"),
        ("a", "b c", "is no label's value"),
        ("a", "x" * 64, "is no label's value"),
    ],
)
def test_bad_labels(key, value, said):
    assert said in label_fault(key, value)


@pytest.mark.parametrize("taint", ["a=b:NoSchedule", "a:NoExecute", "example.org/x=:PreferNoSchedule", *POOLS["gpu"]["taints"]])
def test_good_taints(taint):
    assert taint_fault(taint) is None


@pytest.mark.parametrize(
    ("taint", "said"),
    [
        ("a=b", "no taint"),
        ("a=b:Noschedule", "did you mean NoSchedule?"),
        ("a b:NoSchedule", "no taint"),
        (":NoSchedule", "no taint"),
        ("a=b c:NoSchedule", "no taint"),
        ("a:Never", "must be one of NoSchedule"),
    ],
)
def test_bad_taints(taint, said):
    assert said in taint_fault(taint)


def test_pools():
    assert set(POOLS) == {"application", "data", "platform", "gpu"} and label_fault(settings.POOL_LABEL, "gpu") is None

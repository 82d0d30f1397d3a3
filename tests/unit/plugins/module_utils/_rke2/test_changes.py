# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What changes on a node, and which of it needs a restart: field by field."""

from __future__ import annotations

import pytest

from ansible_collections.unifiedmeta.platform.plugins.module_utils._rke2 import changes as module
from ansible_collections.unifiedmeta.platform.plugins.module_utils._rke2 import names
from ansible_collections.unifiedmeta.platform.plugins.module_utils._rke2.names import fingerprint
from ansible_collections.unifiedmeta.platform.plugins.module_utils._rke2.seen import Seen
from tests.unit.plugins.module_utils._rke2 import fleet

MANIFEST = names.MANIFESTS + "/rke2-cilium-config.yaml"


def of(host="s1", site=None, facts=None, nodes=None, before=None, fingerprints=None, charts=None):
    """The changes of a host from a cluster as ``before`` said to ``site``."""
    after = fleet.wanted(site, nodes, charts=charts)
    facts = facts if facts is not None else fleet.running(fleet.wanted(before))
    return module.changes(Seen(after, facts), host, fleet.FINGERPRINTS if fingerprints is None else fingerprints)


def test_nothing():
    for host in fleet.hosts():
        made = of(host)
        assert (made.restart, made.live, made.stage, made.version, made.labels, made.taints) == ([], [], [], None, {}, {})


@pytest.mark.parametrize(
    ("site", "reason"),
    [
        ({"tls_san": ["x"]}, "config.yaml: tls-san: added x"),
        ({"kubelet_args": {"max-pods": 200}}, "config.yaml: kubelet-arg: added max-pods=200"),
        ({"profile": "cis"}, "config.yaml: profile: (nothing) → cis"),
        ({"selinux": True}, "config.yaml: selinux: false → true"),
        ({"disable_kube_proxy": True}, "config.yaml: disable-kube-proxy: false → true"),
        ({"secrets_encryption": "aescbc"}, "config.yaml: secrets-encryption-provider: secretbox → aescbc"),
        ({"etcd_snapshots": {"retention": 9}}, "config.yaml: etcd-snapshot-retention: 5 → 9"),
        ({"etcd_snapshots": {"schedule": "0 1 * * *"}}, "config.yaml: etcd-snapshot-schedule-cron: 0 */12 * * * → 0 1 * * *"),
        ({"disable": "rke2-coredns"}, "config.yaml: disable: added rke2-coredns"),
        ({"embedded_registry": True}, "/etc/rancher/rke2/registries.yaml: added"),
        ({"audit_policy": {"rules": [{"level": "None"}]}}, "/etc/rancher/rke2/audit-policy.yaml: added"),
        ({"pod_security": {"enforce": "baseline"}}, "/etc/rancher/rke2/site-pss.yaml: added"),
        ({"kubelet_config": {"maxPods": 9}}, "/var/lib/rancher/rke2/agent/etc/kubelet.conf.d/50-site.conf: added"),
        ({"proxy": {"http": "http://p", "no_proxy": "10.0.0.0/8,.example.org"}}, "/etc/default/rke2-server: added"),
        ({"version": "v1.35.5+rke2r1"}, "version: v1.35.4+rke2r1 → v1.35.5+rke2r1"),
        ({"config": {"debug": True}}, "config.yaml: debug: false → true"),
        ({"server_config": {"kube-apiserver-arg": ["a=1"]}}, "config.yaml: kube-apiserver-arg: added a=1"),
    ],
)
def test_what_needs_a_restart(site, reason):
    made = of(site=site)
    assert reason in made.restart and made.live == []


@pytest.mark.parametrize(
    ("before", "site", "reason"),
    [
        ({"tls_san": ["x", "y"]}, {"tls_san": ["y", "z"]}, "config.yaml: tls-san: added z; removed x"),
        ({"kubelet_args": {"a": 1, "b": 2}}, {"server_config": {}}, "config.yaml: kubelet-arg: removed a=1, b=2"),
        ({"cni": "multus,cilium"}, {"cni": "cilium"}, "config.yaml: cni: removed multus"),
        ({"server_config": {"etcd-arg": ["a", "b"]}}, {"server_config": {"etcd-arg": ["b", "a"]}}, "config.yaml: etcd-arg: another order: b, a"),
        (
            {"audit_policy": {"rules": [{"level": "None"}]}},
            {"audit_policy": {"rules": [{"level": "Metadata"}]}},
            "/etc/rancher/rke2/audit-policy.yaml: content changed",
        ),
    ],
)
def test_from_one_to_the_other(before, site, reason):
    assert reason in of(site=site, before=before).restart


@pytest.mark.parametrize(
    "site",
    [
        {"cni": ["cilium"]},
        {"etcd_snapshots": {"retention": 5, "schedule": "0 */12 * * *", "name": "etcd-snapshot"}},
        {"server_config": {"write-kubeconfig-mode": "0600"}},
        {"server_config": {"tls-san-security": True}},
        {"server_config": {"debug": False}},
        {"cluster_dns": "10.43.0.10"},
    ],
)
def test_what_rke2_does_anyway_changes_nothing(site):
    made = of(site=site)
    assert made.restart == made.live == []


def test_a_cluster_that_others_made_with_less_words():
    facts = fleet.running(fleet.wanted())
    for config in (facts["s1"]["config"], facts["s1"]["started"]["config"]):
        for key in ("cluster-cidr", "service-cidr", "cluster-dns", "cluster-domain", "write-kubeconfig-mode"):
            del config[key]
    assert of(facts=facts).restart == []


def test_charts_are_applied_while_it_runs():
    made = of(charts={MANIFEST: {"content": "x", "mode": "0600"}})
    assert made.restart == [] and made.live == [f"{MANIFEST}: added (applied while RKE2 runs)"]


def test_a_mode_alone():
    facts = fleet.running(fleet.wanted({"embedded_registry": True}))
    facts["s1"]["files"][names.REGISTRIES]["mode"] = "0644"
    made = of(site={"embedded_registry": True}, facts=facts)
    assert made.restart == [] and made.live == ["/etc/rancher/rke2/registries.yaml: mode 0644 → 0600"]


def test_labels_and_taints_go_by_the_api():
    nodes = fleet.hosts(a1={"pool": "gpu", "node_labels": {"new": "1"}})
    facts = fleet.running(fleet.wanted(nodes=fleet.hosts(a1={"node_labels": {"old": "1"}, "node_taints": ["old=1:NoSchedule"]})))
    made = of("a1", facts=facts, nodes=nodes)
    assert made.restart == []
    assert made.labels == {"new": "1", "node.unifiedmeta.io/pool": "gpu", "old": None}
    assert made.taints == {"add": ["nvidia.com/gpu=present:NoSchedule"], "remove": ["old=1:NoSchedule"]}
    assert "label new: none → 1 (by the API)" in made.live and "label old: removed (by the API)" in made.live
    assert "taint old=1:NoSchedule: removed (by the API)" in made.live
    assert any("node-label: added" in reason and "no restart" in reason for reason in made.live)


def test_what_others_put_on_a_node_is_left_alone():
    facts = fleet.running(fleet.wanted())
    facts["s1"]["cluster"]["nodes"][3]["labels"]["feature.node/x"] = "1"
    facts["s1"]["cluster"]["nodes"][3]["taints"].append({"key": "node.kubernetes.io/not-ready", "value": None, "effect": "NoSchedule"})
    made = of("a1", facts=facts)
    assert made.labels == made.taints == {} and made.live == []


def test_a_label_that_somebody_changed_comes_back():
    nodes = fleet.hosts(a1={"node_labels": {"disk": "fast"}})
    facts = fleet.running(fleet.wanted(nodes=nodes))
    facts["s1"]["cluster"]["nodes"][3]["labels"]["disk"] = "slow"
    assert of("a1", facts=facts, nodes=nodes).labels == {"disk": "fast"}


@pytest.mark.parametrize("host", ["s1", "a1"])
def test_another_endpoint_is_written_and_needs_no_restart(host):
    made = of(host, {"endpoint": {"kind": "dns", "host": "other.example.org"}, "tls_san": ["rke2.example.org"]}, before={"tls_san": ["other.example.org"]})
    assert made.restart == []
    assert made.live == ["config.yaml: server: https://rke2.example.org:9345 → https://other.example.org:9345 (only counts when a node joins, no restart)"]


def test_a_first_server_without_its_server_line_gets_it():
    facts = fleet.running(fleet.wanted())
    for config in (facts["s1"]["config"], facts["s1"]["started"]["config"]):
        del config["server"]
    made = of(facts=facts)
    assert made.restart == [] and "server: (nothing) → https://rke2.example.org:9345" in made.live[0]


@pytest.mark.parametrize(
    ("host", "secrets", "reason"),
    [
        ("s1", {"token": "new"}, ["config.yaml: token: changed"]),
        ("s1", {"agent-token": "new"}, ["config.yaml: agent-token: changed"]),
        ("a1", {"agent-token": "new"}, ["config.yaml: token: changed"]),
        ("a1", {"token": "new"}, []),
        ("s1", {"etcd-s3-secret-key": "k"}, ["config.yaml: etcd-s3-secret-key: added"]),
        ("a1", {"etcd-s3-secret-key": "k"}, []),
    ],
)
def test_secrets_are_compared_and_not_shown(host, secrets, reason):
    prints = {**fleet.FINGERPRINTS, **{key: fingerprint(value) for key, value in secrets.items()}}
    made = of(host, fingerprints=prints)
    assert made.restart == reason and "sha256" not in str(made)


def test_a_secret_that_is_gone():
    facts = fleet.running(fleet.wanted())
    for config in (facts["s1"]["config"], facts["s1"]["started"]["config"]):
        config["etcd-s3-secret-key"] = fingerprint("k")
    assert of(facts=facts).restart == ["config.yaml: etcd-s3-secret-key: removed"]


def test_agents_without_a_token_of_their_own_use_the_servers():
    facts = fleet.running(fleet.wanted())
    assert of("a1", facts=facts, fingerprints={"token": fleet.FINGERPRINTS["agent-token"]}).restart == []


def test_written_and_not_restarted():
    site = {"tls_san": ["x"], "embedded_registry": True}
    facts = fleet.running(fleet.wanted())
    new = fleet.running(fleet.wanted(site))["s1"]
    facts["s1"].update(config=new["config"], files=new["files"])
    assert of(site=site, facts=facts).restart == [
        "config.yaml: embedded-registry: false → true",
        "config.yaml: tls-san: added x",
        "/etc/rancher/rke2/registries.yaml: was written after the service had started",
    ]


def test_restarted_and_written_back():
    facts = fleet.running(fleet.wanted())
    facts["s1"]["config"] = {**facts["s1"]["config"], "debug": True}
    made = of(facts=facts)
    assert made.restart == [] and made.live == ["config.yaml: debug: true → false (as the service runs already)"]


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"config": None}, "config.yaml: was written after the service had started, so what it runs with can't be known"),
        ({"files": {names.REGISTRIES: None}}, "/etc/rancher/rke2/registries.yaml: was written after the service had started"),
        ({"version": "v1.35.3+rke2r1"}, "version: v1.35.3+rke2r1 → v1.35.4+rke2r1"),
    ],
)
def test_what_the_stamp_says(change, reason):
    site = {"embedded_registry": True}
    facts = fleet.running(fleet.wanted(site))
    facts["s1"]["started"].update(change)
    assert of(site=site, facts=facts).restart == [reason]


def test_no_stamp_means_what_lies_on_the_disk():
    facts = fleet.running(fleet.wanted({"embedded_registry": True}))
    facts["s1"]["started"] = None
    assert of(site={"embedded_registry": True}, facts=facts).restart == []


@pytest.mark.parametrize(("fault", "said"), [(None, "config.yaml: is not there"), ("line 3: «x» is no key", "config.yaml: line 3: «x» is no key")])
def test_no_configuration_that_can_be_read(fault, said):
    facts = fleet.running(fleet.wanted())
    facts["s1"].update(config=None, config_fault=fault)
    assert of(facts=facts).restart == [said]


def test_binaries_that_were_changed_under_a_running_service():
    facts = fleet.running(fleet.wanted())
    facts["s1"]["installed"] = "v1.35.3+rke2r1"
    assert of(facts=facts).live == ["binaries: v1.35.3+rke2r1 → v1.35.4+rke2r1"]


def test_what_is_brought_ahead():
    image = "rke2-images-core.linux-amd64.tar.zst"
    lock = {
        **fleet.TARBALLS,
        image: "3" * 64,
        "rke2-images-cilium.linux-amd64.tar.zst": "4" * 64,
        "rke2-images-core.linux-arm64.tar.zst": "5" * 64,
        "rke2-images-cilium.linux-arm64.tar.zst": "6" * 64,
    }
    desired = fleet.wanted({"preload_images": True}, artifacts=lock)
    facts = fleet.bares(desired)
    assert module.stage(Seen(desired, facts), "s1") == ["rke2.linux-amd64.tar.gz", image, "rke2-images-cilium.linux-amd64.tar.zst"]
    facts["s1"].update(
        staged={fleet.VERSION: {"rke2.linux-amd64.tar.gz": "1" * 64}}, images={image: "3" * 64, "rke2-images-cilium.linux-amd64.tar.zst": "0" * 64}
    )
    assert module.stage(Seen(desired, facts), "s1") == ["rke2-images-cilium.linux-amd64.tar.zst"]
    facts["s1"]["images"]["rke2-images-cilium.linux-amd64.tar.zst"] = "4" * 64
    assert module.stage(Seen(desired, facts), "s1") == []


@pytest.mark.parametrize(
    ("taint", "text"),
    [
        ("a=b:NoSchedule", "a=b:NoSchedule"),
        ({"key": "a", "value": None, "effect": "NoExecute"}, "a:NoExecute"),
        ({"key": "a", "value": "b", "effect": "NoSchedule"}, "a=b:NoSchedule"),
    ],
)
def test_taints_of_the_api(taint, text):
    assert module._taint(taint) == text

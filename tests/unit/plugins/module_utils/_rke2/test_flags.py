# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The table of RKE2's settings: what each role knows, typos, and what counts as the same."""

from __future__ import annotations

import pytest

from ansible_collections.unifiedmeta.platform.plugins.module_utils._rke2 import flags


def test_the_eight_critical_values_are_servers_settings():
    assert len(flags.CRITICAL) == 8 and set(flags.CRITICAL) <= set(flags.SERVER)
    assert not {"cluster-cidr", "service-cidr", "cluster-dns", "agent-token"} & set(flags.AGENT)


def test_servers_know_all_that_agents_know():
    assert set(flags.AGENT) < set(flags.SERVER) and len(flags.SERVER) > 120


@pytest.mark.parametrize(
    ("key", "role"),
    [
        ("kubelet-arg", "agent"),
        ("kubelet-arg+", "agent"),
        ("kube-apiserver-arg", "server"),
        ("etcd-extra-mount", "agent"),
        ("embedded-registry", "server"),
        ("secrets-encryption-provider", "server"),
        ("nonroot-devices", "agent"),
    ],
)
def test_known(key, role):
    assert flags.fault(key, role) is None


@pytest.mark.parametrize(
    ("key", "role", "said"),
    [
        ("kubelte-arg", "server", "did you mean kubelet-arg?"),
        ("tls-sans", "server", "did you mean tls-san?"),
        ("kubelte-arg", "agent", "would skip it silently"),
        ("kube-apiserver-arg", "agent", "only servers know it"),
        ("flannel-backend", "server", "RKE2 knows no such setting"),
        ("https-listen-port", "server", "no such setting"),
        ("cluster-reset", "server", "use restore.yml"),
        ("token-file", "agent", "bootstrap store"),
        ("data-dir", "server", "fixed"),
        ("disable-etcd", "server", "quorum is counted by that"),
        ("disable-apiserver", "server", "whole control plane"),
        ("disable-controller-manager", "server", "whole control plane"),
        ("datastore-endpoint", "server", "etcd, embedded"),
    ],
)
def test_refused(key, role, said):
    assert said in flags.fault(key, role)


def test_what_the_site_vouches_for():
    assert flags.fault("brand-new", "server", ["brand-new"]) is None and flags.fault("brand-new+", "agent", ["brand-new"]) is None
    assert flags.fault("cluster-reset", "server", ["cluster-reset"])


@pytest.mark.parametrize(
    ("key", "one", "other"),
    [
        ("tls-san", "a", ["a"]),
        ("tls-san", ["b", "a"], ["a", "b", "a"]),
        ("selinux", True, "true"),
        ("selinux", None, False),
        ("etcd-snapshot-retention", 5, "5"),
        ("write-kubeconfig-mode", "0600", "0600"),
        ("node-label", None, []),
        ("cluster-domain", None, ""),
        ("cni", "cilium", ["cilium"]),
        ("brand-new", ["x"], ("x",)),
        ("brand-new", True, True),
        ("disable-kube-proxy", "1", True),
    ],
)
def test_the_same(key, one, other):
    assert flags.normal(key, one) == flags.normal(key, other)


@pytest.mark.parametrize(
    ("key", "one", "other"),
    [
        ("kubelet-arg", ["a=1", "a=2"], ["a=2", "a=1"]),
        ("cni", ["multus", "cilium"], ["cilium", "multus"]),
        ("node-ip", ["10.0.0.1", "fd00::1"], ["fd00::1", "10.0.0.1"]),
        ("tls-san", ["a"], ["b"]),
        ("selinux", True, False),
        ("cluster-domain", "a", "b"),
    ],
)
def test_not_the_same(key, one, other):
    assert flags.normal(key, one) != flags.normal(key, other)


@pytest.mark.parametrize(
    ("key", "value", "said"),
    [
        ("selinux", "yes", "true or false"),
        ("etcd-snapshot-retention", "many", "whole number"),
        ("lb-server-port", True, "whole number"),
        ("cluster-domain", ["a"], "a text"),
        ("kubelet-arg", {"a": 1}, "a list of texts"),
        ("snapshotter", {}, "a text"),
    ],
)
def test_wrong_sorts(key, value, said):
    assert said in flags.value_fault(key, value)


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("selinux", True),
        ("etcd-snapshot-retention", 5),
        ("kubelet-arg", "a=1"),
        ("kubelet-arg", ["a=1"]),
        ("selinux", None),
        ("brand-new", {"a": 1}),
        ("write-kubeconfig-mode", "0600"),
    ],
)
def test_right_sorts(key, value):
    assert flags.value_fault(key, value) is None

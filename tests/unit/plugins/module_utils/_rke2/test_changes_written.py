# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What a node wrote and reads again is no change, whatever the values."""

from __future__ import annotations

import pytest

from ansible_collections.unifiedmeta.platform.plugins.module_utils._rke2 import changes, names, node_config
from ansible_collections.unifiedmeta.platform.plugins.module_utils._rke2.seen import Seen
from tests.unit.plugins.module_utils._rke2 import fleet

EVERYTHING = {
    "cluster_cidr": "10.42.0.0/16,fd42::/56",
    "service_cidr": "10.43.0.0/16,fd43::/112",
    "cni": "multus,cilium",
    "ingress_controller": "traefik",
    "disable": ["rke2-coredns"],
    "tls_san": ["b.example.org", "a.example.org", "10.9.9.9"],
    "profile": "cis",
    "selinux": True,
    "audit_policy": {"rules": [{"level": "Metadata"}]},
    "pod_security": {"enforce": "baseline"},
    "embedded_registry": True,
    "system_default_registry": "harbor.example.org",
    "disable_default_registry_endpoint": True,
    "egress_selector_mode": "cluster",
    "disable_kube_proxy": True,
    "disable_cloud_controller": True,
    "kubelet_args": {"max-pods": 200, "fail-swap-on": False, "feature-gates": "A=true,B=false", "eviction-hard": "memory.available<5%"},
    "etcd_snapshots": {
        "schedule": "0 */6 * * *",
        "retention": 9,
        "compress": True,
        "s3": {"bucket": "b", "retention": 3, "timeout": "10m0s", "insecure": False},
    },
    "config": {"debug": False, "kube-apiserver-arg": ["a=b: c", "x='#'"], "lb-server-port": 6444, "kubelet-path": "null"},
    "server_config": {
        "etcd-arg": ["quota-backend-bytes=8589934592"],
        "write-kubeconfig-mode": "0640",
        "control-plane-resource-requests": ["kube-apiserver-cpu=500m"],
    },
}


@pytest.mark.parametrize("site", [{}, EVERYTHING, *({key: value} for key, value in EVERYTHING.items() if "cidr" not in key)])
def test_what_was_written_and_read_again_is_no_change(site):
    """By the nodes' own writing and reading: what config.yaml makes of numbers, truths and odd texts."""
    nodes = fleet.hosts(a1={"pool": "gpu", "zone": "1", "node_labels": {"yes": "true", "n": 1}})
    facts = fleet.running(fleet.wanted(site, nodes))
    for host, fact in facts.items():
        written = fleet.wanted(site, nodes)["nodes"][host]["config"]
        read = node_config.merge(
            [node_config.parse(node_config.emit(written)), {key: value for key, value in fact["config"].items() if key in names.SECRET_KEYS}]
        )
        fact.update(config=read, started={**fact["started"], "config": read})
    seen = Seen(fleet.wanted(site, nodes), facts)
    for host in facts:
        made = changes.changes(seen, host, fleet.FINGERPRINTS)
        assert (made.restart, made.live) == ([], []), host

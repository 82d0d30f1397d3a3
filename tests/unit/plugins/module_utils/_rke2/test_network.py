# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Networks, DNS and plugins that don't fit together."""

from __future__ import annotations

import pytest

from ansible_collections.unifiedmeta.platform.plugins.module_utils._rke2 import network, settings
from tests.unit.plugins.module_utils._rke2 import fleet


def faults(address="", **given):
    said = []
    site = settings.checked(given, settings.SETTINGS, "rke2_", said)
    return said + network.faults(site, fleet.hosts(), {"address": address})


@pytest.mark.parametrize(
    "given",
    [
        {},
        {"cluster_cidr": "10.42.0.0/16,fd42::/56", "service_cidr": "10.43.0.0/16,fd43::/112"},
        {"cluster_dns": "10.43.0.53"},
        {"cni": "multus,cilium"},
        {"cni": "none"},
        {"cni": "calico", "disable_kube_proxy": True},
        {"disable_kube_proxy": True},
        {"ingress_controller": ["traefik", "ingress-nginx"]},
        {"disable": ["rke2-ingress-nginx"]},
    ],
)
def test_what_fits(given):
    assert faults(**given) == []


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"cluster_cidr": "10.42.0.0/99"}, "rke2_cluster_cidr: '10.42.0.0/99'"),
        ({"cluster_cidr": "10.42.0.1/16"}, "rke2_cluster_cidr: 10.42.0.1/16 has host bits set; a network looks like"),
        ({"cluster_cidr": []}, "rke2_cluster_cidr: must be one network"),
        ({"service_cidr": ["10.1.0.0/16", "10.2.0.0/16", "10.3.0.0/16"]}, "rke2_service_cidr: must be one network"),
        ({"cluster_cidr": "10.42.0.0/16,fd42::/56"}, "must be of the same families"),
        ({"cluster_cidr": "fd42::/56,10.42.0.0/16", "service_cidr": "10.43.0.0/16,fd43::/112"}, "in the same order"),
        ({"service_cidr": "10.42.128.0/17"}, "rke2_service_cidr: 10.42.128.0/17 overlaps rke2_cluster_cidr 10.42.0.0/16"),
        ({"cluster_cidr": "10.0.0.0/17"}, "rke2_cluster_cidr: 10.0.0.0/17 holds s1's address 10.0.0.1"),
        ({"service_cidr": "10.9.0.0/24", "address": "10.9.0.5"}, "rke2_service_cidr: 10.9.0.0/24 holds rke2_endpoint 10.9.0.5"),
        ({"cluster_dns": "10.44.0.10"}, "rke2_cluster_dns: 10.44.0.10 is in no network of rke2_service_cidr (10.43.0.0/16)"),
        ({"cluster_dns": "dns"}, "rke2_cluster_dns: dns is in no network"),
        ({"cni": "celium"}, "rke2_cni: celium is none of multus, calico, canal, cilium, flannel, none; did you mean cilium?"),
        ({"cni": "cilium,multus"}, "rke2_cni: must be one plugin, or multus and then one"),
        ({"cni": "multus"}, "rke2_cni: must be one plugin"),
        ({"cni": "calico,cilium"}, "rke2_cni: must be one plugin"),
        ({"cni": "canal", "disable_kube_proxy": True}, "rke2_disable_kube_proxy: canal can't do kube-proxy's work"),
        ({"ingress_controller": "ingres-nginx"}, "did you mean ingress-nginx?"),
        ({"disable": "rke2-corends"}, "rke2_disable: RKE2 ships no rke2-corends; did you mean rke2-coredns?"),
    ],
)
def test_what_does_not(given, said):
    assert any(said in fault for fault in faults(**given)), faults(**given)


@pytest.mark.parametrize(("services", "made"), [(["10.43.0.0/16"], ["10.43.0.10"]), (["10.43.0.0/16", "fd43::/112"], ["10.43.0.10", "fd43::a"])])
def test_the_clusters_dns(services, made):
    assert network.dns(services) == made

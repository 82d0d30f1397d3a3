# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Networks of pods and services, DNS and the network's plugin: what fits together.

Source: docs.rke2.io/networking/basic_network_options, /reference/server_config.
"""

from __future__ import annotations

import ipaddress
import itertools
import typing as t

from ansible_collections.unifiedmeta.platform.plugins.module_utils._rke2.names import suggestion

# rancher/rke2, pkg/cli/types.go.
CNI = ("calico", "canal", "cilium", "flannel", "none")
INGRESS = ("traefik", "ingress-nginx", "none")
SHIPPED = (
    "rke2-coredns",
    "rke2-metrics-server",
    "rke2-snapshot-controller",
    "rke2-snapshot-controller-crd",
    "rke2-snapshot-validation-webhook",
    "rke2-security-responder",
    "rke2-ingress-nginx",
    "rke2-traefik",
    "rke2-traefik-crd",
    "rke2-runtimeclasses",
)
# What can do kube-proxy's work itself.
_WITHOUT_PROXY = ("cilium", "calico", "none")


def dns(services: list[str]) -> list[str]:
    """The cluster's DNS address: the tenth of each network of services, as RKE2 has it."""
    return [str(ipaddress.ip_network(cidr)[10]) for cidr in services]


def faults(site: dict[str, t.Any], nodes: t.Mapping[str, t.Mapping[str, t.Any]], endpoint: t.Mapping[str, t.Any]) -> list[str]:
    """What doesn't fit. ``site``: checked settings; ``nodes``: name -> address; ``endpoint``: its address."""
    found: list[str] = []
    pods, services = _networks("cluster_cidr", site, found), _networks("service_cidr", site, found)
    if pods and services and [item.version for item in pods] != [item.version for item in services]:
        found.append("rke2_service_cidr: must be of the same families as rke2_cluster_cidr, in the same order (dual stack: one each)")
    for one, other in itertools.product(pods, services):
        if one.version == other.version and one.overlaps(other):
            found.append(f"rke2_service_cidr: {other} overlaps rke2_cluster_cidr {one}; take networks apart from each other")
    taken = {f"{name}'s address": node.get("address") for name, node in nodes.items()}
    taken["rke2_endpoint"] = endpoint.get("address")
    for what, address in taken.items():
        for variable, network in [*(("cluster_cidr", item) for item in pods), *(("service_cidr", item) for item in services)]:
            if _in(address, network):
                found.append(f"rke2_{variable}: {network} holds {what} {address}; take a network that isn't in use")
    lost = [address for address in site["cluster_dns"] if services and not any(_in(address, network) for network in services)]
    found += [f"rke2_cluster_dns: {address} is in no network of rke2_service_cidr ({', '.join(map(str, services))})" for address in lost]
    return [*found, *_plugin_faults(site)]


def _networks(name: str, site: dict[str, t.Any], found: list[str]) -> list[t.Any]:
    made = []
    for text in site[name]:
        try:
            made.append(ipaddress.ip_network(text))
        except ValueError as error:
            found.append(f"rke2_{name}: {error}; a network looks like 10.42.0.0/16")
    if not site[name] or len(site[name]) > 2:
        found.append(f"rke2_{name}: must be one network, or one of each family")
    return made


def _in(address: str | None, network: t.Any) -> bool:
    try:
        return any(ipaddress.ip_address(part.strip()) in network for part in (address or "").split(",") if part.strip())
    except ValueError:
        return False


def _plugin_faults(site: dict[str, t.Any]) -> list[str]:
    found, cni = [], site["cni"]
    own = [name for name in cni if name != "multus"]
    found += [f"rke2_cni: {name} is none of multus, {', '.join(CNI)}{suggestion(name, CNI)}" for name in own if name not in CNI]
    if len(own) != 1 or len(cni) > 2 or (len(cni) == 2 and cni[0] != "multus"):
        found.append("rke2_cni: must be one plugin, or multus and then one")
    if site["disable_kube_proxy"] and own and own[0] in CNI and own[0] not in _WITHOUT_PROXY:
        found.append(f"rke2_disable_kube_proxy: {own[0]} can't do kube-proxy's work; Services would have no way; take cilium or calico")
    found += [
        f"rke2_ingress_controller: {name} is none of {', '.join(INGRESS)}{suggestion(name, INGRESS)}"
        for name in site["ingress_controller"]
        if name not in INGRESS
    ]
    found += [f"rke2_disable: RKE2 ships no {name}{suggestion(name, SHIPPED)}" for name in site["disable"] if name not in SHIPPED]
    return found

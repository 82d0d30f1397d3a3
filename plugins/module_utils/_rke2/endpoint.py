# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The cluster's one address, whatever keeps it up: a network load balancer, kube-vip, keepalived, DNS, or something of the site's.

Source: docs.rke2.io/install/ha («Configure the Fixed Registration Address»): 9345 for those who register, 6443 for the API.
"""

from __future__ import annotations

import ipaddress
import typing as t

from ansible_collections.unifiedmeta.platform.plugins.module_utils._rke2.names import API, SUPERVISOR

# Kinds whose address one of the servers carries: it must be an IP address of the nodes' network that is no node's own.
CARRIED = ("kube-vip", "keepalived")


def endpoint(given: t.Mapping[str, t.Any], nodes: t.Mapping[str, t.Mapping[str, t.Any]], faults: list[str]) -> dict[str, t.Any]:
    """``{kind, host, port, api_port, address, url, sans …}``. ``given``: rke2_endpoint, its parts' sorts checked; ``nodes``: name -> role, address.

    Without ``host``, the address ``vip`` is the host; a cluster of one server may do without any: the kind is then external and the host that server.
    """
    servers = {name: node for name, node in nodes.items() if node.get("role") == "server"}
    kind, host, vip = given.get("kind") or "external", given.get("host") or "", given.get("vip") or ""
    if not given and len(servers) == 1:
        host = next(node.get("address") or name for name, node in servers.items())
    if given and not given.get("kind"):
        faults.append("rke2_endpoint.kind: is missing; one of nlb, kube-vip, keepalived, dns, external")
    host = host or vip
    if not host:
        faults.append("rke2_endpoint.host: is missing; servers and agents register at it, and it must stay when servers go")
    if kind in CARRIED:
        carried = vip or host
        if not is_address(carried):
            faults.append(f"rke2_endpoint.vip: must be the IP address that {kind} carries{'' if vip else ', since host is a name'}")
        taken = sorted(name for name, node in nodes.items() if node.get("address") and node["address"] in (carried, host))
        if taken:
            faults.append(f"rke2_endpoint: {carried} is {taken[0]}'s own address; {kind} needs one that no machine has")
    elif given and len(servers) > 1 and any(host == node.get("address") for node in servers.values()):
        faults.append(f"rke2_endpoint.host: {host} is one server's own address; when it goes no node can register, take one that outlives a server")
    port = int(given.get("port") or SUPERVISOR)
    if kind in (*CARRIED, "dns") and port != SUPERVISOR:
        faults.append(f"rke2_endpoint.port: with {kind} nothing translates ports, and RKE2 listens on {SUPERVISOR}")
    made = {
        "kind": kind,
        "host": host,
        "port": port,
        "api_port": int(given.get("api_port") or API),
        "address": vip or (host if is_address(host) else ""),
        "url": f"https://{bracketed(host)}:{port}",
        "sans": [name for name in dict.fromkeys((host, vip)) if name],
    }
    return {**made, **{name: given[name] for name in ("interface", "router_id") if name in given}}


def url(address: str) -> str:
    """Where a server registers others: ``https://<address>:9345``."""
    return f"https://{bracketed(address)}:{SUPERVISOR}"


def bracketed(host: str) -> str:
    """An IPv6 address as it stands in a URL; all else as it is."""
    return f"[{host}]" if ":" in host and not host.startswith("[") else host


def is_address(text: str) -> bool:
    """Is it an IP address?"""
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True

# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Preflight: what hosts must be to each other, and their addresses to the cluster's networks. Pure."""

from __future__ import annotations

import ipaddress
import typing as t

from ansible_collections.unifiedmeta.platform.plugins.module_utils._rke2.preflight_host import REFUSE, WARN, Fault

NAMES = ("address", "clock", "endpoint", "hostname", "networks", "same-machine")
Facts = t.Mapping[str, t.Mapping[str, t.Any]]
Found = t.Iterator[tuple[list[str], Fault]]


def faults(desired: t.Mapping[str, t.Any], facts: Facts, minimum: t.Mapping[str, float]) -> Found:
    """Hosts and what is wrong with them. ``facts``: of the hosts that are wanted and could be reached."""
    yield from _machines(facts)
    yield from _addresses(desired, facts)
    yield from _networks(desired, facts)
    yield from _clocks(facts, minimum["clock_skew"])
    yield from _endpoint(desired, facts)


def _shared(facts: Facts, value: t.Callable[[t.Mapping[str, t.Any]], t.Any]) -> t.Iterator[tuple[t.Any, list[str]]]:
    """Values that several hosts have, and those hosts."""
    by: dict[t.Any, list[str]] = {}
    for host, node in facts.items():
        by.setdefault(value(node), []).append(host)
    yield from ((one, hosts) for one, hosts in by.items() if one and len(hosts) > 1)


def _machines(facts: Facts) -> Found:
    twins: set[str] = set()
    for _boot, hosts in _shared(facts, lambda node: (node.get("boot_id"), node["hostname"], tuple(node["addresses"])) if node.get("boot_id") else None):
        twins |= set(hosts)
        yield hosts, Fault(REFUSE, "same-machine", "are one machine under several names; correct ansible_host, or take the doubles out of the inventory")
    for name, hosts in _shared(facts, lambda node: node["hostname"]):
        if not twins.issuperset(hosts):
            yield hosts, Fault(WARN, "hostname", f"call themselves {name}, all of them; nodes are named as in the inventory, but logs mix them up")
    local = [host for host, node in facts.items() if node["hostname"].partition(".")[0] in ("", "localhost", "(none)")]
    if local:
        yield local, Fault(WARN, "hostname", "have no host name of their own (hostnamectl set-hostname)")


def _addresses(desired: t.Mapping[str, t.Any], facts: Facts) -> Found:
    for host, node in facts.items():
        given = [part.strip() for part in (desired["nodes"][host].get("address") or "").split(",") if part.strip()]
        missing = [address for address in given if address not in node["addresses"]]
        if missing:
            yield [host], Fault(REFUSE, "address", f"rke2_address {', '.join(missing)} is none of the machine's addresses ({', '.join(node['addresses'])})")
        elif not node["addresses"]:
            yield [host], Fault(REFUSE, "address", "has no address that others could reach")
    for address, hosts in _shared(facts, lambda node: node["addresses"][0] if node["addresses"] else None):
        if len({(facts[host].get("boot_id"), facts[host]["hostname"]) for host in hosts}) > 1:
            yield hosts, Fault(REFUSE, "address", f"have the same address {address}; nodes find each other by their addresses")


def _networks(desired: t.Mapping[str, t.Any], facts: Facts) -> Found:
    """Addresses of nodes and of their resolvers that lie in the pods' or the Services' network: nobody would reach them any more."""
    critical = desired["cluster"].get("critical") or {}
    for key, variable in (("cluster-cidr", "rke2_cluster_cidr"), ("service-cidr", "rke2_service_cidr")):
        networks = [ipaddress.ip_network(text, strict=False) for text in _texts(critical.get(key))]
        for host, node in facts.items():
            for what, addresses in (("address", node["addresses"]), ("resolver", node.get("resolvers") or [])):
                inside = [(address, network) for address in addresses for network in networks if _within(address, network)]
                if inside:
                    address, network = inside[0]
                    yield [host], Fault(REFUSE, "networks", f"its {what} {address} lies in {network}, the network of {variable}; choose another one before "
                                                            "the first start: it stays for the cluster's life")


def _clocks(facts: Facts, most: float) -> Found:
    """Clocks against each other. ``clock_offset`` is the node's against the controller's, in seconds, as far as a task can tell."""
    offsets = {host: float(node["clock_offset"]) for host, node in facts.items() if node.get("clock_offset") is not None}
    if not offsets:
        return
    middle = sorted(offsets.values())[len(offsets) // 2]
    for host, offset in offsets.items():
        if abs(offset - middle) > most:
            side = "ahead of" if offset > middle else "behind"
            yield [host], Fault(REFUSE, "clock", f"its clock is {abs(offset - middle):.0f} s {side} the others'; certificates would not be valid yet, or "
                                                 "no more: let chrony or systemd-timesyncd set it")
    if abs(middle) > most and len(offsets) > 1:
        yield list(offsets), Fault(WARN, "clock", f"their clocks agree, and differ from the controller's by {abs(middle):.0f} s")


def _endpoint(desired: t.Mapping[str, t.Any], facts: Facts) -> Found:
    name = (desired["cluster"].get("endpoint") or {}).get("host") or ""
    asked = {host: node["resolves"][name] for host, node in facts.items() if name in (node.get("resolves") or {})}
    lost = [host for host, addresses in asked.items() if not addresses]
    if lost:
        yield lost, Fault(REFUSE, "endpoint", f"can't resolve {name}, the address at which nodes join (rke2_endpoint.host); enter it in the site's "
                                              "DNS, or in /etc/hosts")
    own = [host for host, addresses in asked.items() if addresses and all(address.startswith("127.") or address == "::1" for address in addresses)]
    if own:
        yield own, Fault(REFUSE, "endpoint", f"resolve {name} to themselves (loopback), so they would join nobody; correct /etc/hosts")
    answers = {tuple(sorted(addresses)) for host, addresses in asked.items() if addresses and host not in own}
    if len(answers) > 1:
        yield list(asked), Fault(WARN, "endpoint", f"don't agree on what {name} is: {'; '.join(', '.join(answer) for answer in sorted(answers))}")


def _texts(value: t.Any) -> list[str]:
    return [part.strip() for item in ([value] if isinstance(value, str) else value or []) for part in str(item).split(",") if part.strip()]


def _within(address: str, network: t.Any) -> bool:
    try:
        return ipaddress.ip_address(address.partition("%")[0]) in network
    except ValueError:
        return False

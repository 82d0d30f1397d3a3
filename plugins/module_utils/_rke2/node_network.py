# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A node's network as RKE2 meets it: addresses, default route, ports that are taken, names that resolve."""

from __future__ import annotations

import os
import re
import socket
import typing as t

from ansible_collections.unifiedmeta.platform.plugins.module_utils._rke2 import node_service
from ansible_collections.unifiedmeta.platform.plugins.module_utils._rke2.node_layout import Layout
from ansible_collections.unifiedmeta.platform.plugins.module_utils._rke2.node_system import read

LISTEN = "0A"
# Interfaces of container engines and CNIs: every host has the same addresses there.
INNER = re.compile(r"^(lo|cni|cali|cilium|lxc|flannel|vxlan|kube-|nodelocaldns|docker|podman|virbr|br-|veth|tunl)")
REJECT = 0x200


def addresses() -> list[str]:
    """Global addresses of the node, the one that its default route uses first."""
    found = []
    try:
        for line in node_service.run(["ip", "-o", "addr", "show", "scope", "global"]).splitlines():
            match = re.match(r"^[0-9]+: +(\S+) +inet6? +([^/ ]+)", line)
            if match and not INNER.match(match.group(1)):
                found.append(match.group(2))
    except node_service.CommandError:
        pass
    first = [address for address in (_outward(socket.AF_INET, "192.0.2.1"), _outward(socket.AF_INET6, "2001:db8::1")) if address]
    return list(dict.fromkeys([*first, *found]))


def default_route(layout: Layout) -> bool:
    """Has it a default route, without which RKE2 finds no address of its own (https://docs.rke2.io/install/airgap)?"""
    for line in read(layout, "/proc/net/route").splitlines()[1:]:
        fields = line.split()
        if len(fields) > 7 and fields[1] == "00000000" and fields[7] == "00000000" and not int(fields[3], 16) & REJECT:
            return True
    for line in read(layout, "/proc/net/ipv6_route").splitlines():
        fields = line.split()
        if len(fields) > 9 and fields[0] == "0" * 32 and fields[1] == "00" and fields[9] != "lo" and not int(fields[8], 16) & REJECT:
            return True
    return False


def listening(layout: Layout) -> list[dict[str, t.Any]]:
    """TCP ports that something listens on: port, address, process (its name; None where we may not see it), by port."""
    sockets = {}
    for table in ("tcp", "tcp6"):
        for line in read(layout, f"/proc/net/{table}").splitlines()[1:]:
            fields = line.split()
            if len(fields) > 9 and fields[3] == LISTEN:
                address, port = fields[1].split(":")
                sockets[fields[9]] = (int(port, 16), _address(address))
    owners = _owners(layout, set(sockets))
    return sorted(({"port": port, "address": address, "process": owners.get(inode)} for inode, (port, address) in sockets.items()),
                  key=lambda one: (one["port"], one["address"]))


def resolve(names: t.Iterable[str]) -> dict[str, list[str] | None]:
    """What names resolve to on this node; None where one doesn't."""
    found: dict[str, list[str] | None] = {}
    for name in names:
        try:
            found[name] = sorted({str(entry[4][0]) for entry in socket.getaddrinfo(name, None, type=socket.SOCK_STREAM)})
        except OSError:
            found[name] = None
    return found


def _outward(family: int, target: str) -> str | None:
    """The node's own address towards a target; no packet is sent for it."""
    try:
        with socket.socket(family, socket.SOCK_DGRAM) as probe:
            probe.connect((target, 9))
            address = probe.getsockname()[0]
    except OSError:
        return None
    return None if address.startswith("127.") or address == "::1" else address


def _address(text: str) -> str:
    """An address of /proc/net/tcp: words of 32 bits in the machine's own order."""
    raw = b"".join(bytes.fromhex(text[start:start + 8])[::-1] for start in range(0, len(text), 8))
    return socket.inet_ntop(socket.AF_INET if len(raw) == 4 else socket.AF_INET6, raw).replace("::ffff:", "")


def _owners(layout: Layout, inodes: set[str]) -> dict[str, str]:
    """Names of the processes that hold sockets."""
    found: dict[str, str] = {}
    proc = layout.at("/proc")
    for pid in filter(str.isdigit, os.listdir(proc) if inodes and os.path.isdir(proc) else ()):
        links = _links(os.path.join(proc, pid, "fd"))
        held = [link[8:-1] for link in links if link.startswith("socket:[") and link[8:-1] in inodes]
        if held:
            name = read(layout, f"/proc/{pid}/comm").strip()
            found.update({inode: name for inode in held if inode not in found})
    return found


def _links(folder: str) -> list[str]:
    """Where the links of a folder lead; files are closed while we look, and processes end."""
    found = []
    try:
        names = os.listdir(folder)
    except OSError:
        return []
    for name in names:
        try:
            found.append(os.readlink(os.path.join(folder, name)))
        except OSError:
            continue
    return found

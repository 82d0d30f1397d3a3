# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A node's network, from the kernel's tables."""

from __future__ import annotations

import os
import socket

import pytest

from ansible_collections.unifiedmeta.platform.plugins.module_utils._rke2 import node_network
from ansible_collections.unifiedmeta.platform.plugins.module_utils._rke2.node_layout import Layout

HEAD = "Iface\tDestination\tGateway\tFlags\tRefCnt\tUse\tMetric\tMask\tMTU\tWindow\tIRTT\n"
LOCAL = "eth0\t000200C0\t00000000\t0001\t0\t0\t0\t00FFFFFF\t0\t0\t0\n"


def test_addresses_of_container_engines_are_not_the_nodes(host):
    found = node_network.addresses()
    assert "192.0.2.7" in found and "10.42.0.1" not in found and "127.0.0.1" not in found


def test_the_address_of_the_default_route_comes_first(host, monkeypatch):
    monkeypatch.setattr(node_network, "_outward", lambda family, _target: "192.0.2.9" if family == socket.AF_INET else None)
    assert node_network.addresses() == ["192.0.2.9", "192.0.2.7"]


def test_a_host_without_the_program_has_the_one_address(host, monkeypatch):
    monkeypatch.setattr(node_network, "_outward", lambda family, _target: "192.0.2.9" if family == socket.AF_INET else None)
    monkeypatch.setenv("PATH", str(host.folder))
    assert node_network.addresses() == ["192.0.2.9"]


@pytest.mark.parametrize(("line", "there"), [
    ("eth0\t00000000\t010200C0\t0003\t0\t0\t100\t00000000\t0\t0\t0\n", True),
    ("dummy0\t00000000\tFF7100CB\t0003\t0\t0\t1000\t00000000\t0\t0\t0\n", True),
    ("*\t00000000\t00000000\t0200\t0\t0\t0\t00000000\t0\t0\t0\n", False),
    ("eth0\t00000000\t010200C0\t0003\t0\t0\t0\t000000FE\t0\t0\t0\n", False), ("", False),
])
def test_default_routes(host, line, there):
    host.write("/proc/net/route", HEAD + LOCAL + line)
    assert node_network.default_route(host.layout) is there


def test_a_default_route_of_the_second_family(host):
    zero = "0" * 32
    refused = f"{zero} 00 {zero} 00 {zero} ffffffff 00000001 00000000 00200200       lo\n"
    host.write("/proc/net/ipv6_route", refused)
    assert node_network.default_route(host.layout) is False
    host.write("/proc/net/ipv6_route", refused + f"{zero} 00 {zero} 00 fe80{'0' * 28} 00000400 00000001 00000000 00000003     eth0\n")
    assert node_network.default_route(host.layout) is True


def test_a_port_that_this_process_listens_on_is_seen_with_its_name():
    with socket.create_server(("127.0.0.1", 0)) as server, socket.create_server(("::1", 0), family=socket.AF_INET6) as other:
        found = {one["port"]: one for one in node_network.listening(Layout())}
        mine, second = found[server.getsockname()[1]], found[other.getsockname()[1]]
    with open(f"/proc/{os.getpid()}/comm", encoding="utf-8") as handle:
        assert mine == {"port": mine["port"], "address": "127.0.0.1", "process": handle.read().strip()}
    assert second["address"] == "::1"


def test_ports_are_in_order_and_only_those_that_listen(host):
    host.write("/proc/net/tcp", "  sl\n"
               "   0: 00000000:2489 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 11 1\n"
               "   1: 0100007F:192B 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 12 1\n"
               "   2: 0100007F:0016 0100007F:0017 01 00000000:00000000 00:00000000 00000000     0        0 13 1\n")
    assert node_network.listening(host.layout) == [{"port": 6443, "address": "127.0.0.1", "process": None}, {"port": 9353, "address": "0.0.0.0",
                                                                                                             "process": None}]


def test_names_that_resolve_and_names_that_do_not():
    found = node_network.resolve(["localhost", "name.invalid"])
    assert "127.0.0.1" in found["localhost"] and found["name.invalid"] is None

# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Every kind of endpoint, and what can't be one."""

from __future__ import annotations

import pytest

from ansible_collections.unifiedmeta.platform.plugins.module_utils._rke2 import endpoint as module
from tests.unit.plugins.module_utils._rke2 import fleet


def made(given, nodes=None):
    faults = []
    return module.endpoint(given, nodes or fleet.hosts(), faults), faults


@pytest.mark.parametrize(
    ("given", "url", "sans"),
    [
        ({"kind": "nlb", "host": "nlb.example.org"}, "https://nlb.example.org:9345", ["nlb.example.org"]),
        ({"kind": "dns", "host": "rke2.example.org"}, "https://rke2.example.org:9345", ["rke2.example.org"]),
        ({"kind": "external", "host": "lb.example.org", "port": 19345, "api_port": 443}, "https://lb.example.org:19345", ["lb.example.org"]),
        ({"kind": "kube-vip", "host": "10.0.0.250"}, "https://10.0.0.250:9345", ["10.0.0.250"]),
        ({"kind": "kube-vip", "vip": "10.0.0.250"}, "https://10.0.0.250:9345", ["10.0.0.250"]),
        ({"kind": "keepalived", "host": "rke2.example.org", "vip": "10.0.0.250"}, "https://rke2.example.org:9345", ["rke2.example.org", "10.0.0.250"]),
        ({"kind": "external", "host": "fd00::1"}, "https://[fd00::1]:9345", ["fd00::1"]),
    ],
)
def test_kinds(given, url, sans):
    address, faults = made(given)
    assert faults == [] and (address["url"], address["sans"], address["kind"]) == (url, sans, given["kind"])
    assert address["api_port"] == given.get("api_port", 6443)


def test_what_carries_an_address_is_told_on():
    assert made({"kind": "keepalived", "vip": "10.0.0.250", "interface": "eth1", "router_id": 51})[0]["router_id"] == 51
    assert made({"kind": "kube-vip", "vip": "10.0.0.250"})[0]["address"] == "10.0.0.250" and made({"kind": "dns", "host": "a.b"})[0]["address"] == ""


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({}, "rke2_endpoint.host: is missing"),
        ({"host": "x"}, "rke2_endpoint.kind: is missing; one of nlb"),
        ({"kind": "dns"}, "rke2_endpoint.host: is missing"),
        ({"kind": "kube-vip", "host": "rke2.example.org"}, "rke2_endpoint.vip: must be the IP address that kube-vip carries, since host is a name"),
        ({"kind": "keepalived", "vip": "x"}, "rke2_endpoint.vip: must be the IP address that keepalived carries"),
        ({"kind": "keepalived", "vip": "10.0.0.1"}, "10.0.0.1 is s1's own address"),
        ({"kind": "kube-vip", "vip": "10.0.0.101"}, "10.0.0.101 is a1's own address"),
        ({"kind": "external", "host": "10.0.0.2"}, "is one server's own address"),
        ({"kind": "kube-vip", "vip": "10.0.0.250", "port": 9000}, "nothing translates ports"),
        ({"kind": "dns", "host": "a.b", "port": 9000}, "nothing translates ports"),
    ],
)
def test_faults(given, said):
    assert any(said in fault for fault in made(given)[1]), made(given)[1]


def test_one_server_may_be_its_own():
    alone = fleet.hosts(1, 1)
    assert made({}, alone) == (
        {"kind": "external", "host": "10.0.0.1", "port": 9345, "api_port": 6443, "address": "10.0.0.1", "url": "https://10.0.0.1:9345", "sans": ["10.0.0.1"]},
        [],
    )
    assert made({}, {"s1": {"role": "server", "address": ""}})[0]["host"] == "s1"
    assert made({"kind": "external", "host": "10.0.0.1"}, alone)[1] == []


@pytest.mark.parametrize(("text", "is_one"), [("10.0.0.1", True), ("fd00::1", True), ("10.0.0.256", False), ("example.org", False), ("", False)])
def test_addresses(text, is_one):
    assert module.is_address(text) is is_one


def test_urls():
    assert (
        module.url("10.0.0.1") == "https://10.0.0.1:9345" and module.url("fd00::1") == "https://[fd00::1]:9345" and module.bracketed("[fd00::1]") == "[fd00::1]"
    )

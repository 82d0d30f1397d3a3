# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What hosts must be to each other."""

from __future__ import annotations

import pytest

from ansible_collections.unifiedmeta.platform.plugins.module_utils._rke2 import preflight_between
from tests.unit.plugins.module_utils._rke2.hosts import desired, node


def judged(facts, **fields):
    """(hosts, fault) of each."""
    return list(preflight_between.faults(desired(*["server"] * len(facts), **fields), facts, {"clock_skew": 10.0}))


def one(facts, **fields):
    """The only one."""
    found = judged(facts, **fields)
    assert len(found) == 1, found
    assert found[0][1].name in preflight_between.NAMES
    return found[0]


def hosts(**fields):
    """s1, s2 and s3; fields: of s2."""
    return {"s1": node(1), "s2": node(2, **fields), "s3": node(3)}


def test_hosts_that_are_well():
    assert judged(hosts()) == []


def test_one_machine_under_two_names():
    who, fault = judged({"s1": node(1), "s2": node(1)})[0]
    assert (who, fault.level, fault.name) == (["s1", "s2"], "refuse", "same-machine")
    assert [fault.name for _who, fault in judged({"s1": node(1), "s2": node(1)})] == ["same-machine"]


def test_containers_share_the_kernel_and_are_no_doubles():
    assert judged({"s1": node(1, boot_id="x"), "s2": node(2, boot_id="x")}) == []


def test_the_same_host_name_warns():
    who, fault = one(hosts(hostname="s1"))
    assert (who, fault.level) == (["s1", "s2"], "warn") and "call themselves s1" in fault.text


@pytest.mark.parametrize("name", ["localhost", "localhost.localdomain", ""])
def test_no_host_name_at_all_warns(name):
    who, fault = one(hosts(hostname=name))
    assert (who, fault.level, fault.name) == (["s2"], "warn", "hostname")


def test_the_same_address_twice():
    who, fault = one(hosts(addresses=["10.0.0.1"]))
    assert (who, fault.level, fault.name) == (["s1", "s2"], "refuse", "address") and "the same address 10.0.0.1" in fault.text


def test_no_address():
    assert "has no address" in one(hosts(addresses=[]))[1].text


def test_an_address_that_the_machine_has_not():
    who, fault = one({"s1": node(1)}, address="10.0.0.9")
    assert who == ["s1"] and fault.text == "rke2_address 10.0.0.9 is none of the machine's addresses (10.0.0.1)"
    assert judged({"s1": node(1, addresses=["192.0.2.1", "10.0.0.9"])}, address="10.0.0.9") == []


@pytest.mark.parametrize(("fields", "words"), [
    ({"addresses": ["10.42.7.1"]}, "its address 10.42.7.1 lies in 10.42.0.0/16, the network of rke2_cluster_cidr"),
    ({"addresses": ["10.0.0.2", "10.43.0.9"]}, "its address 10.43.0.9 lies in 10.43.0.0/16, the network of rke2_service_cidr"),
    ({"resolvers": ["10.43.0.10"]}, "its resolver 10.43.0.10 lies in 10.43.0.0/16"),
])
def test_networks_that_overlap(fields, words):
    who, fault = one(hosts(**fields))
    assert (who, fault.level, fault.name) == (["s2"], "refuse", "networks") and words in fault.text


def test_networks_of_both_families():
    made = desired("server")
    made["cluster"]["critical"] = {"cluster-cidr": ["10.42.0.0/16", "fd00:42::/56"], "service-cidr": "10.43.0.0/16,fd00:43::/112"}
    found = list(preflight_between.faults(made, {"s1": node(1, addresses=["10.0.0.1", "fd00:43::5"])}, {"clock_skew": 10.0}))
    assert ["fd00:43::/112" in fault.text for _who, fault in found] == [True]
    assert list(preflight_between.faults(made, {"s1": node(1, resolvers=["fe80::1%eth0", "odd"])}, {"clock_skew": 10.0})) == []


def test_a_clock_that_is_off():
    who, fault = one(hosts(clock_offset=-90.0))
    assert (who, fault.level, fault.name) == (["s2"], "refuse", "clock") and "its clock is 90 s behind the others'" in fault.text
    assert "ahead of" in one(hosts(clock_offset=3600.0))[1].text


def test_clocks_that_agree_but_not_with_the_controller():
    who, fault = one({name: node(number, clock_offset=120.0) for number, name in enumerate(("s1", "s2", "s3"), 1)})
    assert (who, fault.level) == (["s1", "s2", "s3"], "warn") and "differ from the controller's by 120 s" in fault.text


def test_clocks_that_nobody_compared():
    assert judged({"s1": node(1, clock_offset=None), "s2": node(2, clock_offset=None)}) == []
    assert judged(hosts(clock_offset=9.0)) == []


def test_an_endpoint_that_has_no_name_in_dns():
    who, fault = one(hosts(resolves={"api.example.com": None}))
    assert (who, fault.level, fault.name) == (["s2"], "refuse", "endpoint") and "can't resolve api.example.com" in fault.text


def test_an_endpoint_that_is_the_node_itself():
    who, fault = one(hosts(resolves={"api.example.com": ["127.0.1.1"]}))
    assert (who, fault.level) == (["s2"], "refuse") and "resolve api.example.com to themselves" in fault.text


def test_hosts_that_disagree_on_the_endpoint():
    who, fault = one(hosts(resolves={"api.example.com": ["10.0.0.200"]}))
    assert (who, fault.level) == (["s1", "s2", "s3"], "warn") and "10.0.0.100; 10.0.0.200" in fault.text


def test_an_endpoint_that_nobody_was_asked_for():
    assert judged(hosts(resolves={})) == []

# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The preflight's report: all hosts, all faults."""

from __future__ import annotations

from ansible_collections.unifiedmeta.platform.plugins.module_utils._rke2 import preflight, preflight_between, preflight_host
from tests.unit.plugins.module_utils._rke2.hosts import desired, node

CLEAN = {"refusals": [], "warnings": []}


def test_hosts_that_are_well_are_not_mentioned():
    assert preflight.check(desired("server", "server", "server", "agent"), {f"s{number}": node(number) for number in range(1, 5)}) == CLEAN


def test_every_fault_of_every_host_is_in_one_report():
    facts = {"s1": node(1, default_route=False, firewalld=True), "s2": node(2, memory=2 ** 30), "s3": node(3, swap=True)}
    told = preflight.check(desired("server", "server", "agent"), facts)
    assert [line.rpartition(" ")[2] for line in told["refusals"]] == ["[route]", "[firewalld]", "[memory]"]
    assert told["warnings"] == ["s3: swap is on: RKE2 starts, but pods' memory limits don't hold; switch it off (swapoff -a, and in /etc/fstab) [swap]"]


def test_hosts_with_the_same_fault_share_a_sentence():
    told = preflight.check(desired("server", "server"), {"s1": node(1, firewalld=True), "s2": node(2, firewalld=True)})
    assert len(told["refusals"]) == 1 and told["refusals"][0].startswith("s1, s2: firewalld drops pods' packets")


def test_what_a_site_ignores_only_warns():
    facts = {"s1": node(1, firewalld=True, default_route=False)}
    told = preflight.check(desired("server"), facts, ignore=["firewalld"])
    assert [line.rpartition(" ")[2] for line in told["refusals"]] == ["[route]"] and told["warnings"][0].endswith("[firewalld]")


def test_hosts_that_cannot_be_reached_are_not_judged():
    assert preflight.check(desired("server", "server"), {"s1": node(1), "s2": {"reachable": False}}) == CLEAN
    assert preflight.check(desired("server", "server"), {"s1": node(1)}) == CLEAN


def test_hosts_that_nobody_wants_are_not_judged():
    assert preflight.check(desired("server"), {"s1": node(1), "old": node(9, firewalld=True)}) == CLEAN


def test_where_nothing_happens_nothing_is_refused():
    made, facts = desired("server", "server"), {"s1": node(1, firewalld=True), "s2": node(2)}
    made["nodes"]["s1"]["action"], made["nodes"]["s2"]["action"] = "none", "join"
    assert [line.rpartition(" ")[2] for line in preflight.check(made, facts)["warnings"]] == ["[firewalld]"]
    made["nodes"]["s1"]["action"] = "restart"
    assert len(preflight.check(made, facts)["refusals"]) == 1


def test_the_site_sets_the_minimum():
    facts = {"s1": node(1, memory=6 * 2 ** 30)}
    assert preflight.check(desired("server"), facts) == CLEAN
    told = preflight.check(desired("server", minimum={"memory_server": 16, "disk": None}), facts)
    assert told["refusals"] == ["s1: has 6.0 GiB of memory, a server needs 16 (rke2_minimum) [memory]"]


def test_the_names_are_those_of_the_checks():
    assert set(preflight.names()) == {*preflight_host.NAMES, *preflight_between.NAMES} and "firewalld" in preflight.names()

# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The plan in words."""

from __future__ import annotations

import pytest

from ansible_collections.unifiedmeta.platform.plugins.module_utils._rke2 import explain, removal, rollout
from tests.unit.plugins.module_utils._rke2 import fleet


def test_a_whole_one():
    desired = fleet.wanted({"version": "v1.35.5+rke2r1", "drain": {"enabled": True}}, fleet.hosts(1, 1), artifacts=fleet.TARBALLS)
    assert fleet.make(desired, fleet.running(fleet.wanted(nodes=fleet.hosts(1, 1))))["summary"] == [
        "RKE2 cluster demo, v1.35.5+rke2r1, at https://rke2.example.org:9345: 1 server, 1 agent, there, 2 of 2 nodes Ready",
        "Will be done, in this order (servers one at a time, then agents by 20%):",
        "    0. s1, a1: get rke2.linux-amd64.tar.gz, side by side, before anything restarts",
        "    1. s1  is upgraded and restarts, drained first",
        "           because version: v1.35.4+rke2r1 → v1.35.5+rke2r1",
        "    2. a1  is upgraded and restarts, drained first (as s1)",
        "To be known:",
        "  - s1: is the only server; the API is away while it restarts",
    ]


def test_machines_of_several_sorts_get_their_own_files():
    desired = fleet.wanted(nodes=fleet.hosts(1, 2), artifacts=fleet.TARBALLS)
    facts = fleet.bares(desired)
    facts["a2"]["arch"] = "arm64"
    lines = fleet.make(desired, facts)["summary"]
    assert [line for line in lines if " 0. " in line] == [
        "    0. s1, a1: get rke2.linux-amd64.tar.gz, side by side, before anything restarts",
        "    0. a2: get rke2.linux-arm64.tar.gz, side by side, before anything restarts",
    ]


def test_other_reasons_are_told_again():
    desired = fleet.wanted({"tls_san": ["x"]}, fleet.hosts(3, 0))
    facts = fleet.running(fleet.wanted(nodes=fleet.hosts(3, 0)))
    facts["s2"]["config"]["debug"] = facts["s2"]["started"]["config"]["debug"] = True
    lines = fleet.make(desired, facts)["summary"]
    assert lines[2:] == [
        "    1. s1  restarts",
        "           because config.yaml: tls-san: added x",
        "    2. s2  restarts",
        "           because config.yaml: debug: true → false",
        "           because config.yaml: tls-san: added x",
        "    3. s3  restarts (as s1)",
    ]


def test_nothing_to_do():
    desired = fleet.wanted(nodes=fleet.hosts(3, 0))
    assert fleet.make(desired, fleet.running(desired))["summary"] == [
        "RKE2 cluster demo, v1.35.4+rke2r1, at https://rke2.example.org:9345: 3 servers, no agents, there, 3 of 3 nodes Ready",
        "Nothing to do.",
    ]


def test_refusals_come_first_and_what_would_be_done_is_told():
    desired = fleet.wanted(nodes=fleet.hosts(3, 0))
    facts = fleet.bares(desired)
    facts["s2"] = {"reachable": False}
    lines = fleet.make(desired, facts)["summary"]
    assert lines[1] == "Refused, nothing is done (1 reason):" and lines[2].startswith("  - s2: can't be reached")
    assert lines[3].startswith("Would be done, in this order") and "Nothing to do." not in lines


def test_refused_with_nothing_to_do():
    desired = fleet.wanted()
    facts = fleet.running(desired)
    facts["s3"]["token"] = "sha256:0"
    lines = fleet.make(desired, facts)["summary"]
    assert lines[1].startswith("Refused") and len(lines) == 3


def test_what_is_due_elsewhere():
    desired = fleet.wanted({"tls_san": ["x"]})
    assert (
        fleet.make(desired, fleet.running(fleet.wanted()), limit=["s1"])["summary"][-1]
        == "Due, and not among the hosts of this run: s2 (restart), s3 (restart)"
    )


def test_a_start_without_a_quorum():
    desired = fleet.wanted(nodes=fleet.hosts(3, 0))
    facts = fleet.running(desired)
    for host in facts:
        fleet.stop(facts, host)
    lines = fleet.make(desired, facts)["summary"]
    assert "    1. s1  is started; the next one is not waited for, since there is no quorum yet" in lines and "    2. s2  is started" in lines


def test_a_removal():
    desired = fleet.wanted()
    lines = removal.plan(desired, fleet.running(desired), ["s1"])["summary"]
    assert lines[1] == "Will be done, in this order (agents first, then servers, those that are down before others):"
    assert lines[2] == "    1. s1  is removed, drained first"


@pytest.mark.parametrize("action", [*rollout._ORDER, "remove"])
def test_each_action_has_a_word(action):
    assert explain._WORDS[action]


@pytest.mark.parametrize(("number", "said"), [(0, "no servers"), (1, "1 server"), (3, "3 servers")])
def test_counts(number, said):
    assert explain._count(number, "server") == said

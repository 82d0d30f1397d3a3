# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The licence policy, and the one that the collection ships."""

from __future__ import annotations

import pytest

from ansible_collections.unifiedmeta.platform.plugins.plugin_utils._catalog import plan, source
from ansible_collections.unifiedmeta.platform.plugins.plugin_utils._catalog.entries import Entry
from ansible_collections.unifiedmeta.platform.plugins.plugin_utils._catalog.licences import check, faults

POLICY = {
    "licences": {"permissive": ["MIT"], "weak_copyleft": ["MPL-2.0"], "strong_copyleft": ["AGPL-3.0-only"]},
    "tiers": {1: ["permissive", "weak_copyleft"], 3: ["permissive"]},
}


@pytest.mark.parametrize(("licence", "waiver", "tier", "reason"), [
    ("MIT", {}, 1, ""),
    ("MIT", {}, 3, ""),
    ("MPL-2.0", {}, 1, ""),
    ("MPL-2.0", {}, 3, "its licence MPL-2.0 (weak copyleft) may not be used in tier 3"),
    ("AGPL-3.0-only", {}, 1, "its licence AGPL-3.0-only (strong copyleft) may not be used in tier 1"),
    ("AGPL-3.0-only", {"waiver": {"tier": [1], "reason": "because"}}, 1, ""),
    ("AGPL-3.0-only", {"waiver": {"tier": [1], "reason": "because"}}, 3, "its licence AGPL-3.0-only (strong copyleft) may not be used in tier 3"),
    ("LicenseRef-Secret", {"waiver": {"tier": [1], "reason": "because"}}, 1, ""),
    ("LicenseRef-Secret", {}, 1, "its licence LicenseRef-Secret (unknown) may not be used in tier 1"),
    ("Secret-1.0", {"waiver": {"tier": [1], "reason": "because"}}, 1, "its licence Secret-1.0 (unknown) may not be used in tier 1"),
    ("Secret-1.0", {}, 1, "its licence Secret-1.0 (unknown) may not be used in tier 1"),
    ("MIT", {}, 2, "its licence MIT (permissive) may not be used in tier 2"),
])
def test_the_policy(licence, waiver, tier, reason):
    assert check({"license": licence, **waiver}, tier, POLICY) == reason


def test_without_a_policy_nothing_may_be_used():
    assert check({"license": "MIT"}, 1, {}) == "its licence MIT (unknown) may not be used in tier 1"


def test_the_fault_says_how_to_record_a_decision():
    document = source.parse("name: a\nlicense: MPL-2.0\n", "a.yml")
    found = faults(Entry("a", "a", document, document.data), 3, POLICY)
    assert [str(fault) for fault in found] == [
        "a.yml:2: a: its licence MPL-2.0 (weak copyleft) may not be used in tier 3; "
        "take another component, or record the decision: waiver: {tier: [3], reason: ...}"
    ]


@pytest.mark.parametrize(("licence", "advice"), [
    ("MPL-2", "did you mean 'MPL-2.0'? (one that catalog/policy.yml lacks is LicenseRef-<name>, with a waiver)"),
    ("Secret-1.0", "use an SPDX identifier (one that catalog/policy.yml lacks is LicenseRef-<name>, with a waiver)"),
    ("LicenseRef-Secret", "take another component, or record the decision: waiver: {tier: [1], reason: ...}"),
])
def test_an_unknown_licence_is_most_often_misspelt(licence, advice):
    document = source.parse(f"license: {licence}\n", "a.yml")
    known = {"licences": {"weak_copyleft": ["MPL-2.0", *(f"X{number}" for number in range(12))]}}
    assert faults(Entry("a", "a", document, document.data), 1, known)[0].advice == advice


def test_no_fault_no_list():
    document = source.parse("license: MIT\n", "a.yml")
    assert faults(Entry("a", "a", document, document.data), 1, POLICY) == []


def test_the_collections_own_policy_knows_every_tier_and_no_licence_twice():
    own = source.read(plan.POLICY, "policy.yml").data
    assert set(own["tiers"]) == {1, 2, 3}
    names = [name for names in own["licences"].values() for name in names]
    assert len(names) == len(set(names))
    assert all(kind in own["licences"] for kinds in own["tiers"].values() for kind in kinds)


@pytest.mark.parametrize("licence", ["AGPL-3.0-only", "BUSL-1.1", "SSPL-1.0", "Elastic-2.0"])
@pytest.mark.parametrize("tier", [1, 2, 3])
def test_the_collections_own_policy_refuses_what_is_not_free_for_all(licence, tier):
    own = source.read(plan.POLICY, "policy.yml").data
    assert check({"license": licence}, tier, own)

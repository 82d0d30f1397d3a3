# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What may be shipped in which tier. Data: catalog/policy.yml; a component's `waiver` is the recorded exception."""

from __future__ import annotations

import typing as t

from .faults import Fault, did_you_mean

# How SPDX calls a licence that it has no name for (https://spdx.github.io/spdx-spec/v2.3/other-licensing-information-detected/).
OWN = "LicenseRef-"


def check(component: t.Mapping[str, t.Any], tier: int, policy: t.Mapping[str, t.Any]) -> str:
    """Why a component may not be used in a tier; empty when it may."""
    licence = component["license"]
    classes = {name: kind for kind, names in policy.get("licences", {}).items() for name in names}
    kind = classes.get(licence, "unknown")
    if kind in policy.get("tiers", {}).get(tier, []):
        return ""
    if tier in component.get("waiver", {}).get("tier", []) and (kind != "unknown" or licence.startswith(OWN)):
        return ""
    return f"its licence {licence} ({kind.replace('_', ' ')}) may not be used in tier {tier}"


def faults(entry: t.Any, tier: int, policy: t.Mapping[str, t.Any]) -> list[Fault]:
    """The fault of an entry whose licence a tier may not use, as a list."""
    reason = check(entry.data, tier, policy)
    if not reason:
        return []
    known = {name for names in policy.get("licences", {}).values() for name in names}
    licence, advice = entry.data["license"], f"take another component, or record the decision: waiver: {{tier: [{tier}], reason: ...}}"
    if licence not in known and not licence.startswith(OWN):
        # A waiver of a misspelt name would be a decision about nothing.
        advice = f"{did_you_mean(licence, known, cutoff=0.5) or 'use an SPDX identifier'} (one that catalog/policy.yml lacks is {OWN}<name>, with a waiver)"
    return [entry.fault(("license",), f"{entry.name}: {reason}", advice)]

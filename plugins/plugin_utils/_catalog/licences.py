# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What may be shipped in which tier. Data: catalog/policy.yml; a component's `waiver` is the recorded exception."""

from __future__ import annotations

import typing as t

from .faults import Fault


def check(component: t.Mapping[str, t.Any], tier: int, policy: t.Mapping[str, t.Any]) -> str:
    """Why a component may not be used in a tier; empty when it may."""
    licence = component["license"]
    classes = {name: kind for kind, names in policy.get("licences", {}).items() for name in names}
    kind = classes.get(licence, "unknown")
    if kind in policy.get("tiers", {}).get(tier, []):
        return ""
    if tier in component.get("waiver", {}).get("tier", []):
        return ""
    return f"its licence {licence} ({kind.replace('_', ' ')}) may not be used in tier {tier}"


def faults(entry: t.Any, tier: int, policy: t.Mapping[str, t.Any]) -> list[Fault]:
    """The fault of an entry whose licence a tier may not use, as a list."""
    reason = check(entry.data, tier, policy)
    if not reason:
        return []
    advice = f"take another component, or record the decision: waiver: {{tier: [{tier}], reason: ...}}"
    return [entry.fault(("license",), f"{entry.name}: {reason}", advice)]

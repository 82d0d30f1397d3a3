# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What every component has in Kubernetes: its namespace with guard rails."""

from __future__ import annotations

import typing as t

# https://kubernetes.io/docs/reference/labels-annotations-taints/
_LEVELS = ("enforce", "audit", "warn")
MANAGED = {"app.kubernetes.io/managed-by": "unifiedmeta"}


def installed(plan: t.Mapping[str, t.Any]) -> list[dict[str, t.Any]]:
    """The components that this cluster runs, in order; what the site has elsewhere is left out."""
    return [plan["components"][name] for name in plan["order"] if not plan["components"][name]["external"]]


def namespace_spec(plan: t.Mapping[str, t.Any]) -> dict[str, list[dict[str, t.Any]]]:
    """Namespaces and their quotas, by the first component that runs in each. Returns component -> objects."""
    made: dict[str, list[dict[str, t.Any]]] = {}
    seen: set[str] = set()
    for component in installed(plan):
        space = component["namespace"]
        if space["name"] in seen:
            continue
        seen.add(space["name"])
        labels = {**MANAGED, **{f"pod-security.kubernetes.io/{level}": space["pod_security"] for level in _LEVELS}, **space.get("labels", {})}
        objects = [{"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": space["name"], "labels": labels}}]
        if space.get("quota"):
            objects.append({
                "apiVersion": "v1", "kind": "ResourceQuota",
                "metadata": {"name": "platform", "namespace": space["name"], "labels": dict(MANAGED)},
                "spec": {"hard": {key: str(value) for key, value in sorted(space["quota"].items())}},
            })
        made[component["name"]] = objects
    return made

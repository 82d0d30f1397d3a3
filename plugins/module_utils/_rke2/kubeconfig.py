# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A cluster's kubeconfig for people: named, at the cluster's address, alone or merged into one that is there. Pure.

https://kubernetes.io/docs/concepts/configuration/organize-cluster-access-kubeconfig/
"""

from __future__ import annotations

import copy
import typing as t

LISTS = {"clusters": "cluster", "users": "user", "contexts": "context"}


def named(config: t.Mapping[str, t.Any], name: str, server: str) -> dict[str, t.Any]:
    """RKE2's own kubeconfig (one cluster, one user, all called default) with other names and another address. Raises ValueError for what is none."""
    try:
        cluster = dict(config["clusters"][0]["cluster"])
        user = dict(config["users"][0]["user"])
    except (KeyError, IndexError, TypeError) as error:
        raise ValueError("it has no cluster and no user") from error
    cluster["server"] = server
    return {
        "apiVersion": "v1", "kind": "Config", "preferences": {}, "current-context": name,
        "clusters": [{"name": name, "cluster": cluster}], "users": [{"name": name, "user": user}],
        "contexts": [{"name": name, "context": {"cluster": name, "user": name}}],
    }


def merged(existing: t.Mapping[str, t.Any] | None, added: t.Mapping[str, t.Any], select: bool = False) -> dict[str, t.Any]:
    """``existing`` with the entries of ``added``, which replace those of the same name; the rest stays. ``select``: make it the current context, as
    it is anyway where there is none. Raises ValueError where ``existing`` is no kubeconfig."""
    made = copy.deepcopy(dict(existing or {}))
    for part, inner in LISTS.items():
        entries = made.get(part) or []
        if not isinstance(entries, list) or any(not isinstance(entry, dict) or "name" not in entry or inner not in entry for entry in entries):
            raise ValueError(f"its {part} are no list of names and {inner}s")
        new = {entry["name"]: entry for entry in added[part]}
        made[part] = [new.pop(entry["name"], entry) for entry in entries] + list(new.values())
    if select or not made.get("current-context"):
        made["current-context"] = added["current-context"]
    return {"apiVersion": "v1", "kind": "Config", **made}

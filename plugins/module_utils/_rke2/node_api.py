# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Labels and taints of nodes that are in the cluster already: RKE2's own settings for them count only when a node registers
(https://docs.rke2.io/reference/server_config, node-label, node-taint). Run on a server, as its admin."""

from __future__ import annotations

import typing as t

from ansible_collections.unifiedmeta.platform.plugins.module_utils._rke2.node_client import Client

MERGE = "application/merge-patch+json"


def lacking(item: t.Mapping[str, t.Any], labels: t.Mapping[str, str | None], add: t.Sequence[t.Mapping[str, t.Any]],
            remove: t.Sequence[t.Mapping[str, t.Any]]) -> dict[str, t.Any]:
    """The merge patch that brings a Node (of the API) there; empty where it is there. ``labels``: a value of None removes one."""
    meta, spec = item["metadata"], item.get("spec") or {}
    wrong = {name: value for name, value in labels.items() if (meta.get("labels") or {}).get(name) != value}
    there = list(spec.get("taints") or [])
    gone = {_identity(taint) for taint in (*remove, *add)}
    taints = [taint for taint in there if _identity(taint) not in gone] + [_taint(taint) for taint in add]
    patch: dict[str, t.Any] = {}
    if wrong:
        patch["metadata"] = {"labels": wrong}
    if sorted(map(_whole, taints)) != sorted(map(_whole, there)):
        # A list is replaced as a whole: the version says that nobody has changed it since it was read.
        patch["spec"] = {"taints": taints}
        patch.setdefault("metadata", {})["resourceVersion"] = meta.get("resourceVersion")
    return patch


def apply(client: Client, name: str, labels: t.Mapping[str, str | None], add: t.Sequence[t.Mapping[str, t.Any]],
          remove: t.Sequence[t.Mapping[str, t.Any]], check: bool) -> dict[str, t.Any]:
    """Patch a node; what was, or in check mode would be, sent. Raises Unanswered."""
    patch = lacking(client.ask(f"/api/v1/nodes/{name}"), labels, add, remove)
    if patch and not check:
        client.ask(f"/api/v1/nodes/{name}", patch, method="PATCH", kind=MERGE)
    return patch


def _identity(taint: t.Mapping[str, t.Any]) -> tuple[str, str]:
    return str(taint["key"]), str(taint["effect"])


def _whole(taint: t.Mapping[str, t.Any]) -> tuple[str, str, str]:
    return (*_identity(taint), str(taint.get("value") or ""))


def _taint(taint: t.Mapping[str, t.Any]) -> dict[str, str]:
    return {"key": str(taint["key"]), "effect": str(taint["effect"]), **({"value": str(taint["value"])} if taint.get("value") else {})}

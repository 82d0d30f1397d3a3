# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What components say of each other: unknown names, order, and things that only one may have."""

from __future__ import annotations

import os
import typing as t

from . import order
from .entries import Entry
from .faults import Fault, did_you_mean
from .select import Selection

# Ends of a connection that are no component.
ENDS = ("kube-apiserver", "cluster", "internet")


def names(entries: t.Sequence[Entry], known: t.Collection[str]) -> list[Fault]:
    """Checks over the whole catalogue, whatever a site selects. known: all names, also of entries that are faulty."""
    faults: list[Fault] = []
    by_name = {entry.name: entry for entry in entries}
    roles: dict[str, list[str]] = {}
    for entry in entries:
        for role in entry.data["provides"]:
            roles.setdefault(role, []).append(entry.name)
    graph: dict[str, list[str]] = {}
    for entry in entries:
        graph[entry.name] = []
        for index, need in enumerate(entry.data["needs"]):
            if need not in known and need not in roles:
                faults.append(entry.fault(("needs", index), f"{entry.name} needs '{need}', which is neither a component nor a role",
                                          did_you_mean(need, {*known, *roles})))
                continue
            for name in roles.get(need, [need]):
                graph[entry.name].append(name)
                other = by_name.get(name)
                if other and order.WAVES.index(other.data["wave"]) > order.WAVES.index(entry.data["wave"]):
                    faults.append(entry.fault(("needs", index),
                                              f"{entry.name} (wave {entry.data['wave']}) needs {name}, which comes later (wave {other.data['wave']})",
                                              "move one of them to another wave, or drop the need"))
        faults.extend(_ends(entry, {*known, *roles, *ENDS}))
        faults.extend(_runbooks(entry))
    faults.extend(_circle(by_name, loop) for loop in order.cycles(graph))
    faults.extend(by_name[roles[role][0]].fault(("provides",), f"the role '{role}' has the name of a component", "rename the role")
                  for role in sorted(set(roles) & set(known)))
    return faults


def _circle(by_name: t.Mapping[str, Entry], loop: t.Sequence[str]) -> Fault:
    """A cycle, told where its first component names the next."""
    return by_name[loop[0]].fault(("needs",), "components need each other in a circle: " + " -> ".join(loop), "drop one of these needs")


def _ends(entry: Entry, ends: t.Collection[str]) -> t.Iterator[Fault]:
    """Both sides of allowed traffic must be something that exists."""
    for side in ("ingress", "egress"):
        for index, end in enumerate(entry.data.get("network", {}).get(side, [])):
            if end not in ends:
                yield entry.fault(("network", side, index), f"{entry.name}: '{end}' is neither a component nor a role", did_you_mean(end, ends))


def _runbooks(entry: Entry) -> t.Iterator[Fault]:
    """An alert's runbook is docs/runbooks/<name>.md beside the catalogue, or runbooks/<name>.md in the component's folder."""
    shared = os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(entry.folder))), "docs", "runbooks")
    for index, alert in enumerate(entry.data["alerts"]):
        file = alert.get("runbook", alert["name"]) + ".md"
        if not any(os.path.isfile(os.path.join(folder, file)) for folder in (shared, os.path.join(entry.folder, "runbooks"))):
            yield entry.fault(("alerts", index), f"the alert {alert['name']} has no runbook: docs/runbooks/{file} doesn't exist",
                              "write it: what it means, how to find out, what to do")


def selected(selection: Selection) -> list[Fault]:
    """Checks over what a site has: needs that are met, and nothing claimed twice."""
    faults: list[Fault] = []
    for entry in selection.entries.values():
        if entry.name not in selection.external:
            faults.extend(_needs(entry, selection))
    claims = {"secret path": _secret_paths, "route host": _hosts, "client of Keycloak": _clients, "alert": _alerts}
    for what, claim in claims.items():
        owners: dict[str, str] = {}
        for name in sorted(selection.entries):
            for path, value in claim(selection.entries[name]):
                if value in owners:
                    faults.append(selection.entries[name].fault(path, f"the {what} '{value}' is declared by {owners[value]} and by {name}",
                                                                "only one may have it: rename one"))
                owners.setdefault(value, name)
    return [*faults, *_namespaces(selection)]


def _needs(entry: Entry, selection: Selection) -> t.Iterator[Fault]:
    for index, need in enumerate(entry.data["needs"]):
        if need in selection.entries or need in selection.roles or need in selection.external:
            continue
        reason = selection.why_not(need)
        if reason:
            yield entry.fault(("needs", index), f"{entry.name} needs {need}, but {reason}",
                              f"enable it, name it in platform_external, or disable {entry.name}")


def _secret_paths(entry: Entry) -> t.Iterator[tuple[tuple[t.Any, ...], str]]:
    for index, secret in enumerate(entry.data["secrets"]):
        yield ("secrets", index, "path"), secret["path"]


def _hosts(entry: Entry) -> t.Iterator[tuple[tuple[t.Any, ...], str]]:
    if "route" in entry.data:
        yield ("route", "host"), entry.data["route"]["host"]


def _clients(entry: Entry) -> t.Iterator[tuple[tuple[t.Any, ...], str]]:
    if "sso" in entry.data:
        yield ("sso", "client"), entry.data["sso"]["client"]


def _alerts(entry: Entry) -> t.Iterator[tuple[tuple[t.Any, ...], str]]:
    for index, alert in enumerate(entry.data["alerts"]):
        yield ("alerts", index, "name"), alert["name"]


def _namespaces(selection: Selection) -> t.Iterator[Fault]:
    first: dict[str, Entry] = {}
    for name in sorted(selection.entries):
        entry = selection.entries[name]
        space = entry.data["namespace"]
        other = first.setdefault(space["name"], entry)
        for key in sorted({*space, *other.data["namespace"]}):
            mine, theirs = space.get(key, "nothing"), other.data["namespace"].get(key, "nothing")
            if mine != theirs:
                yield entry.fault(("namespace", key),
                                  f"{name} and {other.name} share the namespace {space['name']}, but disagree on {key}: {mine} and {theirs}",
                                  "say the same in both, or use two namespaces")

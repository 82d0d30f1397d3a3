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


def names(entries: t.Sequence[Entry], known: t.Collection[str], further: t.Collection[str] = ()) -> list[Fault]:
    """Checks over the whole catalogue, whatever a site selects. known: all names, also of entries that are faulty; further: roles of these."""
    faults: list[Fault] = []
    by_name = {entry.name: entry for entry in entries}
    roles: dict[str, list[str]] = {}
    for entry in entries:
        for role in entry.data["provides"]:
            roles.setdefault(role, []).append(entry.name)
    words = {*known, *roles, *further}
    for entry in entries:
        for index, need in enumerate(entry.data["needs"]):
            if need not in words:
                faults.append(entry.fault(("needs", index), f"{entry.name} needs '{need}', which is neither a component nor a role",
                                          did_you_mean(need, words) or f"roles are {', '.join(sorted({*roles, *further}))}"))
        faults.extend(_ends(entry, {*words, *ENDS}))
        faults.extend(_runbooks(entry))
    # Which of several providers counts, the site says.
    faults.extend(ordered(by_name, {role: able[0] for role, able in roles.items() if len(able) == 1}))
    faults.extend(by_name[roles[role][0]].fault(("provides",), f"the role '{role}' has the name of a component", "rename the role")
                  for role in sorted(set(roles) & set(known)))
    return faults


def ordered(entries: t.Mapping[str, Entry], providers: t.Mapping[str, str]) -> t.Iterator[Fault]:
    """Needs that come later, and circles. providers: role -> the component that fills it."""
    graph: dict[str, list[str]] = {}
    for name, entry in entries.items():
        graph[name] = []
        for index, need in enumerate(entry.data["needs"]):
            other = entries.get(providers.get(need, need))
            if other is None:
                continue
            graph[name].append(other.name)
            if order.WAVES.index(other.data["wave"]) > order.WAVES.index(entry.data["wave"]):
                yield entry.fault(("needs", index),
                                  f"{name} (wave {entry.data['wave']}) needs {other.name}, which comes later (wave {other.data['wave']})",
                                  "move one of them to another wave, or drop the need")
    for loop in order.cycles(graph):
        alone = len(loop) == 2
        what = f"{loop[0]} needs itself" if alone else "components need each other in a circle: " + " -> ".join(loop)
        # Told where the first of them names the next.
        yield entries[loop[0]].fault(("needs",), what, "drop the need" if alone else "drop one of these needs")


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
            yield entry.fault(("alerts", index), f"the alert {alert['name']} has no runbook: neither runbooks/{file} in its folder nor docs/runbooks/{file} "
                              "beside the catalogue exists", "write one: what it means, how to find out, what to do")


def selected(selection: Selection) -> list[Fault]:
    """Checks over what a site has: needs that are met, in order, and nothing claimed twice."""
    faults = [*_unmet(selection), *ordered(selection.entries, selection.roles)]
    claims = {"secret path": _secret_paths, "route host": _hosts, "client of Keycloak": _clients, "alert": _alerts}
    for what, claim in claims.items():
        owners: dict[str, str] = {}
        for name in sorted(selection.entries):
            for path, value in claim(selection.entries[name]):
                if value in owners:
                    whose = f"twice by {name}" if owners[value] == name else f"by {owners[value]} and by {name}"
                    faults.append(selection.entries[name].fault(path, f"the {what} '{value}' is declared {whose}", "only one may have it: rename one"))
                owners.setdefault(value, name)
    return [*faults, *_namespaces(selection)]


def _unmet(selection: Selection) -> t.Iterator[Fault]:
    """Needs that the site doesn't meet, one fault a cause: it is told where the first component names it, and all that need it are named."""
    causes: dict[tuple[str, ...], list[tuple[Entry, int, str]]] = {}
    for name in sorted(set(selection.entries) - selection.external):
        entry = selection.entries[name]
        for index, need in enumerate(entry.data["needs"]):
            met = need in selection.entries or need in selection.roles or need in selection.external
            if not met and need not in selection.told and selection.why_not(need):
                causes.setdefault(tuple(selection.able.get(need, [need])), []).append((entry, index, need))
    for cause, users in causes.items():
        entry, index, _need = users[0]
        who = _listed(dict.fromkeys(user.name for user, _index, _need in users))
        # A role comes last: why nobody fills it names the component.
        what = sorted({need for _entry, _index, need in users}, key=lambda need: (need in selection.able, need))
        yield entry.fault(("needs", index), f"{who} need{'' if ' ' in who else 's'} {_listed(what)}, but {selection.why_not(what[-1])}",
                          f"enable it, name it in platform_external, or disable {who}")
        selection.told.update(cause)


def _listed(words: t.Iterable[str]) -> str:
    """a, b and c"""
    *most, last = words
    return f"{', '.join(most)} and {last}" if most else last


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

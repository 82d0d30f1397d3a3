# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which components a site has: tier, profile, its own word, one provider for each role, licence, Kubernetes version."""

from __future__ import annotations

import typing as t
from dataclasses import dataclass, field

from . import licences, versions
from .entries import Entry
from .faults import Fault, did_you_mean


@dataclass
class Selection:
    """entries: the chosen ones by name; roles: role -> name of its provider; absent: name -> why it is not there;
    external: what the site has elsewhere; able: role -> all that could fill it; told: names about which a fault is told already,
    so that what follows from it is not told as well."""

    entries: dict[str, Entry] = field(default_factory=dict)
    roles: dict[str, str] = field(default_factory=dict)
    absent: dict[str, str] = field(default_factory=dict)
    external: set[str] = field(default_factory=set)
    able: dict[str, list[str]] = field(default_factory=dict)
    told: set[str] = field(default_factory=set)

    def why_not(self, need: str) -> str:
        """Why a component or role that something needs is not there; empty when nothing of that name is known at all."""
        if need in self.able:
            reasons = "; ".join(f"{name}: {self.absent[name]}" for name in self.able[need] if name in self.absent)
            return f"nothing that the site has provides {need} ({reasons})"
        return self.absent.get(need, "")


def choose(entries: t.Sequence[Entry], site: t.Mapping[str, t.Any], policy: t.Mapping[str, t.Any],
           faulty: t.Collection[str] = ()) -> tuple[Selection, list[Fault]]:
    """Select the components of a site. entries: with defaults filled in; faulty: names and roles of components that are none of them,
    because their files are wrong. Returns the selection and the faults."""
    selection = Selection(told=set(faulty))
    faults: list[Fault] = []
    for entry in entries:
        reason = _left_out(entry, site)
        if reason:
            selection.absent[entry.name] = reason
        else:
            selection.entries[entry.name] = entry
    faults += _external(selection, entries, site)
    faults += _providers(selection, entries, site)
    for name, entry in sorted(selection.entries.items()):
        if name in selection.external:
            continue
        faults += licences.faults(entry, site["tier"], policy)
        faults += _kubernetes(entry, site["kubernetes_version"])
    return selection, faults


def _left_out(entry: Entry, site: t.Mapping[str, t.Any]) -> str:
    if not entry.data["enabled"]:
        return "it is not enabled"
    if site["tier"] not in entry.data["tiers"]:
        return f"tier {site['tier']} doesn't have it"
    if site["profile"] not in entry.data["profiles"]:
        return f"the profile {site['profile']} doesn't have it"
    return ""


def _external(selection: Selection, entries: t.Sequence[Entry], site: t.Mapping[str, t.Any]) -> list[Fault]:
    """A name in platform_external is a component, or a role that the site fills with something of its own."""
    known = {entry.name for entry in entries}
    roles = {role for entry in entries for role in entry.data["provides"]}
    selection.external = set(site["external"])
    return [Fault("inventory variable platform_external", 0, f"there is no component or role '{name}'", did_you_mean(name, known | roles))
            for name in sorted(selection.external - known - roles - selection.told)]


def _providers(selection: Selection, entries: t.Sequence[Entry], site: t.Mapping[str, t.Any]) -> list[Fault]:
    roles = {role: [e for e in entries if role in e.data["provides"]] for role in sorted({r for e in entries for r in e.data["provides"]})}
    selection.able = {role: [entry.name for entry in able] for role, able in roles.items()}
    faults, unclear = [], set()
    for role, name in sorted(site["choices"].items()):
        found = _choice(selection, role, name)
        faults += found
        if found or name in selection.told:
            unclear.add(role)
    for role, able in roles.items():
        found = _provider(selection, role, [entry for entry in able if entry.name in selection.entries], site)
        # What is wrong with the choice is told; that there is none would be the same once more.
        faults += [] if role in unclear else found
    return faults


def _choice(selection: Selection, role: str, name: str) -> list[Fault]:
    """What is wrong with an entry of platform_choices."""
    variable, able = f"inventory variable platform_choices.{role}", selection.able.get(role, [])
    if {role, name} & selection.told:
        return []
    if not able:
        return [Fault(variable, 0, f"there is no role '{role}'", did_you_mean(role, selection.able))]
    if name not in able:
        return [Fault(variable, 0, f"'{name}' does not provide {role}", did_you_mean(name, able))]
    if name not in selection.entries:
        others = ", ".join(other for other in able if other != name)
        return [Fault(variable, 0, f"'{name}' is chosen, but {selection.absent[name]}", f"choose another of: {others}" if others else f"enable {name}")]
    return []


def _provider(selection: Selection, role: str, able: list[Entry], site: t.Mapping[str, t.Any]) -> list[Fault]:
    """Let one provider of a role stay. Where it isn't clear which, it goes on with the first, and what that would lead to is not told."""
    chosen, faults = site["choices"].get(role), []
    first = [entry for entry in able if not entry.data["alternative"]] or able
    if role in selection.external:
        losers, reason = able, f"the site has a {role} of its own (platform_external)"
    elif chosen in [entry.name for entry in able]:
        losers, reason = [entry for entry in able if entry.name != chosen], f"{chosen} was chosen for {role}"
        selection.roles[role] = chosen
    elif len(first) == 1:
        losers, reason = [entry for entry in able if entry is not first[0]], f"{first[0].name} fills {role} unless platform_choices.{role} says otherwise"
        selection.roles[role] = first[0].name
    elif first:
        names = ", ".join(entry.name for entry in able)
        faults.append(able[0].fault(("provides",), f"{names} all provide {role}, and a platform has one provider a role",
                                    f"set platform_choices.{role} to one of them"))
        losers, reason = able[1:], f"it isn't chosen for {role}"
        selection.roles[role] = able[0].name
        selection.told.update(entry.name for entry in losers)
    else:
        losers, reason = [], ""
    for entry in losers:
        del selection.entries[entry.name]
        selection.absent[entry.name] = reason
    return faults


def _kubernetes(entry: Entry, version: str) -> list[Fault]:
    wanted = entry.data.get("kubernetes")
    if not wanted or not version:
        return []
    try:
        fits = versions.within(version, wanted)
    except ValueError as error:
        return [Fault("the lookup's option kubernetes_version (variable rke2_version)", 0, str(error), "give the cluster's version")]
    if fits:
        return []
    return [entry.fault(("kubernetes",), f"{entry.name} runs on Kubernetes {wanted}, and this cluster has {version}",
                        "take another version of the component or of the cluster")]

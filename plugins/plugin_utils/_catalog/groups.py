# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Groups of people that components may name: the platform's, and those that a site's own catalogues declare.

A misspelt group would lock everybody out of a page, or give a role to nobody, and nothing would say so.
"""

from __future__ import annotations

import os
import typing as t

from . import schema, source
from .entries import Entry
from .faults import Fault, did_you_mean

FILE = "policy.yml"


def read(folders: t.Iterable[str], schema_file: str) -> tuple[list[str], list[Fault]]:
    """The `groups` of the policy.yml in each catalogue folder of a site, where there is one. Nothing else may stand in it: licences and
    tiers are the platform's."""
    groups: list[str] = []
    faults: list[Fault] = []
    for folder in folders:
        path = os.path.join(folder, FILE)
        if not os.path.isfile(path):
            continue
        document = source.read(path, source.shown(path))
        found = document.faults or schema.check(document, schema.groups_validator(schema_file))
        faults += found
        groups += [] if found else document.data["groups"]
    return groups, faults


def check(entries: t.Iterable[Entry], known: t.Collection[str]) -> list[Fault]:
    """Faults of components that name a group which is none of the known."""
    return [fault for entry in entries for fault in _check(entry, known)]


def _check(entry: Entry, known: t.Collection[str]) -> t.Iterator[Fault]:
    for index, name in enumerate(entry.data.get("route", {}).get("allow", [])):
        if name not in known:
            yield entry.fault(("route", "allow", index), f"{entry.name}: there is no group '{name}'", _advice(name, known))
    for role, name in entry.data.get("sso", {}).get("roles", {}).items():
        if name not in known:
            yield entry.fault(("sso", "roles", role), f"{entry.name}: the role '{role}' is for a group '{name}', which doesn't exist", _advice(name, known))


def _advice(name: str, known: t.Collection[str]) -> str:
    advice = did_you_mean(name, known)
    return advice if advice.startswith("did") else f"{advice} (a site lists its own under `groups` in the {FILE} of its catalogue folder)".strip()

# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""From catalogue folders and the site's variables to the plan that every *_spec filter takes. Pure: reads files, changes nothing."""

from __future__ import annotations

import os
import typing as t

from . import entries as _entries
from . import groups, guard, order, references, resolve, schema, secrets, select, source
from . import site as _site
from .faults import CatalogError

SCHEMA = schema.FILE
CATALOG = os.path.dirname(SCHEMA)
POLICY = os.path.join(CATALOG, "policy.yml")
PLATFORM = ("name", "domain", "tier", "profile", "external", "endpoints", "registry", "delivery", "kubernetes_version")


def build(variables: t.Mapping[str, t.Any], paths: t.Sequence[str] = (), *, own: str | None = CATALOG,
          policy: t.Mapping[str, t.Any] | None = None, kubernetes_version: str = "") -> dict[str, t.Any]:
    """The plan of a site.

    variables: the site's platform_* variables without that prefix (see site.VARIABLES); paths: further catalogue folders;
    own: the collection's catalogue, None to leave it out (tests, bench); policy: licences and groups, catalog/policy.yml unless given;
    kubernetes_version: the cluster's, empty where it isn't known.
    Returns {platform, order, waves, components, choices, groups}: plain data, equal for equal input.
    Raises CatalogError with every fault found, ImportError when jsonschema is missing.
    """
    schema.require()
    found, faults = _entries.read([*([own] if own else []), *paths], SCHEMA)
    site, wrong = _site.check(variables)
    site["kubernetes_version"] = kubernetes_version
    faults += wrong + _site.apply(found, site["components"], SCHEMA)
    whole = schema.load(SCHEMA)
    sound = [entry for entry in found if entry.sound]
    for entry in sound:
        entry.data = schema.fill(entry.data, whole, whole)
    faulty = [entry for entry in found if not entry.sound]
    faults += references.names(sound, {entry.name for entry in found}, {role for entry in faulty for role in entry.roles()})
    if policy is None:
        policy = source.read(POLICY, "catalog/policy.yml").data or {}
    further, wrong = groups.read(paths, SCHEMA)
    # Where a list of groups can't be read, every group of it would be told as well.
    faults += wrong or groups.check(sound, {*policy.get("groups", []), *further})
    selection, wrong = select.choose(sound, site, policy, {name for entry in faulty for name in (entry.name, *entry.roles())})
    faults += wrong
    if not faulty:
        # With entries missing these would only repeat what is said already.
        faults += references.selected(selection) + secrets.check(selection) + guard.check(selection)
    components = resolve.components(selection, site, faults)
    if faults:
        raise CatalogError(faults)
    return {**_plan(selection, site, components), "groups": list(dict.fromkeys([*policy.get("groups", []), *further]))}


def _plan(selection: select.Selection, site: dict[str, t.Any], components: dict[str, dict[str, t.Any]]) -> dict[str, t.Any]:
    graph = {name: [selection.roles.get(need, need) for need in component["needs"]] for name, component in components.items()}
    ordered = order.arrange({name: component["wave"] for name, component in components.items()}, graph)
    waves = {wave: [name for name in ordered if components[name]["wave"] == wave] for wave in order.WAVES}
    return {
        "platform": {key: site[key] for key in PLATFORM},
        "order": ordered,
        "waves": {wave: names for wave, names in waves.items() if names},
        "components": {name: components[name] for name in ordered},
        "choices": dict(sorted(selection.roles.items())),
    }

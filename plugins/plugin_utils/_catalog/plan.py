# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""From catalogue folders and the site's variables to the plan that every *_spec filter takes. Pure: reads files, changes nothing."""

from __future__ import annotations

import os
import typing as t

from . import entries as _entries
from . import guard, order, references, resolve, schema, secrets, select, source
from . import site as _site
from .faults import CatalogError

COLLECTION = os.path.dirname(os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__)))))
CATALOG = os.path.join(COLLECTION, "catalog")
SCHEMA = os.path.join(CATALOG, "schema.json")
POLICY = os.path.join(CATALOG, "policy.yml")
PLATFORM = ("name", "domain", "tier", "profile", "external", "endpoints", "registry", "delivery", "kubernetes_version")


def build(variables: t.Mapping[str, t.Any], paths: t.Sequence[str] = (), *, own: str | None = CATALOG,
          policy: t.Mapping[str, t.Any] | None = None) -> dict[str, t.Any]:
    """The plan of a site.

    variables: the site's platform_* variables without that prefix (see site.VARIABLES); paths: further catalogue folders;
    own: the collection's catalogue, None to leave it out (tests, bench); policy: licence policy, catalog/policy.yml unless given.
    Returns {platform, order, waves, components, choices}: plain data, equal for equal input.
    Raises CatalogError with every fault found, ImportError when jsonschema is missing.
    """
    schema.require()
    found, faults = _entries.read([*([own] if own else []), *paths], SCHEMA)
    site, wrong = _site.check(variables)
    faults += wrong + _site.apply(found, site["components"], SCHEMA)
    whole = schema.load(SCHEMA)
    sound = [entry for entry in found if entry.sound]
    for entry in sound:
        entry.data = schema.fill(entry.data, whole, whole)
    faults += references.names(sound, {entry.name for entry in found})
    if policy is None:
        policy = source.read(POLICY, "catalog/policy.yml").data or {}
    selection, wrong = select.choose(sound, site, policy)
    faults += wrong
    if len(sound) == len(found):
        # With entries missing these would only repeat what is said already.
        faults += references.selected(selection) + secrets.check(selection) + guard.check(selection)
    components = resolve.components(selection, site, faults)
    if faults:
        raise CatalogError(faults)
    return _plan(selection, site, components)


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

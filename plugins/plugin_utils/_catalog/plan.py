# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""From catalogue folders and the site's variables to the plan that every *_spec filter takes. Pure: reads files, changes nothing."""

from __future__ import annotations

import os
import typing as t

from . import entries as _entries
from . import merge, order, placeholders, references, schema, secrets, select, source
from . import site as _site
from .faults import CatalogError, Fault

COLLECTION = os.path.dirname(os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__)))))
CATALOG = os.path.join(COLLECTION, "catalog")
SCHEMA = os.path.join(CATALOG, "schema.json")
POLICY = os.path.join(CATALOG, "policy.yml")


def build(variables: t.Mapping[str, t.Any], paths: t.Sequence[str] = (), *, own: str | None = CATALOG, policy: t.Mapping[str, t.Any] | None = None) -> dict[str, t.Any]:
    """The plan of a site.

    variables: the site's platform_* variables without that prefix (see site.VARIABLES); paths: further catalogue folders;
    own: the collection's catalogue, None to leave it out (tests); policy: licence policy, catalog/policy.yml unless given.
    Returns {platform, order, waves, components, choices}: plain data, equal for equal input.
    Raises CatalogError with every fault found, ImportError when jsonschema is missing.
    """
    schema.require()
    found, faults = _entries.read([*([own] if own else []), *paths], SCHEMA)
    site, wrong = _site.check(variables)
    faults += wrong + _site.apply(found, site["components"], SCHEMA)
    known = {entry.name for entry in found}
    whole = schema.load(SCHEMA)
    sound = [entry for entry in found if entry.sound]
    for entry in sound:
        entry.data = schema.fill(entry.data, whole, whole)
    faults += references.names(sound, known)
    if policy is None:
        policy = source.read(POLICY, "catalog/policy.yml").data or {}
    selection, wrong = select.choose(sound, site, policy)
    faults += wrong
    if len(sound) == len(found):
        # With entries missing these would only repeat what is said already.
        faults += references.selected(selection) + secrets.check(selection)
    if faults:
        raise CatalogError(faults)
    components = _components(selection, site, faults)
    if faults:
        raise CatalogError(faults)
    return _plan(selection, site, components)


def _components(selection: select.Selection, site: dict[str, t.Any], faults: list[Fault]) -> dict[str, dict[str, t.Any]]:
    """The chosen components with merged values and every placeholder replaced; faults are appended."""
    known: dict[str, dict[str, t.Any]] = {name: placeholders.facts(entry.data, site) for name, entry in selection.entries.items()}
    known["platform"] = placeholders.platform(site)
    components = {}
    for name, entry in selection.entries.items():
        here = {**known, "self": known[name]}
        layers = [entry.values[layer] for layer in ("", f"tier{site['tier']}", site["profile"], "site") if layer in entry.values]
        component = placeholders.walk(entry.data, here, lambda path, error, entry=entry: faults.append(entry.fault(path, error.what, error.advice)))
        component["values"] = placeholders.walk(merge.merge(*(layer.data for layer in layers)), here,
                                                lambda path, error, layers=layers: faults.append(_blame(layers, path).fault(path, error.what, error.advice)))
        component["external"] = name in selection.external
        for secret in component["secrets"]:
            secret["to"] = [{"namespace": component["namespace"]["name"], **target} for target in secrets.targets(secret)]
        if "sso" in component:
            component["sso"]["secret"] = secrets.client_secret(component)
        for alert in component["alerts"]:
            alert.setdefault("runbook", alert["name"])
        components[name] = component
    return components


def _blame(layers: t.Sequence[source.Document], path: tuple[t.Any, ...]) -> source.Document:
    """The last layer that sets a value."""
    for layer in reversed(layers):
        data: t.Any = layer.data
        for part in path:
            try:
                data = data[part]
            except (KeyError, IndexError, TypeError):
                break
        else:
            return layer
    return layers[0]


def _plan(selection: select.Selection, site: dict[str, t.Any], components: dict[str, dict[str, t.Any]]) -> dict[str, t.Any]:
    graph = {name: [selection.roles.get(need, need) for need in component["needs"]] for name, component in components.items()}
    ordered = order.arrange({name: component["wave"] for name, component in components.items()}, graph)
    waves = {wave: [name for name in ordered if components[name]["wave"] == wave] for wave in order.WAVES}
    return {
        "platform": {key: site[key] for key in ("name", "domain", "tier", "profile", "external", "endpoints", "registry", "delivery", "kubernetes_version")},
        "order": ordered,
        "waves": {wave: names for wave, names in waves.items() if names},
        "components": {name: components[name] for name in ordered},
        "choices": dict(sorted(selection.roles.items())),
    }

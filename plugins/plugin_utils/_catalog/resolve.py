# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The chosen components, complete: values merged by layer, placeholders replaced, what may be left out written out."""

from __future__ import annotations

import functools
import typing as t

from . import merge, placeholders, secrets, source
from .entries import Entry
from .faults import Fault
from .select import Selection


def components(selection: Selection, site: t.Mapping[str, t.Any], faults: list[Fault]) -> dict[str, dict[str, t.Any]]:
    """The components of a plan by name. Unknown placeholders are appended to faults; those of a component that is left out once, and
    not at all where that is told already."""
    known: dict[str, dict[str, t.Any]] = {name: placeholders.facts(entry.data, site) for name, entry in selection.entries.items()}
    known["platform"] = placeholders.platform(site)
    told = set(selection.told)

    def report(blame: t.Callable[..., Fault], path: tuple[t.Any, ...], error: placeholders.Unknown) -> None:
        reason = selection.absent.get(error.owner)
        if error.owner not in told:
            faults.append(blame(path, f"{error.what}: {reason}", f"enable {error.owner}, name it in platform_external, or change the value") if reason
                          else blame(path, error.what, error.advice))
        if reason:
            told.add(error.owner)

    return {name: _component(entry, site, {**known, "self": known[name]}, name in selection.external, report)
            for name, entry in selection.entries.items()}


def _component(entry: Entry, site: t.Mapping[str, t.Any], known: t.Mapping[str, t.Any], external: bool, report: t.Callable[..., None]) -> dict[str, t.Any]:
    def fill(data: t.Any, blame: t.Callable[..., Fault]) -> t.Any:
        return placeholders.walk(data, known, functools.partial(report, blame))

    component = fill(entry.data, entry.fault)
    layers = [entry.values[layer] for layer in ("", f"tier{site['tier']}", site["profile"], "site") if layer in entry.values]
    component["values"] = fill(merge.merge(*(layer.data for layer in layers)), lambda path, *words: _last(layers, path).fault(path, *words))
    objects = [thing for document in entry.manifests for thing in _objects(fill(document.data, document.fault))]
    # A kind must be there before an object of it; otherwise as the files come.
    component["manifests"] = sorted(objects, key=lambda thing: thing["kind"] != "CustomResourceDefinition")
    component["external"] = external
    component["secrets"] = [
        {**secret, "to": [{"namespace": component["namespace"]["name"], **target} for target in secrets.targets(secret)]}
        for secret in component["secrets"]
    ]
    if "sso" in component:
        component["sso"]["secret"] = secrets.client_secret(component)
    for alert in component["alerts"]:
        alert.setdefault("runbook", alert["name"])
    return component


def _objects(documents: t.Iterable[t.Any]) -> t.Iterator[t.Any]:
    """Objects of a file of manifests; a List is its items, an empty document nothing."""
    for thing in documents:
        if isinstance(thing, dict) and thing.get("kind") == "List":
            yield from thing.get("items", [])
        elif thing:
            yield thing


def _last(layers: t.Sequence[source.Document], path: tuple[t.Any, ...]) -> source.Document:
    """The last layer that sets a value."""
    for layer in reversed(layers):
        data: t.Any = layer.data
        try:
            for part in path:
                data = data[part]
            return layer
        except (KeyError, IndexError, TypeError):
            continue
    return layers[0]

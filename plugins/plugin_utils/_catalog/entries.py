# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The folders of a catalogue: component.yml and the values files beside it, read and checked one by one."""

from __future__ import annotations

import os
import re
import typing as t
from dataclasses import dataclass, field

from . import schema, source
from .faults import Fault, did_you_mean

_VALUES = re.compile(r"^values(-(?P<layer>.+))?\.ya?ml$")
_KNOWN = ("component.yml", "manifests", "runbooks")
_WORDS = (".md", ".txt")
_LAYERS = (*(f"tier{tier}" for tier in schema.words("tier")), *schema.words("profile"))


@dataclass
class Entry:
    """A component as it was read. data: of component.yml, later with the site's changes and the defaults;
    values: layer ('' is values.yml) -> document; manifests: files of the folder of that name; sound: component.yml passed the schema;
    overridden: keys that the site has changed."""

    name: str
    folder: str
    document: source.Document
    data: dict[str, t.Any] = field(default_factory=dict)
    values: dict[str, source.Document] = field(default_factory=dict)
    manifests: list[source.Document] = field(default_factory=list)
    sound: bool = True
    overridden: tuple[str, ...] = ()

    def roles(self) -> list[str]:
        """Roles that it provides, as far as they can be read where it is faulty."""
        provides = self.data.get("provides", [])
        return [role for role in provides if isinstance(role, str)] if isinstance(provides, list) else []

    def fault(self, path: t.Iterable[t.Any], what: str, advice: str = "") -> Fault:
        """A fault at a key; what the site has overridden is blamed on the inventory, not on the file."""
        where = tuple(path)
        if where and where[0] in self.overridden:
            return Fault(f"inventory variable platform_components.{self.name}", 0, what, advice)
        return self.document.fault(where, what, advice)


def read(folders: t.Iterable[str], schema_file: str) -> tuple[list[Entry], list[Fault]]:
    """Read every <folder>/<component>/component.yml. Returns the entries by name and all faults; a later catalogue may
    not redefine a component of an earlier one."""
    entries: dict[str, Entry] = {}
    faults: list[Fault] = []
    for folder in folders:
        if not os.path.isdir(folder):
            faults.append(Fault(source.shown(folder), 0, "there is no such catalogue folder", "check platform_catalogs and the lookup's option paths"))
            continue
        for name in sorted(os.listdir(folder)):
            if name.startswith(".") or not os.path.isdir(os.path.join(folder, name)):
                continue
            entry = _entry(folder, name, schema_file, faults)
            if entry.name in entries:
                first = entries[entry.name].document
                place = f"{first.name}:{first.line(('name',))}"
                faults.append(entry.document.fault(("name",), f"a component '{entry.name}' is declared twice, first in {place}",
                                                   "rename one; a site changes a component with platform_components"))
            else:
                entries[entry.name] = entry
    return [entries[name] for name in sorted(entries)], faults


def _entry(folder: str, name: str, schema_file: str, faults: list[Fault]) -> Entry:
    here = os.path.join(folder, name)
    path = os.path.join(here, "component.yml")
    if not os.path.isfile(path):
        faults.append(Fault(source.shown(path), 0, "a folder of the catalogue has no component.yml", "add it, or move the folder away"))
        # What needs it is not at fault.
        return Entry(name, here, source.Document(source.shown(path)), sound=False)
    document = source.read(path, source.shown(path))
    found = list(document.faults)
    if not found or document.data is not None:
        found += schema.check(document, schema.validator(schema_file))
    data = document.data if isinstance(document.data, dict) else {}
    declared = data.get("name", name)
    if isinstance(declared, str) and declared != name and not found:
        found.append(document.fault(("name",), f"the component is named '{declared}' but its folder '{name}'", "give both the same name"))
    entry = Entry(declared if isinstance(declared, str) else name, here, document, data, sound=not found)
    entry.values = _values(here, found)
    entry.manifests = _manifests(os.path.join(here, "manifests"), found)
    faults.extend(found)
    return entry


def _values(here: str, faults: list[Fault]) -> dict[str, source.Document]:
    values: dict[str, source.Document] = {}
    for file in sorted(os.listdir(here)):
        found = _VALUES.match(file)
        if not found:
            if file not in _KNOWN and not file.startswith(".") and not file.endswith(_WORDS):
                faults.append(Fault(source.shown(os.path.join(here, file)), 0, "nothing reads this", did_you_mean(file, (*_KNOWN, "values.yml"))))
            continue
        layer = found.group("layer") or ""
        path = os.path.join(here, file)
        if layer and layer not in _LAYERS:
            faults.append(Fault(source.shown(path), 0, f"there is no layer '{layer}'", did_you_mean(layer, _LAYERS)))
            continue
        if layer in values:
            faults.append(Fault(source.shown(path), 0, f"the same layer is in {os.path.basename(values[layer].name)} already", "keep one of them"))
            continue
        document = source.read(path, source.shown(path))
        faults.extend(document.faults)
        if document.data is not None and not isinstance(document.data, dict):
            faults.append(document.fault((), "Helm values must be a mapping", "see the chart's values.yaml"))
            document.data = None
        values[layer] = document
    return values


def _manifests(here: str, faults: list[Fault]) -> list[source.Document]:
    """Kubernetes objects beside the chart, each with apiVersion, kind and a name."""
    documents = []
    for file in sorted(os.listdir(here)) if os.path.isdir(here) else ():
        path = os.path.join(here, file)
        if not file.endswith((".yml", ".yaml", ".json")):
            faults.append(Fault(source.shown(path), 0, "this is no manifest", "give it the ending .yml, or move it away"))
            continue
        document = source.read(path, source.shown(path), many=True)
        faults.extend(document.faults)
        for index, thing in enumerate(document.data or ()):
            if thing is None:
                continue
            if not isinstance(thing, dict) or not thing.get("apiVersion") or not thing.get("kind"):
                faults.append(document.fault((index,), "this is no Kubernetes object", "it needs apiVersion, kind and metadata"))
            elif thing["kind"] != "List" and not (thing.get("metadata") or {}).get("name"):
                faults.append(document.fault((index,), f"this {thing['kind']} has no name", "add metadata.name"))
        documents.append(document)
    return documents

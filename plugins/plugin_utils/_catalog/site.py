# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a site says: the platform_* variables of the inventory, checked, and its changes to components."""

from __future__ import annotations

import difflib
import typing as t

from . import merge, schema, source
from .entries import Entry
from .faults import Fault, did_you_mean

try:
    import jsonschema
except ImportError:  # pragma: no cover - told by schema.require()
    jsonschema = None

_NAME = {"type": "string", "pattern": "^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$", "description": "lower-case letters, digits and dashes"}
_ENDPOINT = {
    "type": "object", "additionalProperties": False, "required": ["url"], "description": "url and ca_file of a system",
    "properties": {
        "url": {"type": "string", "pattern": "^[a-z0-9+]+://.", "description": "URL of the system"},
        "ca_file": {"type": "string", "description": "its CA bundle, a file on the controller"},
    },
}
# One entry a variable: platform_<key>.
VARIABLES: dict[str, dict[str, t.Any]] = {
    "name": {**_NAME, "default": "platform", "description": "name of the site"},
    "domain": {"type": "string", "pattern": "^[a-z0-9-]+([.][a-z0-9-]+)+$", "description": "DNS domain of its pages, such as platform.example.com"},
    "tier": {"enum": list(schema.words("tier")), "default": 1, "description": "how much of the platform is installed"},
    "profile": {"enum": list(schema.words("profile")), "default": "onprem", "description": "kind of site"},
    "components": {"type": "object", "default": {}, "description": "changes to components, by name"},
    "choices": {"type": "object", "additionalProperties": _NAME, "default": {}, "description": "role: the component that fills it"},
    "external": {"type": "array", "items": _NAME, "uniqueItems": True, "default": [], "description": "components that the site already has"},
    "endpoints": {"type": "object", "additionalProperties": _ENDPOINT, "default": {}, "description": "system: url and ca_file"},
    "registry": {"type": "string", "default": "", "description": "host of the registry that images are taken from; empty: where they come from"},
    "delivery": {"enum": ["helm", "argocd"], "default": "helm", "description": "who keeps Helm releases"},
}

# What others than the catalogue read.
OTHERS = ("artifacts", "access_vm", "catalogs")
# What one would look for here, and where it is said.
ELSEWHERE = {"kubernetes_version": "rke2_version"}


def misspelt(names: t.Iterable[str]) -> list[Fault]:
    """Variables that nobody reads and that are nearly named as one that counts; a site's further variables are its own affair."""
    known = [*VARIABLES, *OTHERS]
    near = {name: difflib.get_close_matches(name, known, n=1, cutoff=0.8) for name in names if name not in known}
    meant = {name: ELSEWHERE.get(name) or "".join(f"platform_{word}" for word in found) for name, found in near.items()}
    return [Fault(f"inventory variable platform_{name}", 0, "nothing reads it", f"did you mean '{word}'?") for name, word in meant.items() if word]


def check(given: t.Mapping[str, t.Any]) -> tuple[dict[str, t.Any], list[Fault]]:
    """Check the variables (keys without platform_; None counts as not set). Returns them with defaults, and the faults."""
    site: dict[str, t.Any] = {}
    faults = misspelt(given)
    for key, rule in VARIABLES.items():
        value = merge.plain(given.get(key))
        name = f"inventory variable platform_{key}"
        if value is None:
            if "default" not in rule:
                faults.append(Fault(name, 0, "it is not set", f"set it: {rule['description']}"))
            site[key] = merge.plain(rule.get("default"))
            continue
        if key == "tier" and isinstance(value, str) and value.isdigit():
            # What comes from the command line (-e platform_tier=2) is text.
            value = int(value)
        found = schema.explain(source.Document(name, value), jsonschema.Draft202012Validator(rule))
        faults.extend(found)
        site[key] = merge.plain(rule.get("default")) if found else value
    return site, faults


def apply(entries: t.Iterable[Entry], changes: t.Mapping[str, t.Any], schema_file: str) -> list[Fault]:
    """Merge platform_components into the entries, and check what comes out. Returns the faults."""
    faults: list[Fault] = []
    by_name = {entry.name: entry for entry in entries}
    for name in sorted(changes, key=str):
        variable = f"inventory variable platform_components.{name}"
        if name not in by_name:
            faults.append(Fault(variable, 0, f"there is no component '{name}'", did_you_mean(name, by_name)))
            continue
        entry, change = by_name[name], changes[name]
        found = []
        if isinstance(change, dict):
            advice = "declare a component of your own in platform_catalogs"
            found = [Fault(variable, 0, f"a site can't change '{key}'", advice) for key in change if key in schema.FIXED]
            change = {key: value for key, value in change.items() if key not in schema.FIXED}
        found += schema.check(source.Document(variable, change), schema.site_validator(schema_file))
        if not found and entry.sound:
            entry.values["site"] = source.Document(variable, change.pop("values", None))
            entry.data = merge.merge(entry.data, change)
            entry.overridden = tuple(change)
            found = schema.check(source.Document(variable, entry.data), schema.validator(schema_file))
            entry.sound = not found
        faults.extend(found)
    return faults

# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""catalog/schema.json: validation with a line for every fault, defaults, and the part that a site may override."""

from __future__ import annotations

import copy
import functools
import json
import os
import typing as t

from .faults import Fault, did_you_mean
from .source import Document

try:
    import jsonschema
except ImportError:  # pragma: no cover - told by require()
    jsonschema = None

COLLECTION = os.path.dirname(os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__)))))
FILE = os.path.join(COLLECTION, "catalog", "schema.json")
# What a component is can't be changed by a site; how it is run can.
FIXED = ("name", "summary", "homepage", "license", "wave", "provides", "delivery")
_TYPES = {"string": "text", "integer": "a whole number", "number": "a number", "boolean": "true or false",
          "object": "a mapping", "array": "a list", "null": "empty"}


def require() -> None:
    """Raise ImportError with what to do when jsonschema is missing on the controller."""
    if jsonschema is None:
        raise ImportError("the catalogue is checked with the Python library 'jsonschema', which is missing on the controller: "
                          "install it next to ansible-core (see requirements.txt of the collection)")


@functools.lru_cache(maxsize=4)
def load(path: str) -> t.Any:
    """Read schema.json. Returns the schema as a dict, cached; don't change it."""
    with open(path, encoding="utf-8") as handle:
        return json.load(handle)


def words(name: str) -> tuple[t.Any, ...]:
    """The words that may stand for something: 'wave', 'tier', 'profile' … Each of them is written in schema.json alone."""
    whole = load(FILE)
    return tuple({**whole["$defs"], **whole["properties"]}[name]["enum"])


@functools.lru_cache(maxsize=4)
def groups_validator(path: str) -> t.Any:
    """The validator of the policy.yml in a site's catalogue folder: its groups, nothing else."""
    require()
    groups = {"type": "array", "items": {"$ref": "#/$defs/group"}, "uniqueItems": True, "description": "names of groups in Keycloak"}
    return jsonschema.Draft202012Validator({"type": "object", "additionalProperties": False, "required": ["groups"],
                                            "properties": {"groups": groups}, "$defs": load(path)["$defs"]})


@functools.lru_cache(maxsize=4)
def validator(path: str) -> t.Any:
    """The compiled validator of a component.yml."""
    require()
    return jsonschema.Draft202012Validator(load(path))


@functools.lru_cache(maxsize=4)
def site_validator(path: str) -> t.Any:
    """The validator of platform_components.<name>: what may be overridden, nothing required, and `values`."""
    require()
    whole = load(path)
    properties = {name: value for name, value in whole["properties"].items() if name not in FIXED}
    properties["values"] = {"type": "object", "description": "Helm values, merged over those of the catalogue."}
    definitions = copy.deepcopy(whole["$defs"])
    for name in ("namespace", "chart", "sso", "route", "backup"):
        # A site changes one field of these without repeating the others; what comes out is checked as a whole.
        definitions[name].pop("required", None)
    return jsonschema.Draft202012Validator({"type": "object", "additionalProperties": False, "properties": properties, "$defs": definitions})


def check(document: Document, checker: t.Any) -> list[Fault]:
    """All faults of a document against the schema."""
    if not isinstance(document.data, dict):
        return [document.fault((), "this must be a mapping of keys", "see docs/catalogue.md")]
    return explain(document, checker)


def explain(document: Document, checker: t.Any) -> list[Fault]:
    """The same for data of any kind."""
    return [fault for error in checker.iter_errors(document.data) for fault in _explain(document, error)]


def _explain(document: Document, error: t.Any) -> t.Iterator[Fault]:
    path = tuple(error.absolute_path)
    where = dotted(path)
    lead = f"{where}: " if where else ""
    rule = error.validator
    if rule == "oneOf" and error.context:
        yield from _branch(document, error)
    elif rule == "additionalProperties":
        known = error.schema.get("properties", {})
        for key in error.instance:
            if key not in known:
                yield document.fault((*path, key), f"{lead}unknown key '{key}'", did_you_mean(key, known))
    elif rule == "required":
        # jsonschema makes one error for each missing key, and names it only in its message.
        missing = next((key for key in error.validator_value if f"'{key}'" in error.message), "")
        purpose = error.schema.get("properties", {}).get(missing, {}).get("description", "")
        yield document.fault(path, f"{lead}'{missing}' is missing", f"add it ({purpose.rstrip('.')})" if purpose else "add it")
    elif rule == "enum":
        yield document.fault(path, f"{lead}{_show(error.instance)} is not allowed", did_you_mean(error.instance, error.validator_value))
    elif rule == "type":
        wanted = error.validator_value if isinstance(error.validator_value, list) else [error.validator_value]
        yield document.fault(path, f"{lead}{_show(error.instance)} must be {' or '.join(_TYPES[kind] for kind in wanted)}", _purpose(error))
    elif rule == "pattern":
        yield document.fault(path, f"{lead}{_show(error.instance)} has the wrong form", _purpose(error))
    else:
        yield document.fault(path, f"{lead}{error.message}", _purpose(error))


def _branch(document: Document, error: t.Any) -> t.Iterator[Fault]:
    """Explain the alternative that the author meant: the one whose type fits."""
    depth = len(error.absolute_path)
    branches: dict[t.Any, list[t.Any]] = {}
    for inner in error.context:
        branches.setdefault(inner.schema_path[0], []).append(inner)
    for found in branches.values():
        if not any(inner.validator == "type" and len(inner.absolute_path) == depth for inner in found):
            for inner in found:
                yield from _explain(document, inner)
            return
    where = dotted(error.absolute_path)
    yield document.fault(error.absolute_path, f"{where}: {_show(error.instance)} has the wrong type", _purpose(error))


def _purpose(error: t.Any) -> str:
    text = error.schema.get("description", "")
    return f"expected: {text.rstrip('.')}" if text else "see docs/catalogue.md"


def _show(value: t.Any) -> str:
    text = json.dumps(value, ensure_ascii=False, default=str)
    return text if len(text) <= 60 else text[:57] + "..."


def dotted(path: t.Iterable[t.Any]) -> str:
    """('secrets', 0, 'path') -> secrets[0].path"""
    text = ""
    for part in path:
        text += f"[{part}]" if isinstance(part, int) else f".{part}" if text else str(part)
    return text


def fill(data: t.Any, schema: t.Any, root: t.Any) -> t.Any:
    """A copy of data with the schema's defaults filled in, at every depth."""
    while "$ref" in schema:
        schema = root["$defs"][schema["$ref"].rsplit("/", 1)[1]]
    if isinstance(data, dict) and "properties" in schema:
        filled = {key: fill(value, schema["properties"].get(key, {}), root) for key, value in data.items()}
        for key, inner in schema["properties"].items():
            if key not in filled and "default" in inner:
                filled[key] = copy.deepcopy(inner["default"])
        return filled
    if isinstance(data, list):
        if "oneOf" in schema:
            schema = next((branch for branch in schema["oneOf"] if branch.get("type") == "array"), {})
        return [fill(value, schema.get("items", {}), root) for value in data]
    if isinstance(data, dict) and "oneOf" in schema:
        for branch in schema["oneOf"]:
            if "$ref" in branch:
                return fill(data, branch, root)
    return data

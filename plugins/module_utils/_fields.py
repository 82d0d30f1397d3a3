# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Types of fields: what may be written, and the one form in which a system's answer and the declaration are compared.

Systems take «768h», «32d», 2764800 and "2764800" for one duration and answer with seconds; take «a,b» for a list; sort some lists and
keep others; answer null, "" or nothing for what is empty. Each type has one function that maps all of these to one value. A system adds
types of its own where it builds its tables: ``table("text: name", "claims: bound_claims", claims=function)``.
"""


from __future__ import annotations

import json
import re
import typing as t

from ansible_collections.unifiedmeta.platform.plugins.module_utils._plan import suggestion
from ansible_collections.unifiedmeta.platform.plugins.module_utils._secrets import holds_reference, is_reference

NO_REFERENCE = "must be a reference such as vault:<mount>/<path>#<key>, since it is a secret"
_UNITS = {"ns": 1e-9, "us": 1e-6, "µs": 1e-6, "ms": 1e-3, "s": 1, "m": 60, "h": 3600, "d": 86400}
_DURATION = re.compile(r"(\d+(?:\.\d+)?)(ns|us|µs|ms|s|m|h|d)")


def duration(value: t.Any) -> int:
    """Seconds. A number is seconds, a text is Go's notation (and ``d`` for days, as Vault has it). Raises ValueError."""
    if isinstance(value, bool) or not isinstance(value, (int, float, str, type(None))):
        raise ValueError("a duration such as 90s, 24h, 30d or a number of seconds")
    if value is None or value == "":
        return 0
    if isinstance(value, (int, float)):
        return int(value)
    text = value.strip()
    if re.fullmatch(r"-?\d+", text):
        return int(text)
    parts = _DURATION.findall(text)
    if not parts or "".join(number + unit for number, unit in parts) != text:
        raise ValueError("a duration such as 90s, 24h, 30d or a number of seconds")
    return int(sum(float(number) * _UNITS[unit] for number, unit in parts))


def _text(value: t.Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool) or not isinstance(value, (str, int, float)):
        raise ValueError("a text")
    return str(value)


def _pem(value: t.Any) -> str:
    return "\n".join(line.strip() for line in _text(value).strip().splitlines())


def _bool(value: t.Any) -> bool:
    if isinstance(value, str) and value.lower() in ("true", "false", ""):
        return value.lower() == "true"
    if value is None or isinstance(value, bool):
        return bool(value)
    raise ValueError("true or false")


def _int(value: t.Any) -> int:
    if isinstance(value, bool) or (isinstance(value, str) and value and not re.fullmatch(r"-?\d+", value)):
        raise ValueError("a whole number")
    if value is None or value == "" or isinstance(value, (int, str)):
        return int(value or 0)
    raise ValueError("a whole number")


def _list(value: t.Any) -> list[str]:
    """In the order given: statements are run in it."""
    if value is None or value == "":
        return []
    if isinstance(value, str):
        return [value]
    if isinstance(value, (list, tuple)) and all(isinstance(item, (str, int, float)) and not isinstance(item, bool) for item in value):
        return [str(item) for item in value]
    raise ValueError("a list of texts")


def _set(value: t.Any) -> list[str]:
    """Order and repetition mean nothing; a text is a list with commas."""
    items = [part.strip() for part in value.split(",")] if isinstance(value, str) else _list(value)
    return sorted({item for item in items if item})


def _pems(value: t.Any) -> list[str]:
    return sorted({_pem(item) for item in _list(value)})


def _map(value: t.Any) -> dict[str, str]:
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise ValueError("a map of texts")
    # In one order: a write-only map's fingerprint is of its text.
    return dict(sorted((str(key), _text(item) if not isinstance(item, bool) else str(item).lower()) for key, item in value.items()))


def _any(value: t.Any) -> t.Any:
    """Compared as it is; maps without order."""
    return json.loads(json.dumps(value, sort_keys=True)) if value is not None else {}


# A field's type: the function that brings a value to its one form, or raises ValueError with what it must be.
Type = t.Callable[[t.Any], t.Any]
TYPES: dict[str, Type] = {
    "text": _text, "pem": _pem, "pems": _pems, "bool": _bool, "int": _int, "duration": duration, "list": _list, "set": _set, "map": _map, "any": _any,
}


_NO_REFERENCES: set[Type] = set()


def no_reference(form: Type) -> Type:
    """For types that a system adds: fields of this one take no reference to a secret, since it would be taken for a name."""
    _NO_REFERENCES.add(form)
    return form


def table(*lines: str, **own: Type) -> dict[str, Type]:
    """``table("text: a b", "claims: c", claims=function)``: the types of the fields a, b and c. ``own``: types that a system adds to TYPES."""
    made: dict[str, Type] = {}
    for line in lines:
        kind, _colon, names = line.partition(":")
        made.update(dict.fromkeys(names.split(), own.get(kind) or TYPES[kind]))
    return made


def normal(types: dict[str, Type], values: dict[str, t.Any]) -> dict[str, t.Any]:
    """A system's answer in the form that is compared: only the fields of ``types``; what is missing is the type's empty value."""
    return {name: form(values.get(name)) for name, form in types.items()}


def checked(types: dict[str, Type], values: t.Any, where: str, faults: list[str], *, aliases: dict[str, str] | None = None,
            raw: t.Collection[str] = ()) -> dict[str, t.Any]:
    """A declaration in the form that is compared; every unknown name and wrong type is a sentence in ``faults``.

    ``aliases``: names of old that the system still takes -> the name it answers with. ``raw``: fields that are secrets, so only references will do, or a
    map that holds one.
    """
    if values is None:
        values = {}
    if not isinstance(values, dict):
        faults.append(f"{where}: must be a map, not {_kind_of(values)}")
        return {}
    made: dict[str, t.Any] = {}
    for given, value in values.items():
        name = (aliases or {}).get(given, given)
        if name not in types:
            faults.append(f"{where}: unknown key {given}{suggestion(given, types)}")
        elif name in made:
            faults.append(f"{where}: {name} is given twice, by its name and by one of old; give one of them")
        elif is_reference(value) and types[name] in _NO_REFERENCES:
            faults.append(f"{where}.{given}: takes no reference to a secret; give what it is")
        elif is_reference(value):
            made[name] = value
        elif name in raw and not holds_reference(value):
            # A secret in clear would stand in an inventory, and in whatever prints a task's arguments.
            faults.append(f"{where}.{given}: {NO_REFERENCE}")
            made[name] = value
        else:
            try:
                made[name] = types[name](value)
            except ValueError as error:
                # What ends in a bracket has told there what is wrong.
                faults.append(f"{where}.{given}: must be {error}" + ("" if str(error).endswith(")") else f", not {_kind_of(value)}"))
    return made


def _kind_of(value: t.Any) -> str:
    """How a wrong value is shown: its type, never the value of a text (it may be a secret)."""
    if isinstance(value, (bool, int, float)) or value is None:
        return json.dumps(value)
    return {str: "that text", list: "a list", dict: "a map"}.get(type(value), type(value).__name__)

# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
"""RKE2's configuration files on a node: written, read and merged as RKE2 merges them, without PyYAML, which a node need not have.

RKE2 maps each key to a flag, so that a value is a scalar or a list of scalars (https://docs.rke2.io/install/configuration).
"""

from __future__ import annotations

import json
import re
import typing as t

from ansible_collections.unifiedmeta.platform.plugins.module_utils._rke2.names import SECRET_KEYS, fingerprint

_KEY = re.compile(r"""^(?:"([^"]+)"|'([^']+)'|([A-Za-z0-9_.-]+\+?)) *:(?: +(.*)|)$""")
# Keys that YAML 1.1 takes for something else than a text.
_AMBIGUOUS = re.compile(r"y|yes|n|no|true|false|on|off|null|[^a-z].*", re.IGNORECASE)
_ITEM = re.compile(r"""("(?:[^"\\]|\\.)*"|'(?:[^']|'')*'|[^,"'][^,]*)\s*(?:,|$)\s*""")


class Unreadable(ValueError):
    """A configuration file that isn't of the form that RKE2 knows; the text names file and line."""


def emit(config: t.Mapping[str, t.Any], note: str = "") -> str:
    """The text of a configuration file: keys in order, lists a line an item. ``note``: the first line's comment."""
    lines = [f"# {note}"] if note else []
    for key in sorted(config):
        name, value = _scalar(key) if _AMBIGUOUS.fullmatch(key) else key, config[key]
        if isinstance(value, (list, tuple)):
            lines.append(f"{name}:" if value else f"{name}: []")
            lines.extend(f"  - {_scalar(item)}" for item in value)
        else:
            lines.append(f"{name}: {_scalar(value)}")
    return "\n".join(lines) + "\n"


def parse(text: str, place: str = "config.yaml") -> dict[str, t.Any]:
    """The content of a configuration file, keys with a trailing + kept. Raises Unreadable."""
    found: dict[str, t.Any] = {}
    open_list = None
    for number, raw in enumerate(text.splitlines(), 1):
        line = raw.rstrip()
        bare = line.strip()
        if not bare or bare.startswith("#") or bare in ("---", "..."):
            continue
        item = re.match(r"^\s*-(?: +(.*)|)$", line)
        if item and open_list is not None:
            if found[open_list] is None:
                found[open_list] = []
            found[open_list].append(_value(item.group(1) or "", f"{place}:{number}"))
            continue
        match = _KEY.match(line)
        if not match or line[0].isspace():
            raise Unreadable(f"{place}:{number}: «{_safe(bare)}» is no «key: value» and no item of a list; RKE2's configuration has no other form")
        key, rest = next(name for name in match.groups()[:3] if name is not None), _uncommented(match.group(4) or "")
        found[key] = _value(rest, f"{place}:{number}") if rest else None
        open_list = None if rest else key
    return found


def merge(parts: t.Iterable[t.Mapping[str, t.Any]]) -> dict[str, t.Any]:
    """What RKE2 makes of several files: the last value of a key, but ``key+`` adds to what is there."""
    whole: dict[str, t.Any] = {}
    for part in parts:
        for key, value in part.items():
            name = key.rstrip("+")
            if key.endswith("+") and name in whole:
                whole[name] = [*_listed(whole[name]), *_listed(value)]
            else:
                whole[name] = value
    return whole


def full_token(token: str, ca: str | None, user: str) -> str:
    """The token with which a node knows the cluster that it joins. ``ca``: hash of its CA, without it the token as it is. ``user``: server or node."""
    return f"K10{ca}::{user}:{token}" if ca and not token.startswith("K10") else token


def redact(config: t.Mapping[str, t.Any]) -> dict[str, t.Any]:
    """The configuration with fingerprints in the place of secrets."""
    return {key: fingerprint(str(value)) if key in SECRET_KEYS and value is not None else value for key, value in config.items()}


def _listed(value: t.Any) -> list[t.Any]:
    return list(value) if isinstance(value, (list, tuple)) else [] if value is None else [value]


def _scalar(value: t.Any) -> str:
    if isinstance(value, bool) or value is None:
        return json.dumps(value)
    # Python's own texts come as a class of Ansible's, which json writes as the text that it is.
    return str(value) if isinstance(value, (int, float)) else json.dumps(str(value), ensure_ascii=False)


def _uncommented(text: str) -> str:
    """A value without the comment behind it."""
    if text[:1] in ("\"", "'"):
        match = re.match(r"""("(?:[^"\\]|\\.)*"|'(?:[^']|'')*')\s*(?:#.*)?$""", text)
        return match.group(1) if match else text
    return re.sub(r"(^|\s+)#.*$", "", text).strip()


def _value(text: str, place: str) -> t.Any:
    text = _uncommented(text)
    if text.startswith("["):
        inner = text[1:-1].strip()
        if not text.endswith("]") or re.sub(_ITEM, "", inner):
            raise Unreadable(f"{place}: «{_safe(text)}» is no list of plain values")
        return [_plain(item.strip(), place) for item in _ITEM.findall(inner)]
    return _plain(text, place)


def _plain(text: str, place: str) -> t.Any:
    if text[:1] in ("{", "&", "*", "!", "|", ">", "["):
        raise Unreadable(f"{place}: «{_safe(text)}» is neither a plain value nor a list; RKE2's configuration has no other form")
    if text[:1] == "\"":
        try:
            return json.loads(text)
        except ValueError as error:
            raise Unreadable(f"{place}: a quoted text that doesn't end, or an escape that isn't known") from error
    if text[:1] == "'":
        return text[1:-1].replace("''", "'")
    if text.lower() in ("true", "false"):
        return text.lower() == "true"
    if text in ("", "null", "~"):
        return None
    return int(text) if re.match(r"^-?(0|[1-9][0-9]*)$", text) else text


def _safe(text: str) -> str:
    """What may be shown of a line: it may hold a secret."""
    return re.split(r"[:=\s]", text, maxsplit=1)[0][:40]

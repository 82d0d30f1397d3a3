# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Types of fields that Keycloak has besides the shared ones, and how sections are parsed. Pure."""

from __future__ import annotations

import functools
import re
import typing as t
import urllib.parse

from ansible_collections.unifiedmeta.platform.plugins.module_utils import _fields
from ansible_collections.unifiedmeta.platform.plugins.module_utils._keycloak import names
from ansible_collections.unifiedmeta.platform.plugins.module_utils._model import Desired

# What may follow the scheme of an address: no spaces, no control characters, nothing that RFC 3986 leaves out.
_ADDRESS = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:\S*[^\s<>\"{}|\\^`]")
# Schemes that a browser runs instead of going there.
_RUN = ("javascript", "data", "vbscript")


def _items(value: t.Any) -> list[str]:
    return _fields.TYPES["list"](value)


def _redirect(given: str) -> bool:
    if given.startswith("/"):
        return not re.search(r"\s", given) and not given.startswith("//")
    try:
        parts = urllib.parse.urlsplit(given)
        host = parts.hostname
    except ValueError:
        return False
    if not _ADDRESS.fullmatch(given) or parts.scheme.lower() in _RUN:
        return False
    # What stands before an @ is no host, whatever it looks like.
    return bool(host and "@" not in parts.netloc) if parts.scheme in ("http", "https") else bool(parts.path or parts.netloc)


def _each(given: t.Iterable[str], fault: str) -> str:
    return ", ".join(f"«{text}» {fault}" for text in given)


@_fields.no_reference
def redirects(value: t.Any) -> list[str]:
    """Addresses, or paths below the client's root URL; ``*`` may end their path, and stand nowhere else: Keycloak takes what is before it for a
    mere beginning, so ``https://*`` would be every address there is. Raises ValueError."""
    bad = [given for given in _items(value) if not _redirect(given)]
    if bad:
        raise ValueError(f"addresses such as https://host/path or paths such as /path/* ({_each(bad, 'is neither')})")
    loose = [given for given in _items(value) if "*" in given[:-1] or re.fullmatch(r"[^/]*:/*[^/]*\*", given)]
    if loose:
        raise ValueError(f"addresses whose path may end in *, such as https://host/path/* ({_each(loose, 'would send logins to hosts of others')})")
    return sorted(set(_items(value)))


@_fields.no_reference
def origins(value: t.Any) -> list[str]:
    """``+`` (those of the redirects), or scheme and host without a path; ``*`` would let the pages of anybody use a person's session. Raises
    ValueError."""
    bad = [given for given in _items(value) if given not in ("+", "") and not re.fullmatch(r"https?://[^/\s*]+", given)]
    if bad:
        raise ValueError(f"origins such as https://host, or + for those of the redirects ({_each(bad, 'is neither')})")
    return sorted(set(_items(value)))


def url(value: t.Any) -> str:
    """An address, or a path below the client's root URL, or nothing. Raises ValueError."""
    given = _fields.TYPES["text"](value)
    if given and "${" not in given and not _redirect(given):
        raise ValueError(f"an address such as https://host/path, or a path such as /path («{given}» is neither)")
    return given


@_fields.no_reference
def lists(value: t.Any) -> dict[str, list[str]]:
    """Attributes of roles, groups and users: a list of texts each. A single text is a list of one."""
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise ValueError("a map of texts or lists of texts")
    return {str(key): [str(item).lower() if isinstance(item, bool) else str(item) for item in (items if isinstance(items, list) else [items])]
            if items is not None else [] for key, items in value.items()}


@_fields.no_reference
def filled(value: t.Any) -> dict[str, list[str]]:
    """Attributes of users, where Keycloak drops empty texts."""
    return {name: [text for text in texts if text] for name, texts in lists(value).items()}


@_fields.no_reference
def by_client(value: t.Any) -> dict[str, list[str]]:
    """``{client: [roles]}``."""
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise ValueError("a map of a client to a list of its roles")
    return {str(client): _fields.TYPES["set"](roles if not isinstance(roles, str) else [roles]) for client, roles in value.items()}


@_fields.no_reference
def paths(value: t.Any) -> list[str]:
    """Paths of groups, each name escaped; a slash inside a name is written ``~/``."""
    return sorted({names.join(*names.split(path)) for path in _items(value)})


def lower(value: t.Any) -> str:
    """A text that Keycloak keeps in lower case: addresses of mail."""
    return _fields.TYPES["text"](value).lower()


def ssl(value: t.Any) -> str:
    """Which requests need TLS; another word is a server error (HTTP 500) to Keycloak. Raises ValueError."""
    if lower(value) not in ("", "all", "external", "none"):
        raise ValueError("all, external or none")
    return lower(value)


def policy(value: t.Any) -> str:
    """``length(12) and notUsername``: rules in the form that Keycloak answers with."""
    rules = [rule.strip() for rule in re.split(r"\sand\s", _fields.TYPES["text"](value))]
    return " and ".join(rule.removesuffix("()") for rule in rules if rule)


@_fields.no_reference
def exact(value: t.Any) -> list[str]:
    """A set of names that may hold commas."""
    return sorted(set(_items(value)))


@_fields.no_reference
def word(value: t.Any) -> str:
    """The name of a type or of another object."""
    return _fields.TYPES["text"](value)


table = functools.partial(_fields.table, redirects=redirects, origins=origins, url=url, lists=lists, filled=filled, by_client=by_client, paths=paths,
                          exact=exact, word=word, lower=lower, ssl=ssl, policy=policy)


def scope_rule(given: str) -> str:
    """The name of a client scope stands in tokens (RFC 6749, scope-token). Raises ValueError with what to do."""
    if not re.fullmatch(r"[\x21\x23-\x5b\x5d-\x7e]+", given):
        raise ValueError("use ASCII letters, digits and signs, without spaces, quotes and backslashes")
    return given


def content_map(desired: Desired, content: t.Any, where: str) -> dict[str, t.Any]:
    """The content of a section that must be a map of names."""
    if isinstance(content, dict):
        return content
    desired.faults.append(f"{where}: must be a map of names")
    return {}


def role_needs(realm: str, fields: dict[str, t.Any], realm_roles: str, client_roles: str) -> tuple[str, ...]:
    """Keys of the roles, and of their clients, that two fields of a declared object name: a client also where no role of it is left."""
    plain = fields.get(realm_roles) if isinstance(fields.get(realm_roles), list) else []
    inside = fields.get(client_roles) if isinstance(fields.get(client_roles), dict) else {}
    return (*(f"role:{names.join(realm, role)}" for role in plain),
            *(f"client:{names.join(realm, client)}" for client in inside),
            *(f"client_role:{names.join(realm, client, role)}" for client, roles in inside.items() for role in roles))

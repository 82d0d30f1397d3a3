# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Names of Keycloak's objects as parts of a key: ``<realm>/<client>/<role>``. They may hold slashes, spaces and every script."""

from __future__ import annotations


def escape(name: str) -> str:
    """A name as one part: ``/`` becomes ``~/``, as Keycloak itself writes it in the paths of groups, and ``~`` becomes ``~~``."""
    return name.replace("~", "~~").replace("/", "~/")


def join(*names: str) -> str:
    """``("platform", "a/b")`` -> ``platform/a~/b``."""
    return "/".join(map(escape, names))


def split(path: str) -> list[str]:
    """The names of a key or of a group's path; slashes at its ends count for nothing."""
    parts, escaped = [""], False
    for letter in path:
        if escaped:
            parts[-1] += letter if letter in "~/" else "~" + letter
            escaped = False
        elif letter == "~":
            escaped = True
        elif letter == "/":
            parts.append("")
        else:
            parts[-1] += letter
    parts[-1] += "~" if escaped else ""
    return [part for part in parts if part]


def above(path: str) -> str:
    """The key of what it lies in: ``platform/a~/b/role`` -> ``platform/a~/b``."""
    return join(*split(path)[:-1])


def realm_rule(given: str) -> str:
    """A realm's name stands in addresses. Raises ValueError with what to do."""
    if not given or not given.isascii() or not given.replace("-", "").replace("_", "").replace(".", "").isalnum():
        raise ValueError("use letters, digits, - _ and .")
    return given

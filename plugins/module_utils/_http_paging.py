# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
"""How APIs hand out long lists: by a link, by an offset, by a page's number. Each is what ``Http.pages`` asks for the next page."""

from __future__ import annotations

import typing as t


def by_link(response: t.Any, _found: list, _params: dict) -> str | None:
    """The Link header (RFC 8288), as Harbor has it: ``Http.pages`` knows what it is relative to."""
    return response.links.get("next", {}).get("url")


class _Counted:
    """Pages by a number. ``first``: the first page's parameters; without the size the server's own would end the list early without a word."""

    def __init__(self, name: str, start: int, step: int, size_name: str, size: int):
        self.name, self.step, self.size = name, step, size
        self.first = {name: start, size_name: size}

    def __call__(self, _response: t.Any, found: list, params: dict) -> dict[str, int] | None:
        return {self.name: int(params[self.name]) + self.step} if len(found) >= self.size else None


def by_offset(size: int, first: str = "first", maximum: str = "max") -> _Counted:
    """An offset and a size, as Keycloak has them."""
    return _Counted(first, 0, size, maximum, size)


def by_page(size: int, page: str = "page", per_page: str = "per_page") -> _Counted:
    """A page's number from 1 and a size, as ShellHub has them."""
    return _Counted(page, 1, 1, per_page, size)

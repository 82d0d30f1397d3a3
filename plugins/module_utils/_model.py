# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A declared object, and the desired state they make together: of any system."""

from __future__ import annotations

import typing as t
from dataclasses import dataclass, field

from ansible_collections.unifiedmeta.platform.plugins.module_utils import _secrets

_CONTROL = {*map(chr, range(32)), chr(127)}


@dataclass
class Item:
    """One declared object.

    ``kind`` and ``name`` (unique together); ``parent``: the name of what it lies in, such as a mount or a realm (``name`` then begins with it
    and a slash); ``fields``: declared values, normalised; ``where``: its place in the configuration, for messages; ``needs``: keys of items
    it can't exist without; ``extra``: what its kind needs besides.
    """

    kind: str
    name: str
    where: str
    fields: dict[str, t.Any] = field(default_factory=dict)
    parent: str = ""
    needs: tuple[str, ...] = ()
    extra: dict[str, t.Any] = field(default_factory=dict)

    @property
    def key(self) -> str:
        return f"{self.kind}:{self.name}"

    @property
    def leaf(self) -> str:
        """The name inside its parent."""
        return self.name[len(self.parent) + 1:] if self.parent else self.name


@dataclass
class Desired:
    """All declared objects by key; ``sections``: what the call speaks about (prune touches nothing else), as ``kind`` or ``kind:parent``."""

    items: dict[str, Item] = field(default_factory=dict)
    sections: set[str] = field(default_factory=set)
    faults: list[str] = field(default_factory=list)

    def add(self, item: Item) -> None:
        other = self.items.get(item.key)
        if other:
            self.faults.append(f"{item.where}: {item.kind} {item.name} is declared at {other.where} already; a name stands for one object")
        self.items[item.key] = item

    def of(self, kind: str) -> list[Item]:
        return [item for item in self.items.values() if item.kind == kind]

    def check_references(self) -> None:
        """A fault for each reference to a secret that is malformed."""
        for item in self.items.values():
            for name, value in item.fields.items():
                try:
                    list(_secrets.references(value))
                except _secrets.SecretError as error:
                    self.faults.append(f"{item.where}.{name}: {error}")

    def covers(self, key: str) -> bool:
        """Does the call speak about the object of that key, by its kind or by any part of its name that it may lie in?"""
        kind, _colon, name = key.partition(":")
        parts = name.split("/")
        return kind in self.sections or any(f"{kind}:{'/'.join(parts[:length])}" in self.sections for length in range(1, len(parts)))


def any_text(given: str) -> str:
    """The widest rule for names: spaces, slashes and every script are fine. Raises ValueError with what to do."""
    if not given or given != given.strip() or _CONTROL & set(given):
        raise ValueError("give a text without spaces at its ends and without control characters")
    return given


def named(desired: Desired, content: dict, where: str, rule: t.Callable[[str], str] = any_text) -> t.Iterator[tuple[str, t.Any, str]]:
    """Name, value and place of each entry whose name can be one. ``rule``: a given name -> the system's; raises ValueError with what to do."""
    for given, value in content.items():
        try:
            name = rule(str(given))
        except ValueError as error:
            desired.faults.append(f"{where}: «{given}» can't be a name; {error}")
            continue
        yield name, value, f"{where}.{given}"

# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A declared object of Vault, and the desired state they make together."""

from __future__ import annotations

import re
import typing as t
from dataclasses import dataclass, field

_PATH = re.compile(r"[^/\s]+(/[^/\s]+)*")


@dataclass
class Item:
    """One declared object.

    ``kind`` and ``name`` (unique together, ``name`` begins with its mount); ``mount``: its mount's path; ``fields``: declared values, normalised;
    ``where``: its place in the configuration, for messages; ``needs``: keys of items it can't exist without; ``extra``: what its kind needs besides.
    """

    kind: str
    name: str
    where: str
    fields: dict[str, t.Any] = field(default_factory=dict)
    mount: str = ""
    needs: tuple[str, ...] = ()
    extra: dict[str, t.Any] = field(default_factory=dict)

    @property
    def key(self) -> str:
        return f"{self.kind}:{self.name}"

    @property
    def leaf(self) -> str:
        """The name inside its mount."""
        return self.name[len(self.mount) + 1:] if self.mount else self.name


@dataclass
class Desired:
    """All declared objects by key; ``sections``: what the call speaks about (prune touches nothing else), as ``kind`` or ``kind:mount``."""

    items: dict[str, Item] = field(default_factory=dict)
    sections: set[str] = field(default_factory=set)
    faults: list[str] = field(default_factory=list)

    def add(self, item: Item) -> None:
        other = self.items.get(item.key)
        if other:
            self.faults.append(f"{item.where}: {item.kind} {item.name} is declared at {other.where} already; Vault holds one of that name")
        self.items[item.key] = item

    def of(self, kind: str) -> list[Item]:
        return [item for item in self.items.values() if item.kind == kind]


def named(desired: Desired, content: dict, where: str) -> t.Iterator[tuple[str, t.Any, str]]:
    """Name, value and place of each entry whose name can be a path; a slash at its end is dropped."""
    for given, value in content.items():
        name = str(given).strip().strip("/")
        if not _PATH.fullmatch(name) or any(part in (".", "..") for part in name.split("/")):
            desired.faults.append(f"{where}: «{given}» can't be a name; use letters, digits, - _ . and / between parts")
        else:
            yield name, value, f"{where}.{given}"

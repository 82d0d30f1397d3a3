# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What is there in Keycloak, as far as the call speaks about it."""

from __future__ import annotations

import typing as t
from dataclasses import dataclass, field


@dataclass
class World:
    """``raw``: Keycloak's answers by key, also of what isn't declared; ``ids``: its ids by key; ``objects``: what is declared, in the form that is
    compared; ``owned``: what the ledger calls ours, with its facts. Keys are ``<kind>:<realm>/<name>``, each part written as ``names.escape`` has it.
    Filled from many threads."""

    objects: dict[str, dict] = field(default_factory=dict)
    raw: dict[str, dict] = field(default_factory=dict)
    ids: dict[str, str] = field(default_factory=dict)
    owned: t.Mapping[str, dict] = field(default_factory=dict)

    def put(self, key: str, answer: dict[str, t.Any]) -> None:
        """An object as Keycloak told it."""
        self.raw[key] = answer
        if answer.get("id"):
            self.ids[key] = answer["id"]

    def drop(self, key: str) -> None:
        """It is gone."""
        self.raw.pop(key, None)
        self.ids.pop(key, None)

    def of(self, kind: str, parent: str) -> t.Iterator[tuple[str, dict]]:
        """Keys and answers of what lies in ``parent``."""
        start = f"{kind}:{parent}/"
        return ((key, answer) for key, answer in list(self.raw.items()) if key.startswith(start))

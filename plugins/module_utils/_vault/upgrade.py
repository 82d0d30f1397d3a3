# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A new version reads paths that automation's own policy, made by an older one, doesn't allow yet: that policy is part of the plan, so it goes first."""

from __future__ import annotations

import typing as t
from dataclasses import dataclass, field

from ansible_collections.unifiedmeta.platform.plugins.module_utils._http import ApiError
from ansible_collections.unifiedmeta.platform.plugins.module_utils._ledger import Ledger
from ansible_collections.unifiedmeta.platform.plugins.module_utils._model import Desired, Item
from ansible_collections.unifiedmeta.platform.plugins.module_utils._vault import world as worlds
from ansible_collections.unifiedmeta.platform.plugins.module_utils._vault.api import Vault


def pending(vault: Vault, desired: Desired, world: worlds.World, ledger: Ledger, own: t.Collection[str], adopt: bool) -> list[Item]:
    """Declared policies that our token carries, that are ours to change, and that differ from what is there."""
    found = []
    for item in desired.of("policy"):
        if item.name not in own or item.name not in (world.policies or {}) or not (adopt or ledger.owns(item.key)):
            continue
        kind, text = worlds.KINDS["policy"], (world.policies or {}).get(item.name)
        actual = kind.read(vault, item) if text is None else kind.view(item, {"policy": text})
        if actual != item.fields:
            found.append(item)
    return found


@dataclass
class Early:
    """``policies`` that must be updated before ``hidden`` can be seen; both empty where everything can."""

    policies: list[Item] = field(default_factory=list)
    hidden: list[str] = field(default_factory=list)

    def names(self) -> str:
        return ", ".join(item.name for item in self.policies)

    def warnings(self) -> list[str]:
        return [f"{what} can't be seen before the policy {self.names()} is updated; taken to be as declared" for what in self.hidden]


def fill(vault: Vault, desired: Desired, ledger: Ledger, world: worlds.World, own: t.Callable[[], t.Collection[str]], adopt: bool) -> Early:
    """``world.fill``; where that is refused and a policy of ours is going to change, what can't be seen yet counts as it is declared.

    ``own()``: the names of our token's policies. Raises the ApiError where no policy of ours is going to change.
    """
    try:
        worlds.fill(vault, desired, ledger, world)
        return Early()
    except ApiError as error:
        early = Early(pending(vault, desired, world, ledger, own(), adopt) if error.status == 403 else [])
        if not early.policies:
            raise
    worlds.fill(vault, desired, ledger, world, early.hidden)
    return early


def update(vault: Vault, early: Early) -> str:
    """Write those policies; the warning that says so. Only after the plan, as far as it could be seen, was refused by nothing."""
    for item in early.policies:
        worlds.KINDS["policy"].update(vault, item, item.fields, {})
    return f"our own policy {early.names()} was updated before the rest was read: the older one didn't allow that"

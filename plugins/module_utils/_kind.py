# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A kind of object, as far as every reconciler's plan and run need it. A system's kinds say where objects live and how they are written."""

from __future__ import annotations

import typing as t
from dataclasses import dataclass, field

from ansible_collections.unifiedmeta.platform.plugins.module_utils import _fields
from ansible_collections.unifiedmeta.platform.plugins.module_utils._model import Item

if t.TYPE_CHECKING:
    from ansible_collections.unifiedmeta.platform.plugins.module_utils import _secrets
    from ansible_collections.unifiedmeta.platform.plugins.module_utils._ledger import Ledger
    from ansible_collections.unifiedmeta.platform.plugins.module_utils._plan import Change
    from ansible_collections.unifiedmeta.platform.plugins.module_utils._planner import Planner
    from ansible_collections.unifiedmeta.platform.plugins.module_utils._reconcile import Apply


@dataclass(frozen=True)
class Step:
    """What a kind does besides writing fields, such as giving a database a password that nobody knows. ``before`` and ``after`` are shown;
    ``ahead``: facts that the ledger notes before it begins; ``facts``: once it is done. ``exclusive``: where there are facts ``ahead``, one run at a time is at
    the object, and notes a sign of life before each step; False where the facts are all there is to it."""

    before: dict[str, t.Any] = field(default_factory=dict)
    after: dict[str, t.Any] = field(default_factory=dict)
    ahead: dict[str, t.Any] = field(default_factory=dict)
    facts: dict[str, t.Any] = field(default_factory=dict)
    exclusive: bool = True


class Kind:
    """``label``: its name for people. ``wave``: when objects of it are made at the earliest; deletion goes the other way. ``fixed``: fields set at
    birth. ``write_only``: secrets that the system never shows. ``unseen``: never shown, no secret, of no use to compare. ``prunable`` False: it goes
    with what it needs, and is ours where that is. ``whole``: ``item.fields`` of an update hold all declared fields, not only those that are sent.
    ``clear``: write-only fields that may be declared in clear; any other without a reference is a fault. ``holds``: what goes with it when it is deleted:
    ``mapper/`` is every object of the kind ``mapper`` whose name begins with its own and a slash, ``service_account`` the one of the same name."""

    whole = False
    clear: tuple[str, ...] = ()

    def __init__(self, name: str, types: dict[str, _fields.Type] | None = None, *, wave: int = 0, label: str = "", fixed: tuple[str, ...] = (),
                 write_only: tuple[str, ...] = (), unseen: tuple[str, ...] = (), prunable: bool = True, holds: tuple[str, ...] = ()):
        self.name, self.types, self.wave, self.label = name, types or {}, wave, label or name.replace("_", " ")
        self.fixed, self.write_only, self.unseen, self.prunable, self.holds = fixed, write_only, unseen, prunable, holds

    # --- planning ----------------------------------------------------------------------------------------------------------------
    def fields(self, item: Item) -> dict[str, _fields.Type]:
        """The types of its fields."""
        return self.types

    def what(self, item: Item) -> str:
        """How errors call the object."""
        return f"{self.label} {item.name}"

    def plan(self, planner: Planner, item: Item) -> None:
        """Add to the plan what the declared object needs."""
        planner.object(item)

    def spared(self, item: Item, actual: dict | None, ledger: Ledger) -> t.Collection[str]:
        """Write-only fields that must not be sent any more."""
        return ()

    def step(self, item: Item, actual: dict | None, ledger: Ledger) -> Step | None:
        """What is to be done besides writing fields."""
        return None

    def needs(self, item: Item, references: t.Sequence[_secrets.Reference]) -> tuple[str, ...]:
        """Keys of changes that must succeed before its own. ``references``: the secrets that its fields name."""
        return item.needs

    def owners(self, item: Item) -> t.Collection[str]:
        """Keys of objects that make this one ours where they are."""
        return () if self.prunable else item.needs

    def exists(self, name: str, world: t.Any) -> bool:
        """Is an object of that name, which nobody declares, there? Prune asks. Only the system knows whether its world holds more than what is
        declared; where it does, the answer is ``f"{self.name}:{name}" in world.objects``."""
        raise TypeError(f"objects of the kind {self.label} can't be pruned: nothing tells whether one is there")

    def held(self, name: str, keys: t.Iterable[str]) -> list[str]:
        """Those of the ``keys`` that are gone where the object of that name is."""
        exact = {f"{kind}:{name}" for kind in self.holds if not kind.endswith("/")}
        below = tuple(f"{kind[:-1]}:{name}/" for kind in self.holds if kind.endswith("/"))
        return [key for key in keys if key in exact or (below and key.startswith(below))]

    def pruned(self, planner: Planner, name: str) -> None:
        """Prune will delete the object of that name: add a fault where the system would refuse that. All deletions are planned by now."""

    # --- the run -----------------------------------------------------------------------------------------------------------------
    def read(self, client: t.Any, item: Item) -> dict[str, t.Any] | None:
        """The object as it is now, None where there is none: asked where one that is made in steps couldn't be made."""
        return None

    def make(self, apply: Apply, item: Item, change: Change) -> None:
        """Carry out a change of the declared object."""
        apply.object(self, item, change)

    def create(self, client: t.Any, item: Item, body: dict) -> t.Any:
        """Make it. ``body``: its declared fields, secrets in clear; ``item.fields`` are the same."""
        raise TypeError(f"objects of the kind {self.label} can't be made")

    def update(self, client: t.Any, item: Item, body: dict, actual: dict) -> t.Any:
        """Change it. ``body``: the fields that differ, the secrets where they are to be sent, and the unseen ones. ``item.fields``: the same, but
        all declared fields where the kind is ``whole``, which is what a PUT that replaces needs (:func:`merged`). ``actual``: the object as it was read."""
        raise TypeError(f"objects of the kind {self.label} can't be changed")

    def finish(self, client: t.Any, item: Item, change: Change) -> None:
        """After it was written: the step, where there is one."""

    def revive(self, name: str, world: t.Any) -> Item:
        """The object of a name in the ledger."""
        return Item(self.name, name, "")

    def delete(self, client: t.Any, item: Item) -> None:
        """Remove it; one that is gone already is fine."""
        raise TypeError(f"objects of the kind {self.label} can't be deleted")


def merged(item: Item, body: dict, actual: dict) -> dict[str, t.Any]:
    """The body of a write that replaces the whole object: what is set but not declared is sent along, as it is. The kind must be ``whole``."""
    return {**{name: value for name, value in actual.items() if value not in ("", [], {})}, **item.fields, **body}

# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Declared objects of any system against what is there: the plan. Pure: the same for check mode, diff and the run.

Three kinds of field: compared ones; write-only ones, which the system never shows and whose keyed fingerprint the ledger holds; and unseen
ones, taken when something else is written. What exists and differs is updated where it is ours, adopted where that is asked for, a conflict otherwise.
"""

from __future__ import annotations

import typing as t
from dataclasses import dataclass, field

from ansible_collections.unifiedmeta.platform.plugins.module_utils import _secrets
from ansible_collections.unifiedmeta.platform.plugins.module_utils._fields import NO_REFERENCE
from ansible_collections.unifiedmeta.platform.plugins.module_utils._kind import Kind
from ansible_collections.unifiedmeta.platform.plugins.module_utils._ledger import Ledger
from ansible_collections.unifiedmeta.platform.plugins.module_utils._model import Desired, Item
from ansible_collections.unifiedmeta.platform.plugins.module_utils._plan import Change, Planned, Work, compare, levels, prunable
from ansible_collections.unifiedmeta.platform.plugins.module_utils._secrets import MASK


class Unknown:
    """The value of a secret that this very run is going to make."""

    def __repr__(self) -> str:
        return MASK


UNKNOWN = Unknown()


class World(t.Protocol):
    """What is there: ``objects``, by key, in the form that is compared; more for the system's own kinds."""

    objects: dict[str, dict]


@dataclass
class Options:
    """The module's options that change a plan."""

    adopt: bool = False
    prune: str = "none"


@dataclass
class _Fields:
    """A declared object's fields, sorted: ``plain`` are compared with the system's answer, ``secret`` are write-only, ``hidden`` must not be shown.
    ``references``: the secrets that they name."""

    plain: dict[str, t.Any] = field(default_factory=dict)
    secret: dict[str, t.Any] = field(default_factory=dict)
    hidden: set[str] = field(default_factory=set)
    references: list[_secrets.Reference] = field(default_factory=list)


class Planner:
    """``kinds`` by name. ``values(reference)``: a secret's value, or UNKNOWN where this very run makes it; raises SecretError where there is
    none. ``prints`` None: no fingerprint was ever kept. The plan grows in ``planned``."""

    def __init__(self, kinds: t.Mapping[str, Kind], desired: Desired, world: World, ledger: Ledger, values: t.Callable[[_secrets.Reference], t.Any],
                 prints: _secrets.Fingerprints | None, options: Options):
        self.kinds, self.desired, self.world, self.ledger = kinds, desired, world, ledger
        self.values, self.prints, self.options = values, prints, options
        self.planned = Planned()

    def plan(self) -> Planned:
        """The changes in the order of the run."""
        for item in self.desired.items.values():
            self.kinds[item.kind].plan(self, item)
        if self.options.prune == "owned":
            self._prune()
        self.planned.conflicts.sort()
        order = sorted(zip(levels(self.planned.changes), self.planned.changes), key=lambda pair: (pair[0], pair[1].kind, pair[1].name))
        self.planned.changes = [change for _level, change in order]
        return self.planned

    def add(self, action: str, item: Item, before: dict | None, after: dict | None, reason: str, work: Work, needs: tuple[str, ...] = ()) -> None:
        """One change more."""
        self.planned.changes.append(Change(action, item.kind, item.name, before, after, reason, self.kinds[item.kind].wave, needs, work))

    # --- one object --------------------------------------------------------------------------------------------------------------
    def object(self, item: Item) -> None:
        """How most kinds are planned."""
        kind, actual = self.kinds[item.kind], self.world.objects.get(item.key)
        fields = self._sorted(kind, item, kind.spared(item, actual, self.ledger))
        needs = kind.needs(item, fields.references)
        if actual is None:
            self._create(kind, item, fields, needs)
        else:
            self._update(kind, item, fields, needs, actual)

    def _sorted(self, kind: Kind, item: Item, spared: t.Collection[str]) -> _Fields:
        """References become values, in the form of their type; what can't be resolved is a fault, and so is a secret in clear. A map may hold
        references beside plain texts: it is hidden, compared and sent whole."""
        found, types = _Fields(), kind.fields(item)
        for name, declared in item.fields.items():
            value = declared
            if _secrets.holds_reference(declared):
                found.hidden.add(name)
                try:
                    named = list(_secrets.references(declared))
                    found.references += named
                    parts = {reference: self.values(reference) for reference in named}
                    value = UNKNOWN if UNKNOWN in parts.values() else types[name](_secrets.substitute(declared, parts.get))
                except (_secrets.SecretError, ValueError) as error:
                    self.planned.faults.append(f"{item.where}.{name}: {error}")
                    continue
            elif name in kind.write_only and name not in kind.clear:
                # It would stand in an inventory, and in whatever prints a task's arguments.
                self.planned.faults.append(f"{item.where}.{name}: {NO_REFERENCE}")
            if name in kind.write_only:
                if name not in spared:
                    found.secret[name] = value
                found.hidden.add(name)
            elif name not in kind.unseen:
                found.plain[name] = value
        return found

    def _create(self, kind: Kind, item: Item, fields: _Fields, needs: tuple[str, ...]) -> None:
        step = kind.step(item, None, self.ledger)
        shown = {name: MASK if name in fields.hidden else value for name, value in item.fields.items()}
        work = Work(dict(item.fields), step.ahead if step else {}, step.facts if step else {}, tuple(fields.secret), not step or step.exclusive)
        self.add("create", item, None, {**shown, **(step.after if step else {})}, "it doesn't exist", work, needs)

    def _update(self, kind: Kind, item: Item, fields: _Fields, needs: tuple[str, ...], actual: dict) -> None:
        differs = compare(fields.plain, actual)
        for name in [name for name in kind.fixed if name in differs]:
            was, wanted = map(repr, differs.pop(name))
            if name in fields.hidden:
                was, wanted = MASK, _origin(item.fields[name])
            self.planned.faults.append(f"{item.where}.{name}: the {kind.label} {item.name} has {was}, and it can't be changed to {wanted}; "
                                       "declare what is there, choose another name, or remove the object by hand")
        secrets = [name for name, value in fields.secret.items() if not self._unchanged(item, name, value)]
        step = kind.step(item, actual, self.ledger)
        before = {name: MASK if name in fields.hidden else pair[0] for name, pair in differs.items()}
        after = {name: _origin(item.fields[name]) if name in fields.hidden else pair[1] for name, pair in differs.items()}
        before.update({**dict.fromkeys(secrets, MASK), **(step.before if step else {})})
        after.update({**dict.fromkeys(secrets, f"{MASK} changed"), **(step.after if step else {})})
        owned = self.owned(item)
        if not owned and not self.options.adopt:
            if before:
                self.planned.conflicts.append(f"{kind.label} {item.name} exists, isn't ours and differs in {', '.join(sorted(before))}")
            return
        if owned and not before:
            return
        sent = [*differs, *secrets, *(kind.unseen if before else ())]
        ahead = (step.ahead if step else {}) if step or not owned else None
        body, facts = {name: item.fields[name] for name in sent if name in item.fields}, step.facts if step else {}
        work = Work(body, ahead, facts, tuple(secrets), not step or step.exclusive)
        turns = step is not None and set(before) == set(step.before)
        action = "adopt" if not owned else "rotate" if turns else "update"
        self.add(action, item, before, after, _REASONS[action], work, needs)

    def owned(self, item: Item) -> bool:
        """A part of an object of ours is ours."""
        return self.ledger.owns(item.key) or any(map(self.ledger.owns, self.kinds[item.kind].owners(item)))

    def _unchanged(self, item: Item, name: str, value: t.Any) -> bool:
        """Is a write-only field as we sent it last? Without a fingerprint nobody knows, so it is sent."""
        return (self.prints is not None and value is not UNKNOWN
                and self.ledger.fact(item.key, f"hmac_{name}") == self.prints.of(f"{item.key}.{name}", value))

    # --- what is no longer declared ----------------------------------------------------------------------------------------------
    def _prune(self) -> None:
        last = 2 * max(kind.wave for kind in self.kinds.values()) + 1

        def covered(key: str) -> bool:
            kind = self.kinds.get(key.partition(":")[0])
            return kind is not None and kind.prunable and self.desired.covers(key) and kind.exists(key.partition(":")[2], self.world)

        for key in prunable(self.ledger.objects, self.desired.items, covered):
            kind, _colon, name = key.partition(":")
            self.planned.changes.append(Change("delete", kind, name, {"exists": True}, None, "no longer declared", last - self.kinds[kind].wave))
        for change in [change for change in self.planned.changes if change.action == "delete"]:
            self.kinds[change.kind].pruned(self, change.name)


_REASONS = {"adopt": "it was made by somebody else", "rotate": "a rotation is due", "update": "it differs"}


def _origin(value: t.Any) -> str:
    """How a hidden value is shown: by where it comes from."""
    return f"{MASK} of {', '.join(str(reference) for reference in _secrets.references(value))}"

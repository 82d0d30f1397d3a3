# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The run of every reconciler after its plan: what refuses it, how it is carried out, what the ledger notes."""

from __future__ import annotations

import dataclasses
import re
import threading
import typing as t

from ansible_collections.unifiedmeta.platform.plugins.module_utils import _plan, _secrets
from ansible_collections.unifiedmeta.platform.plugins.module_utils._http import ApiError
from ansible_collections.unifiedmeta.platform.plugins.module_utils._kind import Kind
from ansible_collections.unifiedmeta.platform.plugins.module_utils._ledger import CasMismatch, ForeignLedger, Ledger
from ansible_collections.unifiedmeta.platform.plugins.module_utils._model import Desired, Item
from ansible_collections.unifiedmeta.platform.plugins.module_utils._planner import UNKNOWN

# What ends one change and is told with it; the others go on.
EXPECTED = (ApiError, CasMismatch, ForeignLedger, _secrets.SecretError)
_SCOPE = re.compile(r"[A-Za-z0-9]([A-Za-z0-9._-]*[A-Za-z0-9])?")


class Failed(_plan.Refused):
    """Some changes couldn't be made. ``outcomes``: one a change."""

    def __init__(self, outcomes: t.Sequence[_plan.Outcome]):
        self.outcomes = list(outcomes)
        done = any(outcome.state == "done" for outcome in outcomes)
        changes = [outcome.change.as_dict() for outcome in outcomes[:_plan.CAP]]
        super().__init__(_plan.failure(outcomes), (), {
            "changed": done, "plan": changes, "outcomes": [outcome.sentence() for outcome in outcomes[:_plan.CAP]]})


def scope_faults(scope: str) -> list[str]:
    """What is wrong with the option ``scope``, which becomes a part of a path."""
    return [] if _SCOPE.fullmatch(scope) else [f"scope: «{scope}» can't be one; use letters, digits, - _ and ."]


def refuse(planned: _plan.Planned, max_deletes: int) -> None:
    """Raises Refused where the plan may not be carried out."""
    if planned.faults:
        raise _plan.Refused("The configuration can't be applied; nothing was done", planned.faults)
    if planned.conflicts:
        raise _plan.Refused("Objects exist that are not ours and differ; nothing was done. Set adopt: true to take them over, or declare what is there",
                            planned.conflicts)
    _plan.guard([change for change in planned.changes if change.action == "delete"], max_deletes)


def values(resolver: _secrets.Resolver, born: t.Callable[[_secrets.Reference], bool] = lambda reference: False,
           unforeseen: t.Callable[[_secrets.Reference, Exception], bool] = lambda reference, error: False) -> t.Callable[[_secrets.Reference], t.Any]:
    """What a planner asks for secrets. ``born``: will this very run make it? It counts as existing, its value as UNKNOWN. ``unforeseen``: so
    does one that can't be read, where this says that it can't be known yet. Raises SecretError or ApiError."""
    def value(reference: _secrets.Reference) -> t.Any:
        if born(reference):
            return UNKNOWN
        try:
            return resolver.get(reference)
        except (_secrets.SecretError, ApiError) as error:
            if unforeseen(reference, error):
                return UNKNOWN
            raise
    return value


class Apply:
    """Makes changes one by one, called from many threads at once. ``client``: handed to the kinds. ``notes`` gathers, by key, the facts that the
    ledger keeps about what was made; ``gone`` the keys of what was deleted."""

    def __init__(self, client: t.Any, kinds: t.Mapping[str, Kind], desired: Desired, world: t.Any, ledger: Ledger, resolver: _secrets.Resolver,
                 prints: _secrets.Fingerprints | None = None):
        self.client, self.kinds, self.desired, self.world, self.ledger = client, kinds, desired, world, ledger
        self.resolver, self.prints = resolver, prints
        self.notes: dict[str, dict] = {}
        self.gone: list[str] = []
        self._lock = threading.Lock()

    def __call__(self, change: _plan.Change) -> None:
        """Raises one of EXPECTED."""
        kind = self.kinds[change.kind]
        if change.action == "delete":
            kind.delete(self.client, kind.revive(change.name, self.world))
            with self._lock:
                self.gone.append(change.key)
        else:
            kind.make(self, self.desired.items[change.key], change)

    def object(self, kind: Kind, item: Item, change: _plan.Change) -> None:
        """How most kinds are written: secrets resolved, fields sent, fingerprints and facts noted."""
        work, types = change.work, kind.fields(item)
        fields = {name: self._value(value, types[name]) for name, value in item.fields.items() if kind.whole or name in work.send}
        live, body = dataclasses.replace(item, fields=fields), {name: fields[name] for name in work.send}
        if change.action == "create":
            kind.create(self.client, live, body)
        elif body:
            kind.update(self.client, live, body, self.world.objects[item.key])
        kind.finish(self.client, item, change)
        facts = {**{f"hmac_{name}": self.prints.of(f"{item.key}.{name}", fields[name]) for name in work.prints}, **work.facts}
        if facts:
            self.note(item.key, facts)

    def _value(self, value: t.Any, form: t.Callable[[t.Any], t.Any]) -> t.Any:
        return form(self.resolver.resolve(value)) if _secrets.holds_reference(value) else value

    def note(self, key: str, facts: dict) -> None:
        """Facts for the ledger."""
        with self._lock:
            self.notes[key] = facts


def carry_out(changes: t.Sequence[_plan.Change], apply: Apply, run_all: t.Callable[[t.Callable, t.Iterable], list],
              prints: t.Callable[[], _secrets.Fingerprints | None]) -> list[_plan.Outcome]:
    """Ledger, objects, ledger. ``run_all``: such as ``Http.map``. ``prints``: makes the fingerprints' key, when it is needed first.

    Raises Failed after all that could be made was made and noted."""
    if apply.prints is None and any(change.work.prints for change in changes):
        apply.prints = prints()
    ahead = {change.key: change.work.ahead for change in changes if change.work.ahead is not None}
    if ahead:
        apply.ledger.update(ahead)
    outcomes = _plan.execute(changes, apply, run_all, EXPECTED)
    apply.ledger.update(apply.notes, apply.gone)
    if any(outcome.state != "done" for outcome in outcomes):
        raise Failed(outcomes)
    return outcomes

# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The run of every reconciler after its plan: what refuses it, how it is carried out, what the ledger notes."""

from __future__ import annotations

import dataclasses
import re
import secrets
import threading
import time
import typing as t

from ansible_collections.unifiedmeta.platform.plugins.module_utils import _http_effect, _plan, _secrets
from ansible_collections.unifiedmeta.platform.plugins.module_utils._http import ApiError
from ansible_collections.unifiedmeta.platform.plugins.module_utils._kind import Kind
from ansible_collections.unifiedmeta.platform.plugins.module_utils._ledger import CasMismatch, ForeignLedger, Ledger
from ansible_collections.unifiedmeta.platform.plugins.module_utils._model import Desired, Item
from ansible_collections.unifiedmeta.platform.plugins.module_utils._planner import UNKNOWN


class Overtaken(Exception):
    """Another run has taken over what this one was making."""


# What ends one change and is told with it; the others go on.
EXPECTED = (ApiError, CasMismatch, ForeignLedger, _secrets.SecretError, Overtaken, ValueError)
# Seconds without a sign of life from the run that is at the same object, after which it is taken for ended; how often such objects are looked at again.
PATIENCE, LOOKS = 10.0, 3
# The fact that says who is at an object made in steps: a random text, new at each step.
CLAIM = "claim"
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
        raise _plan.Refused("Objects exist that are not ours and differ; nothing was done. Set adopt: true (of a role, its variable, such as keycloak_adopt) "
                            "to take them over, or declare what is there", planned.conflicts)
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
    ledger keeps about what was made; ``gone`` the keys of what was deleted; ``overtaken`` what couldn't be made because another run had made it, or is at
    it; ``untouched`` the keys of what failed before anything of it can have been written; ``claims``, by key, what the ledger says while we are at an
    object that is made in steps."""

    def __init__(self, client: t.Any, kinds: t.Mapping[str, Kind], desired: Desired, world: t.Any, ledger: Ledger, resolver: _secrets.Resolver,
                 prints: _secrets.Fingerprints | None = None):
        self.client, self.kinds, self.desired, self.world, self.ledger = client, kinds, desired, world, ledger
        self.resolver, self.prints = resolver, prints
        self.notes: dict[str, dict] = {}
        self.gone: list[str] = []
        self.untouched: list[str] = []
        self.overtaken: list[_plan.Change] = []
        self.claims: dict[str, str] = {}
        self._lock = threading.Lock()

    def __call__(self, change: _plan.Change) -> None:
        """Raises one of EXPECTED."""
        kind = self.kinds[change.kind]
        if change.action == "delete":
            kind.delete(self.client, kind.revive(change.name, self.world))
            with self._lock:
                self.gone += [change.key, *kind.held(change.name, self.ledger.objects)]
            return
        with _http_effect.watched() as effect:
            try:
                kind.make(self, self.desired.items[change.key], change)
            except EXPECTED:
                if not effect.perhaps:
                    with self._lock:
                        self.untouched.append(change.key)
                raise

    def object(self, kind: Kind, item: Item, change: _plan.Change) -> None:
        """How most kinds are written: secrets resolved, fields sent, fingerprints and facts noted."""
        work, types = change.work, kind.fields(item)
        fields = {name: self._value(value, types[name]) for name, value in item.fields.items() if kind.whole or name in work.send}
        live, body = dataclasses.replace(item, fields=fields), {name: fields[name] for name in work.send}
        if change.action == "create":
            self._create(kind, live, body, change)
        elif body:
            self._hold(change)
            kind.update(self.client, live, body, self.world.objects[item.key])
        self._hold(change)
        kind.finish(self.client, item, change)
        if work.held:
            # A run beside this one waits for it.
            with self._lock:
                self.ledger.update({item.key: {**work.facts, CLAIM: None}})
        facts = {**{f"hmac_{name}": self.prints.of(f"{item.key}.{name}", fields[name]) for name in work.prints}, **work.facts}
        if facts:
            self.note(item.key, facts)

    def _create(self, kind: Kind, live: Item, body: dict, change: _plan.Change) -> None:
        """What is made in steps (its first password works once) may be refused because another run has come further with it meanwhile. Where the system
        would take that password at any time, nothing may be written over what is there."""
        self._hold(change)
        if change.work.held and kind.read(self.client, live) is not None:
            raise self._lost(change)
        try:
            kind.create(self.client, live, body)
        except ApiError as error:
            if change.work.held and error.status and kind.read(self.client, live) is not None:
                with self._lock:
                    self.overtaken.append(change)
            raise

    def _hold(self, change: _plan.Change) -> None:
        """Directly before each step: shows those who wait that we live. Raises Overtaken where it isn't ours any more."""
        if not change.work.held:
            return
        with self._lock, _http_effect.watched():
            claim, mine = new_claim(), self.claims.get(change.key)
            held = mine is not None and self.ledger.fact(change.key, CLAIM) == mine and not self.ledger.claim({change.key: {CLAIM: claim}})
            if held:
                self.claims[change.key] = claim
        if not held:
            raise self._lost(change)

    def _lost(self, change: _plan.Change) -> Overtaken:
        with self._lock:
            self.overtaken.append(change)
        return Overtaken("another run is at it too and has come further; run again once that one has ended")

    def _value(self, value: t.Any, form: t.Callable[[t.Any], t.Any]) -> t.Any:
        return form(self.resolver.resolve(value)) if _secrets.holds_reference(value) else value

    def note(self, key: str, facts: dict) -> None:
        """Facts for the ledger."""
        with self._lock:
            self.notes[key] = facts


def new_claim() -> str:
    """What the ledger says of an object while a run is at it."""
    return secrets.token_hex(8)


def settle(outcomes: list[_plan.Outcome]) -> list[_plan.Outcome]:
    """The outcomes. Raises Failed where a change couldn't be made."""
    if any(outcome.state != "done" for outcome in outcomes):
        raise Failed(outcomes)
    return outcomes


def carry_out(changes: t.Sequence[_plan.Change], apply: Apply, run_all: t.Callable[[t.Callable, t.Iterable], list],
              prints: t.Callable[[], _secrets.Fingerprints | None],
              look_again: t.Callable[[t.Sequence[_plan.Change]], tuple[t.Sequence[_plan.Change], Apply]] | None = None) -> list[_plan.Outcome]:
    """Ledger, objects, ledger. ``run_all``: such as ``Http.map``. ``prints``: makes the fingerprints' key, when it is needed first. ``look_again``:
    reads and plans anew, where another run was at an object that is made in steps (it is told what we have made so far); without it that is a failure.

    Raises Failed after all that could be made was made and noted."""
    done: list[_plan.Outcome] = []
    try:
        return _carry_out(changes, apply, run_all, prints, look_again, done)
    except (_plan.Refused, *EXPECTED) as error:
        if done:
            vars(error)["result"] = {**getattr(error, "result", {}), "changed": True}
        raise


def _carry_out(changes: t.Sequence[_plan.Change], apply: Apply, run_all: t.Callable, prints: t.Callable, look_again: t.Callable | None,
               done: list[_plan.Outcome]) -> list[_plan.Outcome]:
    """``done`` gathers what was made, whatever comes after it."""
    looks, broken = LOOKS if look_again else 1, []
    for look in range(looks):
        if look:
            changes, apply = look_again([outcome.change for outcome in done])
        if apply.prints is None and any(change.work.prints for change in changes):
            apply.prints = prints()
        theirs = _claim(changes, apply, look == 0 and look_again is not None)
        if theirs and look < looks - 1:
            _await(theirs, apply.ledger)
            continue
        outcomes: list[_plan.Outcome] = []
        try:
            outcomes = _plan.execute(changes, apply, run_all, EXPECTED)
            done += [outcome for outcome in outcomes if outcome.state == "done"]
        finally:
            apply.ledger.update(apply.notes, apply.gone, _never_made(outcomes, apply))
        broken = [outcome for outcome in outcomes if outcome.state != "done"]
        failed = [outcome.change for outcome in broken if outcome.state == "failed"]
        if not failed or look == looks - 1 or any(change not in apply.overtaken for change in failed):
            break
        _await(failed, apply.ledger)
    return settle([*done, *broken])


def _claim(changes: t.Sequence[_plan.Change], apply: Apply, patient: bool) -> list[_plan.Change]:
    """Notes what is going to be made. Returns what is made in steps and another run is at: it has noted so since we looked or, where we are ``patient``,
    it had begun before and there is no object yet (which a run that was ended leaves behind as well)."""
    ledger = apply.ledger
    begun = [change for change in changes if change.action == "create" and change.work.held and _noted(ledger, change.key, change.work.ahead)]
    if patient and begun:
        return begun
    apply.claims = {change.key: new_claim() for change in changes if change.work.held}
    ahead = {change.key: {**change.work.ahead, **({CLAIM: apply.claims[change.key]} if change.work.held else {})}
             for change in changes if change.work.ahead is not None}
    theirs = ledger.claim(ahead) if ahead else []
    return [change for change in changes if change.key in theirs and change.work.held]


def _never_made(outcomes: t.Sequence[_plan.Outcome], apply: Apply) -> list[str]:
    """Keys of what was noted ahead and for certain isn't there by us: it was refused before anything of it was written, or never tried. Were they to
    stay, what somebody makes by that name later would be ours."""
    theirs = {change.key for change in apply.overtaken}
    return [outcome.change.key for outcome in outcomes if outcome.change.work.ahead is not None and outcome.change.key not in theirs and (
        outcome.state == "skipped" or (outcome.state == "failed" and outcome.change.key in apply.untouched))]


def _noted(ledger: Ledger, key: str, facts: dict) -> bool:
    return all(ledger.fact(key, name) == value for name, value in facts.items())


def _await(changes: t.Sequence[_plan.Change], ledger: Ledger) -> None:
    """Until the other run has noted that it is done with these objects, or has noted nothing of them for PATIENCE: then it has ended, or will find at its
    next step that they are ours."""
    seen: dict[str, dict | None] | None = None
    deadline = 0.0
    while True:
        ledger.load()
        found = {change.key: ledger.objects.get(change.key) for change in changes}
        if found != seen:
            seen, deadline = found, time.monotonic() + PATIENCE
        if all(_noted(ledger, change.key, change.work.facts) for change in changes) or time.monotonic() > deadline:
            return
        time.sleep(0.25)

# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What every reconciler's plan is made of: changes, comparison, refusals, waves of work, a result to hand back. Pure, but for the plan's file."""

from __future__ import annotations

import difflib
import json
import os
import tempfile
import typing as t
from dataclasses import dataclass, field

CAP = 200
# So many are named where a plan is refused for deleting too much.
SHOWN = 20


class Refused(Exception):
    """Nothing was done. ``faults``: one sentence each; without a ``headline`` a single one stands for itself. ``result``: what a module returns besides."""

    def __init__(self, headline: str, faults: t.Iterable[str] = (), result: dict[str, t.Any] | None = None):
        self.headline, self.faults, self.result = headline, list(faults), result or {}
        if not headline and len(self.faults) == 1:
            super().__init__(self.faults[0])
        else:
            top = (headline or f"{len(self.faults)} faults") + (":" if self.faults else "")
            super().__init__("\n".join([top] + [f"- {fault}" for fault in self.faults]))


class Unforeseeable(Exception):
    """Check mode can't look: something that an earlier task of the run would do is missing. The text says what."""


@dataclass(frozen=True)
class Work:
    """What the run of a change needs and nobody is shown.

    ``send``: declared fields to write, references still unresolved. ``ahead``: facts that the ledger notes before it, None for none.
    ``facts``: those noted once it is done. ``prints``: write-only fields whose fingerprint is noted then. ``exclusive``: with facts ``ahead``, is one run
    at a time at it?
    """

    send: dict[str, t.Any] = field(default_factory=dict)
    ahead: dict[str, t.Any] | None = None
    facts: dict[str, t.Any] = field(default_factory=dict)
    prints: tuple[str, ...] = ()
    exclusive: bool = True

    @property
    def held(self) -> bool:
        """Is it made in steps, with a sign of life before each?"""
        return bool(self.ahead) and self.exclusive


@dataclass(frozen=True)
class Change:
    """One thing to do to one object. Values in ``before`` and ``after`` are redacted already.

    ``action``: create, update, delete, adopt or rotate. ``wave``: the earliest time, changes of a lower one are
    made first. ``needs``: keys of changes that must succeed before, whatever their wave. ``work``: never shown.
    """

    action: str
    kind: str
    name: str
    before: dict | None = None
    after: dict | None = None
    reason: str = ""
    wave: int = 0
    needs: tuple[str, ...] = ()
    work: Work = field(default_factory=Work, repr=False, compare=False)

    @property
    def key(self) -> str:
        return f"{self.kind}:{self.name}"

    def as_dict(self) -> dict[str, t.Any]:
        """The entry of the plan that a module returns."""
        fields = sorted(name for name in {*(self.before or {}), *(self.after or {})}
                        if (self.before or {}).get(name) != (self.after or {}).get(name) or self.after is None)
        return {"action": self.action, "kind": self.kind, "name": self.name, "fields": fields, **({"reason": self.reason} if self.reason else {})}


@dataclass
class Outcome:
    """What became of a change: ``done``, ``failed`` (``error`` says why) or ``skipped`` (``error`` says what it waited for)."""

    change: Change
    state: str
    error: str = ""

    def sentence(self) -> str:
        return f"{self.change.kind} {self.change.name}: {self.change.action} {self.state}" + (f": {self.error}" if self.error else "")


@dataclass
class Planned:
    """A plan and what it can't do: ``conflicts`` are objects of others, ``faults`` anything else that forbids the run."""

    changes: list[Change] = field(default_factory=list)
    conflicts: list[str] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)


def compare(desired: dict, actual: dict, *, ignored: t.Collection[str] = ()) -> dict[str, tuple]:
    """Declared fields that differ: name -> (before, after). Both sides are normalised by the caller; undeclared fields are not managed. What is
    empty is the same as what is missing, whatever sort of empty."""
    return {name: (actual.get(name), value) for name, value in desired.items()
            if name not in ignored and actual.get(name) != value and not (_empty(value) and _empty(actual.get(name)))}


def _empty(value: t.Any) -> bool:
    return value is None or value in ("", [], {})


def suggestion(word: str, known: t.Iterable[str]) -> str:
    """«; did you mean …?» or nothing."""
    near = difflib.get_close_matches(str(word), [str(item) for item in known], 1, 0.6)
    return f"; did you mean {near[0]}?" if near else ""


def prunable(owned: t.Iterable[str], declared: t.Collection[str], covered: t.Callable[[str], bool]) -> list[str]:
    """Keys to delete: made by this scope, no longer declared, and ``covered``: still there, and of a kind that this call speaks about."""
    return sorted(key for key in owned if key not in declared and covered(key))


def guard(deletes: t.Sequence[Change], limit: int) -> None:
    """Raises :class:`Refused`, with the first of them, when more than ``limit`` objects would be deleted."""
    if len(deletes) > limit:
        more = [f"and {len(deletes) - SHOWN} more: --check --diff with a higher max_deletes shows them"] if len(deletes) > SHOWN else []
        raise Refused(f"{len(deletes)} objects would be deleted, but max_deletes is {limit}; nothing was done. Declare them, or raise max_deletes",
                      [f"{change.kind} {change.name}" for change in deletes[:SHOWN]] + more)


def levels(changes: t.Sequence[Change]) -> list[int]:
    """When each change is made: its wave at the earliest, and after everything that it needs. Linear; what needs itself in a circle keeps its wave."""
    place = {change.key: number for number, change in enumerate(changes)}
    level = [change.wave for change in changes]
    children: dict[int, list[int]] = {}
    waits = [0] * len(changes)
    for number, change in enumerate(changes):
        for parent in {place[need] for need in change.needs if place.get(need, number) != number}:
            children.setdefault(parent, []).append(number)
            waits[number] += 1
    ready = [number for number, count in enumerate(waits) if not count]
    while ready:
        parent = ready.pop()
        for child in children.get(parent, ()):
            level[child] = max(level[child], level[parent] + 1)
            waits[child] -= 1
            if not waits[child]:
                ready.append(child)
    return level


def execute(changes: t.Sequence[Change], apply: t.Callable[[Change], t.Any],
            run_all: t.Callable[[t.Callable, t.Iterable], list] = lambda work, items: list(map(work, items)),
            errors: tuple[type[Exception], ...] = (Exception,)) -> list[Outcome]:
    """Make the changes, wave by wave, each wave by ``run_all`` (such as ``Http.map``).

    A failure stops what needs the object and nothing else; every change gets an outcome. ``errors``: what counts as a failure.
    """
    outcomes: list[Outcome] = []
    broken: dict[str, str] = {}

    def attempt(change: Change) -> Outcome:
        missing = next((need for need in change.needs if need in broken), None)
        if missing:
            return Outcome(change, "skipped", f"it needs {missing.replace(':', ' ', 1)}, which failed")
        try:
            apply(change)
        except errors as error:
            return Outcome(change, "failed", str(error) or type(error).__name__)
        return Outcome(change, "done")

    waves: dict[int, list[Change]] = {}
    for change, level in zip(changes, levels(changes)):
        waves.setdefault(level, []).append(change)
    for _level, wave in sorted(waves.items(), key=lambda item: item[0]):
        done = run_all(attempt, wave)
        outcomes += done
        broken.update({outcome.change.key: outcome.error for outcome in done if outcome.state != "done"})
    return outcomes


def diff(changes: t.Sequence[Change]) -> dict[str, dict]:
    """Ansible's diff: the changed fields before and after, by object; capped like the plan."""
    shown, left = changes[:CAP], len(changes) - CAP
    result: dict[str, dict] = {"before": {}, "after": {}}
    for change in shown:
        result["before"][f"{change.kind} {change.name}"] = change.before
        result["after"][f"{change.kind} {change.name}"] = change.after
    if left > 0:
        result["before"]["…"] = result["after"]["…"] = f"{left} more objects: see plan_file"
    return result


def result(changes: t.Sequence[Change], stats: dict[str, t.Any], warnings: t.Sequence[str] = (), *, plan_file: str | None = None,
           name: str = "plan") -> dict[str, t.Any]:
    """What a module returns. A plan of more than 200 changes lies whole, as JSON, in ``plan_file``; without it in the user's state folder, one file
    a ``name``, replaced by the next large plan of that name."""
    entries = [change.as_dict() for change in changes]
    made: dict[str, t.Any] = {"changed": bool(changes), "plan": entries[:CAP], "diff": diff(changes), "stats": stats}
    if warnings:
        made["warnings"] = list(warnings)
    if len(entries) > CAP or (plan_file and entries):
        made["plan_file"] = _write(entries, plan_file or _place(name))
        made["plan_size"] = len(entries)
    return made


def _place(name: str) -> str:
    """A file of the user's own (XDG base directories: state), so that large plans don't pile up in the folder for temporary files."""
    folder = os.path.join(os.environ.get("XDG_STATE_HOME") or os.path.expanduser("~/.local/state"), "unifiedmeta")
    os.makedirs(folder, mode=0o700, exist_ok=True)
    return os.path.join(folder, f"{name}.json")


def _write(entries: list[dict], name: str) -> str:
    """Owner-only from its first byte on: the plan holds no secret, yet it names every object of the site. Replaced in one step."""
    handle, path = tempfile.mkstemp(prefix=".plan-", suffix=".json", dir=os.path.dirname(os.path.abspath(name)))
    with os.fdopen(handle, "w", encoding="utf-8") as stream:
        json.dump(entries, stream, indent=1)
    os.replace(path, name)
    return name


def failure(outcomes: t.Sequence[Outcome]) -> str:
    """The message of a run that ended with failures: each object, those with one reason together, and how many went well."""
    bad = [outcome for outcome in outcomes if outcome.state != "done"]
    reasons: dict[tuple[str, str], list[Outcome]] = {}
    for outcome in bad:
        reasons.setdefault((outcome.state, outcome.error), []).append(outcome)
    lines = []
    for (state, error), same in reasons.items():
        names = [f"{outcome.change.kind} {outcome.change.name}" for outcome in same[:10]]
        if len(same) == 1:
            lines.append(f"- {same[0].sentence()}")
        else:
            more = f" and {len(same) - 10} more" if len(same) > 10 else ""
            lines.append(f"- {len(same)} objects {state}: {error} ({', '.join(names)}{more})")
    if len(lines) > CAP:
        lines[CAP:] = [f"- and {len(lines) - CAP} more"]
    return f"{len(outcomes) - len(bad)} of {len(outcomes)} changes were made; run again after repairing the rest:\n" + "\n".join(lines)

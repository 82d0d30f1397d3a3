# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Tells, at the end of a run, what exists now, where its credentials are kept, and how long each phase took."""
from __future__ import annotations

DOCUMENTATION = r"""
---
name: phases
type: aggregate
short_description: What exists now, and the time of each phase
version_added: 0.1.0
description:
  - Ends a run with a table of the systems, their URLs and the places of their credentials, and one of the phases with their times.
  - A play is a phase. The systems are what the plays handed over with M(ansible.builtin.set_stats) as C(platform_summary), a list of
    dictionaries with the keys C(system), C(url) and C(credentials); a value that is no path or URL does not belong there.
  - Lines for a shell to look at it come as C(platform_hints).
  - What was taken away comes as C(platform_removed), a list of dictionaries with the keys C(object) and C(action).
requirements:
  - To be enabled, for example with the environment variable E(ANSIBLE_CALLBACKS_ENABLED).
author:
  - UnifiedMeta Platform Engineering (@unifiedmeta)
"""

import time
import typing as t
from dataclasses import dataclass

from ansible.plugins.callback import CallbackBase


@dataclass
class Phase:
    """A phase: its name, when it began and ended (monotonic seconds), the tasks that changed something, those that failed."""

    name: str
    began: float
    ended: float = 0.0
    changed: int = 0
    failed: int = 0


def span(seconds: float) -> str:
    """Returns a duration for people."""
    if seconds < 60:
        return f"{seconds:.1f} s"
    return f"{int(seconds) // 60} min {int(seconds) % 60:02d} s"


def table(head: t.Sequence[str], rows: t.Sequence[t.Sequence[str]]) -> list[str]:
    """Returns the lines of a table whose columns are as wide as their widest cell."""
    widths = [max(len(str(row[column])) for row in [head, *rows]) for column in range(len(head))]
    lines = ["  ".join(str(cell).ljust(width) for cell, width in zip(row, widths)).rstrip() for row in [head, ["-" * w for w in widths], *rows]]
    return ["  " + line for line in lines]


def merged(phases: t.Sequence[Phase]) -> list[Phase]:
    """Returns the phases with neighbours of one name (several plays of one playbook) made one."""
    found: list[Phase] = []
    for phase in phases:
        if found and found[-1].name == phase.name:
            last = found[-1]
            found[-1] = Phase(last.name, last.began, phase.ended, last.changed + phase.changed, last.failed + phase.failed)
        else:
            found.append(phase)
    return found


def word(phase: Phase) -> str:
    """Returns what became of a phase."""
    if phase.failed:
        return "failed"
    return f"{phase.changed} changed" if phase.changed else "nothing to change"


def report(phases: t.Sequence[Phase], custom: dict[str, t.Any]) -> list[str]:
    """Returns the lines of the whole report. custom: the statistics that the plays set for the run."""
    lines, phases = [], merged(phases)
    removed = custom.get("platform_removed") or []
    # A phase may change how a system is got into: its own row stands in the place of an earlier one.
    systems = {row.get("system", ""): row for row in custom.get("platform_summary") or []}
    if systems:
        rows = [[name, row.get("url", ""), row.get("credentials", "")] for name, row in systems.items()]
        lines += ["", "What exists now:", *table(["System", "URL", "Credentials are kept in"], rows)]
    if custom.get("platform_hints"):
        lines += ["", "To look at it:", *(f"  {line}" for line in custom["platform_hints"])]
    if removed:
        lines += ["", "What was taken away:", *(f"  {row.get('object')}: {row.get('reason') or row.get('action')}" for row in removed)]
    if phases:
        rows = [[phase.name, span(phase.ended - phase.began), word(phase)] for phase in phases]
        rows.append(["total", span(phases[-1].ended - phases[0].began), word(Phase("", 0, 0, sum(p.changed for p in phases), sum(p.failed for p in phases)))])
        lines += ["", "Phases:", *table(["Phase", "Time", "Result"], rows)]
        if not any(phase.changed or phase.failed for phase in phases):
            lines += ["", "Everything was as it should be: nothing was changed."]
    return lines


class CallbackModule(CallbackBase):
    """Collects the phases and prints the report."""

    CALLBACK_VERSION = 2.0
    CALLBACK_TYPE = "aggregate"
    CALLBACK_NAME = "unifiedmeta.platform.phases"
    CALLBACK_NEEDS_ENABLED = True

    def __init__(self, *args: t.Any, **kwargs: t.Any) -> None:
        super().__init__(*args, **kwargs)
        self.phases: list[Phase] = []

    def _close(self) -> None:
        if self.phases and not self.phases[-1].ended:
            self.phases[-1].ended = time.monotonic()

    def v2_playbook_on_play_start(self, play: t.Any) -> None:
        """Begins a phase."""
        self._close()
        self.phases.append(Phase(play.get_name().strip(), time.monotonic()))

    def v2_runner_on_ok(self, result: t.Any) -> None:
        """Counts a task that changed something."""
        if self.phases and result._result.get("changed"):
            self.phases[-1].changed += 1

    def v2_runner_on_failed(self, result: t.Any, ignore_errors: bool = False) -> None:
        """Counts a task that failed and was not meant to."""
        if self.phases and not ignore_errors:
            self.phases[-1].failed += 1

    def v2_runner_on_unreachable(self, result: t.Any) -> None:
        """Counts a host that could not be reached."""
        self.v2_runner_on_failed(result)

    def v2_playbook_on_stats(self, stats: t.Any) -> None:
        """Prints the report."""
        self._close()
        for line in report(self.phases, stats.custom.get("_run", {})):
            self._display.display(line)

# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Faults of a catalogue: collected, placed (file and line), and reported all at once."""

from __future__ import annotations

import difflib
import typing as t
from dataclasses import dataclass


@dataclass(frozen=True)
class Fault:
    """One thing that is wrong.

    file: path as a person would type it, or the name of an inventory variable; line: from 1, 0 where there is none;
    what: what is wrong; advice: what to do about it. Reads «file:line: what; advice».
    """

    file: str
    line: int
    what: str
    advice: str = ""

    def __str__(self) -> str:
        place = f"{self.file}:{self.line}" if self.line else self.file
        return f"{place}: {self.what}" + (f"; {self.advice}" if self.advice else "")


class CatalogError(Exception):
    """The catalogue, or what a site says about it, is faulty. `faults` are sorted by place."""

    def __init__(self, faults: t.Iterable[Fault]) -> None:
        self.faults = sorted(set(faults), key=lambda fault: (fault.file, fault.line, fault.what))
        count = len(self.faults)
        head = "The catalogue has 1 fault" if count == 1 else f"The catalogue has {count} faults"
        super().__init__("\n".join([f"{head}; nothing was changed:", *(f"  {fault}" for fault in self.faults)]))


def did_you_mean(word: object, known: t.Iterable[object], cutoff: float = 0.6) -> str:
    """Advice for a word that isn't known: the closest known one, or all of them when they are few. cutoff: how close, from 0 to 1."""
    names = sorted({str(name) for name in known})
    lower = {name.lower(): name for name in names}
    close = difflib.get_close_matches(str(word).lower(), sorted(lower), n=1, cutoff=cutoff)
    if close:
        return f"did you mean '{lower[close[0]]}'?"
    if len(names) == 1:
        return f"there is only '{names[0]}'"
    return "known are " + ", ".join(names) if 1 < len(names) <= 12 else ""

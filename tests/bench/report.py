"""The measured times as the tables of docs/performance.md. Pure."""
from __future__ import annotations

import dataclasses
import statistics

from tests.bench.measure import Fit

MARK = "<!-- measured: {part}: {end} -->"


@dataclasses.dataclass(frozen=True)
class Rules:
    """What is compared and what is promised. ``faster``: how many times, by run; ours less the empty play is at most ``factor`` times the floor and
    ``more`` seconds. ``task``: what the loop does one of at a time."""

    module: str
    collection: str
    library: str
    task: str
    faster: dict[str, int]
    factor: float
    more: float


@dataclasses.dataclass(frozen=True)
class Sizes:
    """How much the floor and ours make (``whole``) and the peer (``part``), as numbers of the loop's tasks and in words."""

    whole: int
    whole_text: str
    part: int
    part_text: str


VAULT = Rules("vault_config", "community.hashi_vault", "hvac", task="object", faster={"first": 60, "second": 60}, factor=2, more=0.7)


def table(head: list[str], rows: list[list]) -> str:
    """A Markdown table."""
    lines = ["| " + " | ".join(map(str, row)) + " |" for row in [head, ["---"] * len(head), *rows]]
    return "\n".join(lines) + "\n"


def spread(values: list[float]) -> str:
    """Median with the smallest and largest value, in seconds."""
    return f"{statistics.median(values):.2f} ({min(values):.2f}–{max(values):.2f})" if len(values) > 1 else f"{values[0]:.2f}"


def scaled(sample: float, empty: float, size: int, wanted: int) -> float:
    """A loop's seconds for ``wanted`` objects, from the seconds of ``size``: what is not Ansible's own start grows with the number."""
    return empty + (sample - empty) * wanted / size


def peers(times: dict, size: Sizes, rules: Rules) -> str:
    """``times``: lists of seconds: empty, and for first and second run each: floor, ours, peer (of the part)."""
    middle = {name: statistics.median(values) for name, values in times.items()}
    rows = []
    for run in ("first", "second"):
        loop = scaled(middle[f"peer {run}"], middle["empty"], size.part, size.whole)
        own, floor = middle[f"ours {run}"], middle[f"floor {run}"]
        least = rules.factor * floor + rules.more
        rows += [
            [f"**{run} run**", "", ""],
            [f"loop of `{rules.collection}`, {size.part_text}", spread(times[f"peer {run}"]),
             "" if size.part == size.whole else f"{(middle[f'peer {run}'] - middle['empty']) / size.part:.2f} s {_a(rules.task)}"],
            *([] if size.part == size.whole else [[f"the same for {size.whole_text}, scaled up", f"{loop:.0f}", f"{size.whole} {rules.task}s"]]),
            [f"floor: bare threads with `{rules.library}`, {size.whole_text}", spread(times[f"floor {run}"]), ""],
            [f"**`{rules.module}`, {size.whole_text}**", spread(times[f"ours {run}"]),
             f"**{loop / own:.0f} times** faster than the loop (target: {rules.faster[run]}){'' if loop / own >= rules.faster[run] else ': missed'}"],
            ["less the empty play", f"{own - middle['empty']:.2f}",
             f"at most {rules.factor:g} × floor + {rules.more:g} s = {least:.2f}: {'met' if own - middle['empty'] <= least else 'missed'}"],
        ]
    rows.insert(0, ["a play with one task that does nothing", spread(times["empty"]), ""])
    return table(["what", "seconds", ""], rows)


def _a(word: str) -> str:
    return f"{'an' if word[0] in 'aeiou' else 'a'} {word}"


def sizes(points: dict[str, list[tuple[int, float]]], fits: dict[str, Fit], unit: str = "object") -> str:
    """``points``: for each run the (objects, seconds less the empty play)."""
    head = [f"{unit}s", *[part for run in points for part in (f"{run} run, s", "off the line, s")]]
    rows = []
    for index, (size, _seconds) in enumerate(next(iter(points.values()))):
        rows.append([f"{size:,}", *[part for run in points for part in (f"{points[run][index][1]:.2f}", f"{fits[run].residuals[index]:+.2f}")]])
    lines = [f"- {run} run: {fits[run].intercept:.2f} s + {fits[run].slope * 1000:.2f} ms {_a(unit)}, R² = {fits[run].r_squared:.4f}" for run in points]
    return table(head, rows) + "\n" + "\n".join(lines) + "\n"


def plans(times: dict[int, list[float]]) -> str:
    return table(["components", "seconds"], [[number, spread(values)] for number, values in times.items()])


def insert(document: str, part: str, measured: str) -> str:
    """The document with what stands between the two marks of a part replaced. Raises ValueError where it has no such marks."""
    begin, end = (MARK.format(part=part, end=end) for end in ("begin", "end"))
    before, found, rest = document.partition(begin)
    _old, closed, after = rest.partition(end)
    if not (found and closed):
        raise ValueError(f"the document has no place for {part}: it needs the lines «{begin}» and «{end}»")
    return f"{before}{begin}\n{measured.strip()}\n{end}{after}"

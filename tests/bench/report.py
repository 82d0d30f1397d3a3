"""The measured times as the tables of docs/performance.md. Pure."""
from __future__ import annotations

import statistics

from tests.bench.measure import Fit

BEGIN, END = "<!-- measured: begin -->", "<!-- measured: end -->"


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


def peers(times: dict, size: int, sample: int) -> str:
    """``times``: lists of seconds: empty, and for first and second run each: floor, ours, peer (of ``sample`` objects)."""
    middle = {name: statistics.median(values) for name, values in times.items()}
    rows = []
    for run in ("first", "second"):
        loop = scaled(middle[f"peer {run}"], middle["empty"], sample, size)
        own, floor = middle[f"ours {run}"], middle[f"floor {run}"]
        rows += [
            [f"**{run} run**", "", ""],
            [f"loop of `community.hashi_vault`, {sample} objects", spread(times[f"peer {run}"]),
             "" if sample == size else f"{(middle[f'peer {run}'] - middle['empty']) / sample:.2f} s an object"],
            *([] if sample == size else [[f"the same for {size}, scaled up", f"{loop:.0f}", ""]]),
            [f"floor: bare threads with `hvac`, {size} objects", spread(times[f"floor {run}"]), ""],
            [f"**`vault_config`, {size} objects**", spread(times[f"ours {run}"]), f"**{loop / own:.0f} times** faster than the loop (target: 60)"],
            ["less the empty play", f"{own - middle['empty']:.2f}",
             f"at most 2 × floor + 0.7 s = {2 * floor + 0.7:.2f}: {'met' if own - middle['empty'] <= 2 * floor + 0.7 else 'missed'}"],
        ]
    rows.insert(0, ["a play with one task that does nothing", spread(times["empty"]), ""])
    return table(["what", "seconds", ""], rows)


def sizes(points: dict[str, list[tuple[int, float]]], fits: dict[str, Fit]) -> str:
    """``points``: for each run the (objects, seconds less the empty play)."""
    head = ["objects", *[part for run in points for part in (f"{run} run, s", "off the line, s")]]
    rows = []
    for index, (size, _seconds) in enumerate(next(iter(points.values()))):
        rows.append([f"{size:,}", *[part for run in points for part in (f"{points[run][index][1]:.2f}", f"{fits[run].residuals[index]:+.2f}")]])
    lines = [f"- {run} run: {fits[run].intercept:.2f} s + {fits[run].slope * 1000:.2f} ms an object, R² = {fits[run].r_squared:.4f}" for run in points]
    return table(head, rows) + "\n" + "\n".join(lines) + "\n"


def plans(times: dict[int, list[float]]) -> str:
    return table(["components", "seconds"], [[number, spread(values)] for number, values in times.items()])


def insert(document: str, measured: str) -> str:
    """The document with what stands between its two marks replaced."""
    before, _mark, rest = document.partition(BEGIN)
    return f"{before}{BEGIN}\n{measured.strip()}\n{END}{rest.partition(END)[2]}"

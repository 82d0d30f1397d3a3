"""Measures, and writes docs/performance.md.

    python -m tests.bench                      # all of it; about ten minutes on two idle cores
    python -m tests.bench --what peers --runs 1 --sample 60
    python -m tests.bench --write              # puts the tables into docs/performance.md
"""
from __future__ import annotations

import argparse
import datetime
import os
import pathlib
import platform
import statistics
import sys
import tempfile

# Makes the collection importable, as in the tests.
import conftest  # noqa: F401  pylint: disable=unused-import
from tests.bench import measure, peer, plan, report
from tests.lab.bao import ROOT

DOCUMENT = ROOT / "docs/performance.md"


def peers(bench: measure.Bench, options) -> str:
    """500 objects: the loop, the floor, ours; every round with fresh servers, the subjects in turn."""
    peer.collections()
    names = [f"{who} {run}" for who in ("peer", "floor", "ours") for run in ("first", "second")]
    times: dict[str, list[float]] = {name: [] for name in ["empty", *names]}
    bench.empty()  # warms the disk's cache
    for _round in range(options.runs):
        times["empty"] += [bench.empty(), bench.empty()]
        with bench.server() as server:
            times["floor first"].append(bench.floor(server, options.size, "write"))
            times["floor second"].append(bench.floor(server, options.size, "check"))
        with bench.server() as server:
            times["ours first"].append(bench.ours(server, options.size, "first"))
            times["ours second"].append(bench.ours(server, options.size, "second"))
        with bench.server() as server:
            times["peer first"].append(bench.peer(server, options.sample, "first"))
            times["peer second"].append(bench.peer(server, options.sample, "second"))
    return f"### {options.size} objects, against the loop and the floor\n\n" + report.peers(times, options.size, options.sample)


def sizes(bench: measure.Bench, options) -> str:
    """The cost against the number of objects."""
    empty = statistics.median(bench.empty() for _unused in range(3))
    taken: dict[str, dict[int, list[float]]] = {"first": {}, "second": {}}
    for size in options.sizes:
        for _round in range(options.runs):
            with bench.server() as server:
                for run in taken:
                    taken[run].setdefault(size, []).append(bench.ours(server, size, run) - empty)
    points = {run: [(size, statistics.median(values)) for size, values in found.items()] for run, found in taken.items()}
    fits = {run: measure.fit(found) for run, found in points.items()}
    return (f"### Cost against size\n\n`vault_config` less the empty play ({empty:.2f} s), medians of {options.runs}, and the straight line through them:\n\n"
            + report.sizes(points, fits))


def plans(bench: measure.Bench, options) -> str:
    """The catalogue's plan."""
    times: dict[int, list[float]] = {}
    for wanted in (plan.real(), 60, 120):
        for number in range(options.runs + 2):
            found, seconds = plan.measure(bench.folder / f"catalog{wanted}-{number}", wanted)
            times.setdefault(found, []).append(seconds)
            bench.say(f"plan of {found} components", seconds)
    return (f"### The plan of the catalogue\n\nThe collection's own {plan.real()} components, then with copies of one of them added. "
            "Target: under 1 s for 60.\n\n" + report.plans(times))


def head(options, loads: list[float]) -> str:
    """What the numbers were taken on."""
    model = next((line.split(":")[1].strip() for line in pathlib.Path("/proc/cpuinfo").read_text("utf-8").splitlines() if "model name" in line), "unknown")
    # More runnable processes than the benchmark itself ever has: other work was going on.
    noisy = max(loads) > 3.0
    text = (f"Measured {datetime.datetime.now(datetime.timezone.utc):%Y-%m-%d} with `{' '.join(['python -m tests.bench', *sys.argv[1:]])}`: "
            f"{os.cpu_count()} cores ({model}), Python {platform.python_version()}, {platform.system()} {platform.release().split('-')[0]}; "
            f"medians of {options.runs} "
            f"(smallest–largest). Load average {', '.join(f'{load:.1f}' for load in loads)} before each part and at the end")
    return text + (": **other work ran on this machine meanwhile**.\n" if noisy else ".\n")


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__.splitlines()[0])
    parser.add_argument("--what", choices=["peers", "sizes", "plan", "all"], default="all")
    parser.add_argument("--runs", type=int, default=3, help="rounds of each measurement")
    parser.add_argument("--size", type=int, default=500, help="objects of the comparison")
    parser.add_argument("--sample", type=int, default=60, help="objects of the peer's loop, which is scaled up")
    parser.add_argument("--sizes", type=lambda text: [int(part) for part in text.split(",")], default=[10, 100, 1000, 5000])
    parser.add_argument("--write", action="store_true", help=f"write the tables into {DOCUMENT.relative_to(ROOT)}")
    options = parser.parse_args()
    parts = {"peers": peers, "sizes": sizes, "plan": plans}
    loads, texts = [os.getloadavg()[0]], []
    with tempfile.TemporaryDirectory(prefix="bench-") as name:
        bench = measure.Bench(pathlib.Path(name))
        for what, part in parts.items():
            if options.what in (what, "all"):
                texts.append(part(bench, options))
                loads.append(os.getloadavg()[0])
    measured = "\n".join([head(options, loads), *texts])
    print(measured)
    if options.write:
        DOCUMENT.write_text(report.insert(DOCUMENT.read_text("utf-8"), measured), "utf-8")


if __name__ == "__main__":
    main()

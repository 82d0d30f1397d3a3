"""Measures, and writes docs/performance.md.

    python -m tests.bench                      # all of it; about twenty minutes on two idle cores
    python -m tests.bench --what peers --runs 1 --sample 60
    python -m tests.bench --what keycloak --what keycloak-sizes
    python -m tests.bench --write              # puts the tables of what was measured into docs/performance.md
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
import time

# Makes the collection importable, as in the tests.
import conftest  # noqa: F401  pylint: disable=unused-import
from tests.bench import keycloak, measure, peer, plan, report
from tests.lab.bao import ROOT

DOCUMENT = ROOT / "docs/performance.md"
# Share of the machine that is busy while the benchmark does nothing: above it other work was going on.
NOISE, PAUSE = 0.15, 3.0


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
    size = report.Sizes(options.size, f"{options.size} objects", options.sample, f"{options.sample} objects")
    return f"### Vault: {options.size} objects\n\n" + report.peers(times, size, report.VAULT)


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
    return ("### Vault: cost against size\n\n"
            f"`vault_config` less the empty play ({empty:.2f} s), medians of {options.runs}, and the straight line through them:\n\n"
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


def busy() -> float:
    """Which share of the machine's processors is at work now, while we wait."""
    def read() -> tuple[int, int]:
        fields = [int(field) for field in pathlib.Path("/proc/stat").read_text("utf-8").split("\n", 1)[0].split()[1:9]]
        return sum(fields), fields[3] + fields[4]

    before = read()
    time.sleep(PAUSE)
    after = read()
    return 1 - (after[1] - before[1]) / (after[0] - before[0])


def head(options, loads: list[float], others: list[float]) -> str:
    """What the numbers were taken on. ``loads``: load averages before and after; ``others``: which share of the machine was busy then, without us."""
    model = next((line.split(":")[1].strip() for line in pathlib.Path("/proc/cpuinfo").read_text("utf-8").splitlines() if "model name" in line), "unknown")
    text = (f"Measured {datetime.datetime.now(datetime.timezone.utc):%Y-%m-%d} with `{' '.join(['python -m tests.bench', *sys.argv[1:]])}`: "
            f"{os.cpu_count()} cores ({model}), Python {platform.python_version()}, {platform.system()} {platform.release().split('-')[0]}; "
            f"medians of {options.runs} "
            f"(smallest–largest). Load average {loads[0]:.1f} before and {loads[1]:.1f} after")
    return text + (f": **other work ran on this machine meanwhile** ({max(others):.0%} of it).\n" if max(others) > NOISE else ".\n")


PARTS = {"peers": peers, "sizes": sizes, "plan": plans, "keycloak": keycloak.against, "keycloak-sizes": keycloak.sizes}


def numbers(text: str) -> list[int]:
    return [int(part) for part in text.split(",")]


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__.splitlines()[0])
    parser.add_argument("--what", choices=[*PARTS, "all"], action="append", help="what is measured; may be given more than once")
    parser.add_argument("--runs", type=int, default=3, help="rounds of each measurement")
    parser.add_argument("--size", type=int, default=500, help="objects of the comparison, Vault")
    parser.add_argument("--sample", type=int, default=60, help="objects of the peer's loop, which is scaled up, Vault")
    parser.add_argument("--sizes", type=numbers, default=[10, 100, 1000, 5000], help="objects, Vault")
    parser.add_argument("--clients", type=int, default=100, help="clients of the comparison, Keycloak")
    parser.add_argument("--clients-sample", type=int, default=10, help="clients of the peer's loop, which is scaled up, Keycloak")
    parser.add_argument("--clients-sizes", type=numbers, default=[10, 100, 1000], help="clients, Keycloak")
    parser.add_argument("--write", action="store_true", help=f"write the tables into {DOCUMENT.relative_to(ROOT)}")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="bench-") as name:
        bench = measure.Bench(pathlib.Path(name))
        for what in [part for part in PARTS if set(options.what or ["all"]) & {part, "all"}]:
            loads, others = [os.getloadavg()[0]], [busy()]
            heading, _line, tables = PARTS[what](bench, options).partition("\n")
            loads.append(os.getloadavg()[0])
            others.append(busy())
            measured = f"{heading}\n\n{head(options, loads, others)}{tables}"
            print(measured, flush=True)
            if options.write:
                # At once: what comes after may fail.
                DOCUMENT.write_text(report.insert(DOCUMENT.read_text("utf-8"), what, measured), "utf-8")


if __name__ == "__main__":
    main()

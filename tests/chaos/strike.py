"""SIGKILL at the given tenth of a run, wherever that is on this machine today."""
from __future__ import annotations

import os
import random
import time

from tests.support.process import Run, points

# In the environment, so that all workers have the same.
os.environ["CHAOS_SEED"] = os.environ.get("CHAOS_SEED") or str(random.randrange(10**6))
SEED = int(os.environ["CHAOS_SEED"])
KILLS = 10
TRIES = 4


def strike(begin, number: int, seconds: float, parent_only: bool = False) -> Run:
    """Kills a run in its ``number``-th tenth, at a seeded place, and returns it when it has ended.

    ``begin()`` starts a run from the very beginning; ``seconds`` is what an undisturbed one took. A run that was faster than that, and over before it
    was struck, is begun again, with its own time as the measure.
    """
    for again in range(TRIES):
        moment = points(SEED + again, KILLS, seconds)[number]
        run = begin()
        run.kill_after(max(0.01, moment - (time.monotonic() - run.begin)), parent_only)
        result = run.wait()
        print(f"\nCHAOS_SEED={SEED} point {number}: struck after {moment:.2f} s of about {seconds:.1f} s, ended with {result.rc}")
        if result.rc == -9:
            return run
        seconds = result.seconds
    raise AssertionError(f"the run was over before it was struck, {TRIES} times")

"""Tests side by side (pytest -n 2): which of them have to stay together on one worker, and which begin first."""
from __future__ import annotations

import typing as t

from xdist.scheduler import LoadScopeScheduling


def scheduler(config, log, together: t.Callable[[str], str]) -> LoadScopeScheduling:
    """What hands the tests to the workers: those for whose id ``together`` gives the same name go to one worker, in their order. The names go out in
    the order in which they were collected.

    pytest-xdist's own way, marks of groups, has no effect with pytest 9.2: https://github.com/pytest-dev/pytest-xdist/issues/1386
    """

    class Together(LoadScopeScheduling):
        """As pytest-xdist does it for files."""

        def _split_scope(self, nodeid: str) -> str:
            return together(nodeid)

    config.option.loadscopereorder = False
    return Together(config, log)

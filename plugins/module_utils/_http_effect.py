# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
"""May what was sent have changed anything? A request that was refused for good (HTTP 4xx) or never left has not; one without an answer may have.

Asked for a piece of work in one thread; requests that it makes through ``Http.map`` count too, in whatever thread."""

from __future__ import annotations

import contextlib
import threading
import typing as t

_local = threading.local()
# Answers below 500 after which a server may have done it all the same: it gave up waiting, or something on the way sends it on later.
_DOUBTFUL = (408, 429)


class Effect:
    """``perhaps``: has a write been taken, or may it have been?"""

    perhaps = False


@contextlib.contextmanager
def watched() -> t.Iterator[Effect]:
    """What the work inside does; one inside another counts for itself alone."""
    outer, _local.effect = getattr(_local, "effect", None), Effect()
    try:
        yield _local.effect
    finally:
        _local.effect = outer


def note(status: int, sent: bool = True) -> None:
    """A write was answered with ``status``, or with nothing (0) after it was ``sent``."""
    effect = getattr(_local, "effect", None)
    if effect and sent and (not 400 <= status < 500 or status in _DOUBTFUL):
        effect.perhaps = True


def carried(function: t.Callable[[t.Any], t.Any]) -> t.Callable[[t.Any], t.Any]:
    """``function``, for another thread, as a part of the work that is watched here."""
    effect = getattr(_local, "effect", None)

    def work(item: t.Any) -> t.Any:
        before, _local.effect = getattr(_local, "effect", None), effect
        try:
            return function(item)
        finally:
            _local.effect = before

    return work

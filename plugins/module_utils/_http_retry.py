# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
"""When a request is tried again, and after how long. Pure but for the clock."""

from __future__ import annotations

import email.utils
import random
import time
import typing as t

# Methods whose repetition does no harm (RFC 9110, 9.2.2).
IDEMPOTENT = frozenset(("GET", "HEAD", "OPTIONS", "PUT", "DELETE"))
READS = frozenset(("GET", "HEAD", "OPTIONS"))
# 429: not processed, whatever the method. The others may have been.
BUSY = 429
TRANSIENT = frozenset((500, 502, 503, 504))
# What stands before the system finds nobody there, or the system isn't ready.
UNREADY = frozenset((502, 503, 504))
BASE, CAP, LONGEST = 0.2, 8.0, 60.0
# What a system's own rule says of two writes at one object in the same instant: they are soon over.
COLLISION = "collision"


def retry_after(value: str | None, now: float | None = None) -> float | None:
    """Seconds that a Retry-After header asks for: a number or an HTTP date (RFC 9110, 10.2.3); None where there is none, or nonsense."""
    if not value:
        return None
    text = value.strip()
    if text.isdigit():
        return float(text)
    try:
        when = email.utils.parsedate_to_datetime(text)
        return max(0.0, when.timestamp() - (time.time() if now is None else now))
    except (TypeError, ValueError, IndexError):
        return None


def pause(attempt: int, asked: float | None = None, rand: t.Callable[[], float] = random.random) -> float:
    """Seconds to wait before try number ``attempt`` + 1 (the first is 1).

    Doubles from 0.2 s up to 8 s, between half and all of it by chance, so that clients that failed together don't return together.
    What the server ``asked`` for comes first, with up to a quarter of a second on top; never more than a minute.
    """
    if asked is not None:
        return min(asked, LONGEST) + 0.25 * rand()
    return min(CAP, BASE * 2 ** (attempt - 1)) * (0.5 + 0.5 * rand())


def again(method: str, status: int, idempotent: bool | None = None) -> bool:
    """May a request with this answer be sent again?"""
    if status == BUSY:
        return True
    safe = method in IDEMPOTENT if idempotent is None else idempotent
    return safe and status in TRANSIENT


def rest(seconds: float, patient: bool, left: float) -> float:
    """Sleeps so many seconds, where we are ``patient`` no more than what is ``left`` of that; returns them."""
    seconds = min(seconds, max(left, 0.1)) if patient else seconds
    time.sleep(seconds)
    return seconds

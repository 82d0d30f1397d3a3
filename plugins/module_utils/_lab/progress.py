# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Lines that tell a waiting person what is going on.

A module can't print while it runs. It appends lines to a file instead, and the action plugin of the same name shows them as they come.
"""
from __future__ import annotations

import threading
import time
import typing as t
from contextlib import contextmanager

BEAT = 10.0  # seconds between two signs of life of a long step


class Progress:
    """Appends lines to ``path``; with no path it is silent. ``beat``: seconds between two signs of life."""

    def __init__(self, path: str | None, beat: float = BEAT) -> None:
        self._path = path
        self._beat = beat

    def say(self, text: str) -> None:
        """Appends one line. A progress file that can't be written never fails the work itself."""
        if not self._path:
            return
        try:
            with open(self._path, "a", encoding="utf-8") as file:
                file.write(text.rstrip("\n") + "\n")
        except OSError:
            self._path = None

    @contextmanager
    def step(self, title: str, measure: t.Callable[[], str] | None = None) -> t.Iterator[None]:
        """Announces a step, shows what ``measure`` returns from time to time, and says how long it took."""
        started, done = time.monotonic(), threading.Event()
        self.say(f"{title} …")

        def beat() -> None:
            while not done.wait(self._beat):
                far = measure() if measure else ""
                self.say(f"{title}: {far + ', ' if far else ''}{span(time.monotonic() - started)} so far")

        thread = threading.Thread(target=beat, daemon=True)
        thread.start()
        try:
            yield
        finally:
            done.set()
            thread.join()
        self.say(f"{title}: done in {span(time.monotonic() - started)}")


def span(seconds: float) -> str:
    """Returns a duration for people: ``0.4 s``, ``12 s``, ``3 min 05 s``."""
    if seconds < 9.95:
        return f"{seconds:.1f} s"
    whole = round(seconds)
    return f"{whole} s" if whole < 60 else f"{whole // 60} min {whole % 60:02d} s"


def size(count: int) -> str:
    """Returns a size for people from a number of bytes."""
    return f"{count / 1e6:.0f} MB" if count >= 1e6 else f"{count / 1e3:.0f} kB"

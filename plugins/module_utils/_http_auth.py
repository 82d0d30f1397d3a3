# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Tokens of an HTTP client: got when they are first needed, renewed before they end, one login for all threads."""

from __future__ import annotations

import threading
import time
import typing as t

from ansible_collections.unifiedmeta.platform.plugins.module_utils._http_errors import ApiError


class Grant(t.NamedTuple):
    """What ``auth`` hands back: headers, and the seconds until they expire (None: never)."""

    headers: dict[str, str]
    seconds: float | None = None


class Tokens:
    """The part of ``Http`` that keeps what ``auth(self)`` gave."""

    def __init__(self, auth: t.Callable[[t.Any], t.Any] | None):
        self._auth = auth
        self._granted: dict[str, str] = {}
        self._locked_out: ApiError | None = None
        self._expires: float | None = None
        self._generation = 0
        self._renewal = threading.RLock()

    def _authorise(self) -> int:
        """Log in, or again where less than a tenth of the time (at most 15 s) is left; the number of the grant in use."""
        if self._generation == 0 or (self._expires is not None and time.monotonic() > self._expires):
            self._renew(self._generation)
        return self._generation

    def _renew(self, generation: int) -> None:
        """A new grant, unless another thread got one since ``generation``. Once nobody could log in, nobody tries again."""
        with self._renewal:
            if generation != self._generation:
                return
            if self._locked_out:
                raise self._locked_out
            try:
                grant = self._auth(self)
            except ApiError as error:
                self._locked_out = error
                raise
            grant = grant if isinstance(grant, Grant) else Grant(dict(grant))
            self._granted = grant.headers
            self._expires = None if not grant.seconds else time.monotonic() + grant.seconds - min(15.0, grant.seconds / 10)
            self._generation += 1

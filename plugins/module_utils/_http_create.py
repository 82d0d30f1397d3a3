# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A POST that makes an object, although its answer may be lost: by the server's 409 where names are unique, else by looking before it is sent again."""

from __future__ import annotations

import time
import typing as t

from ansible_collections.unifiedmeta.platform.plugins.module_utils import _http_retry as policy
from ansible_collections.unifiedmeta.platform.plugins.module_utils._http_errors import ApiError


class Http(t.Protocol):
    """What is used of the client."""

    retries: int
    patience: float

    def request(self, method: str, path: str, **options: t.Any) -> t.Any:
        """The response."""


def located(response: t.Any) -> str:
    """The last part of the Location header: an id, or a name. Empty without one."""
    return response.headers.get("Location", "").rstrip("/").rsplit("/", 1)[-1]


def create(http: Http, path: str, find: t.Callable[[], t.Any], **options: t.Any) -> tuple[t.Any, t.Any]:
    """The response, and None. Where the server answers 409, our first try arrived although its answer didn't, or another run was faster, or it is born
    with its parent: None, and the object as ``find()`` gives it. Where that finds none, the 409 is raised. ``options``: of :meth:`_http.Http.request`."""
    try:
        return http.request("POST", path, idempotent=True, **options), None
    except ApiError as error:
        found = find() if error.status == 409 else None
        if found is None:
            raise
        return None, found


def once(http: Http, path: str, find: t.Callable[[], str | None], **options: t.Any) -> str:
    """Its id, by the Location header; where the answer was lost, by ``find()``, which is asked before the POST is sent again. For what a server takes twice."""
    begun, attempt = time.monotonic(), 0
    while True:
        attempt += 1
        try:
            return located(http.request("POST", path, idempotent=False, **options))
        except ApiError as error:
            if not _perhaps(error):
                raise
            found = find()
            if found:
                return found
            if attempt > http.retries and not (error.status in policy.UNREADY and time.monotonic() - begun < http.patience):
                error.detail = f"{error.detail.rstrip('.')} (tried {attempt} times)"
                raise
            time.sleep(policy.pause(attempt))


def _perhaps(error: ApiError) -> bool:
    """May the server have done it although it didn't say so?"""
    return error.status in policy.TRANSIENT or (not error.status and error.fault in ("reset", "timeout"))

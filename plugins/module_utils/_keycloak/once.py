# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A POST of something that may be there twice: steps of flows, components, mappers. Where its answer is lost, it is looked for before it is sent again."""

from __future__ import annotations

import time
import typing as t

from ansible_collections.unifiedmeta.platform.plugins.module_utils import _http_retry as policy
from ansible_collections.unifiedmeta.platform.plugins.module_utils._http import ApiError
from ansible_collections.unifiedmeta.platform.plugins.module_utils._keycloak.api import Keycloak

TRIES = 6


def post(keycloak: Keycloak, path: str, body: dict, find: t.Callable[[], str | None], what: str) -> str:
    """The id of what was made, from the answer, or from ``find()`` where there was none. Raises ApiError."""
    for attempt in range(1, TRIES + 1):
        try:
            response = keycloak.http.request("POST", f"admin/realms/{path}", json=body, idempotent=False, what=what)
            return response.headers.get("Location", "").rstrip("/").rsplit("/", 1)[-1]
        except ApiError as error:
            if not _perhaps(error) or attempt == TRIES:
                raise
            found = find()
            if found:
                return found
            time.sleep(policy.pause(attempt))
    raise AssertionError("unreachable")


def _perhaps(error: ApiError) -> bool:
    """May the server have done it although it didn't say so?"""
    return error.status in policy.TRANSIENT or (not error.status and error.fault in ("reset", "timeout"))

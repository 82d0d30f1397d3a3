# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Before the root token goes: does the login that automation will use from now on work?

A wrong reviewer or API server address in the auth method would lock automation out of Vault, with nobody left to correct it.
"""

from __future__ import annotations

import typing as t

from ansible_collections.unifiedmeta.platform.plugins.module_utils._http import ApiError
from ansible_collections.unifiedmeta.platform.plugins.module_utils._kubernetes.client import connect, request_token
from ansible_collections.unifiedmeta.platform.plugins.module_utils._kubernetes.config import KubeconfigError
from ansible_collections.unifiedmeta.platform.plugins.module_utils._vault.api import quoted
from ansible_collections.unifiedmeta.platform.plugins.module_utils._vault.init_api import InitError, Server


def prove(leader: Server, way: dict[str, t.Any], kubeconfig: str | None, timeout: float) -> None:
    """Logs in as ``way`` says (mount, role, namespace, service_account, audiences) and gives the token back.

    Raises :class:`InitError`, which says why it failed and that the root token is still there.
    """
    mount = way["mount"].strip("/")
    try:
        jwt = request_token(connect(kubeconfig, timeout=timeout), way["namespace"], way["service_account"], audiences=way["audiences"])
        token = leader.http.post(f"v1/auth/{quoted(mount)}/login", json={"role": way["role"], "jwt": jwt}, auth=False, idempotent=True, write=False,
                                 what=f"login by {mount} as {way['role']}")["auth"]["client_token"]
        leader.revoke(token)
    except (ApiError, KubeconfigError) as error:
        raise InitError(f"the root token is kept, because the login that comes after it fails: {error}. Correct the auth method «{mount}» (address of the "
                        "API server, its CA, the token reviewer) or the service account, and run again") from error

# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
"""From a module's connection options (doc fragment ``keycloak``) to a client that is logged in when it is first used."""

from __future__ import annotations

import typing as t

from ansible_collections.unifiedmeta.platform.plugins.module_utils import _module, _secrets
from ansible_collections.unifiedmeta.platform.plugins.module_utils._http import ApiError
from ansible_collections.unifiedmeta.platform.plugins.module_utils._keycloak.api import Keycloak, connect
from ansible_collections.unifiedmeta.platform.plugins.module_utils._keycloak.login import METHODS, Login
from ansible_collections.unifiedmeta.platform.plugins.module_utils._keycloak.login import faults as login_faults
from ansible_collections.unifiedmeta.platform.plugins.module_utils._plan import Unforeseeable
from ansible_collections.unifiedmeta.platform.plugins.module_utils._vault_store import VaultStore

SPEC: dict[str, t.Any] = {
    "url": {"type": "str", "fallback": "KEYCLOAK_URL"}, "username": {"type": "str", "fallback": "KEYCLOAK_USERNAME"},
    "password": {"type": "str", "no_log": True, "fallback": "KEYCLOAK_PASSWORD"}, "ca_file": {"type": "path", "fallback": "KEYCLOAK_CA_FILE"},
    "validate_certs": {"type": "bool", "default": True}, "timeout": {"type": "float", "default": 60},
    "login": {"type": "list", "elements": "dict", "default": [], "options": {
        "method": {"type": "str", "required": True, "choices": list(METHODS)}, "realm": {"type": "str", "default": "master"},
        "username": {"type": "str"}, "password": {"type": "str", "no_log": True}, "client_id": {"type": "str"},
        "client_secret": {"type": "str", "no_log": True}}},
}


def spec(fallback: t.Callable, **more: t.Any) -> dict[str, t.Any]:
    """The argument_spec of a module: the connection and what is its own. ``fallback``: Ansible's ``env_fallback``."""
    return {**_module.with_fallbacks(SPEC, fallback), **more}


def faults(params: dict[str, t.Any]) -> list[str]:
    """What is wrong with the connection's options themselves. A way in that isn't given is no secret that is yet to be made."""
    found = [] if params["url"] else ["url: is missing; give it, or KEYCLOAK_URL"]
    if params["login"]:
        return found + login_faults(params["login"])
    missing = [name for name in ("username", "password") if not params[name]]
    if len(missing) == 2:
        return [*found, "login: no way in is given; give username and password (or KEYCLOAK_USERNAME and KEYCLOAK_PASSWORD), or login"]
    return found + [f"{name}: is missing; the login as a person needs it (or KEYCLOAK_{name.upper()})" for name in missing]


class Session:
    """``keycloak``: the client. ``store``: for references in logins. A context: the session that a login opened is closed at its end.

    ``check``: in check mode a login whose secret isn't in Vault yet is Unforeseeable. Raises ApiError on an address that can't be used."""

    def __init__(self, params: dict[str, t.Any], store: VaultStore, check: bool = False):
        # What Vault gave for the declaration is taken out of errors like the logins' own.
        self._seen: set[str] = store.session.seen
        self._store, self.check = store, check
        if not params["url"]:
            raise ApiError("Keycloak", detail="no address is given", hint="set url (or KEYCLOAK_URL)", fault="input")
        own = {"method": "password", "username": params["username"], "password": params["password"]}
        self.login = Login(params["login"] or ([own] if own["username"] or own["password"] else []), self.resolve, self.register)
        self.keycloak = Keycloak(connect(
            params["url"], ca_file=params["ca_file"], verify=params["validate_certs"], timeout=params["timeout"], concurrency=params.get("concurrency") or 16,
            auth=self.login, redact=_secrets.redactor(self._seen)))

    def resolve(self, value: t.Any) -> t.Any:
        """A value that may be a reference; no error shows it from now on."""
        found = self._store.resolver.resolve(value)
        self._seen.add(str(found))
        return found

    def register(self, value: str) -> None:
        self._seen.add(value)
        self._store.session.register(value)

    def __enter__(self) -> Session:
        return self

    def __exit__(self, _kind: t.Any, error: BaseException | None, _trace: t.Any) -> None:
        self.login.end(self.keycloak.http)
        self.keycloak.http.close()
        if self.check and isinstance(error, ApiError) and self.login.absent:
            raise Unforeseeable(f"{error.detail}: what differs in Keycloak can't be foreseen before an earlier task of the run makes it") from None

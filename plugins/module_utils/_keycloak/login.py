# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Ways to a token of Keycloak, tried in the order given: a person's name and password, or a client's secret.

The token of the realm master lives 60 seconds: it is got anew before its end, by the refresh token where there is one. A session that a
password opened is closed at the end.
"""

from __future__ import annotations

import typing as t

from ansible_collections.unifiedmeta.platform.plugins.module_utils import _secrets
from ansible_collections.unifiedmeta.platform.plugins.module_utils._http import ApiError, Grant, Http, segment

METHODS = ("password", "client_credentials")
# What Keycloak answers with status 404, where the address is right and the realm isn't. Any other 404 is another server's, or another path's.
UNKNOWN_REALM = "Realm does not exist"
# What a way in needs, by its method.
NEEDS = {"password": ("username", "password"), "client_credentials": ("client_id", "client_secret")}


def faults(ways: t.Sequence[dict[str, t.Any]], option: str = "login") -> list[str]:
    """What the ways in lack, each by its place in the ``option``."""
    return [f"{option}[{place}].{name}: is missing; the method {way['method']} needs it"
            for place, way in enumerate(ways) for name in NEEDS[way["method"]] if not way.get(name)]


class Login:
    """``Http``'s ``auth``. ``ways``: maps with ``method``, ``realm``, ``client_id`` and what NEEDS names; ``resolve``: of a value that may be a
    reference, raises SecretError. ``register``: called with each token, so that no output shows it."""

    def __init__(self, ways: t.Sequence[dict[str, t.Any]], resolve: t.Callable[[t.Any], t.Any], register: t.Callable[[str], t.Any] = lambda value: None):
        self.ways, self.resolve, self.register = list(ways), resolve, register
        # Is every way in one whose secret isn't in Vault yet?
        self.absent = False
        self._used: dict[str, t.Any] | None = None
        self._proven: dict[str, t.Any] | None = None
        self._refresh = ""

    def __call__(self, http: Http) -> Grant:
        """Raises ApiError with every way's reason where none leads in, or with one where there is no Keycloak at all."""
        if self._refresh and self._used:
            try:
                return self._token(http, self._used, {"grant_type": "refresh_token", "refresh_token": self._refresh})
            except ApiError as error:
                if not error.status:
                    raise
                self._refresh = ""
        refused, missing = [], 0
        for way in self.ways:
            name = f"{way['method']} of {way.get('username') if way['method'] == 'password' else way.get('client_id')}"
            try:
                grant = self._token(http, way, self._body(way))
                self._prove(http, way, grant)
                return grant
            except _secrets.SecretError as error:
                missing += 1
                refused.append(f"{name}: {error}")
            except ApiError as error:
                # No answer, or no server yet, is no refusal.
                if error.system != http.system or error.status not in (400, 401, 403, 404):
                    raise
                if error.status == 404 and UNKNOWN_REALM not in error.detail:
                    error.detail, error.fault = "there is no Keycloak at this address", "answer"
                    error.hint = "correct the address; the path that Keycloak is served under, if any, belongs to it"
                    raise
                refused.append(f"{name}: {error.detail}")
        self.absent = bool(self.ways) and missing == len(self.ways)
        raise ApiError(http.system, what="login", detail="; ".join(refused) or "no way in is given",
                       hint="give username and password (or KEYCLOAK_USERNAME and KEYCLOAK_PASSWORD), or a login that Keycloak knows")

    def _prove(self, http: Http, way: dict[str, t.Any], grant: Grant) -> None:
        """A way that gets a token and may do nothing leads nowhere: a run that was cut off has made the account, and not yet given it its rights. Asked
        once, of ways that have another one after them. Raises ApiError."""
        if way is self._proven or way is self.ways[-1]:
            return
        try:
            # Keycloak lists the realms that one may see a part of, and refuses where that is none.
            http.request("GET", "admin/realms", params={"briefRepresentation": "true"}, auth=False, headers=grant.headers, what="login")
        except ApiError as error:
            if error.status == 403:
                self.end(http)
                error.detail = "it may do nothing yet"
            raise
        self._proven = way

    def _body(self, way: dict[str, t.Any]) -> dict[str, str]:
        found = {name: str(self.resolve(way[name])) for name in ("username", "password", "client_secret") if way.get(name)}
        return {"grant_type": way["method"], **found}

    def _token(self, http: Http, way: dict[str, t.Any], body: dict[str, str]) -> Grant:
        realm, client = way.get("realm") or "master", way.get("client_id") or "admin-cli"
        secret = {"client_secret": str(self.resolve(way["client_secret"]))} if way.get("client_secret") else {}
        found = http.post(f"realms/{segment(realm)}/protocol/openid-connect/token", data={"client_id": client, **secret, **body}, auth=False, write=False,
                          idempotent=True, what=f"login to realm {realm}")
        self._used, self._refresh = way, found.get("refresh_token") or ""
        for name in ("access_token", "refresh_token"):
            if found.get(name):
                self.register(found[name])
        return Grant({"Authorization": f"Bearer {found['access_token']}"}, found.get("expires_in"))

    def end(self, http: Http) -> None:
        """Close the session. A failure is no harm: it ends by itself."""
        if self._refresh and self._used:
            way = self._used
            body = {"client_id": way.get("client_id") or "admin-cli", "refresh_token": self._refresh}
            try:
                secret = {"client_secret": str(self.resolve(way["client_secret"]))} if way.get("client_secret") else {}
                http.request("POST", f"realms/{segment(way.get('realm') or 'master')}/protocol/openid-connect/logout", data={**body, **secret}, auth=False,
                             write=False, idempotent=False, what="logout")
            except (ApiError, _secrets.SecretError):
                pass
            self._refresh = ""

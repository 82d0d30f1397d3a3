# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Ways to a token, tried in the order given. What a login made is revoked at the end; what was given is not ours to revoke."""

from __future__ import annotations

import typing as t

from ansible_collections.unifiedmeta.platform.plugins.module_utils._http import ApiError, Grant, Http
from ansible_collections.unifiedmeta.platform.plugins.module_utils._vault.api import quoted

METHODS = ("token", "kubernetes", "bootstrap")
HEADER = "X-Vault-Token"


class Login:
    """``Http``'s ``auth``.

    ``ways``: maps with ``method`` and what it needs. ``given(way)``: the token of a way that has one, None where it is missing. ``jwt(way)``: a token
    of a Kubernetes service account. Both raise ApiError or ValueError with the reason. ``register``: called with each token, so that no output shows it.
    """

    def __init__(self, ways: t.Sequence[dict], given: t.Callable[[dict], str | None], jwt: t.Callable[[dict], str],
                 register: t.Callable[[str], t.Any] = lambda value: None):
        self.ways, self.given, self.jwt, self.register = list(ways) or [{"method": "token"}], given, jwt, register
        self.made: str | None = None
        self.policies: list[str] = []
        self.method = ""

    def __call__(self, http: Http) -> Grant:
        """Raises ApiError with every way's reason where none leads in."""
        refused: list[str] = []
        for number, way in enumerate(self.ways, 1):
            method = way["method"]
            try:
                grant = self._kubernetes(http, way, number == len(self.ways)) if method == "kubernetes" else self._given(method, way)
            except (ApiError, ValueError) as error:
                # A method that was mounted but never configured answers 500: only silence and a sealed server end the search.
                if isinstance(error, ApiError) and error.system == http.system and error.status in (0, 503):
                    raise
                refused.append(f"{method}: {error.detail if isinstance(error, ApiError) and error.system in ('', http.system) else error}")
                continue
            self.method = method
            return grant
        raise ApiError(http.system, status=0, what="login", detail="; ".join(refused), hint="give a valid token, or a login that Vault knows", fault="status")

    def _given(self, method: str, way: dict) -> Grant:
        token = self.given(way)
        # A given token that Vault has called invalid is offered once only.
        if not token or (self.method == method and not self.made):
            option = "token (or VAULT_TOKEN)" if method == "token" else "the bootstrap store's root token"
            detail = "the token was refused: it is wrong, expired or revoked" if token else f"{option} is not there"
            raise ApiError("", what="login", detail=detail, fault="input")
        self.register(token)
        return Grant({HEADER: token})

    def _kubernetes(self, http: Http, way: dict, last: bool) -> Grant:
        """``last``: no other way is left, so a server's trouble is waited for."""
        mount, role = (way.get("mount") or "kubernetes").strip("/"), way.get("role")
        jwt = self.jwt(way)
        self.register(jwt)
        answer = http.post(f"auth/{quoted(mount)}/login", json={"role": role, "jwt": jwt}, auth=False, write=False, idempotent=last,
                           what=f"login by {mount}")
        self.made, self.policies = answer["auth"]["client_token"], answer["auth"].get("policies") or []
        self.register(self.made)
        return Grant({HEADER: self.made}, answer["auth"].get("lease_duration") or None)

    def end(self, http: Http) -> None:
        """Give back what a login made. A failure is no harm: the token is short-lived."""
        if self.made:
            try:
                http.request("POST", "auth/token/revoke-self", write=False, idempotent=True, what="revocation of our token")
            except ApiError:
                pass
            self.made = None

# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Vault's second pass: the login of people by Keycloak. It comes after Keycloak, whose discovery document Vault reads when this is written.

Field names are those of https://openbao.org/api-docs/auth/jwt/ and .../secret/identity/group/.
"""

from __future__ import annotations

import typing as t

from .._catalog import merge
from . import keycloak

MOUNT = "oidc"
_HOUR = 3600


def vault_oidc_spec(plan: t.Mapping[str, t.Any], extra: t.Mapping[str, t.Any] | None = None, *, url: str = "", ca: str = "",
                    mount: str = MOUNT) -> dict[str, t.Any]:
    """Derive the login by Keycloak, in the form of vault_spec; nothing where what provides vault has no client.

    plan: of the lookup `catalog`; extra: the site's own part, merged over it deeply; url: Keycloak's address as Vault and people reach it, derived
    unless given; ca: PEM of the CA of its certificate, where that isn't one of the system's; mount: path of the auth method.
    Raises ValueError where the plan has no provider of identity and no url is given, and where no role is given to anybody.
    """
    component = _client(plan)
    if component is None:
        return merge.merge(extra or {})
    sso = component["sso"]
    groups = sorted(set(sso["roles"].values()))
    if not groups:
        raise ValueError(f"the client of {component['name']} gives a role to no group, so nobody could log in: set its sso.roles")
    config = {"oidc_discovery_url": keycloak.issuer(plan, url), "oidc_client_id": sso["client"],
              "oidc_client_secret": f"vault:{sso['secret']}#client_secret", "default_role": "platform"}
    role = {
        "role_type": "oidc",
        # A name may be given to somebody else one day, the id in `sub` never is. The name is in the entity's metadata and in the audit log.
        "user_claim": "sub", "claim_mappings": {"preferred_username": "username", "email": "email"},
        "groups_claim": "groups",
        # Whoever is in none of them gets no token at all, not even one that may do nothing.
        "bound_claims": {"groups": [keycloak.in_token(group) for group in groups]}, "bound_audiences": [sso["client"]],
        "oidc_scopes": sorted(set(sso["scopes"]) - {"openid"}), "allowed_redirect_uris": keycloak.redirects(plan, component),
        "token_ttl": _HOUR, "token_max_ttl": 8 * _HOUR,
    }
    spec = {
        "auth": {mount: {"type": "oidc", "description": "People, by Keycloak", "tune": {"listing_visibility": "unauth"},
                         "config": {**config, **({"oidc_discovery_ca_pem": ca} if ca else {})}, "roles": {"platform": role}}},
        "identity": {"groups": {group: {
            "type": "external", "policies": sorted(f"platform-{name}" for name, of in sso["roles"].items() if of == group),
            "aliases": [{"mount": mount, "name": keycloak.in_token(group)}],
        } for group in groups}},
    }
    return merge.merge(spec, extra or {})


def reach(plan: t.Mapping[str, t.Any], mount: str = MOUNT) -> dict[str, t.Any]:
    """The methods and kinds of object that the second pass will write, for the policy of automation that the first one makes."""
    return {"auth": {mount: {}}, "identity": {"groups": {}}} if _client(plan) else {}


def _client(plan: t.Mapping[str, t.Any]) -> dict[str, t.Any] | None:
    """What provides vault, where it has a client and somebody to have it with."""
    component = plan["components"].get(plan["choices"].get("vault", ""))
    return component if component and "sso" in component and "identity" in plan["choices"] else None

# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The desired state of Keycloak, derived from the plan: what the module keycloak_config takes as `config`.

Names of fields are those of https://www.keycloak.org/docs-api/latest/rest-api/; the form of the rest is docs/keycloak.md's.
"""

from __future__ import annotations

import typing as t

from .._catalog import merge, placeholders
from .keycloak_login import AUTHENTICATION, PROFILE, settings

# The realm that Keycloak's own administrators are in.
MASTER = "master"
ADMINS, OPERATORS = "platform-admins", "platform-operators"
# What these groups may do in Keycloak's own console. Operators see; they can't make themselves administrators. They don't see clients, since
# whoever does is shown their secrets.
_CONSOLE = {ADMINS: ["realm-admin"], OPERATORS: ["view-events", "view-realm", "view-users"]}
# Scopes without which Keycloak's tokens lack `sub` and `acr`; nobody asks for them by name.
_ALWAYS = ("acr", "basic")
# Asking for it makes sessions that outlive logins, so it is no default of anybody's.
_OPTIONAL = ("offline_access",)
# kubectl's login by browser (kubelogin) listens here.
KUBERNETES_REDIRECTS = ("http://localhost:8000", "http://localhost:18000")


def realm(plan: t.Mapping[str, t.Any]) -> str:
    """Name of the realm of the platform's people."""
    return plan["platform"]["name"]


def in_token(group: str) -> str:
    """A group as tokens name it: by its whole path, or a group beneath another one would pass for its namesake at the top."""
    return f"/{group}"


def issuer(plan: t.Mapping[str, t.Any], url: str = "") -> str:
    """The issuer of that realm's tokens. url: Keycloak's address, derived unless given. Raises ValueError where the plan has no Keycloak."""
    if not url:
        component = plan["components"].get(plan["choices"].get("identity", ""))
        if not component:
            raise ValueError("the plan has no provider of identity, so nobody knows where Keycloak is: enable it, or give its address")
        url = placeholders.facts(component, plan["platform"])["url"]
    return f"{url.rstrip('/')}/realms/{realm(plan)}"


def redirects(plan: t.Mapping[str, t.Any], component: t.Mapping[str, t.Any]) -> list[str]:
    """The redirect addresses of a component's client, whole."""
    url = placeholders.facts(component, plan["platform"]).get("url", "")
    return sorted(f"{url}{given}" if given.startswith("/") else given for given in component["sso"]["redirects"])


def keycloak_spec(plan: t.Mapping[str, t.Any], extra: t.Mapping[str, t.Any] | None = None, *, kubernetes: str = "kubernetes",
                  locale: str = "en", kubernetes_redirects: t.Sequence[str] | None = None) -> dict[str, t.Any]:
    """Derive Keycloak's desired state.

    plan: of the lookup `catalog`; extra: the site's own part in the same form, merged over it deeply; kubernetes: id of the client with which
    people log in to the API server, none where it is empty; locale: the language of those whose browser asks for none that there is;
    kubernetes_redirects: where that login listens, unless at kubelogin's own addresses.
    Raises ValueError when a component's client has the id of that one, when the realm would be Keycloak's own, and for a further realm without settings.
    """
    name = realm(plan)
    if name == MASTER:
        raise ValueError(f"platform_name is {MASTER}, and so is Keycloak's own realm of administrators: give the platform another name")
    members = [component for component in plan["components"].values() if "sso" in component]
    taken = [component["name"] for component in members if component["sso"]["client"] == kubernetes]
    if taken:
        raise ValueError(f"the client of {taken[0]} is called {kubernetes}, as the one of the API server: rename one (keycloak_kubernetes_client)")
    # A realm is never deleted, so one that is misspelt would stay. Whoever means one of its own says how people log in to it.
    others = [other for other, content in ((extra or {}).get("realms") or {}).items() if other not in (name, MASTER) and "settings" not in (content or {})]
    if others:
        raise ValueError(f"the realm {others[0]} is neither the platform's, which is called {name} (platform_name), nor {MASTER}: correct its name, "
                         "or give it settings if it is to be one of its own")
    clients = {component["sso"]["client"]: _client(plan, component) for component in members}
    if kubernetes:
        clients[kubernetes] = {**_public(), "name": "Kubernetes", "description": "kubectl, by people", "rootUrl": "",
                               "redirectUris": sorted(kubernetes_redirects or KUBERNETES_REDIRECTS), **_scopes(["openid", "profile", "email", "groups"])}
    derived = {name: {
        "settings": settings(name, locale),
        "client_scopes": {"groups": _GROUPS},
        "clients": clients,
        "groups": _groups(plan, members),
        "authentication": AUTHENTICATION,
        "user_profile": PROFILE,
    }}
    accounts = _accounts(plan)
    if accounts:
        derived[MASTER] = accounts
    return _sorted(merge.merge({"realms": derived}, extra or {}))


_GROUPS = {
    "description": "The groups that a person is in, as a list of their paths",
    "protocol": "openid-connect",
    "attributes": {"include.in.token.scope": "true", "display.on.consent.screen": "false"},
    "mappers": {"groups": {
        "protocolMapper": "oidc-group-membership-mapper",
        "config": {"claim.name": "groups", "full.path": "true", "id.token.claim": "true", "access.token.claim": "true", "userinfo.token.claim": "true",
                   "introspection.token.claim": "true"},
    }},
}


def _plain() -> dict[str, t.Any]:
    """The authorization-code flow, by the realm's own login, and nothing else; of a person's roles the token has this client's own only."""
    return {"enabled": True, "protocol": "openid-connect", "standardFlowEnabled": True, "implicitFlowEnabled": False, "directAccessGrantsEnabled": False,
            "serviceAccountsEnabled": False, "consentRequired": False, "fullScopeAllowed": False,
            "authenticationFlowBindingOverrides": {"browser": "", "direct_grant": ""},
            "attributes": {"oauth2.device.authorization.grant.enabled": "false", "oidc.ciba.grant.enabled": "false",
                           "standard.token.exchange.enabled": "false"}}


def _public() -> dict[str, t.Any]:
    """A client that can't keep a secret proves by PKCE that it is the one that began the login."""
    made = _plain()
    return {**made, "publicClient": True, "attributes": {**made["attributes"], "pkce.code.challenge.method": "S256"}}


def _client(plan: t.Mapping[str, t.Any], component: t.Mapping[str, t.Any]) -> dict[str, t.Any]:
    """The client of one component."""
    sso, url = component["sso"], placeholders.facts(component, plan["platform"]).get("url", "")
    made = _public() if sso["public"] else {**_plain(), "publicClient": False, "clientAuthenticatorType": "client-secret",
                                            "secret": f"vault:{sso['secret']}#client_secret"}
    made.update({"name": component["name"], "description": component["summary"], "rootUrl": url, "baseUrl": url,
                 "redirectUris": redirects(plan, component), "webOrigins": ["+"] if sso["public"] else [], **_scopes(sso["scopes"])})
    if sso["roles"]:
        made["roles"] = {role: {"description": f"Of the group {group}"} for role, group in sso["roles"].items()}
        made["mappers"] = {"roles": {
            "protocolMapper": "oidc-usermodel-client-role-mapper",
            "config": {"claim.name": "roles", "usermodel.clientRoleMapping.clientId": sso["client"], "multivalued": "true", "jsonType.label": "String",
                       "id.token.claim": "true", "access.token.claim": "true", "userinfo.token.claim": "true", "introspection.token.claim": "true"},
        }}
    return made


def _scopes(asked: t.Iterable[str]) -> dict[str, list[str]]:
    """What a client may ask for: `openid` is the protocol's own and no client scope."""
    wanted = set(asked) - {"openid"}
    return {"default_client_scopes": sorted({*_ALWAYS, *wanted} - set(_OPTIONAL)), "optional_client_scopes": sorted(wanted & set(_OPTIONAL))}


def _groups(plan: t.Mapping[str, t.Any], members: t.Sequence[t.Mapping[str, t.Any]]) -> dict[str, t.Any]:
    """Every group that components may name, with the roles that its people have in them. A client in which it has none is named too, and so are the
    realm's roles: what the catalogue took away, or somebody gave by hand, goes."""
    given = {component["sso"]["client"]: component["sso"]["roles"] for component in members if component["sso"]["roles"]}
    groups = {*plan["groups"], *(group for roles in given.values() for group in roles.values())}
    return {group: {"realm_roles": [], "client_roles": {
        "realm-management": _CONSOLE.get(group, []),
        **{client: sorted(role for role, of in roles.items() if of == group) for client, roles in given.items()}}} for group in groups}


def _accounts(plan: t.Mapping[str, t.Any]) -> dict[str, t.Any]:
    """Who stands in for the account of the first start: a named administrator, for when nothing else lets anybody in, and automation's service
    account. Their names and values are the secrets `admin` and `automation` of what provides identity; without these nobody does."""
    provider = plan["components"].get(plan["choices"].get("identity", ""))
    if not provider:
        return {}
    kept = {secret["path"]: secret["data"] for secret in provider["secrets"]}
    admin, automation = (f"platform/{provider['name']}/{leaf}" for leaf in ("admin", "automation"))
    made: dict[str, t.Any] = {}
    if admin in kept:
        made["users"] = {kept[admin]["username"]: {"enabled": True, "password": f"vault:{admin}#password", "realm_roles": ["admin"]}}
    if automation in kept:
        made["clients"] = {kept[automation]["client_id"]: {
            **_plain(), "standardFlowEnabled": False, "serviceAccountsEnabled": True, "publicClient": False, "fullScopeAllowed": True,
            "name": "Automation", "description": "The platform's playbooks", "clientAuthenticatorType": "client-secret",
            "secret": f"vault:{automation}#client_secret", "service_account": {"realm_roles": ["admin"]}}}
    return made


def _sorted(value: t.Any) -> t.Any:
    """Mappings by key, so that the same plan gives the same text."""
    return {key: _sorted(value[key]) for key in sorted(value)} if isinstance(value, dict) else value

# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
"""References between objects: what an object names must exist or be declared. Pure."""

from __future__ import annotations

import typing as t

from ansible_collections.unifiedmeta.platform.plugins.module_utils._keycloak import names
from ansible_collections.unifiedmeta.platform.plugins.module_utils._keycloak.world import World
from ansible_collections.unifiedmeta.platform.plugins.module_utils._model import Desired
from ansible_collections.unifiedmeta.platform.plugins.module_utils._plan import suggestion

# What a realm has from birth (Keycloak 26.7), for realms that this run makes.
BORN: dict[str, tuple[str, ...]] = {
    "role": ("offline_access", "uma_authorization", "default-roles-{realm}"),
    "client": ("account", "account-console", "admin-cli", "broker", "realm-management", "security-admin-console"),
    "client_scope": ("acr", "address", "AuthnContextClassRef", "basic", "email", "microprofile-jwt", "offline_access", "organization", "phone", "profile",
                     "role_list", "roles", "saml_organization", "service_account", "web-origins"),
    "flow": ("browser", "direct grant", "registration", "reset credentials", "clients", "first broker login", "docker auth"),
}
# The roles of these clients.
BORN_ROLES: dict[str, tuple[str, ...]] = {
    "account": ("delete-account", "manage-account", "manage-account-links", "manage-consent", "view-applications", "view-consent", "view-groups",
                "view-profile"),
    "broker": ("read-token",),
    "realm-management": ("create-client", "impersonation", "manage-authorization", "manage-clients", "manage-events", "manage-identity-providers",
                         "manage-organizations", "manage-realm", "manage-users", "query-clients", "query-groups", "query-organizations", "query-realms",
                         "query-users", "realm-admin", "view-authorization", "view-clients", "view-events", "view-identity-providers",
                         "view-organizations", "view-realm", "view-users"),
}
_LABELS = {"role": "realm role", "client_scope": "client scope", "group": "group", "client": "client"}


def missing_references(desired: Desired, world: World) -> list[str]:
    """One sentence for each name that leads nowhere. ``world``: needs the lists of the realms that exist."""
    faults: dict[str, None] = {}
    for item in desired.items.values():
        for need in item.needs:
            if need not in desired.items and need not in world.raw:
                fault = _fault(need, desired, world)
                if fault:
                    faults[f"{item.where}: {fault}"] = None
    return list(faults)


def _fault(need: str, desired: Desired, world: World) -> str:
    kind, _colon, name = need.partition(":")
    parts = names.split(name)
    realm, leaf = parts[0], parts[-1]
    fresh = f"realm:{realm}" not in world.raw
    if kind == "client_role":
        client = f"client:{names.join(*parts[:2])}"
        born = BORN_ROLES.get(parts[1], ()) if fresh else ()
        if leaf in born:
            return ""
        if client not in desired.items and client not in world.raw and not (fresh and parts[1] in BORN["client"]):
            return f"the client {parts[1]} neither exists nor is declared{_near('client', realm, parts[1], desired, world)}"
        return f"the client {parts[1]} has no role {leaf}, and none is declared{_near(kind, names.join(*parts[:2]), leaf, desired, world, born)}"
    if fresh and ((kind not in BORN and kind != "group") or leaf in [born.format(realm=realm) for born in BORN.get(kind, ())]):
        return ""
    shown = "/".join(map(names.escape, parts[1:])) if kind == "group" else leaf
    return f"the {_LABELS.get(kind, kind.replace('_', ' '))} {shown} neither exists nor is declared{_near(kind, realm, leaf, desired, world)}"


def _near(kind: str, parent: str, leaf: str, desired: Desired, world: World, born: t.Iterable[str] = ()) -> str:
    start = f"{kind}:{parent}/"
    known: t.Iterable[str] = (names.split(key)[-1] for key in (*desired.items, *world.raw) if key.startswith(start))
    return suggestion(leaf, [*known, *born])

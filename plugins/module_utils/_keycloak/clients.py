# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Clients: their settings, secret, scopes, mappers and roles.

A PUT of a client keeps what it leaves out (26.7), a list of mappers it would replace. The secret is readable in the API, so it is compared by its
value; it is sent only where it differs, and never regenerated.
"""

from __future__ import annotations

import typing as t

from ansible_collections.unifiedmeta.platform.plugins.module_utils._fields import checked, table
from ansible_collections.unifiedmeta.platform.plugins.module_utils._http import segment
from ansible_collections.unifiedmeta.platform.plugins.module_utils._keycloak import hidden, names, overrides, tables
from ansible_collections.unifiedmeta.platform.plugins.module_utils._keycloak.api import Keycloak
from ansible_collections.unifiedmeta.platform.plugins.module_utils._keycloak.fields import content_map
from ansible_collections.unifiedmeta.platform.plugins.module_utils._keycloak.kinds import Kind
from ansible_collections.unifiedmeta.platform.plugins.module_utils._keycloak.mappers import Mapper, inline, parse_mappers, put_mappers, unborn
from ansible_collections.unifiedmeta.platform.plugins.module_utils._keycloak.references import BORN
from ansible_collections.unifiedmeta.platform.plugins.module_utils._keycloak.roles import parse_roles
from ansible_collections.unifiedmeta.platform.plugins.module_utils._keycloak.users import parse_service_account
from ansible_collections.unifiedmeta.platform.plugins.module_utils._keycloak.world import World
from ansible_collections.unifiedmeta.platform.plugins.module_utils._model import Desired, Item, named

# field -> the API's field, and the list's address
SCOPES = {"default_client_scopes": ("defaultClientScopes", "default-client-scopes"),
          "optional_client_scopes": ("optionalClientScopes", "optional-client-scopes")}
# Keycloak gives it to each client that has a service account.
_OWN_SCOPE = "service_account"
_SAML_KEYS = ("saml.signing.private.key", "saml.signing.certificate")
_CLIENT = {**tables.CLIENT, **table("any: mappers roles service_account")}


# --- kinds -----------------------------------------------------------------------------------------------------------------------
class _Client(Kind):
    def find(self, client: Keycloak, item: Item) -> dict | None:
        """The parameter is an exact match."""
        found = client.get(self.list_at(client, item), self.what(item), clientId=names.split(item.name)[-1])
        return found[0] if found else None

    def view(self, item: Item, answer: dict, world: World) -> dict[str, t.Any]:
        found = super().view(item, answer, world)
        for name in SCOPES:
            if name in item.fields:
                declared = item.fields[name]
                found[name] = sorted(scope for scope in answer.get(SCOPES[name][0]) or () if scope != _OWN_SCOPE or scope in declared)
        if overrides.FIELD in found:
            found[overrides.FIELD] = overrides.shown(world, item.parent, found[overrides.FIELD])
        return found

    def payload(self, client: Keycloak, item: Item, body: dict) -> dict[str, t.Any]:
        own = {overrides.FIELD: overrides.sent(client, item.parent, item.fields[overrides.FIELD])} if overrides.FIELD in body else {}
        return {**{name: value for name, value in body.items() if name not in SCOPES}, **own}

    def create(self, client: Keycloak, item: Item, body: dict) -> None:
        """Scopes and mappers are taken by the POST alone."""
        more: dict[str, t.Any] = {api: body[name] for name, (api, _path) in SCOPES.items() if name in body}
        mappers = inline(client, item)
        made = {**self.payload(client, item, body), **more, "clientId": names.split(item.name)[-1], **({"protocolMappers": mappers} if mappers else {})}
        id_, found = client.make(self.list_at(client, item), made, lambda: self.find(client, item), self.what(item))
        client.world.ids[item.key] = id_
        if found is not None:
            unborn(client, item)
            put_mappers(client.world, "mapper", item.name, found)
            self.found(client, item, body, found)
        elif set(_SAML_KEYS) & set(body.get("attributes") or ()):
            # A new one gets keys that Keycloak makes, in place of those that came along (26.7).
            super().update(client, item, {"attributes": body["attributes"]}, {})

    def update(self, client: Keycloak, item: Item, body: dict, actual: dict) -> None:
        if set(body) - set(SCOPES):
            super().update(client, item, body, actual)
        realm = names.split(item.name)[0]
        stored = client.world.raw.get(item.key, {})
        more = {name: set(body[name]) - set(actual[name]) for name in SCOPES if name in body}
        less = {name: set(actual[name]) - set(body[name]) for name in more}
        # A scope is in one of the two lists only, so it leaves one, declared or not, before it comes into the other: Keycloak would ignore it (26.7).
        for name, (api, _path) in SCOPES.items():
            coming = {scope for other, scopes in more.items() if other != name for scope in scopes}
            for scope in sorted(less.get(name, set()) | (coming & set(stored.get(api) or ()))):
                client.delete(self._scope_at(client, item, realm, name, scope), self.what(item))
        for name, scopes in more.items():
            for scope in sorted(scopes):
                client.put(self._scope_at(client, item, realm, name, scope), {}, self.what(item))

    def _scope_at(self, client: Keycloak, item: Item, realm: str, name: str, scope: str) -> str:
        return f"{self.at(client, item)}/{SCOPES[name][1]}/{client.id_of('client_scope', realm, scope)}"


KINDS: tuple[Kind, ...] = (
    _Client("client", tables.CLIENT, wave=2, path="clients", naming="clientId", partial=("attributes", overrides.FIELD),
            keeps=True, fixed=("protocol",), holds=("client_role/", "mapper/", "composites/", "service_account")),
    Mapper("mapper", "client", path="clients"),
)


# --- the declaration -------------------------------------------------------------------------------------------------------------
def _clients(desired: Desired, realm: str, content: t.Any, where: str) -> None:
    desired.sections.add(f"client:{realm}")
    for name, value, place in named(desired, content_map(desired, content, where), where):
        fields = checked(_CLIENT, value, place, desired.faults, raw=("secret",))
        desired.faults += hidden.in_clear(fields.get("attributes"), f"{place}.attributes")
        parts = {key: fields.pop(key) for key in ("mappers", "roles", "service_account") if key in fields}
        if "service_account" in parts and fields.setdefault("serviceAccountsEnabled", True) is False:
            desired.faults.append(f"{place}.service_account: serviceAccountsEnabled is false; leave one of them out")
        if fields.get("publicClient") and ("secret" in fields or fields.get("serviceAccountsEnabled")):
            desired.faults.append(f"{place}.publicClient: a public client has neither a secret nor a service account; leave one of them out")
        if "secret" in fields or fields.get("serviceAccountsEnabled"):
            # Keycloak makes a public one, without a secret, where the protocol is given and this isn't (26.7).
            fields.setdefault("publicClient", False)
        both = set(fields.get("default_client_scopes", ())) & set(fields.get("optional_client_scopes", ()))
        desired.faults += [f"{place}: the client scope {scope} is default and optional; it can be one of them" for scope in sorted(both)]
        scopes = (f"client_scope:{names.join(realm, scope)}" for key in SCOPES for scope in fields.get(key, ()))
        flows = overrides.parse(realm, fields, place, desired.faults)
        item = Item("client", names.join(realm, name), place, fields, realm, (f"realm:{realm}", *scopes, *flows))
        desired.add(item)
        if parts.get("mappers") is not None:
            parse_mappers(desired, "mapper", item, parts["mappers"], f"{place}.mappers")
        if parts.get("roles") is not None:
            parse_roles(desired, realm, parts["roles"], f"{place}.roles", name)
        if parts.get("service_account") is not None:
            parse_service_account(desired, realm, name, parts["service_account"], f"{place}.service_account")


SECTIONS = {"clients": _clients}


# --- reading ---------------------------------------------------------------------------------------------------------------------
def _first(keycloak: Keycloak, desired: Desired, realm: str) -> t.Iterator[t.Callable[[], None]]:
    def take(found: dict[str, t.Any]) -> None:
        name = names.join(realm, found["clientId"])
        keycloak.world.put(f"client:{name}", found)
        put_mappers(keycloak.world, "mapper", name, found)

    # A realm that this run has just made has what it has from birth only.
    keys = {*desired.items, *keycloak.world.owned} if f"realm:{realm}" not in keycloak.born else ()
    about = len(BORN["client"]) + sum(key.startswith(f"client:{realm}/") for key in keys)
    yield from keycloak.shares(f"{segment(realm)}/clients", about, take, f"clients of realm {realm}")


def _second(keycloak: Keycloak, desired: Desired, realm: str) -> t.Iterator[t.Callable[[], None]]:
    """Roles of those clients that the call speaks about: no list has the roles of all. A user who is to have none of a client may have any."""
    def roles(parent: str) -> None:
        at = f"{segment(realm)}/clients/{keycloak.world.ids[f'client:{parent}']}/roles"
        for found in keycloak.pages(at, f"roles of client {parent}", briefRepresentation="false"):
            keycloak.world.put(f"client_role:{parent}/{names.escape(found['name'])}", found)

    spoken = {section.partition(":")[2] for section in desired.sections if section.startswith("client_role:")}
    needed = {names.above(need.partition(":")[2]) for item in desired.items.values() for need in item.needs if need.startswith("client_role:")}
    needed |= {names.join(realm, client) for kind in ("user", "service_account") for item in desired.of(kind) if item.parent == realm
               for client in item.fields.get("client_roles") or ()}
    for parent in sorted(spoken | needed):
        if parent.startswith(f"{realm}/") and f"client:{parent}" in keycloak.world.ids:
            yield lambda parent=parent: roles(parent)


ROUNDS = (_first, _second)

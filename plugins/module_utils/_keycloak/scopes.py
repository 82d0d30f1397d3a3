# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Client scopes, and which of them a realm gives to new clients."""

from __future__ import annotations

import typing as t

from ansible_collections.unifiedmeta.platform.plugins.module_utils._fields import checked, table
from ansible_collections.unifiedmeta.platform.plugins.module_utils._http import segment
from ansible_collections.unifiedmeta.platform.plugins.module_utils._keycloak import names, tables
from ansible_collections.unifiedmeta.platform.plugins.module_utils._keycloak.api import Keycloak
from ansible_collections.unifiedmeta.platform.plugins.module_utils._keycloak.fields import content_map, exact, scope_rule
from ansible_collections.unifiedmeta.platform.plugins.module_utils._keycloak.kinds import Kind
from ansible_collections.unifiedmeta.platform.plugins.module_utils._keycloak.mappers import Mapper, inline, parse_mappers, put_mappers, unborn
from ansible_collections.unifiedmeta.platform.plugins.module_utils._model import Desired, Item, named

OTHER = {"default-default-client-scopes": "default-optional-client-scopes", "default-optional-client-scopes": "default-default-client-scopes"}
_SCOPE = {**tables.SCOPE, **table("any: mappers")}


# --- kinds -----------------------------------------------------------------------------------------------------------------------
class _Scope(Kind):
    def payload(self, client: Keycloak, item: Item, body: dict) -> dict[str, t.Any]:
        mappers = inline(client, item) if item.key not in client.world.raw else []
        return {**body, **({"protocolMappers": mappers} if mappers else {})}

    def update(self, client: Keycloak, item: Item, body: dict, actual: dict) -> None:
        unborn(client, item)
        super().update(client, item, body, actual)

    def create(self, client: Keycloak, item: Item, body: dict) -> None:
        super().create(client, item, {"protocol": "openid-connect", **body})
        if item.key in client.world.raw:
            unborn(client, item)
            put_mappers(client.world, "scope_mapper", item.name, client.world.raw[item.key])


class _Given(Kind):
    """The scopes that a realm gives to new clients, as a set."""

    def create(self, client: Keycloak, item: Item, body: dict) -> None:
        self.update(client, item, body, {"scopes": self.current(client, item)})

    def current(self, client: Keycloak, item: Item) -> list[str]:
        return [scope["name"] for scope in client.get(f"{self.realm(item)}/{self.path}", self.what(item)) or ()]

    def update(self, client: Keycloak, item: Item, body: dict, actual: dict) -> None:
        realm, old, new = names.split(item.name)[0], set(actual["scopes"]), set(body["scopes"])
        for scope in sorted(old - new):
            client.delete(f"{self.realm(item)}/{self.path}/{client.id_of('client_scope', realm, scope)}", self.what(item))
        other = OTHER[self.path]
        for scope in sorted(new - old):
            id_ = client.id_of("client_scope", realm, scope)
            # In one list only: the other one gives it away first.
            client.delete(f"{self.realm(item)}/{other}/{id_}", self.what(item))
            client.put(f"{self.realm(item)}/{self.path}/{id_}", {}, self.what(item))


GIVEN = table("exact: scopes", exact=exact)
KINDS: tuple[Kind, ...] = (
    _Scope("client_scope", tables.SCOPE, wave=1, path="client-scopes", partial=("attributes",), keeps=True, fixed=("protocol",),
           holds=("scope_mapper/",)),
    _Given("default_client_scopes", GIVEN, wave=2, path="default-default-client-scopes", prunable=False),
    _Given("optional_client_scopes", GIVEN, wave=2, path="default-optional-client-scopes", prunable=False),
    Mapper("scope_mapper", "client_scope", path="client-scopes", label="mapper of client scope"),
)


# --- the declaration -------------------------------------------------------------------------------------------------------------
def _scopes(desired: Desired, realm: str, content: t.Any, where: str) -> None:
    desired.sections.add(f"client_scope:{realm}")
    for name, value, place in named(desired, content_map(desired, content, where), where, scope_rule):
        fields = checked(_SCOPE, value, place, desired.faults)
        mappers = fields.pop("mappers", None)
        item = Item("client_scope", names.join(realm, name), place, fields, realm, (f"realm:{realm}",))
        desired.add(item)
        if mappers is not None:
            parse_mappers(desired, "scope_mapper", item, mappers, f"{place}.mappers")


def _given(kind: str) -> t.Callable[[Desired, str, t.Any, str], None]:
    def parse(desired: Desired, realm: str, content: t.Any, where: str) -> None:
        fields = checked(GIVEN, {"scopes": content}, where, desired.faults)
        needs = (f"realm:{realm}", *(f"client_scope:{names.join(realm, scope)}" for scope in fields.get("scopes", ())))
        desired.add(Item(kind, realm, where, fields, needs=needs))
    return parse


SECTIONS = {"client_scopes": _scopes, **{kind: _given(kind) for kind in ("default_client_scopes", "optional_client_scopes")}}


# --- reading ---------------------------------------------------------------------------------------------------------------------
def _first(keycloak: Keycloak, desired: Desired, realm: str) -> t.Iterator[t.Callable[[], None]]:
    def lists() -> None:
        for found in keycloak.get(f"{segment(realm)}/client-scopes", f"client scopes of realm {realm}") or ():
            name = names.join(realm, found["name"])
            keycloak.world.put(f"client_scope:{name}", found)
            put_mappers(keycloak.world, "scope_mapper", name, found)

    def given(kind: Kind) -> None:
        found = keycloak.get(f"{segment(realm)}/{kind.path}", f"{kind.label} of realm {realm}") or ()
        keycloak.world.raw[f"{kind.name}:{realm}"] = {"scopes": [scope["name"] for scope in found]}

    yield lists
    for kind in KINDS[1:3]:
        if f"{kind.name}:{realm}" in desired.items:
            yield lambda kind=kind: given(kind)


ROUNDS = (_first,)

# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
"""User federation, such as an LDAP directory, and its mappers: components of a realm.

Components are special in three ways (26.7): two may have the same name, so a POST isn't repeated blindly; values are lists of texts; a PUT keeps
the settings that it leaves out, so hidden ones are sent only when they change. A directory is born with seven mappers.
"""

from __future__ import annotations

import typing as t

from ansible_collections.unifiedmeta.platform.plugins.module_utils._fields import checked
from ansible_collections.unifiedmeta.platform.plugins.module_utils._http import segment
from ansible_collections.unifiedmeta.platform.plugins.module_utils._keycloak import hidden, names, server
from ansible_collections.unifiedmeta.platform.plugins.module_utils._keycloak.api import Keycloak
from ansible_collections.unifiedmeta.platform.plugins.module_utils._keycloak.fields import content_map, table
from ansible_collections.unifiedmeta.platform.plugins.module_utils._keycloak.kinds import Kind
from ansible_collections.unifiedmeta.platform.plugins.module_utils._keycloak.world import World
from ansible_collections.unifiedmeta.platform.plugins.module_utils._model import Desired, Item, named
from ansible_collections.unifiedmeta.platform.plugins.module_utils._plan import compare

if t.TYPE_CHECKING:
    from ansible_collections.unifiedmeta.platform.plugins.module_utils._planner import Planner

STORAGE, MAPPERS = "org.keycloak.storage.UserStorageProvider", "org.keycloak.storage.ldap.mappers.LDAPStorageMapper"
# Every storage has them, though the server's list doesn't name them (UserStorageProviderModel and its ancestors).
_COMMON = ("enabled", "priority", "cachePolicy", "maxLifespan", "evictionHour", "evictionMinute", "evictionDay", "fullSyncPeriod", "changedSyncPeriod",
           "batchSizeForSync", "importEnabled", "removeInvalidUsersEnabled")
_TYPES = table("word: provider", "map: config")


class _Component(Kind):
    """``type_``: Keycloak's name of the sort of component; ``shelf``: where the server lists which there are."""

    whole = True

    def __init__(self, name: str, type_: str, shelf: str, **options: t.Any):
        super().__init__(name, {**_TYPES, **table("map: secrets")}, path="components", partial=("config",), fixed=("provider",),
                         write_only=("secrets",), **options)
        self.type_, self.shelf = type_, shelf

    def plan(self, planner: Planner, item: Item) -> None:
        stored, provider = planner.world.raw.get(item.key), item.fields.get("provider", "")
        if stored and stored.get("twins"):
            planner.planned.faults.append(f"{item.where}: {self.what(item)} is there {stored['twins']} times; delete all but one by hand")
        if stored is None:
            server.check_provider(planner, self.shelf, provider, f"{item.where}.provider")
        known = server.settings(planner.world, self.type_, provider)
        hidden.check_settings(planner, item, {**known, **(dict.fromkeys(_COMMON, False) if known and self.type_ == STORAGE else {})})
        super().plan(planner, item)

    def view(self, item: Item, answer: dict, world: World) -> dict[str, t.Any]:
        config = {name: ",".join(values) for name, values in (answer.get("config") or {}).items()}
        return super().view(item, {"provider": answer.get("providerId"), "config": config}, world)

    def above(self, client: Keycloak, item: Item) -> str:
        """The id of the parent."""
        return client.world.raw[f"realm:{item.parent}"]["id"]

    def payload(self, client: Keycloak, item: Item, body: dict) -> dict[str, t.Any]:
        config = {**body.get("config", {}), **body.get("secrets", {})}
        return {"name": names.split(item.name)[-1], "providerId": item.fields["provider"], "providerType": self.type_, "parentId": self.above(client, item),
                "config": {name: [value] for name, value in config.items()}}

    def create(self, client: Keycloak, item: Item, body: dict) -> None:
        """A mapper may have come into being with its directory."""
        stored = client.world.raw.get(item.key)
        if stored:
            differs = {name: pair[1] for name, pair in compare(body, self.view(item, stored, client.world), ignored=self.write_only).items()}
            if differs:
                self.update(client, item, {**differs, **{name: body[name] for name in self.write_only if name in body}}, {})
            return
        client.world.ids[item.key] = client.once(
            self.list_at(client, item), self.payload(client, item, body), lambda: self._made(client, item), self.what(item))
        self.complete(client, item, body)

    def _made(self, client: Keycloak, item: Item) -> str | None:
        found = client.get(self.list_at(client, item), self.what(item), parent=self.above(client, item), type=self.type_, name=names.split(item.name)[-1])
        return found[0]["id"] if found else None

    def update(self, client: Keycloak, item: Item, body: dict, actual: dict) -> None:
        client.put(self.at(client, item), {**self.payload(client, item, body), "id": client.world.ids[item.key]}, self.what(item))


class _Federation(_Component):
    """Deleting one takes its users along."""

    def complete(self, client: Keycloak, item: Item, body: dict) -> None:
        id_ = client.world.ids[item.key]
        for found in client.get(self.list_at(client, item), self.what(item), parent=id_) or ():
            client.world.put(f"user_federation_mapper:{item.name}/{names.escape(found['name'])}", found)


class _Mapper(_Component):
    """One of a directory of ours is ours, also where it was born with that."""

    def owners(self, item: Item) -> t.Collection[str]:
        return item.needs[:1]

    def above(self, client: Keycloak, item: Item) -> str:
        return client.id_of("user_federation", *names.split(item.parent))


KINDS: tuple[Kind, ...] = (
    _Federation("user_federation", STORAGE, "storage", wave=1, holds=("user_federation_mapper/",)),
    _Mapper("user_federation_mapper", MAPPERS, "ldap-mapper", wave=2),
)


# --- the declaration -------------------------------------------------------------------------------------------------------------
def _parse(desired: Desired, realm: str, content: t.Any, where: str) -> None:
    desired.sections.add(f"user_federation:{realm}")
    for name, value, place in named(desired, content_map(desired, content, where), where):
        mappers = value.get("mappers") if isinstance(value, dict) else None
        given = {key: entry for key, entry in value.items() if key != "mappers"} if isinstance(value, dict) else value
        item = Item("user_federation", names.join(realm, name), place, _fields(desired, given, place, "ldap"), realm, (f"realm:{realm}",))
        desired.add(item)
        if mappers is not None:
            desired.sections.add(f"user_federation_mapper:{item.name}")
            for mapper, entry, at in named(desired, content_map(desired, mappers, f"{place}.mappers"), f"{place}.mappers"):
                fields = _fields(desired, entry, at, "user-attribute-ldap-mapper")
                desired.add(Item("user_federation_mapper", f"{item.name}/{names.escape(mapper)}", at, fields, item.name, (item.key,)))


def _fields(desired: Desired, value: t.Any, where: str, example: str) -> dict[str, t.Any]:
    fields = checked(_TYPES, value, where, desired.faults)
    hidden.part(fields, ("bindCredential",), where, desired.faults)
    if not fields.get("provider"):
        desired.faults.append(f"{where}.provider: is missing; give its type, such as {example}")
    return fields


SECTIONS = {"user_federation": _parse}


# --- reading ---------------------------------------------------------------------------------------------------------------------
def _first(keycloak: Keycloak, desired: Desired, realm: str) -> t.Iterator[t.Callable[[], None]]:
    if f"user_federation:{realm}" in desired.sections:
        yield lambda: _components(keycloak, realm)


def _components(keycloak: Keycloak, realm: str) -> None:
    """One list has the components of a realm and theirs."""
    found = keycloak.get(f"{segment(realm)}/components", f"components of realm {realm}") or []
    above = {answer["id"]: names.join(realm, answer["name"]) for answer in found if answer.get("providerType") == STORAGE}
    for answer in found:
        if answer["id"] in above:
            _put(keycloak.world, f"user_federation:{above[answer['id']]}", answer)
        elif answer.get("parentId") in above and answer.get("providerType") == MAPPERS:
            _put(keycloak.world, f"user_federation_mapper:{above[answer['parentId']]}/{names.escape(answer['name'])}", answer)


def _put(world: World, key: str, answer: dict) -> None:
    twins = world.raw[key].get("twins", 1) + 1 if key in world.raw and world.raw[key].get("id") != answer["id"] else 0
    world.put(key, {**answer, **({"twins": twins} if twins else {})})


ROUNDS = (_first,)


def asks(desired: Desired, world: World) -> bool:
    """Is something declared that isn't there yet, or a setting that it doesn't have yet? Keycloak drops empty ones."""
    for item in (item for kind in KINDS for item in desired.of(kind.name)):
        declared = {name for name, value in item.fields.get("config", {}).items() if value != ""}
        if item.key not in world.raw or declared - set(world.raw[item.key].get("config") or {}):
            return True
    return False

# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Groups, nested as declared, and the roles that they give. All groups of a realm come in pages of one flat list.

A group that was moved or renamed is found by its id, which the ledger notes, and is put back with its members.
"""

from __future__ import annotations

import typing as t

from ansible_collections.unifiedmeta.platform.plugins.module_utils._fields import checked, table
from ansible_collections.unifiedmeta.platform.plugins.module_utils._http import segment
from ansible_collections.unifiedmeta.platform.plugins.module_utils._keycloak import mappings, names, tables
from ansible_collections.unifiedmeta.platform.plugins.module_utils._keycloak.api import Keycloak
from ansible_collections.unifiedmeta.platform.plugins.module_utils._keycloak.fields import content_map, role_needs
from ansible_collections.unifiedmeta.platform.plugins.module_utils._keycloak.kinds import Kind
from ansible_collections.unifiedmeta.platform.plugins.module_utils._keycloak.world import World
from ansible_collections.unifiedmeta.platform.plugins.module_utils._model import Desired, Item, named

if t.TYPE_CHECKING:
    from ansible_collections.unifiedmeta.platform.plugins.module_utils._plan import Change
    from ansible_collections.unifiedmeta.platform.plugins.module_utils._reconcile import Apply

_GROUP = {**tables.GROUP, **table("any: subgroups")}


# --- kinds -----------------------------------------------------------------------------------------------------------------------
class _Group(Kind):
    def exists(self, name: str, world: World) -> bool:
        """One that holds groups of others is left alone by pruning, as if it weren't there: they would go with it."""
        return super().exists(name, world) and not _strangers(name, world)

    def list_at(self, client: Keycloak, item: Item) -> str:
        above = names.split(item.parent)
        inside = f"/{client.id_of('group', *above)}/children" if len(above) > 1 else ""
        return f"{self.realm(item)}/groups{inside}"

    def find(self, client: Keycloak, item: Item) -> dict | None:
        leaf = names.split(item.name)[-1]
        return next((found for found in client.pages(self.list_at(client, item), self.what(item), briefRepresentation="false") if found["name"] == leaf), None)

    def view(self, item: Item, answer: dict, world: World) -> dict[str, t.Any]:
        found = {**super().view(item, answer, world), **mappings.view(item, answer)}
        return {**found, "path": answer.get("moved_to") or item.fields["path"]}

    def payload(self, client: Keycloak, item: Item, body: dict) -> dict[str, t.Any]:
        return {name: value for name, value in body.items() if name not in (*mappings.FIELDS, "path")}

    def complete(self, client: Keycloak, item: Item, body: dict) -> None:
        mappings.write(client, names.split(item.name)[0], self.at(client, item), body, {}, self.what(item))

    def update(self, client: Keycloak, item: Item, body: dict, actual: dict) -> None:
        if "path" in body and client.world.raw.get(item.key, {}).get("moved_to"):
            # Where a group with an id is made, it is moved.
            client.post(self.list_at(client, item), {"id": client.world.ids[item.key], "name": names.split(item.name)[-1]}, self.what(item))
            client.world.raw[item.key].pop("moved_to")
            client.world.raw[item.key]["name"] = names.split(item.name)[-1]
        if self.payload(client, item, body) or "path" in body:
            super().update(client, item, body, actual)
        mappings.write(client, names.split(item.name)[0], self.at(client, item), body, actual, self.what(item))

    def make(self, apply: Apply, item: Item, change: Change) -> None:
        super().make(apply, item, change)
        apply.note(item.key, {"id": apply.client.world.ids[item.key]})


KINDS: tuple[Kind, ...] = (_Group("group", {**tables.GROUP, **table("text: path")}, wave=4, path="groups", partial=("attributes",),
                                  holds=("group/",)),)


# --- the declaration -------------------------------------------------------------------------------------------------------------
def _groups(desired: Desired, realm: str, content: t.Any, where: str) -> None:
    desired.sections.add(f"group:{realm}")
    _level(desired, realm, realm, content, where)


def _level(desired: Desired, realm: str, parent: str, content: t.Any, where: str) -> None:
    above = f"group:{parent}" if parent != realm else f"realm:{realm}"
    for name, value, place in named(desired, content_map(desired, content, where), where):
        fields = checked(_GROUP, value, place, desired.faults)
        inner = fields.pop("subgroups", None)
        key = f"{parent}/{names.escape(name)}"
        fields["path"] = key[len(realm):]
        desired.add(Item("group", key, place, fields, parent, (above, *role_needs(realm, fields, *mappings.FIELDS))))
        if inner is not None:
            _level(desired, realm, key, inner, f"{place}.subgroups")


SECTIONS = {"groups": _groups}


def kept(desired: Desired, world: World) -> list[str]:
    """What pruning leaves alone although it is no longer declared, and why."""
    found = []
    for key in world.owned:
        kind, _colon, name = key.partition(":")
        if kind == "group" and key in world.raw and key not in desired.items and desired.covers(key):
            others = _strangers(name, world)
            if others:
                found.append(f"group {name} is no longer declared, and is left alone: it holds {', '.join(others[:3])}, which isn't ours and would go with it")
    return found


def _strangers(name: str, world: World) -> list[str]:
    found = world.raw.get(f"group:{name}", {}).get("found_at", name)
    return [key.partition(":")[2] for key, _answer in world.of("group", found) if key not in world.owned]


# --- reading ---------------------------------------------------------------------------------------------------------------------
def needed(desired: Desired, realm: str) -> bool:
    """Does the call speak of groups, be it as a user's, who is to be in none?"""
    return f"group:{realm}" in desired.sections or any(
        "groups" in item.fields for kind in ("user", "service_account") for item in desired.of(kind) if item.parent == realm)


def _first(keycloak: Keycloak, desired: Desired, realm: str) -> t.Iterator[t.Callable[[], None]]:
    if needed(desired, realm):
        yield lambda: read(keycloak, desired, realm)


def read(keycloak: Keycloak, desired: Desired, realm: str) -> None:
    """All groups. The asterisk finds every name, at any depth; a server that doesn't know it is asked level by level."""
    what, full = f"groups of realm {realm}", {"briefRepresentation": "false"}
    found = {group["id"]: group for group in keycloak.pages(f"{segment(realm)}/groups", what, search="*", populateHierarchy="false", **full)}
    if not found:
        found = {group["id"]: group for group in keycloak.pages(f"{segment(realm)}/groups", what, **full)}
    todo = list(found.values())
    inside: dict[str, int] = {}
    for group in todo:
        inside[group.get("parentId", "")] = inside.get(group.get("parentId", ""), 0) + 1
    while todo:
        group = todo.pop()
        if group.get("subGroupCount", 0) > inside.get(group["id"], 0):
            for child in keycloak.pages(f"{segment(realm)}/groups/{group['id']}/children", what, **full):
                if child["id"] not in found:
                    found[child["id"]] = {**child, "parentId": group["id"]}
                    todo.append(child)
    for group in found.values():
        keycloak.world.put(f"group:{_key(realm, group, found)}", group)
    settle(desired, keycloak.world)


def _key(realm: str, group: dict, found: dict[str, dict]) -> str:
    """By the names of those above: Keycloak's own path doesn't tell a slash in a name from one between two."""
    parts = [group["name"]]
    while group.get("parentId") in found:
        group = found[group["parentId"]]
        parts.append(group["name"])
    return names.join(realm, *reversed(parts))


def settle(desired: Desired, world: World) -> None:
    """Groups of ours that aren't where they belong, and are somewhere else where nobody declares them: declared ones are put back, others are pruned."""
    places: dict[str, str] = {}
    declared = [item.key for item in desired.of("group")]
    gone = [key for key in world.owned if key.startswith("group:") and key not in desired.items and desired.covers(key)]
    needed_by = {need for item in desired.items.values() for need in item.needs} if gone else set()
    for key in [*declared, *gone]:
        id_ = world.owned.get(key, {}).get("id")
        if key in world.raw or not id_:
            continue
        places = places or {known: key for key, known in list(world.ids.items()) if key.startswith("group:")}
        there = places.get(id_)
        if not there or there in desired.items or (key not in desired.items and there in needed_by):
            continue
        group, name = world.raw[there], key.partition(":")[2]
        if key in desired.items:
            at_home = group.get("parentId") == world.ids.get(f"group:{names.above(name)}") and group["name"] == names.split(name)[-1]
            more = {} if at_home else {"moved_to": there[len("group:") + len(names.split(name)[0]):]}
        else:
            more = {"found_at": there.partition(":")[2]}
        world.drop(there)
        world.put(key, {**group, **more})


ROUNDS = (_first,)

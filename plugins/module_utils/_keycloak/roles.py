# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Roles of a realm, and what composite roles are made of. The roles of clients are alike, in a list of their own."""

from __future__ import annotations

import typing as t

from ansible_collections.unifiedmeta.platform.plugins.module_utils._fields import checked
from ansible_collections.unifiedmeta.platform.plugins.module_utils._http import segment
from ansible_collections.unifiedmeta.platform.plugins.module_utils._keycloak import names, tables
from ansible_collections.unifiedmeta.platform.plugins.module_utils._keycloak.api import Keycloak
from ansible_collections.unifiedmeta.platform.plugins.module_utils._keycloak.fields import content_map, role_needs
from ansible_collections.unifiedmeta.platform.plugins.module_utils._keycloak.kinds import Kind
from ansible_collections.unifiedmeta.platform.plugins.module_utils._keycloak.world import World
from ansible_collections.unifiedmeta.platform.plugins.module_utils._model import Desired, Item, named

_ROLE = {**tables.ROLE, **tables.COMPOSITES}


# --- kinds -----------------------------------------------------------------------------------------------------------------------
class _Role(Kind):
    """A role of a realm or a client. Its POST answers with its name, not its id."""

    def list_at(self, client: Keycloak, item: Item) -> str:
        parts = names.split(item.name)
        inside = f"clients/{client.id_of('client', *parts[:2])}/" if len(parts) > 2 else ""
        return f"{segment(parts[0])}/{inside}roles"

    def at(self, client: Keycloak, item: Item) -> str:
        """By id where it is known: a name with a slash is taken for a path by some proxies."""
        id_ = client.world.ids.get(item.key)
        return f"{self.realm(item)}/roles-by-id/{id_}" if id_ else f"{self.list_at(client, item)}/{segment(names.split(item.name)[-1])}"

    def find(self, client: Keycloak, item: Item) -> dict | None:
        return client.get(f"{self.list_at(client, item)}/{segment(names.split(item.name)[-1])}", self.what(item))

    def complete(self, client: Keycloak, item: Item, body: dict) -> None:
        client.world.ids.pop(item.key, None)


class _Composites(Kind):
    """What a role is made of. Of clients' roles those of the declared clients are ours; the realm's own default role has parts from birth."""

    def view(self, item: Item, answer: dict, world: World) -> dict[str, t.Any]:
        inside = answer.get("client_composites") or {}
        whole = {"composites": answer.get("composites"), "client_composites": {
            client: inside.get(client, []) for client in item.fields.get("client_composites") or ()}}
        return {name: self.types[name](whole[name]) for name in item.fields}

    def create(self, client: Keycloak, item: Item, body: dict) -> None:
        """A role that is older than this run may be composite already."""
        key = item.extra["role"]
        if key in client.world.raw and client.world.raw[key].get("composite"):
            _parts(client, key)
        self.update(client, item, body, self.view(item, client.world.raw.get(item.key) or {}, client.world))

    def update(self, client: Keycloak, item: Item, body: dict, actual: dict) -> None:
        realm = names.split(item.name)[0]
        old, new = _pairs(actual, body), _pairs(body, body)
        at = f"{segment(realm)}/roles-by-id/{client.role(realm, *reversed(names.split(item.name)[1:]))['id']}/composites"
        if new - old:
            client.post(at, [client.role(realm, role, inside) for inside, role in sorted(new - old)], self.what(item))
        if old - new:
            client.delete(at, self.what(item), [client.role(realm, role, inside) for inside, role in sorted(old - new)])


def _pairs(fields: dict[str, t.Any], like: dict[str, t.Any]) -> set[tuple[str, str]]:
    """(client or "", role) of the fields that are in ``like``."""
    plain = {("", role) for role in fields.get("composites") or ()} if "composites" in like else set()
    inside = fields.get("client_composites") or {} if "client_composites" in like else {}
    return plain | {(client, role) for client, roles in inside.items() for role in roles}


KINDS: tuple[Kind, ...] = (
    _Role("role", tables.ROLE, wave=1, path="roles", partial=("attributes",), merge=True, holds=("composites",)),
    _Role("client_role", tables.ROLE, wave=3, path="roles", partial=("attributes",), merge=True, holds=("composites",)),
    _Composites("composites", tables.COMPOSITES, wave=4, label="parts of role", prunable=False),
)


# --- the declaration -------------------------------------------------------------------------------------------------------------
def parse_roles(desired: Desired, realm: str, content: t.Any, where: str, client: str = "") -> None:
    """Roles of the realm, or of a client."""
    kind, parent = ("client_role", names.join(realm, client)) if client else ("role", realm)
    desired.sections.add(f"{kind}:{parent}")
    above = f"client:{parent}" if client else f"realm:{realm}"
    for name, value, place in named(desired, content_map(desired, content, where), where):
        fields = checked(_ROLE, value, place, desired.faults)
        parts = {field: fields.pop(field) for field in tables.COMPOSITES if field in fields}
        item = Item(kind, f"{parent}/{names.escape(name)}", place, fields, parent, (above,))
        desired.add(item)
        if parts:
            needs = (item.key, *role_needs(realm, parts, "composites", "client_composites"))
            desired.add(Item("composites", item.name, place, parts, parent, needs, {"role": item.key}))


SECTIONS = {"roles": parse_roles}


# --- reading ---------------------------------------------------------------------------------------------------------------------
def _first(keycloak: Keycloak, desired: Desired, realm: str) -> t.Iterator[t.Callable[[], None]]:
    def lists() -> None:
        for found in keycloak.pages(f"{segment(realm)}/roles", f"roles of realm {realm}", briefRepresentation="false"):
            keycloak.world.put(f"role:{names.join(realm, found['name'])}", found)
    yield lists


def _third(keycloak: Keycloak, desired: Desired, realm: str) -> t.Iterator[t.Callable[[], None]]:
    """The parts of declared roles that are composite; the list tells which are."""
    for item in desired.of("composites"):
        if names.split(item.name)[0] == realm and item.extra["role"] in keycloak.world.raw:
            yield lambda key=item.extra["role"]: _parts(keycloak, key)


def _parts(keycloak: Keycloak, key: str) -> None:
    """What a role is made of, as the declaration has it."""
    realm, role, found = names.split(key.partition(":")[2])[0], keycloak.world.raw[key], {"composites": [], "client_composites": {}}
    if role.get("composite"):
        clients = {id_: names.split(known)[-1] for known, id_ in list(keycloak.world.ids.items()) if known.startswith(f"client:{realm}/")}
        for part in keycloak.get(f"{segment(realm)}/roles-by-id/{role['id']}/composites", f"parts of role {key.partition(':')[2]}") or ():
            if not part.get("clientRole"):
                found["composites"].append(part["name"])
            elif part["containerId"] in clients:
                found["client_composites"].setdefault(clients[part["containerId"]], []).append(part["name"])
    keycloak.world.raw[f"composites:{key.partition(':')[2]}"] = found


ROUNDS = (_first, lambda keycloak, desired, realm: (), _third)

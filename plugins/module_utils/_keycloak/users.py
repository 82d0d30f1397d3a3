# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Initial users, and what the service accounts of clients may do.

Only what differs is sent: whom an administrator disabled a moment ago stays so.

A password is given once: Keycloak never shows it, and a person may have changed it since. It is given anew when its value in Vault turns, and never to
somebody who was there before us. Required actions are given at birth, since they vanish when they are done.
"""

from __future__ import annotations

import typing as t

from ansible_collections.unifiedmeta.platform.plugins.module_utils._fields import checked
from ansible_collections.unifiedmeta.platform.plugins.module_utils._http import segment
from ansible_collections.unifiedmeta.platform.plugins.module_utils._keycloak import mappings, names, tables, users_check
from ansible_collections.unifiedmeta.platform.plugins.module_utils._keycloak.api import Keycloak
from ansible_collections.unifiedmeta.platform.plugins.module_utils._keycloak.fields import content_map, role_needs
from ansible_collections.unifiedmeta.platform.plugins.module_utils._keycloak.kinds import Kind
from ansible_collections.unifiedmeta.platform.plugins.module_utils._keycloak.world import World
from ansible_collections.unifiedmeta.platform.plugins.module_utils._kind import Step
from ansible_collections.unifiedmeta.platform.plugins.module_utils._ledger import Ledger
from ansible_collections.unifiedmeta.platform.plugins.module_utils._model import Desired, Item, named

if t.TYPE_CHECKING:
    from ansible_collections.unifiedmeta.platform.plugins.module_utils._planner import Planner

_OURS = (*mappings.FIELDS, "groups", "password", "temporary_password", "required_actions")
_THEIRS = {"password": "theirs"}


# --- kinds -----------------------------------------------------------------------------------------------------------------------
class _Member(Kind):
    """Whoever has roles and is in groups."""

    def view(self, item: Item, answer: dict, world: World) -> dict[str, t.Any]:
        realm = names.split(item.name)[0]
        given = (world.raw.get(f"realm:{realm}", {}).get("defaultRole") or {}).get("name", "")
        plain = {name: value for name, value in super().view(item, answer, world).items() if name not in _OURS}
        groups = {"groups": sorted(answer.get("groups") or ())} if "groups" in item.fields else {}
        return {**plain, **mappings.view(item, answer, given), **groups}

    def belong(self, client: Keycloak, item: Item, at: str, body: dict, actual: dict) -> None:
        """Roles and groups."""
        realm = names.split(item.name)[0]
        mappings.write(client, realm, at, body, actual, self.what(item))
        if "groups" in body:
            old, new = set(actual.get("groups") or ()), set(body["groups"])
            for path in sorted(new - old):
                client.put(f"{at}/groups/{client.id_of('group', realm, *names.split(path))}", {}, self.what(item))
            for path in sorted(old - new):
                client.delete(f"{at}/groups/{client.id_of('group', realm, *names.split(path))}", self.what(item))


class _User(_Member):
    def find(self, client: Keycloak, item: Item) -> dict | None:
        found = client.get(self.list_at(client, item), self.what(item), username=names.split(item.name)[-1], exact="true", briefRepresentation="false")
        if not found:
            return None
        users = {found[0]["id"]: found[0]}
        for job in (*_roles(client, names.split(item.name)[0], users), *_groups(client, names.split(item.name)[0], users)):
            job()
        return found[0]

    def spared(self, item: Item, actual: dict | None, ledger: Ledger) -> t.Collection[str]:
        theirs = actual is not None and (not ledger.owns(item.key) or ledger.fact(item.key, "password") == "theirs")
        return ("password",) if theirs else ()

    def step(self, item: Item, actual: dict | None, ledger: Ledger) -> Step | None:
        """Whoever was there before us keeps their password, from now on."""
        return Step(ahead=_THEIRS, exclusive=False) if actual is not None and not ledger.owns(item.key) else None

    def plan(self, planner: Planner, item: Item) -> None:
        planner.planned.faults += users_check.faults(item, planner.desired, planner.world)
        super().plan(planner, item)

    def payload(self, client: Keycloak, item: Item, body: dict) -> dict[str, t.Any]:
        return {name: value for name, value in body.items() if name not in _OURS}

    def create(self, client: Keycloak, item: Item, body: dict) -> None:
        more: dict[str, t.Any] = {"enabled": True}
        if "password" in body:
            more["credentials"] = [_credential(body)]
        if "required_actions" in body:
            more["requiredActions"] = body["required_actions"]
        realm = names.split(item.name)[0]
        # Keycloak takes the paths of groups whose names hold no slash.
        plain = [path for path in body.get("groups") or () if "~" not in path]
        if plain:
            more["groups"] = [f"/{path}" for path in plain]
        made = {**more, **self.payload(client, item, body), "username": names.split(item.name)[-1]}
        id_, found = client.make(self.list_at(client, item), made, lambda: self.find(client, item), self.what(item))
        client.world.ids[item.key] = id_
        if found is None:
            # And it adds the realm's default groups.
            known, given = _paths(client.world, realm), client.world.raw.get(f"default_groups:{realm}", {}).get("ids", ())
            self.belong(client, item, self.at(client, item), body, {"groups": [*plain, *(known[id_] for id_ in given if id_ in known)]})
            return
        self.found(client, item, body, found)

    def update(self, client: Keycloak, item: Item, body: dict, actual: dict) -> None:
        at, sent = self.at(client, item), self.payload(client, item, body)
        if "attributes" in sent:
            # With attributes a PUT takes away whatever else it leaves out of the profile, and nothing besides (26.7).
            stored = client.get(at, self.what(item)) or client.world.raw.get(item.key, {})
            sent = {**{name: stored[name] for name in ("email", "firstName", "lastName") if name in stored}, **sent,
                    "attributes": {**(stored.get("attributes") or {}), **sent["attributes"]}}
        if sent:
            client.put(at, sent, self.what(item))
        if "password" in body:
            client.put(f"{at}/reset-password", _credential({**item.fields, **body}), self.what(item))
        self.belong(client, item, at, body, actual)


def _credential(fields: dict[str, t.Any]) -> dict[str, t.Any]:
    return {"type": "password", "value": fields["password"], "temporary": bool(fields.get("temporary_password"))}


class _ServiceAccount(_Member):
    """The user that a client is when it logs in by itself; born with the client."""

    def create(self, client: Keycloak, item: Item, body: dict) -> None:
        _account(client, item)
        users = {client.world.ids[item.key]: client.world.raw[item.key]}
        realm = names.split(item.name)[0]
        for job in (*_roles(client, realm, users), *_groups(client, realm, users)):
            job()
        self.update(client, item, body, self.view(item, client.world.raw[item.key], client.world))

    def update(self, client: Keycloak, item: Item, body: dict, actual: dict) -> None:
        self.belong(client, item, f"{self.realm(item)}/users/{client.world.ids[item.key]}", body, actual)


def _account(keycloak: Keycloak, item: Item) -> None:
    """The service account of a client that has one."""
    realm, name = names.split(item.name)
    found = keycloak.get(f"{segment(realm)}/clients/{keycloak.id_of('client', realm, name)}/service-account-user", f"service account of client {name}")
    if found:
        keycloak.world.put(item.key, found)


KINDS: tuple[Kind, ...] = (
    _ServiceAccount("service_account", tables.SERVICE_ACCOUNT, wave=6, prunable=False),
    _User("user", tables.USER, wave=6, path="users", naming="username", partial=("attributes",), write_only=("password",),
          unseen=("temporary_password", "required_actions")),
)


# --- the declaration -------------------------------------------------------------------------------------------------------------
def _users(desired: Desired, realm: str, content: t.Any, where: str) -> None:
    """Keycloak keeps usernames in lower case."""
    desired.sections.add(f"user:{realm}")
    addresses: dict[str, str] = {}
    for name, value, place in named(desired, content_map(desired, content, where), where):
        fields = checked(tables.USER, value, place, desired.faults, raw=("password",))
        email = fields.get("email") or place
        twin = {"twin": addresses[email]} if email in addresses else {}
        addresses.setdefault(email, place)
        desired.add(Item("user", names.join(realm, name.lower()), place, fields, realm, (f"realm:{realm}", *_needs(realm, fields)), twin))


def parse_service_account(desired: Desired, realm: str, client: str, content: t.Any, where: str) -> None:
    """Of a client's declaration."""
    fields = checked(tables.SERVICE_ACCOUNT, content, where, desired.faults)
    name = names.join(realm, client)
    desired.add(Item("service_account", name, where, fields, realm, (f"client:{name}", *_needs(realm, fields))))


def _needs(realm: str, fields: dict[str, t.Any]) -> tuple[str, ...]:
    return (*role_needs(realm, fields, *mappings.FIELDS), *(f"group:{realm}/{path}" for path in fields.get("groups") or ()))


SECTIONS = {"users": _users}


# --- reading ---------------------------------------------------------------------------------------------------------------------
# Above this number of users the whole list, in pages, is cheaper than a request for each.
LIST_FROM = 50


def _first(keycloak: Keycloak, desired: Desired, realm: str) -> t.Iterator[t.Callable[[], None]]:
    world = keycloak.world
    known = [item.key for item in desired.of("user")] + [key for key in world.owned if key.startswith("user:") and f"user:{realm}" in desired.sections]
    wanted = {names.split(key.partition(":")[2])[-1] for key in known if key.startswith(f"user:{realm}/")}
    at = f"{segment(realm)}/users"

    def one(name: str) -> None:
        for found in keycloak.get(at, f"user {name} of realm {realm}", username=name, exact="true", briefRepresentation="false") or ():
            world.put(f"user:{names.join(realm, found['username'])}", found)

    def every() -> None:
        for found in keycloak.pages(at, f"users of realm {realm}", briefRepresentation="false"):
            if found["username"] in wanted:
                world.put(f"user:{names.join(realm, found['username'])}", found)

    if len(wanted) > LIST_FROM:
        yield every
    else:
        yield from (lambda name=name: one(name) for name in sorted(wanted))


def _second(keycloak: Keycloak, desired: Desired, realm: str) -> t.Iterator[t.Callable[[], None]]:
    for item in desired.of("service_account"):
        if names.split(item.name)[0] == realm and keycloak.world.raw.get(f"client:{item.name}", {}).get("serviceAccountsEnabled"):
            yield lambda item=item: _account(keycloak, item)
    world, people = keycloak.world, [item for item in desired.of("user") if item.parent == realm]
    if f"realm:{realm}" in keycloak.born:
        return
    if any("groups" in item.fields and item.key not in world.raw for item in people):
        yield lambda: world.raw.update({f"default_groups:{realm}": {"ids": [group["id"] for group in keycloak.get(
            f"{segment(realm)}/default-groups", f"default groups of realm {realm}") or ()]}})
    if f"user_profile:{realm}" not in world.raw and any(users_check.unknown(item, world) for item in people):
        yield lambda: world.put(f"user_profile:{realm}", keycloak.get(f"{segment(realm)}/users/profile", f"user profile of realm {realm}") or {})


def _third(keycloak: Keycloak, desired: Desired, realm: str) -> t.Iterator[t.Callable[[], None]]:
    world = keycloak.world
    items = [item for item in (*desired.of("user"), *desired.of("service_account")) if item.key in world.raw and names.split(item.name)[0] == realm]
    yield from _roles(keycloak, realm, {world.ids[item.key]: world.raw[item.key] for item in items if set(mappings.FIELDS) & set(item.fields)},
                      {client for item in items for client in item.fields.get("client_roles") or ()})
    yield from _groups(keycloak, realm, {world.ids[item.key]: world.raw[item.key] for item in items if "groups" in item.fields})


def _roles(keycloak: Keycloak, realm: str, users: dict[str, dict], clients: t.Collection[str] | None = None) -> list[t.Callable[[], None]]:
    """``clients`` None: all."""
    world = keycloak.world
    named_clients = {names.split(key)[-1] for key, _answer in world.of("client", realm)} if clients is None else clients
    known = [("", names.split(key)[-1]) for key, _answer in world.of("role", realm)]
    known += [(client, names.split(key)[-1]) for client in named_clients for key, _answer in world.of("client_role", names.join(realm, client))]
    return mappings.of_users(keycloak, realm, users, named_clients, known)


def _paths(world: World, realm: str) -> dict[str, str]:
    """The path of each group by its id."""
    return {id_: key[len(f"group:{realm}/"):] for key, id_ in list(world.ids.items()) if key.startswith(f"group:{realm}/")}


def _groups(keycloak: Keycloak, realm: str, users: dict[str, dict]) -> list[t.Callable[[], None]]:
    """Jobs that note the groups of each user: a request a user or a group, whatever is less."""
    paths = _paths(keycloak.world, realm)

    def one(id_: str) -> None:
        found = keycloak.pages(f"{segment(realm)}/users/{id_}/groups", f"groups of user {users[id_].get('username')}")
        users[id_]["groups"] = [paths[group["id"]] for group in found if group["id"] in paths]

    def members(group: str) -> None:
        for found in keycloak.pages(f"{segment(realm)}/groups/{group}/members", f"members of group {paths[group]}", briefRepresentation="true"):
            if found["id"] in users:
                users[found["id"]]["groups"].append(paths[group])

    if len(users) <= len(paths):
        return [lambda id_=id_: one(id_) for id_ in users]
    for entry in users.values():
        entry["groups"] = []
    return [lambda group=group: members(group) for group in paths]


ROUNDS = (_first, _second, _third)

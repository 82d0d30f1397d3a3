# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Which roles a group or a user has: of the realm (``realm_roles``, exactly these) and of clients (``client_roles``, exactly these of each client that
is named)."""

from __future__ import annotations

import typing as t

from ansible_collections.unifiedmeta.platform.plugins.module_utils._http import segment
from ansible_collections.unifiedmeta.platform.plugins.module_utils._keycloak.api import Keycloak
from ansible_collections.unifiedmeta.platform.plugins.module_utils._model import Item

FIELDS = ("realm_roles", "client_roles")


def view(item: Item, answer: dict[str, t.Any], given: str = "") -> dict[str, t.Any]:
    """The declared of the two fields, from ``realmRoles`` and ``clientRoles`` of an answer. ``given``: the role that everybody gets from birth, which is
    nobody's to declare or to take away."""
    found: dict[str, t.Any] = {}
    if "realm_roles" in item.fields:
        declared = item.fields["realm_roles"]
        found["realm_roles"] = sorted(role for role in answer.get("realmRoles") or () if role != given or role in declared)
    if "client_roles" in item.fields:
        inside = answer.get("clientRoles") or {}
        found["client_roles"] = {client: sorted(inside.get(client) or ()) for client in item.fields["client_roles"]}
    return found


def write(client: Keycloak, realm: str, at: str, body: dict[str, t.Any], actual: dict[str, t.Any], what: str) -> None:
    """Give and take what differs. ``at``: the address of the group or user."""
    if "realm_roles" in body:
        _write(client, realm, "", f"{at}/role-mappings/realm", body["realm_roles"], actual.get("realm_roles") or (), what)
    for name, roles in (body.get("client_roles") or {}).items():
        old = (actual.get("client_roles") or {}).get(name) or ()
        if sorted(roles) != sorted(old):
            _write(client, realm, name, f"{at}/role-mappings/clients/{client.id_of('client', realm, name)}", roles, old, what)


def _write(client: Keycloak, realm: str, name: str, at: str, roles: t.Collection[str], old: t.Collection[str], what: str) -> None:
    more, less = sorted(set(roles) - set(old)), sorted(set(old) - set(roles))
    if more:
        client.post(at, [client.role(realm, role, name) for role in more], what)
    if less:
        client.delete(at, what, [client.role(realm, role, name) for role in less])


def of_users(client: Keycloak, realm: str, users: t.Mapping[str, dict], clients: t.Collection[str],
             known: t.Sequence[tuple[str, str]]) -> list[t.Callable[[], None]]:
    """Reading jobs that note in each answer of ``users`` (by id) the roles that it has: a request a user or a role, whatever is less.

    ``clients``: those whose roles are asked for. ``known``: (client or "", role) of all roles that matter."""
    def one(id_: str) -> None:
        found = client.get(f"{segment(realm)}/users/{id_}/role-mappings", f"roles of user {users[id_].get('username')}") or {}
        users[id_]["realmRoles"] = [role["name"] for role in found.get("realmMappings") or ()]
        users[id_]["clientRoles"] = {name: [role["name"] for role in entry.get("mappings") or ()]
                                     for name, entry in (found.get("clientMappings") or {}).items() if name in clients}

    def holders(role: tuple[str, str]) -> None:
        inside = f"clients/{client.id_of('client', realm, role[0])}/" if role[0] else ""
        for found in client.pages(f"{segment(realm)}/{inside}roles/{segment(role[1])}/users", f"users with role {role[1]}", briefRepresentation="true"):
            if found["id"] in users:
                entry = users[found["id"]]
                (entry["clientRoles"].setdefault(role[0], []) if role[0] else entry["realmRoles"]).append(role[1])

    if len(users) <= len(known):
        return [lambda id_=id_: one(id_) for id_ in users]
    for entry in users.values():
        entry.update(realmRoles=[], clientRoles={})
    return [lambda role=role: holders(role) for role in known]

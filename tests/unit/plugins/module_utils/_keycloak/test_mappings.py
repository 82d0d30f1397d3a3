# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Roles of groups and users."""

from __future__ import annotations

from ansible_collections.unifiedmeta.platform.plugins.module_utils._keycloak import mappings
from ansible_collections.unifiedmeta.platform.plugins.module_utils._keycloak.api import Keycloak
from ansible_collections.unifiedmeta.platform.plugins.module_utils._model import Item
from tests.unit.plugins.module_utils._keycloak.paper import Paper

ANSWER = {"realmRoles": ["default-roles-r", "operator"], "clientRoles": {"app": ["b", "a"], "other": ["x"]}}


def client(answers=None):
    made = Keycloak(Paper(answers))
    made.world.ids.update({"role:r/operator": "1", "role:r/reader": "2", "client:r/app": "c1", "client_role:r/app/a": "3", "client_role:r/app/b": "4"})
    return made


def item(**fields):
    return Item("user", "r/kim", "", fields)


def test_declared_clients_and_all_roles_of_the_realm_but_the_given_one():
    assert mappings.view(item(realm_roles=["operator"], client_roles={"app": ["a"], "none": []}), ANSWER, "default-roles-r") == {
        "realm_roles": ["operator"], "client_roles": {"app": ["a", "b"], "none": []}}
    assert mappings.view(item(realm_roles=["default-roles-r"]), ANSWER, "default-roles-r") == {"realm_roles": ["default-roles-r", "operator"]}
    assert mappings.view(item(), ANSWER) == {} and mappings.view(item(realm_roles=[]), {}) == {"realm_roles": []}


def test_what_is_given_and_taken():
    keycloak = client()
    mappings.write(keycloak, "r", "r/users/u", {"realm_roles": ["reader"], "client_roles": {"app": ["a"]}},
                   {"realm_roles": ["operator"], "client_roles": {"app": ["b"]}}, "user kim")
    assert keycloak.http.sent == [
        ("POST r/users/u/role-mappings/realm", [{"id": "2", "name": "reader"}]), ("DELETE r/users/u/role-mappings/realm", [{"id": "1", "name": "operator"}]),
        ("POST r/users/u/role-mappings/clients/c1", [{"id": "3", "name": "a"}]),
        ("DELETE r/users/u/role-mappings/clients/c1", [{"id": "4", "name": "b"}])]


def test_nothing_to_give():
    keycloak = client()
    mappings.write(keycloak, "r", "r/groups/g", {"client_roles": {"app": ["b", "a"]}}, {"client_roles": {"app": ["a", "b"]}}, "group g")
    mappings.write(keycloak, "r", "r/groups/g", {"description": "x"}, {}, "group g")
    assert keycloak.http.sent == []


def test_few_users_are_asked_each():
    keycloak = client({"r/users/u/role-mappings": {"realmMappings": [{"name": "operator"}],
                                                   "clientMappings": {"app": {"mappings": [{"name": "a"}]}, "other": {"mappings": [{"name": "x"}]}}}})
    users = {"u": {"id": "u", "username": "kim"}, "v": {"id": "v"}}
    for job in mappings.of_users(keycloak, "r", users, {"app"}, [("", "operator"), ("", "reader"), ("app", "a")]):
        job()
    assert users["u"]["realmRoles"] == ["operator"] and users["u"]["clientRoles"] == {"app": ["a"]}
    assert users["v"]["realmRoles"] == [] and keycloak.http.asked == ["r/users/u/role-mappings", "r/users/v/role-mappings"]


def test_of_many_users_the_roles_are_asked():
    keycloak = client({"r/roles/operator/users": [{"id": "u1"}, {"id": "stranger"}], "r/clients/c1/roles/a/users": [{"id": "u2"}]})
    users = {f"u{number}": {"id": f"u{number}"} for number in range(5)}
    for job in mappings.of_users(keycloak, "r", users, {"app"}, [("", "operator"), ("app", "a")]):
        job()
    assert users["u1"]["realmRoles"] == ["operator"] and users["u2"]["clientRoles"] == {"app": ["a"]} and users["u3"]["realmRoles"] == []
    assert len(keycloak.http.asked) == 2, "as many as there are roles"

# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Groups, users and service accounts on a real Keycloak; every list comes in several pages."""

from __future__ import annotations

import json

import pytest

from ansible_collections.unifiedmeta.platform.plugins.module_utils._keycloak import api, users
from tests.lab.keycloak_runs import Runs, changes, put_secret

# Keycloak's own rules refuse spaces, slashes and mixed scripts.
USERNAME = {"validations": {"length": {"min": 1, "max": 255}}}


def config(realm: str) -> dict:
    """Groups of every spelling, people in them, and a client that administers the realm."""
    return {"realms": {realm: {
        "settings": {"adminEventsEnabled": True, "sslRequired": "none"},
        "user_profile": {"unmanagedAttributePolicy": "ADMIN_EDIT", "attributes": {"username": USERNAME}},
        "roles": {"operator": {}, "읽기": {}},
        "clients": {
            "app": {"directAccessGrantsEnabled": True, "secret": "vault:platform/app/sso#client_secret", "roles": {"admin": {}, "viewer": {}}},
            "robot": {"secret": "vault:platform/app/sso#client_secret", "standardFlowEnabled": False, "service_account": {
                "realm_roles": ["operator"], "client_roles": {"realm-management": ["view-users", "manage-users"]}, "groups": ["/platform/ops ~/ 한국"]}}},
        "groups": {
            "platform": {"attributes": {"tier": ["1", "2"]}, "realm_roles": ["읽기"], "subgroups": {
                "ops / 한국": {"client_roles": {"app": ["admin", "viewer"]}, "subgroups": {"night": {}, "day": {}}},
                **{f"team {number}": {} for number in range(6)}}},
            "a/b": {}, "a": {"subgroups": {"b": {"description": "not a/b"}}}},
        "users": {
            "Kim": {"firstName": "민수", "lastName": "김", "email": "kim@example.com", "emailVerified": True, "password": "vault:platform/kim/login#password",
                    "groups": ["/platform/ops ~/ 한국/night", "a~/b"], "realm_roles": ["operator"], "client_roles": {"app": ["viewer"]},
                    "attributes": {"desk": "7"}},
            "이 영/희": {"groups": ["/a/b"], "required_actions": ["UPDATE_PROFILE"]},
            **{f"person{number}": {"groups": [f"/platform/team {number}"]} for number in range(6)}},
    }}}


@pytest.fixture(scope="module")
def runs(keycloak, shared_server):
    """Keycloak with the realm, and a Vault with the secrets."""
    put_secret(shared_server, "app/sso", client_secret="secret-of-the-client-app")
    put_secret(shared_server, "kim/login", password="first-password-of-kim")
    made = Runs(keycloak, shared_server, {"scope": "people"})
    made.realm = keycloak.realm("people")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(api, "PAGE", 4)
        patch.setattr(users, "LIST_FROM", 3)
        made.first = made.twice(config(made.realm))
        yield made


def login(runs, password: str) -> int:
    return runs.keycloak.token(runs.realm, grant_type="password", client_id="app", client_secret="secret-of-the-client-app", username="kim",
                               password=password).status_code


def groups(runs) -> dict[str, dict]:
    return {group["path"]: group for group in runs.keycloak.get(f"{runs.realm}/groups?search=*&populateHierarchy=false&briefRepresentation=false")}


def user(runs, name: str) -> dict:
    return runs.keycloak.one(f"{runs.realm}/users?briefRepresentation=false", username=name)


def test_people_are_where_they_belong(runs):
    keycloak, realm = runs.keycloak, runs.realm
    assert "password-of-kim" not in json.dumps(runs.first) and f"create group {realm}/platform/ops ~~/ 한국/night".replace("~~", "~") in changes(runs.first)
    found = groups(runs)
    assert found["/platform"]["realmRoles"] == ["읽기"] and found["/platform"]["attributes"] == {"tier": ["1", "2"]}
    assert sorted(found["/platform/ops / 한국"]["clientRoles"]["app"]) == ["admin", "viewer"]
    names = [group["name"] for group in found.values()] + ["a/b"]
    assert {"a/b", "a", "b", "night", "day", "team 5"} <= set(names)
    kim = user(runs, "kim")
    assert (kim["firstName"], kim["attributes"]["desk"], kim["emailVerified"]) == ("민수", ["7"], True)
    assert sorted(group["name"] for group in keycloak.get(f"{realm}/users/{kim['id']}/groups")) == ["a/b", "night"]
    roles = keycloak.get(f"{realm}/users/{kim['id']}/role-mappings")
    assert {role["name"] for role in roles["realmMappings"]} == {"operator", f"default-roles-{realm}"}
    assert [role["name"] for role in roles["clientMappings"]["app"]["mappings"]] == ["viewer"]
    assert login(runs, "first-password-of-kim") == 200 and user(runs, "이 영/희")["requiredActions"] == ["UPDATE_PROFILE"]
    robot = keycloak.get(f"{realm}/clients/{keycloak.client(realm, 'robot')['id']}/service-account-user")
    roles = keycloak.get(f"{realm}/users/{robot['id']}/role-mappings")
    assert sorted(role["name"] for role in roles["clientMappings"]["realm-management"]["mappings"]) == ["manage-users", "view-users"]
    assert [group["name"] for group in keycloak.get(f"{realm}/users/{robot['id']}/groups")] == ["ops / 한국"]


def test_a_password_is_given_once_and_again_when_it_turns(runs):
    keycloak, realm = runs.keycloak, runs.realm
    kim = user(runs, "kim")
    keycloak.call("PUT", f"{realm}/users/{kim['id']}/reset-password", {"type": "password", "value": "her own password", "temporary": False})
    assert runs.twice(config(realm))["plan"] == [] and login(runs, "her own password") == 200
    put_secret(runs.vault, "kim/login", password="second-password-of-kim")
    shown = runs.twice(config(realm))
    assert changes(shown) == [f"update user {realm}/kim"] and "password-of-kim" not in json.dumps(shown)
    assert login(runs, "second-password-of-kim") == 200 and login(runs, "first-password-of-kim") in (400, 401)


def test_a_group_that_was_moved_or_renamed_comes_back_with_its_members(runs):
    keycloak, realm = runs.keycloak, runs.realm
    before = groups(runs)
    operators, team = before["/platform/ops / 한국"], before["/platform/team 1"]
    keycloak.call("POST", f"{realm}/groups", {"id": operators["id"], "name": operators["name"]})
    keycloak.call("PUT", f"{realm}/groups/{team['id']}", {"name": "team one"})
    kim, person = user(runs, "kim"), user(runs, "person1")
    keycloak.call("DELETE", f"{realm}/users/{person['id']}/groups/{team['id']}")
    keycloak.call("POST", f"{realm}/groups", {"name": "theirs"})
    shown = runs.twice(config(realm))
    moved = [f"update group {realm}/platform/{name}" for name in ("ops ~/ 한국", "team 1")]
    assert sorted(changes(shown)) == [*moved, f"update user {realm}/person1"]
    assert shown["diff"]["before"][f"group {realm}/platform/team 1"] == {"path": "/platform/team one"}
    after = groups(runs)
    assert {path: group["id"] for path, group in after.items() if path != "/theirs"} == {path: group["id"] for path, group in before.items()}
    assert "/theirs" in after and sorted(group["name"] for group in keycloak.get(f"{realm}/users/{kim['id']}/groups")) == ["a/b", "night"]


def test_roles_that_were_given_or_taken_by_hand(runs):
    keycloak, realm = runs.keycloak, runs.realm
    group, kim = groups(runs)["/platform"], user(runs, "kim")
    operator, reader = (keycloak.one(f"{realm}/roles", name=name) for name in ("operator", "읽기"))
    keycloak.call("POST", f"{realm}/groups/{group['id']}/role-mappings/realm", [operator])
    keycloak.call("DELETE", f"{realm}/groups/{group['id']}/role-mappings/realm", [reader])
    keycloak.call("POST", f"{realm}/users/{kim['id']}/role-mappings/realm", [reader])
    shown = runs.twice(config(realm))
    assert sorted(changes(shown)) == [f"update group {realm}/platform", f"update user {realm}/kim"]
    assert shown["diff"]["before"][f"group {realm}/platform"] == {"realm_roles": ["operator"]}


def test_a_group_that_holds_groups_of_others_is_not_pruned(runs):
    keycloak, realm = runs.keycloak, runs.realm
    whole = config(realm)
    whole["realms"][realm]["groups"]["once"] = {"subgroups": {"ours": {}}}
    runs(whole)
    keycloak.call("POST", f"{realm}/groups/{groups(runs)['/once']['id']}/children", {"name": "their own"})
    shown = runs.twice(config(realm), prune="owned")
    assert changes(shown) == [f"delete group {realm}/once/ours"] and "it holds " in shown["warnings"][0]
    assert "/once/their own" in groups(runs)


def test_whoever_was_there_before_keeps_the_password(runs):
    keycloak, realm = runs.keycloak, runs.realm
    keycloak.call("POST", f"{realm}/users", {"username": "old", "enabled": True, "credentials": [{"type": "password", "value": "an old password"}]})
    whole = config(realm)
    whole["realms"][realm]["users"]["old"] = {"email": "old@example.com", "password": "vault:platform/kim/login#password"}
    shown = runs.twice(whole, adopt=True)
    assert changes(shown) == [f"adopt user {realm}/old"] and shown["plan"][0]["fields"] == ["email"]
    answer = keycloak.token(realm, grant_type="password", client_id="app", client_secret="secret-of-the-client-app", username="old", password="an old password")
    assert answer.status_code == 200 or "not fully set up" in answer.text
    shown = runs.twice(config(realm), prune="owned")
    assert changes(shown) == [f"delete user {realm}/old"]

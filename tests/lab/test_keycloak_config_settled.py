# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
"""On a real Keycloak: what was changed by hand becomes as declared again and stays so, and what others changed meanwhile is left to them."""

from __future__ import annotations

import pytest

from ansible_collections.unifiedmeta.platform.plugins.module_utils import _plan
from ansible_collections.unifiedmeta.platform.plugins.module_utils._keycloak import users
from tests.lab.keycloak_runs import Runs, changes, put_secret

EDIT = {"permissions": {"view": ["user", "admin"], "edit": ["user", "admin"]}}
DESK = {**EDIT, "displayName": "Desk", "required": {"roles": ["user"]}, "selector": {"scopes": ["profile", "email"]}}


@pytest.fixture
def runs(keycloak, shared_server, tmp_path):
    put_secret(shared_server, "app/sso", client_secret="secret-of-the-client-app")
    return Runs.apart(keycloak, shared_server, tmp_path)


def config(runs, **content) -> dict:
    return {"realms": {runs.realm: {"settings": {"adminEventsEnabled": True}, **content}}}


def test_empty_lists_and_moved_scopes(runs):
    """More users than known roles, so that roles are asked for their holders."""
    keycloak, realm = runs.keycloak, runs.realm
    declared = config(runs, groups={"team": {}}, users={f"person{number}": {"groups": [], "client_roles": {"account": []}} for number in range(8)}, clients={
        "robot": {"secret": "vault:platform/app/sso#client_secret", "service_account": {"groups": []}}, "app": {"default_client_scopes": ["email", "profile"]}})
    runs.twice(declared)
    group, person, app = keycloak.one(f"{realm}/groups", name="team"), keycloak.one(f"{realm}/users", username="person3"), keycloak.client(realm, "app")
    robot = keycloak.get(f"{realm}/clients/{keycloak.client(realm, 'robot')['id']}/service-account-user")
    account, scope = keycloak.client(realm, "account"), keycloak.one(f"{realm}/client-scopes", name="email")
    for user in (person, robot):
        keycloak.call("PUT", f"{realm}/users/{user['id']}/groups/{group['id']}")
    role = keycloak.one(f"{realm}/clients/{account['id']}/roles", name="manage-account")
    keycloak.call("POST", f"{realm}/users/{person['id']}/role-mappings/clients/{account['id']}", [role])
    keycloak.call("DELETE", f"{realm}/clients/{app['id']}/default-client-scopes/{scope['id']}")
    keycloak.call("PUT", f"{realm}/clients/{app['id']}/optional-client-scopes/{scope['id']}")
    assert sorted(changes(runs.twice(declared))) == [f"update client {realm}/app", f"update service_account {realm}/robot", f"update user {realm}/person3"]
    assert keycloak.get(f"{realm}/groups/{group['id']}/members") == []
    assert "clientMappings" not in keycloak.get(f"{realm}/users/{person['id']}/role-mappings")
    assert "email" in keycloak.client(realm, "app")["defaultClientScopes"] and keycloak.client(realm, "app")["optionalClientScopes"] == []
    with pytest.raises(_plan.Refused, match="the client acount neither exists nor is declared; did you mean account"):
        runs(config(runs, users={"person1": {"client_roles": {"acount": []}}}))


def test_of_two_profiles_that_two_runs_made_at_once_one_stays(runs):
    """Keycloak makes the component at the first PUT, and two of them at two in one instant."""
    components = f"{runs.realm}/components?type=org.keycloak.userprofile.UserProfileProvider"
    runs(config(runs, user_profile={"attributes": {"desk": DESK}}))
    only = runs.keycloak.get(components)
    runs.keycloak.call("POST", f"{runs.realm}/components", {key: value for key, value in only[0].items() if key != "id"})
    assert [len(only), len(runs.keycloak.get(components))] == [1, 2]
    runs.twice(config(runs, user_profile={"attributes": {"desk": DESK, "floor": EDIT}}))
    assert len(runs.keycloak.get(components)) == 1


def test_users_in_a_realm_with_default_groups_and_a_profile_of_its_own(runs):
    keycloak, realm = runs.keycloak, runs.realm
    declared = config(runs, groups={"everybody": {}, "team": {}}, user_profile={"attributes": {"desk": DESK, "floor": EDIT}})
    runs.twice(declared)
    keycloak.call("PUT", f"{realm}/default-groups/{keycloak.one(f'{realm}/groups', name='everybody')['id']}")
    people = {"kim": {"email": "kim@example.com", "groups": ["team"], "attributes": {"desk": "1", "floor": "7", "none": ""}},
              "lee": {"groups": [], "attributes": {"desk": "1"}}}
    declared["realms"][realm]["users"] = people
    runs.twice(declared)
    for name, expected in (("kim", ["team"]), ("lee", [])):
        user = keycloak.one(f"{realm}/users", username=name)
        assert [group["name"] for group in keycloak.get(f"{realm}/users/{user['id']}/groups")] == expected


def test_what_an_administrator_changes_during_the_run_stays(runs, monkeypatch):
    """Disabled, asked for a new password and renamed between our look and our write."""
    keycloak, realm = runs.keycloak, runs.realm
    profile = {"attributes": {"floor": EDIT}}
    runs(config(runs, user_profile=profile, users={"kim": {"email": "kim@example.com", "attributes": {"floor": "7"}}}))
    id_ = keycloak.one(f"{realm}/users", username="kim")["id"]
    update = users._User.update

    def meanwhile(self, *arguments):
        keycloak.call("PUT", f"{realm}/users/{id_}", {"enabled": False, "requiredActions": ["UPDATE_PASSWORD"], "firstName": "Hand"})
        update(self, *arguments)

    monkeypatch.setattr(users._User, "update", meanwhile)
    for fields in ({"email": "new@example.com", "attributes": {"floor": "8"}}, {"lastName": "Kim"}):
        keycloak.call("PUT", f"{realm}/users/{id_}", {"enabled": True, "requiredActions": []})
        assert changes(runs(config(runs, user_profile=profile, users={"kim": fields}))) == [f"update user {realm}/kim"]
        found = keycloak.get(f"{realm}/users/{id_}")
        assert (found["enabled"], found["requiredActions"], found["firstName"], found["email"]) == (False, ["UPDATE_PASSWORD"], "Hand", "new@example.com")
    assert found["attributes"] == {"floor": ["8"]}


def test_users_that_would_never_settle_are_refused(runs):
    people = {"anna": {"email": "x@example.com"}, "berta": {"email": "X@example.com"}, "kim": {"attributes": {"flor": "7"}}}
    with pytest.raises(_plan.Refused) as caught:
        runs(config(runs, settings={"registrationEmailAsUsername": True}, user_profile={"attributes": {"floor": EDIT}}, users=people))
    assert len(caught.value.faults) == 4 and "did you mean floor?" in str(caught.value)
    runs.keycloak.call("POST", "", {"realm": runs.realm, "enabled": True})
    runs.keycloak.call("POST", f"{runs.realm}/users", {"username": "theirs", "email": "x@example.com"})
    with pytest.raises(_plan.Refused, match="another account has that e-mail address"):
        runs(config(runs, users={"anna": {"email": "x@example.com"}}), adopt=True)


def test_parts_of_maps_are_ours(runs):
    """Keys of others stay, whatever Keycloak's PUT does with what is left out."""
    keycloak, realm = runs.keycloak, runs.realm
    kinds = {"clients": "clients", "client_scopes": "client-scopes", "groups": "groups", "roles": "roles"}

    def declared(value):
        ours = {"attributes": {"own": value}}
        return config(runs, settings={"adminEventsEnabled": True, **ours}, **{kind: {"x": ours} for kind in kinds})

    def each():
        for path in kinds.values():
            found = keycloak.get(f"{realm}/{path}?briefRepresentation=false")
            entries = [entry for entry in found if "x" in (entry.get("clientId"), entry.get("name"))]
            yield f"{realm}/{'roles-by-id' if path == 'roles' else path}/{entries[0]['id']}"
        yield realm

    runs.twice(declared("1"))
    listed = [(at, keycloak.get(at)) for at in each()]
    for at, found in listed:
        several = isinstance(found["attributes"]["own"], list)
        keycloak.call("PUT", at, {**found, "attributes": {**found["attributes"], "theirs": ["2"] if several else "2"}})
    assert len(changes(runs.twice(declared("3")))) == 5
    for at, _found in listed:
        attributes = keycloak.get(at)["attributes"]
        assert [str(attributes[name]).strip("[']") for name in ("own", "theirs")] == ["3", "2"], at


def test_pruning_takes_what_is_ours_and_nothing_else(runs):
    """Texts of others in a language of ours; a group that was renamed by hand; a flow that is still bound, which check mode tells as the run does."""
    keycloak, realm = runs.keycloak, runs.realm
    password = {"authenticator": "auth-username-password-form", "requirement": "REQUIRED"}
    runs.twice(config(runs, localization={"ko": {"a/b": "1"}, "de": {"a": "1"}}, groups={"old": {"subgroups": {"below": {}}}, "kept": {}},
                      authentication={"flows": {"ours": {"executions": [password]}}, "bindings": {"direct_grant": "direct grant", "browser": "ours"}}))
    keycloak.call("POST", f"{realm}/localization/ko", {"theirs": "2"})
    group = keycloak.one(f"{realm}/groups", name="old")
    keycloak.call("PUT", f"{realm}/groups/{group['id']}", {"name": "renamed"})
    less = config(runs, localization={}, groups={"kept": {}})
    expected = [f"delete group {realm}/old", f"delete group {realm}/old/below", f"delete localization {realm}/de", f"delete localization {realm}/ko"]
    assert sorted(changes(runs.twice(less, prune="owned"))) == expected
    assert keycloak.get(f"{realm}/localization") == ["ko"] and keycloak.get(f"{realm}/localization/ko") == {"theirs": "2"}
    assert [found["name"] for found in keycloak.get(f"{realm}/groups")] == ["kept"]
    for check in (True, False):
        with pytest.raises(_plan.Refused, match="flow ours of realm .* can't be deleted while it is in use by the realm's browser flow"):
            runs(config(runs, authentication={"flows": {}}), check, prune="owned")
    unbound = config(runs, authentication={"flows": {}, "bindings": {"browser": "browser"}})
    assert sorted(changes(runs.twice(unbound, prune="owned"))) == [f"delete flow {realm}/ours", f"update flow_bindings {realm}"]

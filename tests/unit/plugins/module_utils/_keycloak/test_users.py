# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Users and service accounts."""

from __future__ import annotations

from ansible_collections.unifiedmeta.platform.plugins.module_utils._keycloak import users
from tests.unit.plugins.module_utils._keycloak.paper import PRINTS, THERE, Site, read, realm

PASSWORD = "vault:platform/kim#password"
KIM = {"id": "u1", "username": "kim", "email": "k@example.com", "enabled": True, "attributes": {"desk": ["7"], "theirs": ["x"]}, "realmRoles":
       ["default-roles-r", "operator"], "clientRoles": {"app": ["viewer"]}, "groups": ["a~/b"], "requiredActions": []}
WORLD = {**THERE, "role:r/operator": {"id": "1", "name": "operator"}, "client:r/app": {"id": "c1", "clientId": "app", "serviceAccountsEnabled": True},
         "client_role:r/app/viewer": {"id": "2", "name": "viewer"}, "group:r/a~/b": {"id": "g1", "name": "a/b"}, "group:r/c": {"id": "g2", "name": "c"}}
DECLARED = {"email": "k@example.com", "attributes": {"desk": "7"}, "realm_roles": ["operator"], "client_roles": {"app": ["viewer"]}, "groups": ["/a~/b"]}
PRINT = {"hmac_password": PRINTS.of("user:r/kim.password", "k1m")}


def plan(fields, there=None, owned=("user:r/kim",), **options):
    return Site(realm(users={"Kim": fields}), {**WORLD, "user:r/kim": KIM} if there is None else there, owned, **options)


# --- users -----------------------------------------------------------------------------------------------------------------------
def test_a_new_user():
    site = plan({**DECLARED, "password": PASSWORD, "temporary_password": True, "required_actions": ["CONFIGURE_TOTP"]}, WORLD, ["realm:r"])
    assert site.changes == ["create user:r/kim"] and "k1m" not in repr(site.planned)
    assert site.run() == [
        ("POST r/users", {"enabled": True, "credentials": [{"type": "password", "value": "k1m", "temporary": True}], "requiredActions": ["CONFIGURE_TOTP"],
                          "email": "k@example.com", "attributes": {"desk": ["7"]}, "username": "kim"}),
        ("POST r/users/new-1/role-mappings/realm", [{"id": "1", "name": "operator"}]),
        ("POST r/users/new-1/role-mappings/clients/c1", [{"id": "2", "name": "viewer"}]), ("PUT r/users/new-1/groups/g1", {})]
    assert site.apply.notes == {"user:r/kim": PRINT}


def test_plain_groups_come_with_the_user():
    site = plan({"groups": ["c", "a~/b"]}, WORLD, ["realm:r"])
    assert site.run() == [("POST r/users", {"enabled": True, "groups": ["/c"], "username": "kim"}), ("PUT r/users/new-1/groups/g1", {})]


def test_a_user_as_declared():
    assert plan({**DECLARED, "password": PASSWORD, "required_actions": ["CONFIGURE_TOTP"]}, owned={"user:r/kim": PRINT}).changes == []


def test_what_differs():
    site = plan({**DECLARED, "email": "new@example.com", "realm_roles": [], "groups": ["c"]})
    assert site.run() == [
        ("PUT r/users/u1", {"email": "new@example.com"}),
        ("DELETE r/users/u1/role-mappings/realm", [{"id": "1", "name": "operator"}]), ("PUT r/users/u1/groups/g2", {}), ("DELETE r/users/u1/groups/g1", None)]


def test_attributes_go_with_what_they_would_take_along_as_it_is_by_now():
    """Somebody has disabled the user, and changed the name and an attribute, since we looked: none of that is undone."""
    site = plan({"attributes": {"desk": "8"}, "email": "new@example.com"})
    now = {**KIM, "enabled": False, "firstName": "Kim", "attributes": {"desk": ["7"], "theirs": ["y"]}, "requiredActions": ["UPDATE_PASSWORD"]}
    assert site.run({"r/users/u1": now}) == [
        ("PUT r/users/u1", {"email": "new@example.com", "firstName": "Kim", "attributes": {"desk": ["8"], "theirs": ["y"]}})]


def test_a_new_user_leaves_the_default_groups_that_are_not_declared():
    there = {**WORLD, "default_groups:r": {"ids": ["g2", "unheard of"]}}
    assert plan({"groups": []}, there, ["realm:r"]).run() == [("POST r/users", {"enabled": True, "username": "kim"}), ("DELETE r/users/new-1/groups/g2", None)]
    assert plan({"groups": ["c"]}, there, ["realm:r"]).run() == [("POST r/users", {"enabled": True, "groups": ["/c"], "username": "kim"})]
    assert plan({}, there, ["realm:r"]).run() == [("POST r/users", {"enabled": True, "username": "kim"})], "nobody spoke about groups"


def test_empty_attributes_are_none():
    assert plan({"attributes": {"gone": "", "desk": ["7", ""]}}).changes == []


def test_a_password_that_turned_is_sent_alone():
    site = plan({"password": PASSWORD, "temporary_password": True, "required_actions": ["X"]}, owned={"user:r/kim": {"hmac_password": "0ld"}})
    assert site.run() == [("PUT r/users/u1/reset-password", {"type": "password", "value": "k1m", "temporary": True})]
    assert site.apply.notes == {"user:r/kim": PRINT}


def test_whoever_was_there_before_keeps_the_password():
    site = plan({"password": PASSWORD, "email": "new@example.com"}, owned=("realm:r",), adopt=True)
    assert site.changes == ["adopt user:r/kim"] and site.planned.changes[0].before == {"email": "k@example.com"}
    assert [call for call, _body in site.run()] == ["PUT r/users/u1"] and site.ledger.fact("user:r/kim", "password") == "theirs"
    assert not site.planned.changes[0].work.held, "the ledger isn't written for each of them"
    assert plan({"password": PASSWORD}, owned={"user:r/kim": {"password": "theirs"}}).changes == []
    assert plan({"password": PASSWORD}, owned=()).planned.conflicts == []


def test_one_whose_creation_was_cut_gets_the_password_again():
    assert plan({"password": PASSWORD}, owned=("user:r/kim",)).changes == ["update user:r/kim"]


def test_one_that_was_there_already():
    site = plan({**DECLARED, "password": PASSWORD}, WORLD, ["realm:r"])
    plain = {key: value for key, value in KIM.items() if key not in ("realmRoles", "clientRoles", "groups")}
    sent = site.run({"POST r/users": 409, "r/users": [plain], "r/users/u1/groups": [{"id": "g1", "name": "a/b"}], "r/users/u1/role-mappings": {
        "realmMappings": [{"name": "operator"}], "clientMappings": {"app": {"mappings": [{"name": "viewer"}]}}}})
    assert sent[1:] == [("PUT r/users/u1/reset-password", {"type": "password", "value": "k1m", "temporary": False})]


def test_pruning():
    site = Site(realm(users={}), {**WORLD, "user:r/kim": KIM}, ["user:r/kim"], prune="owned")
    assert site.run() == [("DELETE r/users/u1", None)]


def test_faults():
    site = Site(realm(users={"kim": {"password": "in clear", "emial": "x", "groups": ["nowhere"]}, "KIM": {}}), WORLD)
    assert site.faults == [
        "config.realms.r.users.kim.password: must be a reference such as vault:<mount>/<path>#<key>, since it is a secret",
        "config.realms.r.users.kim: unknown key emial; did you mean email?",
        "config.realms.r.users.KIM: user r/kim is declared at config.realms.r.users.kim already; a name stands for one object"]
    assert Site(realm(users={"kim": {"groups": PASSWORD, "client_roles": PASSWORD, "realm_roles": PASSWORD}}), WORLD).faults == [
        f"config.realms.r.users.kim.{name}: takes no reference to a secret; give what it is" for name in ("groups", "client_roles", "realm_roles")]
    missing = Site(realm(users={"kim": {"groups": ["/a/b"], "realm_roles": ["operator"]}}), WORLD)
    assert missing.faults == ["config.realms.r.users.kim: the group a/b neither exists nor is declared"]


# --- service accounts ------------------------------------------------------------------------------------------------------------
def robot(fields):
    return realm(clients={"app": {"service_account": fields}})


def test_the_account_of_a_client_that_is_there():
    there = {**WORLD, "service_account:r/app": {"id": "u9", "username": "service-account-app", "realmRoles": ["default-roles-r"], "groups": []}}
    site = Site(robot({"realm_roles": ["operator"], "groups": ["c"]}), there, ["client:r/app"])
    assert site.run() == [("POST r/users/u9/role-mappings/realm", [{"id": "1", "name": "operator"}]), ("PUT r/users/u9/groups/g2", {})]
    assert Site(robot({"realm_roles": []}), there, ["client:r/app"]).changes == []


def test_the_account_of_a_new_client():
    site = Site(robot({"realm_roles": ["operator"]}), {key: answer for key, answer in WORLD.items() if not key.startswith("client")}, ["realm:r"])
    assert site.changes == ["create client:r/app", "create service_account:r/app"]
    sent = site.run({"r/clients/new-1/service-account-user": {"id": "u9", "username": "service-account-app"},
                     "r/users/u9/role-mappings": {"realmMappings": [{"name": "default-roles-r"}]}})
    assert sent == [("POST r/clients", {"serviceAccountsEnabled": True, "publicClient": False, "clientId": "app"}),
                    ("POST r/users/u9/role-mappings/realm", [{"id": "1", "name": "operator"}])]


# --- reading ---------------------------------------------------------------------------------------------------------------------
def test_few_users_are_looked_up_with_those_that_are_ours():
    keycloak = read({"r/users": [KIM], "r/groups": []}, realm(users={"kim": {}}), ["user:r/gone", "user:other/x"])
    assert keycloak.http.asked.count("r/users") == 2 and keycloak.world.ids["user:r/kim"] == "u1"
    assert "r/users" not in read({}, realm()).http.asked


def test_many_come_in_pages(monkeypatch):
    monkeypatch.setattr(users, "LIST_FROM", 1)
    stranger = {"id": "u7", "username": "stranger"}
    keycloak = read({"r/users": [KIM, stranger]}, realm(users={"kim": {}, "이": {}}))
    assert keycloak.http.asked.count("r/users") == 1 and "user:r/stranger" not in keycloak.world.raw


def test_groups_and_roles_of_users():
    answers = {"r/users": [{"id": "u1", "username": "kim"}], "r/roles": [{"id": "1", "name": "operator"}, {"id": "2", "name": "reader"}],
               "r/groups": [{"id": "g1", "name": "a/b"}, {"id": "g2", "name": "c"}], "r/users/u1/groups": [{"id": "g1"}, {"id": "unheard of"}],
               "r/users/u1/role-mappings": {"realmMappings": [{"name": "reader"}]}}
    keycloak = read(answers, realm(users={"kim": {"realm_roles": ["operator"], "groups": ["a~/b"]}}))
    assert keycloak.world.objects["user:r/kim"] == {"realm_roles": ["reader"], "groups": ["a~/b"]}
    few = read(answers, realm(users={"kim": {"email": "x"}}))
    assert not any(path.startswith("r/users/u1") for path in few.http.asked), "nobody spoke about them"


def test_who_is_to_be_in_no_group_and_to_have_no_role_of_a_client():
    people = [{"id": f"u{number}", "username": f"p{number}"} for number in range(3)]
    answers = {"r/users": people, "r/groups": [{"id": "g1", "name": "a"}], "r/groups/g1/members": [{"id": "u1"}],
               "r/clients": [{"id": "c1", "clientId": "app"}], "r/clients/c1/roles": [{"id": "1", "name": "x"}], "r/clients/c1/roles/x/users": [{"id": "u2"}]}
    keycloak = read(answers, realm(users={person["username"]: {"groups": [], "client_roles": {"app": []}} for person in people}))
    assert [keycloak.world.objects[f"user:r/p{number}"] for number in (1, 2)] == [
        {"groups": ["a"], "client_roles": {"app": []}}, {"groups": [], "client_roles": {"app": ["x"]}}], "what somebody gave them by hand is seen"


def test_default_groups_and_the_profile_are_read_where_they_matter():
    answers = {"r/users": [{"id": "u1", "username": "kim", "attributes": {"desk": ["7"]}}], "r/groups": [{"id": "g1", "name": "a"}],
               "r/default-groups": [{"id": "g1", "name": "a"}], "r/users/profile": {"attributes": [{"name": "desk"}]}}
    settled = read(answers, realm(users={"kim": {"groups": [], "attributes": {"desk": "8", "none": ""}}}))
    assert not {"r/default-groups", "r/users/profile"} & set(settled.http.asked)
    keycloak = read(answers, realm(users={"kim": {"attributes": {"floor": "1"}}, "lee": {"groups": []}}))
    assert keycloak.world.raw["default_groups:r"] == {"ids": ["g1"]} and keycloak.world.raw["user_profile:r"] == answers["r/users/profile"]
    both = read(answers, realm(users={"lee": {"attributes": {"floor": "1"}}}, user_profile={}))
    assert both.http.asked.count("r/users/profile") == 1, "it is read for its own section already"


def test_of_many_users_the_members_of_groups_are_asked():
    people = [{"id": f"u{number}", "username": f"p{number}"} for number in range(3)]
    answers = {"r/users": people, "r/groups": [{"id": "g1", "name": "a"}], "r/groups/g1/members": [{"id": "u1"}, {"id": "stranger"}]}
    keycloak = read({**answers}, realm(users={person["username"]: {"groups": ["a"]} for person in people[1:]}))
    assert keycloak.world.objects["user:r/p1"] == {"groups": ["a"]} and keycloak.world.objects["user:r/p2"] == {"groups": []}
    assert keycloak.http.asked.count("r/groups/g1/members") == 1

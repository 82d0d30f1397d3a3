# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
"""User federation and its mappers."""

from __future__ import annotations

import pytest

from ansible_collections.unifiedmeta.platform.plugins.module_utils._keycloak import federation
from ansible_collections.unifiedmeta.platform.plugins.module_utils._keycloak.desired import parse
from tests.unit.plugins.module_utils._keycloak.paper import PRINTS, THERE, Site, read, realm
from tests.unit.plugins.module_utils._keycloak.test_server import INFO

SECRET = "vault:platform/mail#password"
KEY, MAPPER_KEY = "user_federation:r/직원", "user_federation_mapper:r/직원/groups"
CONFIG = {"connectionUrl": "ldap://d", "usersDn": "ou=p", "bindCredential": SECRET, "enabled": True}
STORED = {"id": "u1", "name": "직원", "providerId": "ldap", "providerType": federation.STORAGE, "parentId": "id-r", "config": {
    "connectionUrl": ["ldap://d"], "usersDn": ["ou=p"], "bindCredential": ["**********"], "enabled": ["true"], "batchSizeForSync": ["7"]}}
MAPPER = {"provider": "group-ldap-mapper", "config": {"groups.dn": "ou=g"}}
STORED_MAPPER = {"id": "m1", "name": "groups", "providerId": "group-ldap-mapper", "providerType": federation.MAPPERS, "parentId": "u1",
                 "config": {"groups.dn": ["ou=g"], "mode": ["READ_ONLY"]}}
SAME = {KEY: {"hmac_secrets": PRINTS.of(f"{KEY}.secrets", {"bindCredential": "m4il"})}, "realm:r": {}}


def ldap(**fields):
    return realm(user_federation={"직원": {"provider": "ldap", "config": CONFIG, **fields}})


def site(config, stored=None, owned=None, mapper=None, **options):
    there = {**THERE, "server:info": INFO, **({KEY: {**STORED, **stored}} if stored is not None else {}),
             **({MAPPER_KEY: {**STORED_MAPPER, **mapper}} if mapper is not None else {})}
    return Site(config, there, SAME if owned is None else owned, **options)


# --- the declaration -------------------------------------------------------------------------------------------------------------
def test_a_declared_directory():
    desired = parse(ldap(mappers={"groups": MAPPER}))
    assert desired.items[KEY].fields == {"provider": "ldap", "secrets": {"bindCredential": SECRET}, "config": {
        "connectionUrl": "ldap://d", "usersDn": "ou=p", "enabled": "true"}}
    assert desired.items[MAPPER_KEY].parent == "r/직원" and desired.items[MAPPER_KEY].needs == (KEY,)
    assert {"user_federation:r", "user_federation_mapper:r/직원"} <= desired.sections and not desired.faults


@pytest.mark.parametrize(("fields", "expected"), [
    ({"provider": ""}, "직원.provider: is missing; give its type, such as ldap"),
    ({"config": {"bindCredential": "open"}}, "직원.config.bindCredential: must be a reference"),
    ({"confg": {}}, "unknown key confg; did you mean config?"), ({"mappers": []}, "직원.mappers: must be a map of names"),
    ({"mappers": {"m": {}}}, "직원.mappers.m.provider: is missing; give its type, such as user-attribute-ldap-mapper"),
])
def test_what_is_wrong_is_told(fields, expected):
    faults = parse(ldap(**fields)).faults
    assert len(faults) == 1 and expected in faults[0] and "open" not in faults[0]


def test_directories_that_are_no_map():
    assert "must be a map of names" in parse(realm(user_federation=[])).faults[0] and "must be a map" in parse(realm(user_federation={"a": 3})).faults[0]


@pytest.mark.parametrize(("fields", "expected"), [
    ({"provider": "ldpa"}, "직원.provider: the server has no storage ldpa; did you mean ldap?"),
    ({"config": {"usrsDn": "x"}}, "직원.config: ldap has no setting usrsDn; did you mean usersDn?"),
    ({"mappers": {"m": {"provider": "group-mapper"}}}, "mappers.m.provider: the server has no ldap mapper group-mapper; did you mean group-ldap-mapper?"),
    ({"mappers": {"m": {"provider": "group-ldap-mapper", "config": {"group.dn": "x"}}}}, "group-ldap-mapper has no setting group.dn; did you mean groups.dn?"),
])
def test_what_the_server_does_not_have(fields, expected):
    assert expected in site(ldap(**fields)).faults[0]


def test_settings_that_every_storage_has():
    assert not site(ldap(config={**CONFIG, "fullSyncPeriod": -1, "cachePolicy": "DEFAULT"})).faults


# --- directories -----------------------------------------------------------------------------------------------------------------
def test_a_new_one():
    made = site(ldap())
    assert made.changes == [f"create {KEY}"] and "m4il" not in repr(made.planned)
    assert made.run() == [("POST r/components", {"name": "직원", "providerId": "ldap", "providerType": federation.STORAGE, "parentId": "id-r", "config": {
        "connectionUrl": ["ldap://d"], "usersDn": ["ou=p"], "enabled": ["true"], "bindCredential": ["m4il"]}})]


def test_one_as_declared():
    assert site(ldap(), {}).changes == [] and site(ldap(config={**CONFIG, "customUserSearchFilter": ""}), {}).planned.changes == []


def test_only_what_differs_is_sent():
    made = site(ldap(config={**CONFIG, "usersDn": "ou=q"}), {})
    change = made.change(KEY)
    assert (change.before["config"]["usersDn"], change.after["config"]["usersDn"]) == ("ou=p", "ou=q")
    sent = made.run()
    assert sent == [("PUT r/components/u1", {"id": "u1", "name": "직원", "providerId": "ldap", "providerType": federation.STORAGE, "parentId": "id-r",
                                             "config": {"connectionUrl": ["ldap://d"], "usersDn": ["ou=q"], "enabled": ["true"]}})]


def test_a_password_that_turned():
    made = site(ldap(), {}, {KEY: {"hmac_secrets": "of another"}, "realm:r": {}})
    assert made.planned.changes[0].as_dict()["fields"] == ["secrets"] and made.run()[0][1]["config"] == {"bindCredential": ["m4il"]}


def test_of_two_with_one_name_none_is_touched():
    made = site(ldap(), {"twins": 2})
    assert "user federation 직원 of realm r is there 2 times; delete all but one by hand" in made.faults[0]


def test_what_can_not_be_changed():
    assert "has 'kerberos', and it can't be changed to 'ldap'" in site(ldap(), {"providerId": "kerberos"}).faults[0]


def test_one_made_by_hand():
    assert "differs in secrets" in site(ldap(), {}, ["realm:r"]).planned.conflicts[0]
    assert site(ldap(), {}, ["realm:r"], adopt=True).changes == [f"adopt {KEY}"]


def test_pruned_ones():
    made = site(realm(user_federation={}), {}, {**SAME, MAPPER_KEY: {}}, mapper={}, prune="owned")
    assert made.changes == [f"delete {KEY}"] and made.run() == [("DELETE r/components/u1", None)]


# --- mappers ---------------------------------------------------------------------------------------------------------------------
def test_a_new_mapper():
    made = site(ldap(mappers={"groups": MAPPER}), {})
    assert made.run() == [("POST r/components", {"name": "groups", "providerId": "group-ldap-mapper", "providerType": federation.MAPPERS, "parentId": "u1",
                                                 "config": {"groups.dn": ["ou=g"]}})]


def test_a_mapper_that_was_born_with_its_directory():
    made = site(ldap(mappers={"groups": MAPPER}))
    assert made.changes == [f"create {KEY}", f"create {MAPPER_KEY}"]
    born = {**STORED_MAPPER, "parentId": "new-1"}
    assert [path for path, _body in made.run({"r/components": [born]})] == ["POST r/components"], "it is as declared"
    again = site(ldap(mappers={"groups": {**MAPPER, "config": {"groups.dn": "ou=h"}}}))
    sent = again.run({"r/components": [born]})
    assert sent[1][0] == "PUT r/components/m1" and sent[1][1]["config"] == {"groups.dn": ["ou=h"]} and sent[1][1]["parentId"] == "new-1"


def test_a_mapper_is_ours_where_its_directory_is():
    assert site(ldap(mappers={"groups": MAPPER}), {}, mapper={}).changes == []
    made = site(ldap(mappers={"groups": MAPPER}), {}, mapper={"config": {"groups.dn": ["ou=x"]}})
    assert made.changes == [f"update {MAPPER_KEY}"] and made.run()[0][1]["config"] == {"groups.dn": ["ou=g"]}


def test_pruned_mappers():
    made = site(ldap(mappers={}), {}, {**SAME, MAPPER_KEY: {}}, mapper={}, prune="owned")
    assert made.run() == [("DELETE r/components/m1", None)]


# --- reading ---------------------------------------------------------------------------------------------------------------------
def test_one_list_has_them_all():
    others = [{"id": "k", "name": "rsa", "providerType": "org.keycloak.keys.KeyProvider"}, {"id": "x", "name": "y", "parentId": "k"}]
    keycloak = read({"r/components": [STORED, STORED_MAPPER, *others]}, ldap(mappers={"groups": MAPPER}))
    assert keycloak.world.raw[KEY]["id"] == "u1" and keycloak.world.raw[MAPPER_KEY]["id"] == "m1"
    assert [path for path in keycloak.http.asked if "component" in path] == ["r/components"] and "admin/serverinfo" not in keycloak.http.asked
    assert keycloak.world.objects[KEY]["config"] == {"connectionUrl": "ldap://d", "usersDn": "ou=p", "enabled": "true"}
    assert [path for path in read({}, realm(roles={})).http.asked if "component" in path] == []


def test_twins_are_noticed_and_a_second_look_is_none():
    answers = {"r/components": [STORED, {**STORED, "id": "u2"}, {**STORED, "id": "u3"}]}
    assert read(answers, ldap()).world.raw[KEY]["twins"] == 3
    keycloak = read({"r/components": [STORED]}, ldap())
    keycloak.look("r")
    assert "twins" not in keycloak.world.raw[KEY]


def test_the_server_is_asked_only_for_what_is_new():
    answers = {"r/components": [STORED], "admin/serverinfo": INFO}
    assert "admin/serverinfo" in read(answers, ldap(config={**CONFIG, "pagination": True})).http.asked
    assert "admin/serverinfo" in read({"r/components": [], "admin/serverinfo": INFO}, ldap()).http.asked
    assert "admin/serverinfo" not in read(answers, ldap(config={**CONFIG, "customUserSearchFilter": ""})).http.asked

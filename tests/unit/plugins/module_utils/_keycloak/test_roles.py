# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Roles of realms and clients, and their parts."""

from __future__ import annotations

from tests.unit.plugins.module_utils._keycloak.paper import THERE, Site, read, realm

OPERATOR = {"id": "1", "name": "operator", "description": "runs it", "composite": False, "attributes": {"theirs": ["x"]}}
ADMIN = {"id": "2", "name": "admin", "composite": True}
APP = {"id": "c1", "clientId": "app"}
PARTS = {"admin": {"composites": ["operator"], "client_composites": {"app": ["viewer"]}}, "operator": {}}
WORLD = {**THERE, "role:r/operator": OPERATOR, "role:r/admin": ADMIN, "client:r/app": APP, "client_role:r/app/viewer": {"id": "3", "name": "viewer"},
         "client_role:r/app/editor": {"id": "4", "name": "editor"}}


def test_a_role_and_its_parts_are_two_changes():
    site = Site(realm(roles=PARTS), {**THERE, "client:r/app": APP, "client_role:r/app/viewer": {"id": "3", "name": "viewer"}}, ["realm:r"])
    assert site.changes == ["create role:r/admin", "create role:r/operator", "create composites:r/admin"]
    sent = site.run({"r/roles/admin": {"id": "2", "name": "admin"}, "r/roles/operator": {"id": "1", "name": "operator"}})
    assert sent == [("POST r/roles", {"name": "admin"}), ("POST r/roles", {"name": "operator"}),
                    ("POST r/roles-by-id/2/composites", [{"id": "1", "name": "operator"}, {"id": "3", "name": "viewer"}])]


def test_a_role_is_replaced_by_a_put_so_it_is_sent_whole():
    site = Site(realm(roles={"operator": {"description": "new", "attributes": {"tier": "1"}}}), WORLD, ["role:r/operator"])
    assert site.run() == [("PUT r/roles-by-id/1", {"id": "1", "name": "operator", "description": "new", "composite": False,
                                                   "attributes": {"theirs": ["x"], "tier": ["1"]}})]


def test_parts_are_exact_for_the_realm_and_each_declared_client():
    there = {**WORLD, "composites:r/admin": {"composites": ["operator", "offline_access"], "client_composites": {"app": ["editor"], "other": ["x"]}},
             "role:r/offline_access": {"id": "9", "name": "offline_access"}}
    site = Site(realm(roles=PARTS), there, ["role:r/admin"])
    change = site.change("composites:r/admin")
    assert change.before == {"composites": ["offline_access", "operator"], "client_composites": {"app": ["editor"]}}, "other clients are left alone"
    assert site.run() == [("POST r/roles-by-id/2/composites", [{"id": "3", "name": "viewer"}]),
                          ("DELETE r/roles-by-id/2/composites", [{"id": "9", "name": "offline_access"}, {"id": "4", "name": "editor"}])]


def test_only_declared_fields_of_parts_are_ours():
    there = {**WORLD, "composites:r/admin": {"composites": ["operator"], "client_composites": {"app": ["editor"]}}}
    assert Site(realm(roles={"admin": {"composites": ["operator"]}, "operator": {}}), there, ["role:r/admin"]).changes == []


def test_parts_of_a_role_that_was_born_with_its_realm():
    site = Site(realm(roles={"default-roles-r": {"composites": ["operator"]}, "operator": {}}))
    site.keycloak.look = lambda name: [site.world.put(key, answer) for key, answer in {
        "role:r/default-roles-r": {"id": "7", "name": "default-roles-r", "composite": True}, "role:r/offline_access": {"id": "9", "name": "offline_access"},
    }.items()]
    born = {"id": "7", "name": "default-roles-r", "composite": True}
    sent = site.run({"r": {"id": "id-r"}, "POST r/roles": 409, "r/roles/default-roles-r": born, "r/roles/operator": {"id": "1", "name": "operator"},
                     "r/roles-by-id/7/composites": [{"id": "9", "name": "offline_access", "clientRole": False}]})
    assert sent[-2:] == [("POST r/roles-by-id/7/composites", [{"id": "1", "name": "operator"}]),
                         ("DELETE r/roles-by-id/7/composites", [{"id": "9", "name": "offline_access"}])]


def test_roles_of_a_client():
    config = realm(clients={"app": {"roles": {"a/b": {"description": "x"}, "admin": {"client_composites": {"app": ["a/b"]}}}}})
    site = Site(config, {**THERE, "client:r/app": APP}, ["realm:r", "client:r/app"])
    assert site.changes == ["create client_role:r/app/admin", "create client_role:r/app/a~/b", "create composites:r/app/admin"]
    sent = site.run({"r/clients/c1/roles/a%2Fb": {"id": "5", "name": "a/b"}, "r/clients/c1/roles/admin": {"id": "6", "name": "admin"}})
    assert ("POST r/clients/c1/roles", {"description": "x", "name": "a/b"}) in sent
    assert sent[-1] == ("POST r/roles-by-id/6/composites", [{"id": "5", "name": "a/b"}])


def test_pruning():
    site = Site(realm(roles={}), WORLD, ["role:r/operator", "client_role:r/app/viewer"], prune="owned")
    assert site.run() == [("DELETE r/roles-by-id/1", None)], "the client's roles aren't spoken about"


def test_what_is_read():
    answers = {"r/roles": [OPERATOR, ADMIN], "r/clients": [APP], "r/clients/c1/roles": [{"id": "3", "name": "viewer"}], "r/roles-by-id/2/composites": [
        {"id": "1", "name": "operator", "clientRole": False}, {"id": "3", "name": "viewer", "clientRole": True, "containerId": "c1"},
        {"id": "8", "name": "x", "clientRole": True, "containerId": "a client that is gone"}]}
    keycloak = read(answers, realm(roles={**PARTS, "operator": {"composites": []}}))
    assert keycloak.world.raw["composites:r/admin"] == {"composites": ["operator"], "client_composites": {"app": ["viewer"]}}
    assert keycloak.world.raw["composites:r/operator"] == {"composites": [], "client_composites": {}}
    assert "r/roles-by-id/1/composites" not in keycloak.http.asked, "the list tells that it has no parts"
    assert keycloak.world.objects["composites:r/admin"] == {"composites": ["operator"], "client_composites": {"app": ["viewer"]}}

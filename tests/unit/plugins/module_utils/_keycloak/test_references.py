# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Names that lead nowhere."""

from __future__ import annotations

import pytest

from tests.unit.plugins.module_utils._keycloak.paper import THERE, Site, realm

WORLD = {**THERE, "role:r/operator": {"id": "1"}, "client:r/grafana": {"id": "c1", "clientId": "grafana"}, "client_role:r/grafana/viewer": {"id": "2"},
         "client_scope:r/email": {"id": "s1"}, "group:r/a~/b": {"id": "g1"}}


@pytest.mark.parametrize("content", [
    {"roles": {"x": {"composites": ["operator"], "client_composites": {"grafana": ["viewer"]}}}},
    {"roles": {"x": {"composites": ["y"]}, "y": {}}},
    {"users": {"kim": {"groups": ["a~/b"]}}},
    {"clients": {"new": {"roles": {"a": {}}}}, "groups": {"g": {"client_roles": {"new": ["a"]}}}},
])
def test_what_is_there_or_declared(content):
    assert Site(realm(**content), WORLD, ["realm:r"]).faults == []


@pytest.mark.parametrize("content,fault", [
    ({"roles": {"x": {"composites": ["operater"]}}}, "roles.x: the realm role operater neither exists nor is declared; did you mean operator?"),
    ({"groups": {"g": {"client_roles": {"grafanna": ["viewer"]}}}}, "groups.g: the client grafanna neither exists nor is declared; did you mean grafana?"),
    ({"groups": {"g": {"client_roles": {"grafana": ["veiwer"]}}}},
     "groups.g: the client grafana has no role veiwer, and none is declared; did you mean viewer?"),
    ({"users": {"kim": {"groups": ["a/b"]}}}, "users.kim: the group a/b neither exists nor is declared"),
    ({"default_client_scopes": ["emial"]}, "default_client_scopes: the client scope emial neither exists nor is declared; did you mean email?"),
])
def test_what_is_not(content, fault):
    assert Site(realm(**content), WORLD, ["realm:r"]).faults == [f"config.realms.r.{fault}"]


def test_a_client_that_is_missing_is_one_fault():
    faults = Site(realm(groups={"g": {"client_roles": {"none": ["a", "b", "c"]}}}), WORLD).faults
    assert faults == ["config.realms.r.groups.g: the client none neither exists nor is declared"]


@pytest.mark.parametrize(("roles", "said"), [
    ({"realm-management": ["realm-admn"]}, "the client realm-management has no role realm-admn, and none is declared; did you mean realm-admin?"),
    ({"admin-cli": ["x"]}, "the client admin-cli has no role x, and none is declared"),
    ({"app": ["x"]}, "the client app neither exists nor is declared")])
def test_the_clients_of_a_new_realm_have_certain_roles(roles, said):
    assert Site(realm(groups={"g": {"client_roles": roles}})).faults == [f"config.realms.r.groups.g: {said}"]
    own = {"realm-management": ["realm-admin"], "account": ["view-profile"], "broker": ["read-token"], "account-console": []}
    assert Site(realm(groups={"g": {"client_roles": own}})).faults == []
    given = {"clients": {"broker": {"roles": {"ours": {}}}}, "groups": {"g": {"client_roles": {"broker": ["ours", "read-token"]}}}}
    assert Site(realm(**given)).faults == []


def test_a_new_realm_has_things_from_birth():
    content = {"roles": {"x": {"composites": ["offline_access", "default-roles-r"], "client_composites": {"realm-management": ["view-users"]}}},
               "clients": {"a": {"default_client_scopes": ["profile", "email"], "service_account": {"client_roles": {"realm-management": ["manage-users"]}}}}}
    assert Site(realm(**content)).faults == []
    assert Site(realm(roles={"x": {"composites": ["offline"]}})).faults == ["config.realms.r.roles.x: the realm role offline neither exists nor is declared"]
    assert Site(realm(users={"kim": {"groups": ["g"]}})).faults == ["config.realms.r.users.kim: the group g neither exists nor is declared"]

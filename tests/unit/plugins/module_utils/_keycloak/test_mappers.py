# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Protocol mappers, with the clients and client scopes that they belong to."""

from __future__ import annotations

from ansible_collections.unifiedmeta.platform.plugins.module_utils._keycloak.mappers import put_mappers
from ansible_collections.unifiedmeta.platform.plugins.module_utils._keycloak.world import World
from tests.unit.plugins.module_utils._keycloak.paper import THERE, Site, realm

GROUPS = {"protocolMapper": "oidc-group-membership-mapper", "config": {"claim.name": "groups", "full.path": False}}
STORED = {"id": "m1", "name": "a/b", "protocol": "openid-connect", "protocolMapper": "oidc-group-membership-mapper", "consentRequired": False,
          "config": {"claim.name": "groups", "full.path": "false", "theirs": "x"}}
APP = {"id": "c1", "clientId": "app", "protocol": "openid-connect", "protocolMappers": [STORED]}
CONFIG = realm(clients={"app": {"mappers": {"a/b": GROUPS}}})
MADE = {"name": "a/b", "protocolMapper": "oidc-group-membership-mapper", "protocol": "openid-connect", "config": {"claim.name": "groups", "full.path": "false"}}


def test_they_are_born_with_their_client_in_one_request():
    site = Site(CONFIG, THERE, ["realm:r"])
    assert site.changes == ["create client:r/app", "create mapper:r/app/a~/b"]
    assert site.run() == [("POST r/clients", {"clientId": "app", "protocolMappers": [MADE]})]


def test_one_with_a_secret_in_it_comes_by_itself():
    config = realm(clients={"app": {"mappers": {"a/b": {**GROUPS, "config": {"key": "vault:platform/mail#password"}}}}})
    site = Site(config, THERE, ["realm:r"])
    assert "m4il" not in repr(site.planned)
    assert site.run()[1] == ("POST r/clients/new-1/protocol-mappers/models", {
        "name": "a/b", "protocol": "openid-connect", "protocolMapper": "oidc-group-membership-mapper", "config": {"key": "m4il"}})


def test_one_that_is_missing():
    site = Site(CONFIG, {**THERE, "client:r/app": APP}, ["client:r/app"])
    assert site.run() == [("POST r/clients/c1/protocol-mappers/models", MADE)]


def test_one_that_differs_is_sent_whole():
    config = realm(clients={"app": {"mappers": {"a/b": {**GROUPS, "config": {"claim.name": "roles"}}}}})
    site = Site(config, {**THERE, "client:r/app": APP, "mapper:r/app/a~/b": STORED}, ["mapper:r/app/a~/b"])
    assert site.change("mapper:r/app/a~/b").before == {"config": {"claim.name": "groups"}}
    assert site.run() == [("PUT r/clients/c1/protocol-mappers/models/m1", {
        **STORED, "config": {"claim.name": "roles", "full.path": "false", "theirs": "x"}})]


def test_one_as_declared_and_one_of_others():
    there = {**THERE, "client:r/app": APP, "mapper:r/app/a~/b": STORED, "mapper:r/app/theirs": {**STORED, "id": "m2", "name": "theirs"}}
    assert Site(CONFIG, there, ["client:r/app"], prune="owned").changes == []
    gone = Site(realm(clients={"app": {"mappers": {}}}), there, ["mapper:r/app/a~/b"], prune="owned")
    assert gone.run() == [("DELETE r/clients/c1/protocol-mappers/models/m1", None)]
    assert Site(realm(clients={"app": {}}), there, ["mapper:r/app/a~/b"], prune="owned").changes == [], "nobody spoke about mappers"


def test_their_client_was_there_already_so_they_are_made_by_themselves():
    site = Site(CONFIG, THERE, ["realm:r"])
    found = {"id": "c1", "clientId": "app", "protocolMappers": []}
    sent = site.run({"POST r/clients": 409, "r/clients": [found]})
    assert sent[1:] == [("POST r/clients/c1/protocol-mappers/models", MADE)]


def test_a_scope_was_there_already_with_a_mapper_that_differs():
    site = Site(realm(client_scopes={"email": {"mappers": {"a/b": GROUPS}}}), THERE, ["realm:r"])
    stored = {**STORED, "config": {"claim.name": "other"}}
    scope = {"id": "s1", "name": "email", "protocol": "openid-connect", "protocolMappers": [stored]}
    sent = site.run({"POST r/client-scopes": 409, "r/client-scopes": [scope], "POST r/client-scopes/s1/protocol-mappers/models": 409,
                     "r/client-scopes/s1/protocol-mappers/models": [stored]})
    assert sent[-1] == ("PUT r/client-scopes/s1/protocol-mappers/models/m1", {**stored, "config": {"claim.name": "groups", "full.path": "false"}})


def test_faults():
    faults = Site(realm(clients={"app": {"mappers": {"m": {"confg": {}}, " x": {}}}})).desired.faults
    assert sorted(faults) == [
        "config.realms.r.clients.app.mappers.m.protocolMapper: is missing; give the mapper's type, such as oidc-usermodel-attribute-mapper",
        "config.realms.r.clients.app.mappers.m: unknown key confg; did you mean config?",
        "config.realms.r.clients.app.mappers: « x» can't be a name; give a text without spaces at its ends and without control characters"]


def test_a_mapper_takes_the_protocol_of_what_it_belongs_to():
    site = Site(realm(client_scopes={"s": {"protocol": "saml", "mappers": {"m": {"protocolMapper": "saml-role-list-mapper"}}}}))
    assert site.desired.items["scope_mapper:r/s/m"].fields["protocol"] == "saml"


def test_answers_of_lists():
    world = World()
    put_mappers(world, "mapper", "r/app", APP)
    put_mappers(world, "mapper", "r/other", {"protocolMappers": None})
    assert world.raw == {"mapper:r/app/a~/b": STORED} and world.ids == {"mapper:r/app/a~/b": "m1"}

# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Client scopes and the lists of a realm."""

from __future__ import annotations

from tests.unit.plugins.module_utils._keycloak.paper import THERE, Site, read, realm

EMAIL = {"id": "s1", "name": "email", "protocol": "openid-connect", "description": "", "attributes": {"theirs": "x"}}
OURS = {"id": "s2", "name": "ours/x", "protocol": "openid-connect"}
WORLD = {**THERE, "client_scope:r/email": EMAIL, "client_scope:r/ours~/x": OURS}
MAPPER = {"protocolMapper": "oidc-audience-mapper", "config": {}}


def test_a_new_scope_with_its_mappers():
    site = Site(realm(client_scopes={"a/b": {"attributes": {"include.in.token.scope": True}, "mappers": {"m": MAPPER}}}), THERE, ["realm:r"])
    assert site.changes == ["create client_scope:r/a~/b", "create scope_mapper:r/a~/b/m"]
    assert site.run() == [("POST r/client-scopes", {
        "protocol": "openid-connect", "name": "a/b", "attributes": {"include.in.token.scope": "true"},
        "protocolMappers": [{"name": "m", "protocol": "openid-connect", "protocolMapper": "oidc-audience-mapper", "config": {}}]})]


def test_one_that_differs():
    site = Site(realm(client_scopes={"email": {"description": "d", "attributes": {"a": "1"}}}), WORLD, ["client_scope:r/email"])
    assert site.run() == [("PUT r/client-scopes/s1", {"description": "d", "attributes": {"a": "1"}, "name": "email"})]


def test_a_protocol_is_for_life():
    site = Site(realm(client_scopes={"email": {"protocol": "saml"}}), WORLD, ["client_scope:r/email"])
    assert "the client scope r/email has 'openid-connect', and it can't be changed to 'saml'" in site.faults[0]


def test_the_scopes_that_new_clients_get():
    there = {**WORLD, "default_client_scopes:r": {"scopes": ["email"]}, "optional_client_scopes:r": {"scopes": ["ours/x"]}}
    site = Site(realm(default_client_scopes=["ours/x"]), there, ["realm:r"])
    assert site.change("default_client_scopes:r").as_dict()["fields"] == ["scopes"]
    assert site.run() == [("DELETE r/default-default-client-scopes/s1", None), ("DELETE r/default-optional-client-scopes/s2", None),
                          ("PUT r/default-default-client-scopes/s2", {})]
    assert Site(realm(default_client_scopes=["email"], optional_client_scopes=["ours/x"]), there).changes == []


def test_the_lists_of_a_new_realm():
    site = Site(realm(client_scopes={"ours/x": {}}, optional_client_scopes=["ours/x", "phone"]))
    assert site.faults == [], "a realm has the scope phone from birth"
    site.keycloak.look = lambda name: site.world.put("client_scope:r/phone", {"id": "s9", "name": "phone"})
    sent = site.run({"r": {"id": "id-r"}, "r/default-optional-client-scopes": [{"name": "phone"}]})
    assert sent[-1] == ("PUT r/default-optional-client-scopes/new-2", {}) and not any("s9" in call for call, _body in sent)


def test_faults():
    faults = Site(realm(client_scopes={"s": {"protocl": "x"}}, default_client_scopes=["emial"], optional_client_scopes="x y", ), WORLD).faults
    assert faults[0] == "config.realms.r.client_scopes.s: unknown key protocl; did you mean protocol?"
    assert "config.realms.r.default_client_scopes: the client scope emial neither exists nor is declared; did you mean email?" in faults
    assert Site(realm(client_scopes=["a"])).desired.faults == ["config.realms.r.client_scopes: must be a map of names"]


def test_what_is_read():
    answers = {"r/client-scopes": [{**EMAIL, "protocolMappers": [{"id": "m1", "name": "m"}]}], "r/default-default-client-scopes": [{"name": "email"}]}
    keycloak = read(answers, realm(default_client_scopes=["email"]))
    assert keycloak.world.objects["default_client_scopes:r"] == {"scopes": ["email"]} and "scope_mapper:r/email/m" in keycloak.world.raw
    assert "r/default-optional-client-scopes" not in keycloak.http.asked, "only declared lists"


def test_pruning():
    site = Site(realm(client_scopes={}), WORLD, ["client_scope:r/ours~/x"], prune="owned")
    assert site.run() == [("DELETE r/client-scopes/s2", None)]

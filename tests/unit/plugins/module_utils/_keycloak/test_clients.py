# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Clients."""

from __future__ import annotations

import pytest

from ansible_collections.unifiedmeta.platform.plugins.module_utils._keycloak import reading
from tests.unit.plugins.module_utils._keycloak.paper import THERE, Site, read, realm

APP = {"id": "c1", "clientId": "app", "protocol": "openid-connect", "publicClient": False, "secret": "s3cret", "redirectUris": ["https://a/*"],
       "attributes": {"theirs": "x", "a": "1"},
       "serviceAccountsEnabled": True, "defaultClientScopes": ["service_account", "email"], "optionalClientScopes": ["phone"]}
SCOPES = {f"client_scope:r/{name}": {"id": f"s-{name}", "name": name} for name in ("email", "phone", "service_account", "profile")}
WORLD = {**THERE, **SCOPES, "client:r/app": APP}
SECRET = "vault:platform/grafana/sso#client_secret"


def plan(fields, owned=("client:r/app",), there=None, **options):
    return Site(realm(clients={"app": fields}), WORLD if there is None else there, owned, **options)


def test_a_new_client():
    site = Site(realm(clients={"https://a b/한": {"secret": SECRET, "redirectUris": ["/b", "/a"], "default_client_scopes": ["email"],
                                                 "optional_client_scopes": []}}), {**THERE, **SCOPES}, ["realm:r"])
    assert site.planned.changes[0].after["secret"] == "(secret)" and "s3cret" not in repr(site.planned)
    assert site.run() == [("POST r/clients", {"clientId": "https://a b/한", "secret": "s3cret", "publicClient": False, "redirectUris": ["/a", "/b"],
                                              "defaultClientScopes": ["email"], "optionalClientScopes": []})]


def test_keys_of_a_new_saml_client_come_once_more():
    """Keycloak puts keys of its own in their place when it makes the client."""
    keys = {"saml.signing.private.key": SECRET, "a": "1"}
    site = Site(realm(clients={"app": {"protocol": "saml", "attributes": keys}}), THERE, ["realm:r"])
    sent = {"saml.signing.private.key": "s3cret", "a": "1"}
    assert site.run() == [("POST r/clients", {"clientId": "app", "protocol": "saml", "attributes": sent}),
                          ("PUT r/clients/new-1", {"clientId": "app", "attributes": sent})] and "s3cret" not in repr(site.planned)


def test_a_client_as_declared():
    same = {"secret": SECRET, "redirectUris": ["https://a/*"], "attributes": {"a": 1}, "default_client_scopes": ["email"], "optional_client_scopes": ["phone"]}
    assert plan(same).changes == [], "the scope of service accounts is Keycloak's own"
    assert plan({**same, "default_client_scopes": ["email", "service_account"]}).changes == []


def test_only_what_differs_is_sent():
    site = plan({"redirectUris": ["https://b/*"], "attributes": {"a": "2", "gone": ""}, "secret": SECRET})
    assert site.run() == [("PUT r/clients/c1", {"redirectUris": ["https://b/*"], "attributes": {"a": "2", "gone": ""}, "clientId": "app"})], (
        "Keycloak keeps what is left out, so what another has written a moment ago stays")


def test_a_secret_that_differs_is_compared_and_never_shown():
    site = plan({"secret": SECRET}, there={**WORLD, "client:r/app": {**APP, "secret": "0ld-one"}})
    change = site.change("client:r/app")
    assert (change.before, change.after) == ({"secret": "(secret)"}, {"secret": f"(secret) of {SECRET}"}) and "0ld-one" not in repr(site.planned)
    assert site.run() == [("PUT r/clients/c1", {"secret": "s3cret", "clientId": "app"})]


def test_who_has_a_secret_is_not_public():
    """Keycloak makes a public client, without a secret, where the protocol is given and this isn't."""
    site = plan({"secret": SECRET, "protocol": "openid-connect"}, there={**WORLD, "client:r/app": {**APP, "publicClient": True}})
    assert site.change("client:r/app").after == {"publicClient": False}
    assert plan({"protocol": "openid-connect"}, there={**WORLD, "client:r/app": {**APP, "publicClient": True}}).changes == [], "not spoken about"


def test_scopes_of_a_client_move_one_by_one():
    site = plan({"default_client_scopes": ["phone"], "optional_client_scopes": ["email", "profile"]})
    assert site.run() == [("DELETE r/clients/c1/default-client-scopes/s-email", None), ("DELETE r/clients/c1/optional-client-scopes/s-phone", None),
                          ("PUT r/clients/c1/default-client-scopes/s-phone", {}), ("PUT r/clients/c1/optional-client-scopes/s-email", {}),
                          ("PUT r/clients/c1/optional-client-scopes/s-profile", {})]


def test_a_scope_that_was_moved_to_the_list_that_is_not_declared_comes_back():
    """Keycloak ignores it while it is in the other one."""
    site = plan({"default_client_scopes": ["email", "phone"]})
    assert site.run() == [("DELETE r/clients/c1/optional-client-scopes/s-phone", None), ("PUT r/clients/c1/default-client-scopes/s-phone", {})]
    site = plan({"optional_client_scopes": ["phone", "email"]})
    assert site.run() == [("DELETE r/clients/c1/default-client-scopes/s-email", None), ("PUT r/clients/c1/optional-client-scopes/s-email", {})]


def test_one_that_another_run_made_meanwhile():
    site = Site(realm(clients={"app": {"secret": SECRET, "name": "App"}}), THERE, ["realm:r"])
    assert site.run({"POST r/clients": 409, "r/clients": [APP]})[1:] == [("PUT r/clients/c1", {"name": "App", "clientId": "app"})]
    assert site.paper.asked == ["r/clients"]


def test_one_of_others_and_one_that_is_no_longer_declared():
    assert plan({"name": "App"}, owned=()).planned.conflicts == ["client r/app exists, isn't ours and differs in name"]
    gone = Site(realm(clients={}), WORLD, ["client:r/app"], prune="owned")
    assert gone.run() == [("DELETE r/clients/c1", None)]


@pytest.mark.parametrize("fields,fault", [
    ({"redirectUri": []}, "unknown key redirectUri; did you mean redirectUris?"),
    ({"redirectUris": ["grafana/login", "ftp//x"]},
     "redirectUris: must be addresses such as https://host/path or paths such as /path/* («grafana/login» is neither, «ftp//x» is neither)"),
    ({"webOrigins": ["https://a/b"]}, "webOrigins: must be origins such as https://host"),
    ({"rootUrl": "grafana"}, "rootUrl: must be an address"),
    ({"secret": "in clear"}, "secret: must be a reference such as vault:"),
    ({"publicClient": True, "secret": SECRET}, "publicClient: a public client has neither a secret nor a service account"),
    ({"service_account": {}, "serviceAccountsEnabled": False}, "service_account: serviceAccountsEnabled is false"),
    ({"service_account": {"rolles": []}}, "service_account: unknown key rolles"),
    ({"default_client_scopes": ["email"], "optional_client_scopes": ["email"]}, "the client scope email is default and optional"),
    ({"default_client_scopes": ["profil"]}, "the client scope profil neither exists nor is declared; did you mean profile?"),
    ({"roles": []}, "roles: must be a map of names"),
    ({"attributes": {"saml.signing.private.key": "in clear"}}, "attributes.saml.signing.private.key: must be a reference such as vault:"),
    ({"mappers": {"m": {"protocolMapper": "x", "config": {"bind.password": "in clear"}}}}, "mappers.m.config.bind.password: must be a reference"),
    ({"default_client_scopes": SECRET}, "default_client_scopes: takes no reference to a secret; give what it is"),
    ({"redirectUris": SECRET}, "redirectUris: takes no reference to a secret"),
    ({"service_account": {"groups": SECRET}}, "service_account.groups: takes no reference to a secret"),
    ({"secret": "vault:nowhere"}, "secret: «vault:nowhere» isn't a reference"),
    (["text"], "must be a map"),
])
def test_faults(fields, fault):
    found = plan(fields).faults
    assert any(fault in said for said in found) and "in clear" not in repr(found)


def test_what_is_read():
    other = {"id": "c2", "clientId": "other/client", "protocolMappers": [{"id": "m", "name": "x"}]}
    answers = {"r/clients": [APP, other], "r/clients/c1/roles": [{"id": "1", "name": "a/b"}], "r/clients/c2/roles": [{"id": "2", "name": "used"}]}
    keycloak = read(answers, realm(clients={"app": {"roles": {}}}, roles={"x": {"client_composites": {"other/client": ["used"]}}}))
    assert {"client_role:r/app/a~/b", "client_role:r/other~/client/used", "mapper:r/other~/client/x"} <= set(keycloak.world.raw)
    quiet = read(answers, realm(clients={"app": {}}))
    assert not any("roles" in path for path in quiet.http.asked if path.startswith("r/clients/")), "roles of clients are read where they matter"


@pytest.mark.parametrize("declared,asked", [(0, 1), (18, 1), (100, 5), (1000, 8)])
def test_many_clients_are_read_side_by_side(declared, asked):
    keycloak = read({"r/clients": []}, realm(clients={f"c{number}": {} for number in range(declared)}))
    assert keycloak.http.asked.count("r/clients") == asked


def test_the_clients_of_a_new_realm_are_few():
    site = Site(realm(clients={f"c{number}": {} for number in range(100)}))
    site.keycloak.look = lambda name: reading.look(site.keycloak, site.desired, [name])
    site.run({"r": THERE["realm:r"]})
    assert site.paper.asked.count("r/clients") == 1


def test_a_service_account_needs_its_client_to_have_one():
    site = plan({"service_account": {"realm_roles": []}}, there={**WORLD, "client:r/app": {**APP, "serviceAccountsEnabled": False}})
    assert site.change("client:r/app").after == {"serviceAccountsEnabled": True}
    assert site.change("service_account:r/app").action == "create"

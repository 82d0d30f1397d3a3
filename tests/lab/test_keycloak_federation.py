# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Accounts of elsewhere on a real Keycloak: an LDAP directory (a real slapd) and identity providers, with their mappers and hidden settings."""

from __future__ import annotations

import copy
import json

import pytest

from ansible_collections.unifiedmeta.platform.plugins.module_utils._http import Http
from ansible_collections.unifiedmeta.platform.plugins.module_utils._plan import Refused
from tests.lab.keycloak_login import CLIENT
from tests.lab.keycloak_runs import Runs, changes, put_secret
from tests.lab.slapd import ADMIN, slapd  # noqa: F401  # pylint: disable=unused-import

SETTINGS = {"sslRequired": "none", "adminEventsEnabled": True, "adminEventsDetailsEnabled": True}
BIND = "vault:platform/keycloak/ldap#password"
MAPPERS = {
    "first name": {"provider": "user-attribute-ldap-mapper", "config": {"ldap.attribute": "cn", "user.model.attribute": "firstName", "read.only": True,
                                                                        "is.mandatory.in.ldap": True, "always.read.value.from.ldap": False}},
    "groups": {"provider": "group-ldap-mapper", "config": {
        "groups.dn": "ou=groups,dc=example,dc=com", "group.name.ldap.attribute": "cn", "group.object.classes": "groupOfNames", "mode": "READ_ONLY",
        "membership.ldap.attribute": "member", "membership.attribute.type": "DN", "membership.user.ldap.attribute": "uid", "preserve.group.inheritance": False,
        "user.roles.retrieve.strategy": "LOAD_GROUPS_BY_MEMBER_ATTRIBUTE"}},
}


def directory(url: str, **config) -> dict:
    return {"provider": "ldap", "config": {
        "vendor": "other", "connectionUrl": url, "bindDn": ADMIN, "bindCredential": BIND, "authType": "simple", "usersDn": "ou=people,dc=example,dc=com",
        "usernameLDAPAttribute": "uid", "rdnLDAPAttribute": "uid", "uuidLDAPAttribute": "entryUUID", "userObjectClasses": "inetOrgPerson",
        "editMode": "READ_ONLY", "pagination": False, "importEnabled": True, **config}, "mappers": MAPPERS}


def config(realm: str, **more) -> dict:
    return {"realms": {realm: {"settings": SETTINGS, "clients": {"probe": CLIENT}, **more}}}


@pytest.fixture
def runs(keycloak, shared_server):
    put_secret(shared_server, "keycloak/ldap", password="first-password-of-the-directory")
    put_secret(shared_server, "keycloak/corp", client_secret="first-secret-of-corp")
    return Runs(keycloak, shared_server, {"scope": f"federation{id(keycloak)}"})


@pytest.fixture
def realm(runs):
    return runs.keycloak.realm("k2")


@pytest.fixture(autouse=True)
def bodies(monkeypatch):
    """What we send to Keycloak, whole; a masked value must never be in it."""
    real, seen = Http.request, []

    def request(self, method, path, **options):
        seen.append(json.dumps(options.get("json")))
        return real(self, method, path, **options)

    monkeypatch.setattr(Http, "request", request)
    yield
    assert seen and "**********" not in "".join(seen)


def sent(keycloak, realm: str) -> str:
    """The bodies of all changes, as Keycloak noted them."""
    return json.dumps(keycloak.get(f"{realm}/admin-events?max=1000"))


def logged_in(keycloak, realm: str) -> bool:
    answer = keycloak.token(realm, grant_type="password", client_id="probe", username="kim", password="pass-of-kim-in-ldap")
    return answer.status_code == 200


# --- directories -----------------------------------------------------------------------------------------------------------------
def test_people_of_a_directory_log_in(runs, realm, slapd):  # noqa: F811
    keycloak = runs.keycloak
    whole = config(realm, user_federation={"직원 ldap": directory(slapd.url)})
    first = runs.twice(whole)
    assert {f"create user_federation {realm}/직원 ldap", f"create user_federation_mapper {realm}/직원 ldap/first name"} <= set(changes(first))
    assert "first-password" not in json.dumps(first) and "first-password" not in sent(keycloak, realm)
    assert logged_in(keycloak, realm)
    user = keycloak.get(f"{realm}/users?username=kim")[0]
    assert user["firstName"] == "김" and [group["name"] for group in keycloak.get(f"{realm}/users/{user['id']}/groups")] == ["operators"]
    names = [entry["name"] for entry in keycloak.get(f"{realm}/components") if "LDAPStorageMapper" in entry["providerType"]]
    assert len(names) == len(set(names)) == 8, "those it is born with, one of them ours, and the one for groups"


def test_a_directorys_password_is_turned(runs, realm, slapd):  # noqa: F811
    keycloak = runs.keycloak
    whole = config(realm, user_federation={"ldap": directory(slapd.url)})
    runs(whole)
    slapd.start("second-password-of-the-directory")
    keycloak.call("POST", f"{realm}/clear-user-cache")
    put_secret(runs.vault, "keycloak/ldap", password="second-password-of-the-directory")
    turned = runs.twice(whole)
    assert changes(turned) == [f"update user_federation {realm}/ldap"] and turned["plan"][0]["fields"] == ["secrets"]
    assert logged_in(keycloak, realm) and "second-password" not in json.dumps(turned)


def test_drift_of_a_directory(runs, realm, slapd):  # noqa: F811
    keycloak = runs.keycloak
    whole = config(realm, user_federation={"ldap": directory(slapd.url)})
    runs(whole)
    found = keycloak.one(f"{realm}/components", name="ldap")
    keycloak.call("PUT", f"{realm}/components/{found['id']}", {**found, "config": {"usersDn": ["ou=nobody"], "batchSizeForSync": ["77"]}})
    mapper = keycloak.one(f"{realm}/components", name="first name")
    keycloak.call("PUT", f"{realm}/components/{mapper['id']}", {**mapper, "config": {"ldap.attribute": ["sn"]}})
    keycloak.call("DELETE", f"{realm}/components/{keycloak.one(f'{realm}/components', name='groups')['id']}")
    repaired = runs.twice(whole)
    assert changes(repaired) == [f"update user_federation {realm}/ldap", f"update user_federation_mapper {realm}/ldap/first name",
                                 f"create user_federation_mapper {realm}/ldap/groups"]
    after = keycloak.one(f"{realm}/components", name="ldap")["config"]
    assert after["batchSizeForSync"] == ["77"] and logged_in(keycloak, realm), "what isn't declared is left alone, the hidden password too"


@pytest.mark.parametrize(("change", "expected"), [
    ({"provider": "ldapp"}, "user_federation.ldap.provider: the server has no storage ldapp; did you mean ldap?"),
    ({"config": {"usrsDn": "x"}}, "user_federation.ldap.config: ldap has no setting usrsDn; did you mean usersDn?"),
    ({"config": {"bindCredential": "in clear"}}, "user_federation.ldap.config.bindCredential: must be a reference such as vault:"),
    ({"mappers": {"m": {"provider": "group-mapper"}}}, "mappers.m.provider: the server has no ldap mapper group-mapper; did you mean group-ldap-mapper?"),
    ({"mappers": {"m": {"provider": "group-ldap-mapper", "config": {"group.dn": "x"}}}}, "has no setting group.dn; did you mean groups.dn?"),
    ({"provider": None}, "user_federation.ldap.provider: is missing"),
])
def test_refusals_of_directories(runs, realm, change, expected):
    with pytest.raises(Refused) as refused:
        runs(config(realm, user_federation={"ldap": {**directory("ldap://127.0.0.1:9"), **change}}))
    assert expected in str(refused.value) and "in clear" not in str(refused.value)
    assert runs.keycloak.request("GET", realm).status_code == 404


def test_directories_of_one_name_are_told(runs, realm):
    whole = config(realm, user_federation={"ldap": directory("ldap://127.0.0.1:9")})
    runs(whole)
    found = runs.keycloak.one(f"{realm}/components", name="ldap")
    runs.keycloak.call("POST", f"{realm}/components", {**{key: value for key, value in found.items() if key != "id"}, "config": {
        **found["config"], "bindCredential": ["x"]}})
    with pytest.raises(Refused, match="is there 2 times; delete all but one by hand"):
        runs(whole)


# --- identity providers ----------------------------------------------------------------------------------------------------------
def corp(**more) -> dict:
    return {"providerId": "oidc", "displayName": "회사", "trustEmail": True, "config": {
        "clientId": "platform", "clientSecret": "vault:platform/keycloak/corp#client_secret", "authorizationUrl": "https://corp.example.com/a",
        "tokenUrl": "https://corp.example.com/t", "syncMode": "FORCE", "useJwksUrl": True}, "mappers": {
        "e mail/주소": {"identityProviderMapper": "oidc-user-attribute-idp-mapper", "config": {
            "claim": "email", "user.attribute": "email", "syncMode": "INHERIT"}}},
        **more}


def test_a_provider_from_nothing(runs, realm):
    keycloak = runs.keycloak
    first = runs.twice(config(realm, identity_providers={"corp": corp()}))
    assert {f"create identity_provider {realm}/corp", f"create identity_provider_mapper {realm}/corp/e mail~/주소"} <= set(changes(first))
    found = keycloak.get(f"{realm}/identity-provider/instances/corp")
    assert found["displayName"] == "회사" and found["config"]["clientSecret"] == "**********" and found["config"]["useJwksUrl"] == "true"
    assert [mapper["name"] for mapper in keycloak.get(f"{realm}/identity-provider/instances/corp/mappers")] == ["e mail/주소"]
    assert "first-secret" not in json.dumps(first)


def secret_kept(keycloak, realm: str) -> bool:
    """Keycloak tells whether there is one by its mask."""
    return keycloak.get(f"{realm}/identity-provider/instances/corp")["config"].get("clientSecret") == "**********"


def test_drift_and_rotation_of_a_provider(runs, realm):
    keycloak = runs.keycloak
    whole = config(realm, identity_providers={"corp": corp()})
    runs(whole)
    found = keycloak.get(f"{realm}/identity-provider/instances/corp")
    keycloak.call("PUT", f"{realm}/identity-provider/instances/corp", {**found, "trustEmail": False, "config": {
        **found["config"], "clientSecret": "of somebody", "guiOrder": "3"}})
    mapper = keycloak.get(f"{realm}/identity-provider/instances/corp/mappers")[0]
    keycloak.call("DELETE", f"{realm}/identity-provider/instances/corp/mappers/{mapper['id']}")
    assert changes(runs.twice(whole)) == [f"update identity_provider {realm}/corp", f"create identity_provider_mapper {realm}/corp/e mail~/주소"]
    after = keycloak.get(f"{realm}/identity-provider/instances/corp")
    assert after["trustEmail"] and after["config"]["guiOrder"] == "3" and secret_kept(keycloak, realm)
    put_secret(runs.vault, "keycloak/corp", client_secret="second-secret-of-corp")
    assert runs.twice(whole)["plan"][0]["fields"] == ["secrets"]


FLOW = {"description": "", "executions": [{"authenticator": "idp-auto-link", "requirement": "REQUIRED"}]}
OTHER = {"description": "", "executions": [{"authenticator": "idp-create-user-if-unique", "requirement": "REQUIRED"}]}


def test_a_flow_that_a_provider_uses_is_swapped_and_the_secret_stays(runs, realm):
    keycloak = runs.keycloak
    provider = corp(firstBrokerLoginFlowAlias="link", mappers={})
    runs(config(realm, identity_providers={"corp": provider}, authentication={"flows": {"link": FLOW}}))
    runs.twice(config(realm, identity_providers={"corp": provider}, authentication={"flows": {"link": OTHER}}))
    found = keycloak.get(f"{realm}/identity-provider/instances/corp")
    assert found["firstBrokerLoginFlowAlias"] == "link" and secret_kept(keycloak, realm)
    steps = keycloak.get(f"{realm}/authentication/flows/link/executions")
    assert [step["providerId"] for step in steps] == ["idp-create-user-if-unique"]
    with pytest.raises(Refused, match="the identity provider corp uses it, and would lose its clientSecret when the flow is replaced"):
        runs(config(realm, authentication={"flows": {"link": FLOW}}))


def test_a_provider_made_by_hand_keeps_its_secret(runs, realm):
    keycloak = runs.keycloak
    runs(config(realm))
    keycloak.call("POST", f"{realm}/identity-provider/instances", {"alias": "corp", "providerId": "oidc", "config": {
        "clientId": "platform", "clientSecret": "by hand", "authorizationUrl": "https://corp.example.com/a", "tokenUrl": "https://corp.example.com/t"}})
    without = corp()
    del without["config"]["clientSecret"]
    with pytest.raises(Refused, match="clientSecret is set in Keycloak, which doesn't show it, so a change would lose it"):
        runs(config(realm, identity_providers={"corp": without}), adopt=True)
    assert secret_kept(keycloak, realm)
    with pytest.raises(Refused, match="isn't ours and differs in"):
        runs(config(realm, identity_providers={"corp": corp()}))
    adopted = runs.twice(config(realm, identity_providers={"corp": corp()}), adopt=True)
    assert f"adopt identity_provider {realm}/corp" in changes(adopted)


@pytest.mark.parametrize(("change", "expected"), [
    ({"providerId": "oicd"}, "identity_providers.corp.providerId: the server has no identity provider oicd; did you mean oidc?"),
    ({"providerId": None}, "identity_providers.corp.providerId: is missing"),
    ({"config": {"clientSecret": "in clear"}}, "identity_providers.corp.config.clientSecret: must be a reference"),
    ({"firstBrokerLoginFlowAlias": "first brokr login"}, "the flow first brokr login neither exists nor is declared"),
    ({"mappers": {"m": {"identityProviderMapper": "oidc-user-idp-mapper"}}}, "the server has no identity provider mapper oidc-user-idp-mapper; did you mean"),
    ({"mappers": {"m": {}}}, "mappers.m.identityProviderMapper: is missing"),
    ({"trustMail": True}, "unknown key trustMail; did you mean trustEmail?"),
])
def test_refusals_of_providers(runs, realm, change, expected):
    with pytest.raises(Refused) as refused:
        runs(config(realm, identity_providers={"corp": {**corp(), **change}}))
    assert expected in str(refused.value) and "in clear" not in str(refused.value)


def test_pruned_providers_and_directories(runs, realm):
    keycloak = runs.keycloak
    runs(config(realm, identity_providers={"corp": corp()}, user_federation={"ldap": directory("ldap://127.0.0.1:9")}))
    less = copy.deepcopy(config(realm, identity_providers={}, user_federation={}))
    pruned = runs(less, prune="owned")
    assert f"delete identity_provider {realm}/corp" in changes(pruned) and f"delete user_federation {realm}/ldap" in changes(pruned)
    assert keycloak.get(f"{realm}/identity-provider/instances") == []
    assert not [entry for entry in keycloak.get(f"{realm}/components") if "UserStorage" in entry["providerType"]]

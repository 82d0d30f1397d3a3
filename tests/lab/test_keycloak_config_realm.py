# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Realm, clients, mappers, scopes and roles on a real Keycloak."""

from __future__ import annotations

import json

import pytest

from ansible_collections.unifiedmeta.platform.plugins.module_utils._plan import Refused
from tests.lab.keycloak_runs import Runs, changes, put_secret

MAPPER = {"protocolMapper": "oidc-group-membership-mapper", "config": {"claim.name": "groups", "full.path": False}}
SETTINGS = {
    "displayName": "플랫폼", "sslRequired": "none", "passwordPolicy": "length(12) and notUsername(undefined)", "bruteForceProtected": True,
    "failureFactor": 5, "accessTokenLifespan": "5m", "internationalizationEnabled": True, "supportedLocales": ["ko", "en"], "defaultLocale": "ko",
    "eventsEnabled": True, "enabledEventTypes": ["LOGIN", "LOGIN_ERROR"], "adminEventsEnabled": True, "adminEventsDetailsEnabled": True,
    "attributes": {"frontendUrl": "https://sso.example.com"}, "browserSecurityHeaders": {"xFrameOptions": "DENY"},
}


def config(realm: str, **more) -> dict:
    """A realm with some of everything that this file is about."""
    return {"realms": {realm: {
        "settings": SETTINGS,
        "localization": {"ko": {"loginTitle": "로그인"}, "en": {"loginTitle": "Sign in"}},
        "roles": {"operator": {"description": "runs it", "attributes": {"tier": ["1"]}},
                  "a/b 역할": {"composites": ["operator"], "client_composites": {"grafana": ["viewer"], "account": ["view-profile"]}}},
        "client_scopes": {"groups": {"description": "groups", "mappers": {"groups": MAPPER}}, "profile": {"description": "ours"}},
        "optional_client_scopes": ["groups", "address", "phone", "microprofile-jwt", "offline_access", "organization"],
        "clients": {
            "grafana": {"name": "Grafana", "rootUrl": "https://grafana.example.com", "redirectUris": ["/login/generic_oauth"], "webOrigins": ["+"],
                        "secret": "vault:platform/grafana/sso#client_secret", "attributes": {"pkce.code.challenge.method": "S256"},
                        "default_client_scopes": ["profile", "email", "groups"], "optional_client_scopes": [],
                        "mappers": {"groups": MAPPER, "aud": {"protocolMapper": "oidc-audience-mapper", "config": {"included.client.audience": "grafana"}}},
                        "roles": {"viewer": {}, "admin": {"composites": ["operator"], "client_composites": {"grafana": ["viewer"]}}}},
            "https://클라이언트/a b": {"redirectUris": ["https://a.example.com/*"], "publicClient": True},
        }, **more}}}


@pytest.fixture
def runs(keycloak, shared_server):
    """Keycloak, and a Vault with the client's secret."""
    put_secret(shared_server, "grafana/sso", client_secret="first-secret-of-grafana")
    return Runs(keycloak, shared_server, {"scope": "realms"})


def test_a_realm_from_nothing(runs):
    keycloak = runs.keycloak
    realm = keycloak.realm("whole")
    first = runs.twice(config(realm))
    assert f"create realm {realm}" in changes(first) and f"create mapper {realm}/grafana/aud" in changes(first)
    assert "first-secret" not in json.dumps(first) and "first-secret-of-grafana" in runs.seen
    found, client = keycloak.get(realm), keycloak.client(realm, "grafana")
    assert (found["displayName"], found["accessTokenLifespan"], found["supportedLocales"]) == ("플랫폼", 300, ["ko", "en"]) and found["enabled"]
    assert found["attributes"]["frontendUrl"] == "https://sso.example.com" and found["browserSecurityHeaders"]["xFrameOptions"] == "DENY"
    assert found["browserSecurityHeaders"]["referrerPolicy"], "headers that aren't ours are kept"
    assert keycloak.get(f"{realm}/localization/ko") == {"loginTitle": "로그인"}
    assert client["secret"] == "first-secret-of-grafana" and sorted(client["defaultClientScopes"]) == ["email", "groups", "profile"]
    assert {mapper["name"]: mapper["config"].get("claim.name") for mapper in client["protocolMappers"]} == {"groups": "groups", "aud": None}
    role = keycloak.one(f"{realm}/roles", name="a/b 역할")
    assert {part["name"] for part in keycloak.get(f"{realm}/roles-by-id/{role['id']}/composites")} == {"operator", "viewer", "view-profile"}
    assert keycloak.client(realm, "https://클라이언트/a b")["publicClient"]
    assert {scope["name"] for scope in keycloak.get(f"{realm}/default-optional-client-scopes")} >= {"groups", "phone"}
    assert keycloak.one(f"{realm}/client-scopes", name="profile")["description"] == "ours", "a scope that the realm was born with"


def test_drift_is_shown_and_repaired(runs):
    keycloak = runs.keycloak
    realm = keycloak.realm()
    runs(config(realm))
    client = keycloak.client(realm, "grafana")
    at = f"{realm}/clients/{client['id']}"
    gone = next(mapper for mapper in client["protocolMappers"] if mapper["name"] == "aud")
    keycloak.call("DELETE", f"{at}/protocol-mappers/models/{gone['id']}")
    keycloak.call("PUT", at, {"redirectUris": ["https://evil.example.com/*"], "attributes": {"theirs": "1"}})
    keycloak.call("PUT", realm, {"displayName": "other", "loginTheme": "keycloak"})
    role = keycloak.one(f"{realm}/roles", name="operator")
    keycloak.call("POST", f"{realm}/roles-by-id/{role['id']}/composites", [keycloak.one(f"{realm}/roles", name="offline_access")])
    shown = runs.twice(config(realm))
    assert changes(shown) == [f"update realm {realm}", f"update client {realm}/grafana", f"create mapper {realm}/grafana/aud"]
    assert shown["diff"]["before"][f"client {realm}/grafana"] == {"redirectUris": ["https://evil.example.com/*"]}
    found = keycloak.client(realm, "grafana")
    assert found["attributes"]["theirs"] == "1" and found["secret"] == "first-secret-of-grafana", "what isn't ours is left alone"
    assert keycloak.get(realm)["loginTheme"] == "keycloak"


def test_a_secret_turns_where_it_is_born(runs):
    keycloak = runs.keycloak
    realm = keycloak.realm()
    runs(config(realm))
    put_secret(runs.vault, "grafana/sso", client_secret="second-secret-of-grafana")
    shown = runs.twice(config(realm))
    assert changes(shown) == [f"update client {realm}/grafana"] and "secret-of-grafana" not in json.dumps(shown)
    assert shown["diff"]["after"][f"client {realm}/grafana"] == {"secret": "(secret) of vault:platform/grafana/sso#client_secret"}
    assert keycloak.client(realm, "grafana")["secret"] == "second-secret-of-grafana"


def test_what_is_no_longer_declared_is_pruned(runs):
    keycloak = runs.keycloak
    realm = keycloak.realm()
    whole = config(realm)
    runs(whole)
    keycloak.call("POST", f"{realm}/clients", {"clientId": "theirs"})
    content = whole["realms"][realm]
    del content["clients"]["https://클라이언트/a b"], content["clients"]["grafana"]["mappers"]["aud"], content["localization"]["en"]
    del content["clients"]["grafana"]["roles"]["admin"]
    assert runs.twice(whole)["plan"] == []
    shown = runs.twice(whole, prune="owned")
    assert sorted(changes(shown)) == sorted([f"delete client {realm}/https:~/~/클라이언트~/a b", f"delete mapper {realm}/grafana/aud",
                                             f"delete client_role {realm}/grafana/admin", f"delete localization {realm}/en"])
    assert {client["clientId"] for client in keycloak.get(f"{realm}/clients")} >= {"theirs", "grafana", "account"}


def test_a_realm_made_by_hand_is_taken_over_only_when_told(runs):
    keycloak = runs.keycloak
    realm = keycloak.realm()
    keycloak.call("POST", "", {"realm": realm, "enabled": True, "adminEventsEnabled": True})
    keycloak.call("POST", f"{realm}/clients", {"clientId": "grafana", "name": "by hand", "secret": "theirs"})
    before = keycloak.events(realm)
    for check in (True, False):
        with pytest.raises(Refused) as refused:
            runs(config(realm), check)
        assert f"realm {realm} exists, isn't ours and differs in adminEventsDetailsEnabled" in str(refused.value)
        assert f"client {realm}/grafana exists, isn't ours and differs in attributes" in str(refused.value)
    assert keycloak.events(realm) == before
    shown = runs(config(realm), True, adopt=True)
    assert {f"adopt realm {realm}", f"adopt client {realm}/grafana", f"create mapper {realm}/grafana/aud"} <= set(changes(shown))
    assert keycloak.events(realm) == before
    runs.twice(config(realm), adopt=True)
    assert keycloak.client(realm, "grafana")["secret"] == "first-secret-of-grafana"


BAD = {"realms": {"REALM": {
    "setings": {}, "settings": {"displayNam": "x", "bruteForceProtected": "maybe", "smtpServer": {"host": "h", "password": "in clear"}},
    "roles": {"r": {"client_composites": {"grafanna": ["viewer"]}, "composites": ["operater"]}, "operator": None},
    "clients": {"grafana": {"redirectUris": ["grafana.example.com/login"], "secret": "in clear", "default_client_scopes": ["grups"],
                            "mappers": {"m": {"config": {}}}}, "public": {"publicClient": True, "serviceAccountsEnabled": True}}}}}
FAULTS = [
    "unknown key setings; did you mean settings?", "unknown key displayNam; did you mean displayName?", "settings.bruteForceProtected: must be true or false",
    "smtpServer.password: must be a reference", "grafana.redirectUris: must be addresses such as https://host/path or paths such as /path/*",
    "grafana.secret: must be a reference", "the client scope grups neither exists nor is declared",
    "the client grafanna neither exists nor is declared; did you mean grafana?",
    "the realm role operater neither exists nor is declared; did you mean operator?",
    "mappers.m.protocolMapper: is missing", "public.publicClient: a public client has neither a secret nor a service account",
]


def test_every_fault_is_told_at_once_and_nothing_is_done(runs):
    keycloak = runs.keycloak
    realm = keycloak.realm()
    with pytest.raises(Refused) as refused:
        runs({"realms": {realm: BAD["realms"]["REALM"]}})
    assert [fault for fault in FAULTS if fault not in str(refused.value)] == [] and "in clear" not in str(refused.value)
    assert keycloak.request("GET", realm).status_code == 404

# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Every setting of a realm, and of a client, on a real Keycloak: what is declared is what is there, whichever way it came."""

from __future__ import annotations

import pytest

from ansible_collections.unifiedmeta.platform.plugins.module_utils._fields import TYPES
from ansible_collections.unifiedmeta.platform.plugins.module_utils._keycloak import tables
from tests.lab.keycloak_runs import Runs, changes, put_secret

# Another value than Keycloak's own, where the type alone doesn't tell one.
REALM = {
    "enabled": True, "sslRequired": "ALL", "passwordPolicy": "length(12)  and notUsername()", "loginTheme": "keycloak.v2", "accountTheme": "keycloak.v3",
    "adminTheme": "keycloak.v2", "emailTheme": "keycloak", "defaultLocale": "ko", "defaultSignatureAlgorithm": "ES256", "bruteForceStrategy": "LINEAR",
    "supportedLocales": ["ko", "en"], "enabledEventTypes": ["LOGIN", "LOGIN_ERROR"], "eventsListeners": ["jboss-logging"], "adminEventsEnabled": True,
    "otpPolicyType": "hotp", "otpPolicyAlgorithm": "HmacSHA256", "otpPolicyDigits": 8, "attributes": {"frontendUrl": "https://sso.example.com", "own": "1"},
    "browserSecurityHeaders": {"xFrameOptions": "DENY"}, "registrationEmailAsUsername": False, "duplicateEmailsAllowed": False, "notBefore": 0,
    "internationalizationEnabled": True, "eventsExpiration": "1h",
    **{f"{prefix}{name}": value for prefix in ("webAuthnPolicy", "webAuthnPolicyPasswordless") for name, value in {
        "RpEntityName": "platform", "RpId": "example.com", "AttestationConveyancePreference": "direct", "AuthenticatorAttachment": "cross-platform",
        "RequireResidentKey": "Yes", "ResidentKey": "required", "UserVerificationRequirement": "required", "CreateTimeout": 60,
        "AvoidSameAuthenticatorRegister": True, "SignatureAlgorithms": ["ES256", "RS256"], "ExtraOrigins": ["https://a.example.com"],
        "AcceptableAaguids": ["6028b017-b1d4-4c02-b4b3-afcdafc96bb2"]}.items() if f"{prefix}{name}" in tables.REALM},
}
# Features that are off by default, or that another declaration decides.
NOT_HERE = {"verifiableCredentialsEnabled", "scimApiEnabled", "adminPermissionsEnabled", "webAuthnPolicyPasswordlessMediation"}


def setting(name: str, form) -> object:
    """A value that takes."""
    if name in REALM:
        return REALM[name]
    return {TYPES["bool"]: True, TYPES["int"]: 7, TYPES["duration"]: 420, TYPES["text"]: "text"}[form]


SETTINGS = {name: setting(name, form) for name, form in tables.REALM.items() if name not in NOT_HERE}


@pytest.fixture
def runs(keycloak, shared_server, tmp_path):
    put_secret(shared_server, "app/sso", client_secret="secret-of-the-client-app")
    return Runs(keycloak, shared_server, {"scope": tmp_path.name.replace("_", "-")})


def test_all_settings_of_a_new_realm(runs):
    realm = runs.keycloak.realm()
    runs.twice({"realms": {realm: {"settings": SETTINGS}}})


@pytest.mark.parametrize("given", [{"otpPolicyType": "hotp"}, {"otpPolicyDigits": 8}, {"otpPolicyType": "totp", "otpPolicyPeriod": 60}])
def test_a_part_of_the_policy_of_codes_leaves_the_rest_as_it_is(runs, given):
    realm = runs.keycloak.realm()
    runs.twice({"realms": {realm: {"settings": {"adminEventsEnabled": True, **given}}}})
    found = runs.keycloak.get(realm)
    rest = {"otpPolicyType": "totp", "otpPolicyAlgorithm": "HmacSHA1", "otpPolicyDigits": 6, "otpPolicyPeriod": 30, "otpPolicyLookAheadWindow": 1}
    assert {name: found[name] for name in rest} == {**rest, **given}


def test_all_settings_of_a_realm_that_is_there(runs):
    keycloak = runs.keycloak
    realm = keycloak.realm()
    keycloak.call("POST", "", {"realm": realm, "enabled": True})
    runs.twice({"realms": {realm: {"settings": SETTINGS}}}, adopt=True)


@pytest.mark.parametrize("name", ["otpPolicyDigits", "webAuthnPolicyRpId", "webAuthnPolicyPasswordlessExtraOrigins", "attributes", "browserSecurityHeaders",
                                  "otpPolicyCodeReusable", "clientSessionIdleTimeout"])
def test_one_setting_changes_no_other(runs, name):
    """Some settings lie in one place in Keycloak, where a write of one would reset the others."""
    keycloak = runs.keycloak
    realm = keycloak.realm()
    runs({"realms": {realm: {"settings": {key: value for key, value in SETTINGS.items() if key != name}}}})
    before = keycloak.get(realm)
    assert changes(runs.twice({"realms": {realm: {"settings": SETTINGS}}})) == [f"update realm {realm}"]
    after = keycloak.get(realm)
    known = {key for key in before if before[key] != after.get(key)} - {name, "attributes", "otpSupportedApplications"}
    assert known == set() and set(before["attributes"]) <= set(after["attributes"])


# --- objects of a realm ------------------------------------------------------------------------------------------------------------
CLIENT = {
    "name": "App", "description": "an app", "clientAuthenticatorType": "client-secret", "secret": "vault:platform/app/sso#client_secret",
    "rootUrl": "https://app.example.com", "baseUrl": "/home", "adminUrl": "https://app.example.com/admin", "enabled": True, "alwaysDisplayInConsole": True,
    "surrogateAuthRequired": True, "consentRequired": True, "standardFlowEnabled": True, "implicitFlowEnabled": True, "directAccessGrantsEnabled": True,
    "serviceAccountsEnabled": True, "publicClient": False, "bearerOnly": False, "frontchannelLogout": True, "fullScopeAllowed": False, "notBefore": 5,
    "nodeReRegistrationTimeout": 9, "redirectUris": ["/b", "https://a.example.com/*"], "webOrigins": ["+"], "protocol": "openid-connect",
    "attributes": {"pkce.code.challenge.method": "S256", "post.logout.redirect.uris": "+", "access.token.lifespan": 60, "own": True},
    "default_client_scopes": ["email", "profile"], "optional_client_scopes": ["phone"], "authenticationFlowBindingOverrides": {"browser": "browser"},
}
MAPPER = {"protocolMapper": "oidc-usermodel-attribute-mapper", "config": {"claim.name": "desk", "user.attribute": "desk", "id.token.claim": True}}
OBJECTS = {
    "settings": {"adminEventsEnabled": True}, "user_profile": {"unmanagedAttributePolicy": "ENABLED"},
    "roles": {"reader": {}, "operator": {"description": "runs it", "attributes": {"tier": ["1", "2"]}, "composites": ["reader"]}},
    "client_scopes": {"ours": {"description": "ours", "attributes": {"include.in.token.scope": False}, "mappers": {"desk": MAPPER}}},
    "clients": {"app": {**CLIENT, "mappers": {"desk": MAPPER}, "roles": {"viewer": {"description": "looks", "attributes": {"a": "b"}}}}},
    "groups": {"team": {"description": "a team", "attributes": {"floor": ["7"]}, "realm_roles": ["reader"], "client_roles": {"app": ["viewer"]}}},
    "users": {"kim": {"email": "Kim@Example.com", "emailVerified": True, "firstName": "민수", "lastName": "김", "attributes": {"desk": "7"}, "groups": ["team"],
                      "realm_roles": ["operator"], "client_roles": {"app": ["viewer"]}, "enabled": False}},
}
# One field of each, and where Keycloak shows the object.
ONE = [("roles", "operator", "roles?briefRepresentation=false", "name"), ("client_scopes", "ours", "client-scopes", "name"),
       ("clients", "app", "clients", "clientId"), ("groups", "team", "groups?briefRepresentation=false", "name")]


def test_every_field_of_a_client_takes(runs):
    realm = runs.keycloak.realm()
    assert set(tables.CLIENT) - set(CLIENT) == {"authorizationServicesEnabled"}
    runs.twice({"realms": {realm: OBJECTS}})


def test_a_field_of_an_object_changes_no_other(runs):
    keycloak = runs.keycloak
    realm = keycloak.realm()
    runs({"realms": {realm: OBJECTS}})
    before = {section: keycloak.one(f"{realm}/{path}", **{key: name}) for section, name, path, key in ONE}
    user = keycloak.get(f"{realm}/users?briefRepresentation=false")[0]
    changed = {**OBJECTS, **{section: {**OBJECTS[section], name: {**OBJECTS[section][name], "description": "another"}} for section, name, _path, _key in ONE}}
    changed["users"] = {"kim": {**OBJECTS["users"]["kim"], "firstName": "영희"}}
    shown = runs.twice({"realms": {realm: changed}})
    assert sorted(change.split(" ")[1] for change in changes(shown)) == ["client", "client_scope", "group", "role", "user"]
    for section, name, path, key in ONE:
        after = keycloak.one(f"{realm}/{path}", **{key: name})
        assert {field for field in {*before[section], *after} if before[section].get(field) != after.get(field)} == {"description"}, section
    assert {**keycloak.get(f"{realm}/users?briefRepresentation=false")[0], "firstName": "민수"} == user

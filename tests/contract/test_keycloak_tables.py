"""Every field that a desired state may name is one of Keycloak's own, with a type that takes it; and what the description leaves to us is decided."""
from __future__ import annotations

import pytest

from ansible_collections.unifiedmeta.platform.plugins.module_utils._fields import TYPES
from ansible_collections.unifiedmeta.platform.plugins.module_utils._keycloak import fields, tables
from tests.contract.representations import CLASSES, record, recorded
from tests.lab.bao import cache_dir

API = recorded()["classes"]
# What Java keeps a field in -> what we compare it as.
FORMS = {
    "Boolean": {"bool"}, "Z": {"bool"}, "Integer": {"int", "duration"}, "Long": {"int", "duration"}, "I": {"int", "duration"},
    "String": {"text", "url", "lower", "word", "ssl", "policy"}, "RealmRepresentation$BruteForceStrategy": {"text"},
    "List": {"list", "set", "redirects", "origins", "exact", "any"},
    "Set": {"set", "exact"}, "Map": {"map", "lists", "filled", "by_client", "any"}, "MultivaluedHashMap": {"lists"},
}
OWN = ("redirects", "origins", "url", "lists", "filled", "by_client", "paths", "exact", "lower", "word", "ssl", "policy")
NAMES = {**{form: name for name, form in TYPES.items()}, **{getattr(fields, name): name for name in OWN}}
# Parts of a declaration that are no fields of the object itself: mappings, lists of scopes, what a password is sent with.
OURS = {"default_client_scopes", "optional_client_scopes", "realm_roles", "client_roles", "groups", "required_actions", "password", "temporary_password"}
CASES = {"REALM": "Realm", "CLIENT": "Client", "SCOPE": "ClientScope", "MAPPER": "ProtocolMapper", "ROLE": "Role", "GROUP": "Group", "USER": "User"}


@pytest.mark.parametrize("table", CASES)
def test_fields_of_a_table(table):
    known, wrong = API[CASES[table]], {}
    for name, form in getattr(tables, table).items():
        if name not in OURS and NAMES[form] not in FORMS.get(known.get(name, ""), ()):
            wrong[name] = (NAMES[form], known.get(name, "isn't there"))
    assert wrong == {}


# Fields of a realm that are no settings here, each with its reason.
LEFT = {
    "objects of their own":
        "adminPermissionsClient applicationScopeMappings applications authenticationFlows authenticatorConfig clientScopeMappings "
        "clientScopes clientTemplates "
        "clients components defaultDefaultClientScopes defaultGroups defaultOptionalClientScopes defaultRole defaultRoles federatedUsers groups "
        "identityProviderMappers identityProviders localizationTexts oauthClients organizations protocolMappers requiredActions roles scopeMappings smtpServer "
        "socialProviders userFederationMappers userFederationProviders users workflows",
    "bindings, declared with the flows":
        "browserFlow clientAuthenticationFlow directGrantFlow dockerAuthenticationFlow firstBrokerLoginFlow registrationFlow "
        "resetCredentialsFlow",
    "the server's own": "id realm keycloakVersion requiredCredentials otpSupportedApplications",
    "keys, which are components": "certificate codeSecret privateKey publicKey",
    "policies of clients, not managed yet": "clientPolicies clientProfiles",
    "of old": "passwordCredentialGrantAllowed realmCacheEnabled social updateProfileOnInitialSocialLogin userCacheEnabled",
}


def test_every_setting_of_a_realm_is_decided():
    left = {name for words in LEFT.values() for name in words.split()}
    assert set(API["Realm"]) - set(tables.REALM) - left == set()
    assert left & set(tables.REALM) == set()


def test_the_description_is_that_of_the_lab():
    """Where the lab's cache has the distribution, it says the same."""
    found = sorted(cache_dir().glob(f"keycloak-{recorded()['version']}-*"))
    if not found:
        pytest.skip("the lab's cache has no Keycloak of the recorded version")
    assert record(found[-1]) == recorded()


def test_a_field_of_every_class_was_read():
    assert set(API) <= set(CLASSES) and all(API.values())
    assert API["Client"]["redirectUris"] == "List" and API["Realm"]["bruteForceProtected"] == "Boolean"

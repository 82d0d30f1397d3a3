# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Settings that Keycloak never shows."""

from __future__ import annotations

import types

import pytest

from ansible_collections.unifiedmeta.platform.plugins.module_utils._keycloak import hidden
from ansible_collections.unifiedmeta.platform.plugins.module_utils._model import Item

REFERENCE = "vault:platform/keycloak/ldap#password"


def test_references_become_a_field_of_their_own():
    fields, faults = {"config": {"bindDn": "cn=a", "bindCredential": REFERENCE}}, []
    hidden.part(fields, ("bindCredential",), "here", faults)
    assert fields == {"config": {"bindDn": "cn=a"}, "secrets": {"bindCredential": REFERENCE}} and not faults


def test_without_a_reference_there_is_no_such_field():
    for fields in ({"config": {"bindDn": "cn=a"}}, {}, {"config": REFERENCE}):
        before = dict(fields)
        hidden.part(fields, (), "here", [])
        assert fields == before


def test_a_secret_in_clear_is_refused_without_being_shown():
    fields, faults = {"config": {"bindCredential": "open", "clientSecret": ""}}, []
    hidden.part(fields, ("bindCredential", "clientSecret"), "here", faults)
    assert faults == ["here.config.bindCredential: must be a reference such as vault:<mount>/<path>#<key>, since it is a secret"]


def test_what_a_whole_write_would_lose():
    item = Item("k", "n", "here", {"secrets": {"a": REFERENCE}})
    stored = {"config": {"a": "**********", "b": "**********", "c": ["**********"], "d": "x"}}
    assert hidden.lost(item, stored) == ["b", "c"] and hidden.lost(item, {}) == []


def faults_of(config, known):
    planner = types.SimpleNamespace(planned=types.SimpleNamespace(faults=[]))
    hidden.check_settings(planner, Item("k", "n", "here", {"provider": "ldap", "config": config}), known)
    return planner.planned.faults


def test_settings_that_nobody_knows():
    known = {"usersDn": False, "bindCredential": True}
    assert faults_of({"usrsDn": "x"}, known) == ["here.config: ldap has no setting usrsDn; did you mean usersDn?"]
    assert "here.config.bindCredential: must be a reference" in faults_of({"bindCredential": "x"}, known)[0]
    assert faults_of({"usersDn": "x"}, known) == [] and faults_of({"anything": "x"}, {}) == []
    assert "here.config.bindCredential: must be a reference" in faults_of({"bindCredential": "x", "usePasswordModifyExtendedOp": True}, {})[0], (
        "whoever may not read what the server has is told by the name")


# --- by the name of the setting --------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("name", [
    "clientSecret", "secret", "secret.key", "secretKey", "api.key", "bindCredential", "bindPassword", "keystore-password", "saml.signing.private.key",
    "saml.encryption.private.key", "privateKey", "jwt.credential.private.key", "client.secret.rotated", "SHARED_SECRET", "key.passphrase"])
def test_names_of_secrets(name):
    assert hidden.in_clear({name: "open"}, "here") == [f"here.{name}: must be a reference such as vault:<mount>/<path>#<key>, since it is a secret"]
    assert hidden.in_clear({name: REFERENCE}, "here") == [] and hidden.in_clear({name: "open"}, "here", told=(name,)) == []


@pytest.mark.parametrize("name", [
    "client.secret.creation.time", "client.secret.expiration.time", "client.secret.rotated.creation.time", "use.refresh.tokens", "passwordPolicy",
    "usePasswordModifyExtendedOp", "validatePasswordPolicy", "useKerberosForPasswordAuthentication", "jwt.credential.certificate", "saml.signing.certificate",
    "jwt.credential.public.key", "site.key", "clientAuthMethod", "token.endpoint.auth.signing.alg", "credentials", "keyTab", "x509.subjectdn", "claim.name",
    "ldap.password.policy.hints.enabled", "publicKeySignatureVerifier", "user.attribute", "monkey"])
def test_names_of_what_is_none(name):
    assert hidden.in_clear({name: "open"}, "here") == []


@pytest.mark.parametrize("value", [None, "", True, "false", "True", "${vault.ldap_secret}", REFERENCE])
def test_values_that_are_no_secret(value):
    assert hidden.in_clear({"require.password": value}, "here") == []


@pytest.mark.parametrize("value", ["true story", "${authBaseUrl}", "${vault.x", 12345])
def test_values_that_may_be_one(value):
    assert len(hidden.in_clear({"require.password": value}, "here")) == 1 and str(value) not in hidden.in_clear({"require.password": value}, "here")[0]


def test_what_is_no_map_is_told_elsewhere():
    assert hidden.in_clear(REFERENCE, "here") == [] and hidden.in_clear(None, "here") == []

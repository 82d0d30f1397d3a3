# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Tables of fields."""

from __future__ import annotations

import pytest

from ansible_collections.unifiedmeta.platform.plugins.module_utils._keycloak import tables

TABLES = {name: getattr(tables, name) for name in ("REALM", "SMTP", "CLIENT", "MAPPER", "SCOPE", "ROLE", "COMPOSITES", "SERVICE_ACCOUNT", "GROUP", "USER")}


@pytest.mark.parametrize("name", TABLES)
def test_what_is_missing_has_one_form(name):
    """A type takes an answer's null, and its own result again."""
    for field, form in TABLES[name].items():
        assert form(form(None)) == form(None), field


def test_objects_of_their_own_are_no_settings():
    for field in ("smtpServer", "browserFlow", "roles", "clients", "identityProviders", "requiredActions", "id", "realm"):
        assert field not in tables.REALM
    assert not {"protocolMappers", "defaultClientScopes", "clientId", "id", "registeredNodes"} & set(tables.CLIENT)


def test_both_policies_of_webauthn_have_the_same_fields():
    plain = {name[len("webAuthnPolicy"):] for name in tables.REALM if name.startswith("webAuthnPolicy") and "Passwordless" not in name}
    assert plain and all(f"webAuthnPolicyPasswordless{name}" in tables.REALM for name in plain)


def test_secrets_are_fields():
    assert set(tables.SMTP_SECRETS) <= set(tables.SMTP) and "secret" in tables.CLIENT and "password" in tables.USER


def test_forms():
    assert tables.REALM["accessTokenLifespan"]("5m") == 300 and tables.REALM["supportedLocales"](["ko", "en"]) == ["en", "ko"]
    assert tables.SMTP["auth"]("true") is True and tables.CLIENT["attributes"]({"a": True, "b": 1}) == {"a": "true", "b": "1"}
    assert tables.USER["attributes"]({"desk": 7}) == {"desk": ["7"]} and tables.GROUP["realm_roles"](["b", "a"]) == ["a", "b"]

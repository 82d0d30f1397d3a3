# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What the server has installed."""

from __future__ import annotations

import types

import pytest

from ansible_collections.unifiedmeta.platform.plugins.module_utils._http import ApiError
from ansible_collections.unifiedmeta.platform.plugins.module_utils._keycloak import server
from ansible_collections.unifiedmeta.platform.plugins.module_utils._keycloak.api import Keycloak
from ansible_collections.unifiedmeta.platform.plugins.module_utils._keycloak.world import World
from tests.unit.plugins.module_utils._keycloak.paper import Paper

# As much of GET /admin/serverinfo of Keycloak 26.7 as is looked at.
INFO = {
    "providers": {
        "authenticator": {"providers": {name: {} for name in (
            "auth-cookie", "auth-otp-form", "auth-username-form", "auth-username-password-form", "idp-auto-link", "identity-provider-redirector")}},
        "client-authenticator": {"providers": {"client-secret": {}}}, "form-action": {"providers": {"registration-user-creation": {}}},
        "form-authenticator": {"providers": {"registration-page-form": {}}},
        "required-action": {"providers": {"CONFIGURE_TOTP": {}, "TERMS": {}}}, "storage": {"providers": {"ldap": {}, "kerberos": {}}},
        "ldap-mapper": {"providers": {"group-ldap-mapper": {}, "user-attribute-ldap-mapper": {}}},
        "identity_provider": {"providers": {"oidc": {}, "saml": {}}}, "social": {"providers": {"github": {}}},
        "identity-provider-mapper": {"providers": {"oidc-user-attribute-idp-mapper": {}}}},
    "componentTypes": {
        "org.keycloak.storage.UserStorageProvider": [{"id": "ldap", "properties": [
            {"name": "usersDn", "secret": False}, {"name": "connectionUrl"}, {"name": "bindCredential", "secret": True}]}],
        "org.keycloak.storage.ldap.mappers.LDAPStorageMapper": [{"id": "group-ldap-mapper", "properties": [{"name": "groups.dn"}, {"name": "mode"}]}]},
}


def world():
    made = World()
    made.raw[server.KEY] = INFO
    return made


def faults(shelf, name, known=None):
    planner = types.SimpleNamespace(world=world() if known is None else known, planned=types.SimpleNamespace(faults=[]))
    server.check_provider(planner, shelf, name, "here")
    return planner.planned.faults


@pytest.mark.parametrize(("shelf", "name", "expected"), [
    ("authenticator", "auth-otp-form", []),
    ("authenticator", "auth-otp-from", ["here: the server has no authenticator auth-otp-from; did you mean auth-otp-form?"]),
    ("storage", "x", ["here: the server has no storage x; it has kerberos, ldap"]),
    (("identity_provider", "social"), "github", []),
    (("identity_provider", "social"), "x", ["here: the server has no identity provider x; it has github, oidc, saml"]),
    ("required-action", "CONFIGURE_TOPT", ["here: the server has no required action CONFIGURE_TOPT; did you mean CONFIGURE_TOTP?"]),
])
def test_what_isnt_installed_is_told(shelf, name, expected):
    assert faults(shelf, name) == expected


def test_what_isnt_known_is_not_judged():
    assert faults("authenticator", "x", World()) == [] and faults("no such shelf", "x") == []


def test_settings_of_components():
    type_ = "org.keycloak.storage.UserStorageProvider"
    assert server.settings(world(), type_, "ldap") == {"usersDn": False, "connectionUrl": False, "bindCredential": True}
    assert server.settings(world(), type_, "x") == {} and server.settings(World(), type_, "ldap") == {}


def test_it_is_asked_once():
    keycloak = Keycloak(Paper({"admin/serverinfo": INFO}))
    server.read(keycloak)
    server.read(keycloak)
    assert keycloak.world.raw[server.KEY] == INFO and keycloak.http.asked == ["admin/serverinfo"]


def test_whoever_may_not_ask_is_spared_the_checks():
    class Forbidden(Paper):
        def request(self, method, path, **options):
            return types.SimpleNamespace(status_code=403, json=lambda: {"error": "forbidden"})

    keycloak = Keycloak(Forbidden())
    server.read(keycloak)
    assert keycloak.world.raw[server.KEY] == {}


def test_other_answers_are_errors():
    with pytest.raises(ApiError):
        server.read(Keycloak(Paper({"admin/serverinfo": 500})))

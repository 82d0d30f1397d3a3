# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Whom a flow keeps out, and whom it must not let in."""

from __future__ import annotations

import pytest

from ansible_collections.unifiedmeta.platform.plugins.module_utils._keycloak import flows_guard as guard

ENABLED = {"CONFIGURE_TOTP": True, "webauthn-register": True, "webauthn-register-passwordless": True, "CONFIGURE_RECOVERY_AUTHN_CODES": True}
ACTIONS, NONE = guard.Realm(ENABLED), guard.Realm({})


def step(authenticator: str, requirement: str = "REQUIRED", **config: str) -> dict:
    return {"authenticator": authenticator, "requirement": requirement, **({"config": config} if config else {})}


def sub(requirement: str, *executions: dict, name: str = "sub") -> dict:
    return {"flow": name, "requirement": requirement, "executions": list(executions)}


COOKIE, LOGIN = step("auth-cookie", "ALTERNATIVE"), step("auth-username-password-form")
OTP, WEBAUTHN = step("auth-otp-form"), step("webauthn-authenticator")
SETUP = sub("ALTERNATIVE", OTP, name="set up")
SOUND = {
    "Keycloak's own": [COOKIE, step("auth-spnego", "DISABLED"), step("identity-provider-redirector", "ALTERNATIVE"), sub(
        "ALTERNATIVE", LOGIN, sub("CONDITIONAL", step("conditional-user-configured"), step("auth-otp-form", "ALTERNATIVE")))],
    "one-time code": [COOKIE, sub("ALTERNATIVE", LOGIN, OTP)],
    "security key": [LOGIN, WEBAUTHN],
    "either, with a way to set one up": [COOKIE, sub("ALTERNATIVE", LOGIN, sub(
        "REQUIRED", step("webauthn-authenticator", "ALTERNATIVE"), step("auth-otp-form", "ALTERNATIVE"), SETUP))],
    "name first": [step("auth-username-form"), step("auth-password-form")],
    "company's own login": [step("identity-provider-redirector", "REQUIRED", defaultProvider="corp")],
    "somebody else's authenticator": [step("acme-login")],
    "Kerberos": [COOKIE, step("auth-spnego", "ALTERNATIVE")],
    "conditional password": [step("auth-username-form"), sub("CONDITIONAL", step("conditional-credential", included="false"), step("auth-password-form"))],
}


@pytest.mark.parametrize("name", SOUND)
def test_sound_flows_pass(name):
    assert guard.faults("browser", SOUND[name], ACTIONS) == []


@pytest.mark.parametrize(("tree", "actions", "expected"), [
    ([], NONE, "nothing is enabled in the flow"),
    ([step("auth-cookie", "DISABLED"), step("auth-username-password-form", "DISABLED")], NONE, "nothing is enabled in the flow"),
    ([COOKIE, sub("DISABLED", LOGIN)], NONE, "auth-cookie is of no use to somebody who logs in for the first time"),
    ([step("auth-cookie")], NONE, "nobody who has only a password yet could log in: auth-cookie is of no use"),
    ([LOGIN, OTP], guard.Realm({**ENABLED, "CONFIGURE_TOTP": False}), "auth-otp-form can't be set up while the required action CONFIGURE_TOTP is disabled"),
    ([LOGIN, WEBAUTHN], guard.Realm({"CONFIGURE_TOTP": True}), "while the required action webauthn-register is disabled or not registered"),
    ([LOGIN, sub("REQUIRED", step("auth-otp-form", "ALTERNATIVE"), step("webauthn-authenticator", "ALTERNATIVE"))], ACTIONS,
     "auth-otp-form is ALTERNATIVE, so nobody is asked to set it up (put it as REQUIRED into a last alternative subflow) and webauthn-authenticator is"),
    ([LOGIN, sub("REQUIRED", step("auth-otp-form", "DISABLED"), name="second factor")], ACTIONS, "nothing is enabled in the subflow second factor"),
    ([OTP, LOGIN], ACTIONS, "auth-otp-form comes before anything finds out who the person is"),
    ([step("auth-password-form")], ACTIONS, "auth-password-form comes before anything finds out"),
    ([step("webauthn-authenticator-passwordless")], ACTIONS, "webauthn-authenticator-passwordless can't be set up during such a login"),
    ([LOGIN, step("webauthn-authenticator-passwordless")], ACTIONS, "webauthn-authenticator-passwordless can't be set up during such a login"),
    ([step("webauthn-authenticator"), LOGIN], ACTIONS, "webauthn-authenticator comes before anything finds out"),
    ([LOGIN, step("deny-access-authenticator")], ACTIONS, "deny-access-authenticator refuses everybody"),
    ([step("identity-provider-redirector", "ALTERNATIVE")], ACTIONS, "leads nowhere without defaultProvider"),
    ([step("identity-provider-redirector", defaultProvider="crop")], guard.Realm(ENABLED, ["corp"]), "leads nowhere without defaultProvider, the name of an"),
    ([step("user-session-limits")], ACTIONS, "no enabled step finds out who the person is"),
])
def test_a_flow_that_locks_out_is_refused(tree, actions, expected):
    found = guard.faults("browser", tree, actions)
    assert len(found) == 1 and found[0].startswith("nobody who has only a password yet could log in: ") and expected in found[0]


def test_a_provider_that_is_known_leads_somewhere():
    tree = [step("identity-provider-redirector", defaultProvider="corp")]
    assert not guard.faults("browser", tree, guard.Realm({}, ["corp"])) and guard.faults("browser", tree, guard.Realm({}, ()))


@pytest.mark.parametrize("tree", [
    [step("auth-username-form")],
    [step("auth-username-form"), OTP],
    [step("auth-username-form"), step("allow-access-authenticator")],
    [COOKIE, sub("ALTERNATIVE", step("auth-username-form")), sub("ALTERNATIVE", LOGIN)],
    # Conditions that need not hold.
    [step("auth-username-form"), sub("CONDITIONAL", step("conditional-user-role"), step("auth-password-form"))],
    [step("auth-username-form"), sub("CONDITIONAL", step("conditional-credential"), step("auth-password-form"))],
    [step("auth-username-form"), sub(
        "CONDITIONAL", step("conditional-credential", included="false"), step("conditional-user-role"), step("auth-password-form"))],
    [step("auth-username-form"), sub("CONDITIONAL", step("auth-password-form"))],
])
def test_a_flow_that_lets_in_whoever_knows_a_name_is_refused(tree):
    found = guard.faults("browser", tree, ACTIONS)
    assert found == ["whoever knows a name could log in: no step that everybody has to pass asks for a credential"]


def test_passkeys_alone_need_to_be_asked_for():
    tree = [COOKIE, step("webauthn-authenticator-passwordless", "ALTERNATIVE")]
    assert guard.faults("browser", tree, ACTIONS) and not guard.faults("browser", tree, ACTIONS, lockout=True)
    found = guard.faults("browser", [step("deny-access-authenticator")], ACTIONS, lockout=True)
    assert found == ["nobody could log in: deny-access-authenticator refuses everybody"]


# --- the realm master ------------------------------------------------------------------------------------------------------------
def test_the_break_glass_account_must_get_into_the_realm_master():
    assert not guard.faults("browser", SOUND["one-time code"], ACTIONS, master=True)
    for name in ("company's own login", "somebody else's authenticator", "Kerberos"):
        found = guard.faults("browser", SOUND[name], ACTIONS, master=True, lockout=True)
        assert len(found) == 1 and found[0].startswith("the break-glass account, which has nothing but a password, could log in no more: ")


DIRECT = [step("direct-grant-validate-username"), step("direct-grant-validate-password")]


def test_direct_grants():
    code = step("direct-grant-validate-otp")
    assert not guard.faults("direct_grant", DIRECT, NONE, master=True) and not guard.faults("direct_grant", [*DIRECT, code], NONE)
    assert not guard.faults("direct_grant", [*DIRECT, sub("CONDITIONAL", step("conditional-user-configured"), code)], NONE, master=True)
    assert "direct-grant-validate-otp can't be set up during such a login" in guard.faults("direct_grant", [*DIRECT, code], ACTIONS, master=True)[0]
    assert "whoever knows a name" in guard.faults("direct_grant", DIRECT[:1], NONE)[0]
    conditional = [DIRECT[0], sub("CONDITIONAL", step("conditional-user-configured"), code)]
    assert "whoever knows a name" in guard.faults("direct_grant", conditional, NONE)[-1], "any password would do for somebody without a code (26.7)"
    assert guard.faults("direct_grant", [step("direct-grant-validate-username", "DISABLED")], NONE) == ["nobody could log in: nothing is enabled in the flow"]


def test_steps_of_the_other_way():
    assert guard.faults("browser", DIRECT, NONE) == ["nobody could log in: direct-grant-validate-password does nothing in a browser"]
    found = guard.faults("direct_grant", [sub("REQUIRED", LOGIN)], NONE)
    assert found == ["nobody could log in: auth-username-password-form does nothing in a login without one"]
    assert guard.faults("direct_grant", [*DIRECT, {**OTP, "requirement": "DISABLED"}], NONE) == []


def test_clients_must_be_able_to_log_in():
    secret, jwt = step("client-secret", "ALTERNATIVE"), step("client-jwt", "ALTERNATIVE")
    assert not guard.faults("client_authentication", [jwt], NONE) and not guard.faults("client_authentication", [secret, jwt], NONE, master=True)
    assert "client-secret isn't enabled" in guard.faults("client_authentication", [jwt], NONE, master=True)[0]
    assert guard.faults("client_authentication", [{**secret, "requirement": "DISABLED"}], NONE) == ["no client could log in: nothing is enabled in the flow"]


def test_other_bindings_need_something_enabled():
    assert guard.faults("registration", [step("x", "DISABLED")], NONE) == ["nobody could pass it: nothing is enabled in the flow"]


CHOOSE, MAIL, RESET = step("reset-credentials-choose-user"), step("reset-credential-email"), step("reset-password")


@pytest.mark.parametrize("tree", [
    [CHOOSE, MAIL, RESET, sub("CONDITIONAL", step("conditional-user-configured"), step("reset-otp"))],
    [CHOOSE, sub("REQUIRED", MAIL), RESET],
    [sub("ALTERNATIVE", CHOOSE, MAIL, RESET), sub("ALTERNATIVE", step("acme-proof"), MAIL)],
    [CHOOSE, step("acme-proof"), RESET],
])
def test_a_forgotten_password_takes_a_proof(tree):
    assert guard.faults("reset_credentials", tree, NONE) == []


@pytest.mark.parametrize("tree", [
    [CHOOSE, RESET],
    [CHOOSE, {**MAIL, "requirement": "DISABLED"}, RESET],
    [CHOOSE, sub("CONDITIONAL", step("conditional-user-role"), MAIL), RESET],
    [sub("ALTERNATIVE", CHOOSE, MAIL, RESET), sub("ALTERNATIVE", CHOOSE, RESET)],
])
def test_a_forgotten_password_that_anybody_sets_is_refused(tree):
    found = guard.faults("reset_credentials", tree, NONE)
    assert found == ["whoever knows a name could set another password: reset-credential-email isn't REQUIRED for everybody"]


def test_bindings_have_the_realms_names():
    assert guard.BINDINGS["browser"] == ("browserFlow", "basic-flow") and guard.BINDINGS["client_authentication"][1] == "client-flow"
    assert len({field for field, _kind in guard.BINDINGS.values()}) == 7

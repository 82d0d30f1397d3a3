# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Which flow is bound where, and whether anybody could log in then."""

from __future__ import annotations

import pytest

from tests.unit.plugins.module_utils._keycloak.paper import Site, realm

LOGIN = {"authenticator": "auth-username-password-form", "requirement": "REQUIRED"}
OTP = {"authenticator": "auth-otp-form", "requirement": "REQUIRED"}
ROWS = [{"id": "e1", "level": 0, "providerId": "auth-username-password-form", "requirement": "REQUIRED"},
        {"id": "e2", "level": 0, "providerId": "auth-otp-form", "requirement": "REQUIRED"}]
REALM = {"id": "id-r", "realm": "r", "browserFlow": "browser", "directGrantFlow": "direct grant", "registrationFlow": "registration"}
TOTP = {"alias": "CONFIGURE_TOTP", "enabled": True}


def stored(alias, **more):
    return {"id": f"id-{alias}", "alias": alias, "providerId": "basic-flow", "description": "", "authenticationExecutions": [], **more}


def site(content, browser="browser", owned=("realm:r", "flow:r/mfa"), there=None, **options):
    world = {"realm:r": {**REALM, "browserFlow": browser}, "flow_bindings:r": {**REALM, "browserFlow": browser}, "required_action:r/CONFIGURE_TOTP": TOTP,
             "flow:r/browser": stored("browser", builtIn=True), "flow:r/mfa": stored("mfa", rows=ROWS), "flow:r/clients": stored("clients", builtIn=True)}
    world["flow:r/clients"]["providerId"] = "client-flow"
    return Site(realm(authentication=content), world if there is None else there, owned, **options)


MFA = {"executions": [LOGIN, OTP]}


def test_those_that_differ_are_bound_in_one_request():
    made = site({"flows": {"mfa": MFA}, "bindings": {"browser": "mfa", "reset_credentials": "mfa"}})
    assert made.changes == ["update flow_bindings:r"] and made.planned.changes[0].before == {"browser": "browser", "reset_credentials": ""}
    assert made.run() == [("PUT r", {"browserFlow": "mfa", "resetCredentialsFlow": "mfa"})]


def test_those_that_are_as_declared_or_not_declared():
    assert site({"bindings": {"browser": "browser"}}).changes == [] and site({}).changes == []


def test_a_flow_that_a_swap_was_cut_off_with_counts_as_the_final_one():
    assert site({"bindings": {"browser": "mfa"}}, browser="mfa ~next").changes == []


def test_a_realm_to_come():
    made = Site(realm(authentication={"flows": {"mfa": MFA}, "bindings": {"browser": "mfa", "direct_grant": "direct grant"}}), {}, ())
    assert made.faults == [] and made.changes[-1] == "create flow_bindings:r" and "create flow:r/mfa" in made.changes


def test_bindings_of_a_realm_of_others():
    made = site({"bindings": {"browser": "mfa"}}, owned=["flow:r/mfa"])
    assert "flow bindings r exists, isn't ours and differs in browser" in made.planned.conflicts, "a flow of ours doesn't make the realm ours"
    assert "adopt flow_bindings:r" in site({"bindings": {"browser": "mfa"}}, owned=["flow:r/mfa"], adopt=True).changes


# --- the guard -------------------------------------------------------------------------------------------------------------------
OFF = {"required_actions": {"CONFIGURE_TOTP": {"enabled": False}}}
STUCK = "nobody who has only a password yet could log in: auth-otp-form can't be set up while the required action CONFIGURE_TOTP is disabled or not registered"


@pytest.mark.parametrize(("content", "browser", "expected"), [
    ({"bindings": {"browser": "mfa"}}, "browser", ""),
    ({"bindings": {"browser": "mfa"}, **OFF}, "browser", f"bindings.browser: the flow mfa must not be the realm's browser flow: {STUCK}"),
    (OFF, "mfa", f"authentication.bindings.browser: the flow mfa must not be the realm's browser flow: {STUCK}"),
    (OFF, "mfa ~next", f"the flow mfa must not be the realm's browser flow: {STUCK}"),
    ({"flows": {"mfa": MFA}, **OFF}, "mfa", f"authentication.flows.mfa: the flow mfa must not be the realm's browser flow: {STUCK}"),
    ({"flows": {"mfa": MFA}, **OFF}, "browser", ""),
    (OFF, "browser", ""),
    ({"flows": {"mfa": {**MFA, "executions": [LOGIN]}}, **OFF}, "mfa", ""),
    ({"bindings": {"client_authentication": "mfa"}}, "browser", "the flow mfa is a basic-flow, and a client-flow is needed there"),
    ({"bindings": {"browser": "clients"}}, "browser", "the flow clients is a client-flow, and a basic-flow is needed there"),
    ({"bindings": {"browsr": "mfa"}}, "browser", "unknown key browsr; did you mean browser?"),
    ({"bindings": {"browser": "nobody"}}, "browser", "the flow nobody neither exists nor is declared"),
    ({"flows": {"other": {"executions": [LOGIN, {**OTP, "authenticator": "webauthn-authenticator-passwordless"}], "enrolled_only": True}},
      "bindings": {"browser": "other"}}, "browser", ""),
])
def test_a_flow_that_would_lock_out_is_not_bound(content, browser, expected):
    faults = [fault for fault in site(content, browser).faults if "server has no" not in fault]
    assert not faults if not expected else len(faults) == 1 and expected in faults[0]


def test_what_was_so_before_stops_nobody():
    made = site({"flows": {"mfa": MFA}}, "mfa", there={
        "realm:r": {**REALM, "browserFlow": "mfa"}, "flow_bindings:r": {**REALM, "browserFlow": "mfa"}, "flow:r/mfa": stored("mfa", rows=ROWS),
        "required_action:r/CONFIGURE_TOTP": {**TOTP, "enabled": False}})
    assert made.faults == []


def test_providers_that_exist_or_are_declared_lead_somewhere():
    redirect = {"authenticator": "identity-provider-redirector", "requirement": "REQUIRED", "config": {"defaultProvider": "corp"}}
    content = {"flows": {"sso": {"executions": [redirect]}}, "bindings": {"browser": "sso"}}
    assert "leads nowhere without defaultProvider" in site(content).faults[0]
    provider = {"corp": {"providerId": "oidc", "config": {}}}
    made = Site(realm(authentication=content, identity_providers=provider), {}, ())
    assert not made.faults


def test_the_realm_master_keeps_its_way_in():
    there = {"realm:master": {**REALM, "realm": "master"}, "flow_bindings:master": {**REALM, "realm": "master"}}
    grant = {"executions": [{"authenticator": "direct-grant-validate-username", "requirement": "REQUIRED"},
                            {"authenticator": "direct-grant-validate-password", "requirement": "REQUIRED"},
                            {"authenticator": "direct-grant-validate-otp", "requirement": "REQUIRED"}]}
    config = {"realms": {"master": {"authentication": {"flows": {"g": grant}, "bindings": {"direct_grant": "g"}}}}}
    assert "the break-glass account, which has nothing but a password, could log in no more" in Site(config, there, ()).faults[0]

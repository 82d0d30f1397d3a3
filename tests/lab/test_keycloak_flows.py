# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Authentication flows on a real Keycloak: made, shown to ask for a second factor, repaired, refused."""

from __future__ import annotations

import copy
import json
import time

import pytest

from ansible_collections.unifiedmeta.platform.plugins.module_utils._plan import Refused
from tests.lab.keycloak_flows import BROWSER, LOGIN, OTP, SETTINGS, SIMPLE, WHOLE, config, flow_realm, flow_runs, kim, ours, settings, steps  # noqa: F401  # pylint: disable=unused-import
from tests.lab.keycloak_login import CLIENT, Person, code
from tests.lab.keycloak_runs import changes, put_secret


def test_a_flow_from_nothing(runs, realm):
    first = runs.twice(config(realm))
    assert {f"create flow {realm}/platform browser", f"create flow_bindings {realm}"} <= set(changes(first))
    assert steps(runs.keycloak, realm, "platform browser") == [
        "auth-cookie ALTERNATIVE", "identity-provider-redirector ALTERNATIVE", "platform browser forms ALTERNATIVE",
        "  auth-username-password-form REQUIRED", "  platform browser second factor REQUIRED", "    webauthn-authenticator ALTERNATIVE",
        "    auth-otp-form ALTERNATIVE", "    platform browser set up a code ALTERNATIVE", "      auth-otp-form REQUIRED"]
    assert runs.keycloak.get(realm)["browserFlow"] == "platform browser" and ours(runs.keycloak, realm) == WHOLE
    assert settings(runs.keycloak, realm) == [{"defaultProvider": "none"}]
    assert runs.again["stats"]["requests"] <= 14, runs.again["stats"]


@pytest.mark.parametrize("executions", [BROWSER, SIMPLE])
def test_a_person_needs_the_second_factor(runs, realm, executions):
    keycloak = runs.keycloak
    plain = copy.deepcopy(executions)
    plain[1:-1] = []
    runs(config(realm, plain))
    kim(keycloak, realm)
    person = Person(keycloak, realm)
    assert person.asked and not person.log_in("kim", "wrong").inside
    person.log_in("kim", "pass-of-kim")
    assert not person.inside and "totp" in person.asked
    secret = person.enrol()
    assert person.inside
    other = Person(keycloak, realm).log_in("kim", "pass-of-kim")
    assert not other.inside and "otp" in other.asked and "totpSecret" not in other.asked
    # A code works once, so it is the next one, which Keycloak's look-ahead window takes.
    assert not other.send(otp="000000").inside and other.send(otp=code(secret, time.time() + 30)).inside


def test_whoever_has_a_key_is_not_let_set_up_a_code(runs, realm):
    """Or a stolen password would be enough."""
    keycloak = runs.keycloak
    runs(config(realm, [BROWSER[0], BROWSER[2]]))
    key = {"aaguid": "00000000-0000-0000-0000-000000000000", "credentialId": "AAAA", "counter": 0, "credentialPublicKey": "AAAA",
           "attestationStatementFormat": "none"}
    keycloak.call("POST", f"{realm}/users", {"username": "lee", "enabled": True, "email": "lee@example.com", "firstName": "L", "lastName": "E", "credentials": [
        {"type": "password", "value": "pass-of-lee"}, {"type": "webauthn", "userLabel": "key", "secretData": "{}", "credentialData": json.dumps(key)}]})
    thief = Person(keycloak, realm).log_in("lee", "pass-of-lee")
    assert "clientDataJSON" in thief.asked and not thief.inside
    executions = keycloak.get(f"{realm}/authentication/flows/platform%20browser/executions")
    for row in executions:
        thief.send(authenticationExecution=row["id"])
        assert "totp" not in thief.asked and not thief.inside, row
        thief = Person(keycloak, realm).log_in("lee", "pass-of-lee")
    assert not thief.send(tryAnotherWay="on").inside and "totp" not in thief.asked


# --- other kinds of flow ---------------------------------------------------------------------------------------------------------
REGISTRATION = [{"flow": "page", "provider": "form-flow", "authenticator": "registration-page-form", "requirement": "REQUIRED", "executions": [
    {"authenticator": "registration-user-creation", "requirement": "REQUIRED"},
    {"authenticator": "registration-recaptcha-action", "requirement": "REQUIRED", "config": {
        "site.key": "public", "secret.key": "vault:platform/keycloak/captcha#secret"}}]}]
CLIENTS = [{"authenticator": "client-secret", "requirement": "ALTERNATIVE"}, {"authenticator": "client-jwt", "requirement": "ALTERNATIVE"}]
STEP_UP = [LOGIN, {"flow": "first", "requirement": "CONDITIONAL", "executions": [
    {"authenticator": "conditional-user-configured", "requirement": "REQUIRED"}, OTP]}, {"flow": "second", "requirement": "CONDITIONAL", "executions": [
        {"authenticator": "conditional-sub-flow-executed", "requirement": "REQUIRED", "config": {"flow_to_check": "first", "check_result": "not-executed"}},
        {"authenticator": "webauthn-authenticator", "requirement": "REQUIRED"}]}]


def other(realm: str, last: list) -> dict:
    made = config(realm, last)
    section = made["realms"][realm]["authentication"]
    section["flows"].update({"sign up": {"executions": REGISTRATION}, "apps": {"provider": "client-flow", "executions": CLIENTS}})
    section["bindings"].update(registration="sign up", client_authentication="apps")
    return made


def test_forms_with_a_secret_clients_and_steps_that_name_others(runs, realm):
    keycloak = runs.keycloak
    put_secret(runs.vault, "keycloak/captcha", secret="first-secret-of-the-captcha")
    first = runs.twice(other(realm, STEP_UP))
    assert "first-secret" not in json.dumps(first) and "first-secret-of-the-captcha" in runs.seen
    assert steps(keycloak, realm, "sign up") == ["sign up page REQUIRED", "  registration-user-creation REQUIRED", "  registration-recaptcha-action REQUIRED"]
    found = keycloak.get(realm)
    assert (found["registrationFlow"], found["clientAuthenticationFlow"]) == ("sign up", "apps")
    assert settings(keycloak, realm) == [{"check_result": "not-executed", "flow_to_check": "platform browser first"}]
    put_secret(runs.vault, "keycloak/captcha", secret="second-secret-of-the-captcha")
    turned = runs.twice(other(realm, STEP_UP))
    assert [(entry["name"], entry["fields"]) for entry in turned["plan"]] == [(f"{realm}/sign up", ["secrets"])]
    runs.twice(other(realm, [*STEP_UP, {"authenticator": "user-session-limits", "requirement": "REQUIRED"}]))
    assert settings(keycloak, realm) == [{"check_result": "not-executed", "flow_to_check": "platform browser first"}]


# --- drift and what isn't ours ---------------------------------------------------------------------------------------------------
def test_drift_is_repaired(runs, realm):
    keycloak = runs.keycloak
    runs(config(realm))
    factor = next(row for row in keycloak.get(f"{realm}/authentication/flows/platform%20browser/executions") if "second factor" in row["displayName"])
    keycloak.call("PUT", f"{realm}/authentication/flows/platform%20browser/executions", {**factor, "requirement": "DISABLED"})
    keycloak.call("PUT", realm, {"browserFlow": "browser"})
    action = keycloak.get(f"{realm}/authentication/required-actions/CONFIGURE_TOTP")
    keycloak.call("PUT", f"{realm}/authentication/required-actions/CONFIGURE_TOTP", {**action, "enabled": False, "priority": 3})
    repaired = runs.twice(config(realm))
    assert changes(repaired) == [f"update flow {realm}/platform browser", f"update required_action {realm}/CONFIGURE_TOTP", f"update flow_bindings {realm}"]
    assert "  platform browser second factor REQUIRED" in steps(keycloak, realm, "platform browser")
    after = keycloak.get(f"{realm}/authentication/required-actions/CONFIGURE_TOTP")
    assert after["enabled"] and after["priority"] == 3 and after["alias"] == "CONFIGURE_TOTP", "what isn't declared is left alone"


def test_a_flow_made_by_hand_is_taken_over_when_told(runs, realm):
    keycloak = runs.keycloak
    runs({"realms": {realm: {"settings": SETTINGS, "clients": {"probe": CLIENT}}}})
    keycloak.call("POST", f"{realm}/authentication/flows", {"alias": "platform browser", "providerId": "basic-flow", "topLevel": True, "builtIn": False})
    with pytest.raises(Refused, match="isn't ours and differs in description, executions"):
        runs(config(realm))
    assert "adopt flow" in " ".join(changes(runs(config(realm), check=True, adopt=True)))
    assert steps(keycloak, realm, "platform browser") == []
    runs.twice(config(realm), adopt=True)
    assert len(steps(keycloak, realm, "platform browser")) == 9


def test_pruned_flows(runs, realm):
    keycloak = runs.keycloak
    runs(config(realm))
    less = {"realms": {realm: {"settings": SETTINGS, "authentication": {"flows": {}}}}}
    with pytest.raises(Refused, match="can't be deleted while it is in use by the realm.s browser flow; bind another flow there, or declare it"):
        runs(less, prune="owned")
    unbound = copy.deepcopy(less)
    unbound["realms"][realm]["authentication"]["bindings"] = {"browser": "browser"}
    assert changes(runs(unbound, prune="owned")) == [f"update flow_bindings {realm}", f"delete flow {realm}/platform browser"]
    assert ours(keycloak, realm) == []


# --- what is refused before anything is done -------------------------------------------------------------------------------------
@pytest.mark.parametrize(("executions", "more", "expected"), [
    ([{**OTP, "authenticator": "auth-otp-from"}], {}, "[0].authenticator: the server has no authenticator auth-otp-from; did you mean auth-otp-form?"),
    ([{"authenticator": "auth-username-form", "requirement": "REQUIRED"}], {}, "whoever knows a name could log in"),
    (SIMPLE, {"required_actions": {"CONFIGURE_TOTP": {"enabled": False}}}, "can't be set up while the required action CONFIGURE_TOTP is disabled"),
    (SIMPLE, {"required_actions": {"CONFIGURE_TOPT": {"enabled": True}}}, "the server has no required action CONFIGURE_TOPT; did you mean CONFIGURE_TOTP?"),
    (SIMPLE, {"bindings": {"browser": "platform brwser"}}, "the flow platform brwser neither exists nor is declared; did you mean platform browser?"),
    (SIMPLE, {"bindings": {"client_authentication": "platform browser"}}, "is a basic-flow, and a client-flow is needed there"),
])
@pytest.mark.parametrize("there", [False, True])
def test_refusals(runs, realm, executions, more, expected, there):
    if there:
        runs.keycloak.call("POST", "", {"realm": realm, "enabled": True, "adminEventsEnabled": True})
    for check in (True, False):
        with pytest.raises(Refused) as refused:
            runs(config(realm, executions, **more), check)
        assert expected in str(refused.value)
    assert runs.keycloak.request("GET", realm).status_code == (200 if there else 404)
    assert not there or ours(runs.keycloak, realm) == []


def test_an_action_that_a_bound_flow_needs_stays_enabled(runs, realm):
    runs(config(realm, SIMPLE))
    less = {"realms": {realm: {"settings": SETTINGS, "authentication": {"required_actions": {"CONFIGURE_TOTP": {"enabled": False}}}}}}
    with pytest.raises(Refused, match="the flow platform browser must not be the realm's browser flow: nobody who has only a password yet could log in"):
        runs(less)


def test_a_setting_that_keycloak_does_not_know_leaves_the_old_flow_in_place(runs, realm):
    runs(config(realm, SIMPLE))
    before = runs.keycloak.one(f"{realm}/authentication/flows", alias="platform browser")
    wrong = [*SIMPLE[:1], {**BROWSER[1], "config": {"defaultProvidr": "x"}}, *SIMPLE[1:]]
    with pytest.raises(Refused, match="Keycloak keeps it otherwise than declared: config of identity-provider-redirector"):
        runs(config(realm, wrong))
    assert runs.keycloak.one(f"{realm}/authentication/flows", alias="platform browser") == before and ours(runs.keycloak, realm) == WHOLE[:2]

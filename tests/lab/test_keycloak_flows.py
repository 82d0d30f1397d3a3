# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Authentication flows on a real Keycloak: made, shown to ask for a second factor, swapped while they are in use, mended after a cut."""

from __future__ import annotations

import copy
import json
import time
import urllib.parse

import pytest

from ansible_collections.unifiedmeta.platform.plugins.module_utils._keycloak import flows_build, flows_guard, flows_swap
from ansible_collections.unifiedmeta.platform.plugins.module_utils._plan import Refused
from tests.lab.keycloak_login import CLIENT, Person, code
from tests.lab.keycloak_runs import Runs, changes

SETTINGS = {"sslRequired": "none", "adminEventsEnabled": True}
OTP = {"authenticator": "auth-otp-form", "requirement": "REQUIRED"}
LOGIN = {"authenticator": "auth-username-password-form", "requirement": "REQUIRED"}
FACTOR = {"flow": "second factor", "requirement": "REQUIRED", "description": "A key or a code", "executions": [
    {"authenticator": "webauthn-authenticator", "requirement": "ALTERNATIVE"},
    {"authenticator": "auth-otp-form", "requirement": "ALTERNATIVE"},
    {"flow": "set up a code", "requirement": "ALTERNATIVE", "executions": [OTP]}]}
BROWSER = [
    {"authenticator": "auth-cookie", "requirement": "ALTERNATIVE"},
    {"authenticator": "identity-provider-redirector", "requirement": "ALTERNATIVE", "config": {"defaultProvider": "none"}},
    {"flow": "forms", "requirement": "ALTERNATIVE", "executions": [LOGIN, FACTOR]},
]
SIMPLE = [BROWSER[0], {"flow": "forms", "requirement": "ALTERNATIVE", "executions": [LOGIN, OTP]}]


def config(realm: str, executions: list = BROWSER, alias: str = "platform browser", **more) -> dict:
    section = {"flows": {alias: {"description": "Two factors", "executions": executions}}, "bindings": {"browser": alias},
               "required_actions": {"CONFIGURE_TOTP": {"enabled": True}, "webauthn-register": {"enabled": True}}, **more}
    return {"realms": {realm: {"settings": SETTINGS, "clients": {"probe": CLIENT}, "authentication": section}}}


@pytest.fixture
def runs(keycloak, shared_server):
    return Runs(keycloak, shared_server, {"scope": f"flows{id(keycloak)}"})


@pytest.fixture
def realm(runs):
    return runs.keycloak.realm("k2")


def steps(keycloak, realm: str, alias: str) -> list[str]:
    """The flow as Keycloak lists it, a line a step."""
    rows = keycloak.get(f"{realm}/authentication/flows/{urllib.parse.quote(alias, safe='')}/executions")
    return [f"{'  ' * row['level']}{row['displayName'] if row.get('authenticationFlow') else row['providerId']} {row['requirement']}" for row in rows]


def ours(keycloak, realm: str) -> list[str]:
    """Names of all flows and subflows that aren't Keycloak's own; nothing may be left behind."""
    return sorted(flow["alias"] for flow in keycloak.call("POST", f"{realm}/partial-export")["authenticationFlows"] if not flow["builtIn"])


def settings(keycloak, realm: str) -> list[dict]:
    known = keycloak.call("POST", f"{realm}/partial-export")["authenticatorConfig"]
    return [entry["config"] for entry in known if "platform" in entry["alias"]]


WHOLE = ["platform browser", "platform browser forms", "platform browser second factor", "platform browser set up a code"]


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
    keycloak.call("POST", f"{realm}/users", {"username": "kim", "enabled": True, "email": "kim@example.com", "firstName": "K", "lastName": "L",
                                             "credentials": [{"type": "password", "value": "pass-of-kim"}]})
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


def test_a_flow_in_use_is_swapped(runs, realm):
    keycloak = runs.keycloak
    runs(config(realm))
    flow = keycloak.one(f"{realm}/authentication/flows", alias="platform browser")
    keycloak.call("POST", f"{realm}/clients", {"clientId": "own", "authenticationFlowBindingOverrides": {"browser": flow["id"]}})
    changed = runs.twice(config(realm, SIMPLE))
    assert changes(changed) == [f"update flow {realm}/platform browser"] and changed["plan"][0]["fields"] == ["executions"]
    new = keycloak.one(f"{realm}/authentication/flows", alias="platform browser")
    assert new["id"] != flow["id"] and keycloak.get(realm)["browserFlow"] == "platform browser"
    assert keycloak.client(realm, "own")["authenticationFlowBindingOverrides"] == {"browser": new["id"]}
    assert ours(keycloak, realm) == WHOLE[:2] and settings(keycloak, realm) == []


def test_a_client_with_a_flow_of_its_own(runs, realm):
    keycloak = runs.keycloak

    def whole(executions: list, **overrides: str) -> dict:
        made = config(realm, executions)
        made["realms"][realm]["clients"]["own"] = {"publicClient": True, "authenticationFlowBindingOverrides": overrides}
        return made

    def bound() -> dict:
        known = {flow["id"]: flow["alias"] for flow in keycloak.get(f"{realm}/authentication/flows")}
        return {name: known[id_] for name, id_ in keycloak.client(realm, "own")["authenticationFlowBindingOverrides"].items()}

    runs.twice(whole(SIMPLE, browser="platform browser", direct_grant="direct grant"))
    assert bound() == {"browser": "platform browser", "direct_grant": "direct grant"}
    # The flow's id changes while the client does.
    runs.twice(whole(BROWSER, browser="platform browser", direct_grant=""))
    assert bound() == {"browser": "platform browser"}
    runs.twice(whole(BROWSER, browser="browser"))
    assert bound() == {"browser": "browser"}
    with pytest.raises(Refused, match="the flow browsr neither exists nor is declared; did you mean browser"):
        runs(whole(BROWSER, browser="browsr"))
    with pytest.raises(Refused, match="unknown key brwser; did you mean browser"):
        runs(whole(BROWSER, brwser="browser"))


def test_only_the_description(runs, realm):
    runs(config(realm))
    before = runs.keycloak.one(f"{realm}/authentication/flows", alias="platform browser")
    changed = copy.deepcopy(config(realm))
    changed["realms"][realm]["authentication"]["flows"]["platform browser"]["description"] = "두 가지"
    assert runs.twice(changed)["plan"][0]["fields"] == ["description"]
    after = runs.keycloak.one(f"{realm}/authentication/flows", alias="platform browser")
    assert after["id"] == before["id"] and after["description"] == "두 가지"


# --- the guard, against what Keycloak does ---------------------------------------------------------------------------------------
def sub(requirement: str, *executions: dict, name: str = "sub") -> dict:
    return {"flow": name, "requirement": requirement, "executions": list(executions)}


def step(authenticator: str, requirement: str = "REQUIRED") -> dict:
    return {"authenticator": authenticator, "requirement": requirement}


# A flow, and what somebody who has only a password meets there: the field of a form, or None for Keycloak's page of errors.
MEETS = {
    "code": ([LOGIN, OTP], "totp"),
    "key": ([LOGIN, step("webauthn-authenticator")], "clientDataJSON"),
    "passkey": ([LOGIN, step("webauthn-authenticator-passwordless")], None),
    "recovery codes": ([LOGIN, step("auth-recovery-authn-code-form")], "generatedRecoveryAuthnCodes"),
    "alternatives alone": ([LOGIN, sub("REQUIRED", step("auth-otp-form", "ALTERNATIVE"), step("webauthn-authenticator", "ALTERNATIVE"))], None),
    "alternatives with a way in": ([LOGIN, FACTOR], "totp"),
    "nothing enabled": ([LOGIN, sub("REQUIRED", step("auth-otp-form", "DISABLED"))], None),
    "everybody refused": ([LOGIN, step("deny-access-authenticator")], None),
    "factor before name": ([OTP, LOGIN], None),
    "condition": ([LOGIN, sub("CONDITIONAL", step("conditional-user-configured"), OTP)], "inside"),
}


@pytest.mark.parametrize("name", MEETS)
def test_the_guard_foresees_what_keycloak_does(runs, realm, name):
    keycloak, (tree, meets) = runs.keycloak, MEETS[name]
    runs({"realms": {realm: {"settings": SETTINGS, "clients": {"probe": CLIENT}, "authentication": {"flows": {"f": {"executions": tree}}}}}})
    keycloak.call("POST", f"{realm}/users", {"username": "kim", "enabled": True, "email": "kim@example.com", "firstName": "K", "lastName": "L",
                                             "credentials": [{"type": "password", "value": "pass-of-kim"}]})
    keycloak.call("PUT", realm, {"browserFlow": "f"})
    person = Person(keycloak, realm)
    if "password" in person.asked:
        person.log_in("kim", "pass-of-kim")
    found = "inside" if person.inside else next((field for field in person.asked if field in ("totp", "clientDataJSON", "generatedRecoveryAuthnCodes")), None)
    assert found == meets, person.told
    faults = flows_guard.faults("browser", tree, flows_guard.Realm(dict.fromkeys(flows_guard.SETUP.values(), True)))
    assert bool(faults) is (meets is None), faults


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
    with pytest.raises(Refused, match="can't be deleted while it is in use by browserFlow; bind another flow there first"):
        runs(less, prune="owned")
    unbound = copy.deepcopy(less)
    unbound["realms"][realm]["authentication"]["bindings"] = {"browser": "browser"}
    assert changes(runs(unbound, prune="owned")) == [f"update flow_bindings {realm}", f"delete flow {realm}/platform browser"]
    assert ours(keycloak, realm) == []


# --- what is refused before anything is done -------------------------------------------------------------------------------------
FORMS = {"flow": "forms", "requirement": "ALTERNATIVE"}


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


# --- a run that is ended in the midst of a swap ----------------------------------------------------------------------------------
class Cut(BaseException):
    """The process is gone: nothing catches it."""


# what was the last thing done
CUTS = {
    "building": (flows_build, "check"), "bound": (flows_swap.Swap, "_delete"), "deleted": (flows_build, "settle"), "parts renamed": (flows_build, "describe"),
}


LATER = {"same": SIMPLE, "back": BROWSER, "other": [BROWSER[0], {**FORMS, "executions": [LOGIN]}]}


@pytest.mark.parametrize(("point", "then"), [*((point, "same") for point in CUTS), ("bound", "back"), ("deleted", "back"), ("bound", "other")])
def test_the_next_run_completes_a_swap(runs, realm, monkeypatch, point, then):
    keycloak = runs.keycloak
    runs(config(realm))
    flow = keycloak.one(f"{realm}/authentication/flows", alias="platform browser")
    keycloak.call("POST", f"{realm}/clients", {"clientId": "own", "authenticationFlowBindingOverrides": {"browser": flow["id"]}})
    owner, name = CUTS[point]

    def cut(*args, **options):
        raise Cut

    with monkeypatch.context() as patch:
        patch.setattr(owner, name, cut)
        with pytest.raises(Cut):
            runs(config(realm, SIMPLE))
    bound = keycloak.get(realm)["browserFlow"]
    assert steps(keycloak, realm, bound), "there is a whole flow to log in by, whatever happened"
    runs.twice(config(realm, LATER[then]))
    names = WHOLE if then == "back" else WHOLE[:2]
    assert ours(keycloak, realm) == names and keycloak.get(realm)["browserFlow"] == "platform browser"
    now = keycloak.one(f"{realm}/authentication/flows", alias="platform browser")
    assert keycloak.client(realm, "own")["authenticationFlowBindingOverrides"] == {"browser": now["id"]}


def test_where_a_client_can_not_be_bound_everything_is_as_before(runs, realm, monkeypatch):
    keycloak = runs.keycloak
    runs(config(realm))
    flow = keycloak.one(f"{realm}/authentication/flows", alias="platform browser")
    keycloak.call("POST", f"{realm}/clients", {"clientId": "own", "authenticationFlowBindingOverrides": {"browser": flow["id"]}})
    real, refused = flows_swap.Keycloak.put, []

    def put(self, path, body, what=""):
        if "/clients/" in path and not refused:
            refused.append(path)
            raise flows_swap.ApiError(self.http.system, "PUT", path, 403, "not today")
        return real(self, path, body, what)

    monkeypatch.setattr(flows_swap.Keycloak, "put", put)
    with pytest.raises(Refused, match="not today.*everything is bound to the old flow again"):
        runs(config(realm, SIMPLE))
    assert refused and keycloak.get(realm)["browserFlow"] == "platform browser" and ours(keycloak, realm) == WHOLE
    assert keycloak.client(realm, "own")["authenticationFlowBindingOverrides"] == {"browser": flow["id"]}

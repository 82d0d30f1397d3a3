# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The declared tree and the server's answer in one form; names of parts; what is refused."""

from __future__ import annotations

import pytest

from ansible_collections.unifiedmeta.platform.plugins.module_utils._keycloak import flows_tree as trees

REFERENCE = "vault:platform/keycloak/recaptcha#secret"
DECLARED = [
    {"authenticator": "auth-cookie", "requirement": "alternative"},
    {"authenticator": "identity-provider-redirector", "requirement": "ALTERNATIVE", "config": {"defaultProvider": "corp", "empty": "", "n": 3, "b": True}},
    {"flow": "forms", "requirement": "ALTERNATIVE", "description": "Name, password, code", "executions": [
        {"authenticator": "auth-username-password-form", "requirement": "REQUIRED"},
        {"flow": "two", "requirement": "CONDITIONAL", "provider": "basic-flow", "executions": [
            {"authenticator": "conditional-sub-flow-executed", "requirement": "REQUIRED", "config": {"flow_to_check": "forms"}},
            {"authenticator": "auth-otp-form", "requirement": "ALTERNATIVE"}]}]},
]
NORMAL = [
    {"authenticator": "auth-cookie", "requirement": "ALTERNATIVE"},
    {"authenticator": "identity-provider-redirector", "requirement": "ALTERNATIVE", "config": {"b": "true", "defaultProvider": "corp", "n": "3"}},
    {"flow": "forms", "requirement": "ALTERNATIVE", "description": "Name, password, code", "executions": [
        {"authenticator": "auth-username-password-form", "requirement": "REQUIRED"},
        {"flow": "two", "requirement": "CONDITIONAL", "executions": [
            {"authenticator": "conditional-sub-flow-executed", "requirement": "REQUIRED", "config": {"flow_to_check": "forms"}},
            {"authenticator": "auth-otp-form", "requirement": "ALTERNATIVE"}]}]},
]


def parsed(value):
    faults: list[str] = []
    return trees.parse(value, "here", faults), faults


def rows(prefix: str) -> list[dict]:
    """The answer of Keycloak 26.7 to GET executions, as far as it matters."""
    all_words = ["REQUIRED", "ALTERNATIVE", "DISABLED", "CONDITIONAL"]
    return [
        {"id": "1", "level": 0, "providerId": "auth-cookie", "requirement": "ALTERNATIVE", "displayName": "Cookie"},
        {"id": "2", "level": 0, "providerId": "identity-provider-redirector", "requirement": "ALTERNATIVE", "authenticationConfig": "c2"},
        {"id": "3", "level": 0, "authenticationFlow": True, "displayName": f"{prefix}forms", "requirement": "ALTERNATIVE",
         "description": "Name, password, code", "requirementChoices": all_words},
        {"id": "4", "level": 1, "providerId": "auth-username-password-form", "requirement": "REQUIRED"},
        {"id": "5", "level": 1, "authenticationFlow": True, "displayName": f"{prefix}two", "requirement": "CONDITIONAL", "requirementChoices": all_words},
        {"id": "6", "level": 2, "providerId": "conditional-sub-flow-executed", "requirement": "REQUIRED", "authenticationConfig": "c6"},
        {"id": "7", "level": 2, "providerId": "auth-otp-form", "requirement": "ALTERNATIVE"},
    ]


def configs(prefix: str) -> dict[str, dict]:
    return {"c2": {"id": "c2", "alias": f"{prefix}identity-provider-redirector", "config": {"defaultProvider": "corp", "n": "3", "b": "true"}},
            "c6": {"id": "c6", "alias": "by hand", "config": {"flow_to_check": f"{prefix}forms"}}}


# --- the declared tree -----------------------------------------------------------------------------------------------------------
def test_a_declared_tree_gets_its_one_form():
    assert parsed(DECLARED) == (NORMAL, [])


def test_the_one_form_is_its_own_one_form():
    assert parsed(NORMAL) == (NORMAL, [])


def test_forms_and_client_flows():
    form = {"flow": "page", "provider": "form-flow", "authenticator": "registration-page-form", "requirement": "REQUIRED",
            "executions": [{"authenticator": "registration-user-creation", "requirement": "REQUIRED"}]}
    client = {"flow": "jwt", "provider": "client-flow", "requirement": "ALTERNATIVE",
              "executions": [{"authenticator": "client-jwt", "requirement": "REQUIRED"}]}
    assert parsed([form]) == ([form], []) and parsed([client]) == ([client], [])


STEP = {"authenticator": "auth-cookie", "requirement": "REQUIRED"}


@pytest.mark.parametrize(("value", "expected"), [
    (None, "here: must be a list of steps"),
    ([], "here: must be a list of steps"),
    ("auth-cookie", "here: must be a list of steps"),
    ([{}], "here[0]: must be a map with authenticator (a step) or flow"),
    (["auth-cookie"], "here[0]: must be a map with authenticator"),
    ([{"authenticator": "auth-cookie"}], "here[0].requirement: must be one of REQUIRED, ALTERNATIVE, DISABLED; it is missing"),
    ([{**STEP, "requirement": "REQUIERD"}], "not REQUIERD; did you mean REQUIRED?"),
    ([{**STEP, "requirement": "CONDITIONAL"}], "here[0].requirement: must be one of REQUIRED, ALTERNATIVE, DISABLED; not CONDITIONAL"),
    ([{**STEP, "requirment": "x"}], "here[0]: unknown key requirment; did you mean requirement?"),
    ([{**STEP, "executions": [STEP]}], "here[0].executions: only a subflow has it"),
    ([{**STEP, "provider": "basic-flow"}], "here[0].provider: only a subflow has it"),
    ([{**STEP, "description": "x"}], "here[0].description: only a subflow has it"),
    ([{**STEP, "config": ["x"]}], "here[0].config: must be a map of texts"),
    ([{**STEP, "config": {"a": ["x"]}}], "here[0].config: must be a map of texts"),
    ([{"flow": "a", "requirement": "REQUIRED"}], "here[0].executions: must be a list of steps"),
    ([{"flow": "a", "requirement": "REQUIRED", "executions": [STEP], "config": {"a": 1}}], "here[0].config: a subflow has none"),
    ([{"flow": "a", "requirement": "REQUIRED", "executions": [STEP], "provider": "basic"}], "here[0].provider: must be one of basic-flow, form-flow"),
    ([{"flow": "a", "requirement": "REQUIRED", "executions": [STEP], "provider": "form-flow"}], "here[0].authenticator: is missing; a form-flow needs one"),
    ([{"flow": "a", "authenticator": "b", "requirement": "REQUIRED", "executions": [STEP]}], "here[0].authenticator: only a form-flow has one"),
    ([{"flow": "a", "provider": "form-flow", "authenticator": "b", "requirement": "ALTERNATIVE", "executions": [STEP]}], "must be one of REQUIRED, DISABLED"),
    ([{"flow": " a", "requirement": "REQUIRED", "executions": [STEP]}], "here[0].flow: must be a text without spaces"),
    ([{"flow": "a", "requirement": "REQUIRED", "executions": [{"flow": "a", "requirement": "REQUIRED", "executions": [STEP]}]}],
     "here[0].executions[0].flow: «a» is the name of the subflow at here[0] already"),
    ([STEP, {"authenticator": "auth-spnego", "requirement": "ALTERNATIVE"}], "here: auth-spnego is ALTERNATIVE beside a REQUIRED or CONDITIONAL step"),
    ([{"authenticator": "auth-conditional-otp-form", "requirement": "REQUIRED"}, {"authenticator": "auth-spnego", "requirement": "ALTERNATIVE"}],
     "auth-spnego is ALTERNATIVE beside"),
])
def test_what_is_wrong_is_told_with_its_place(value, expected):
    _tree, faults = parsed(value)
    assert len(faults) == 1 and expected in faults[0]


def test_all_faults_are_told_at_once():
    _tree, faults = parsed([{"authenticator": "a"}, {"flow": "b/c", "requirement": "X", "executions": []}, 3])
    assert len(faults) == 5


def test_a_condition_decides_only_about_its_subflow():
    condition = {"authenticator": "conditional-user-configured", "requirement": "REQUIRED"}
    assert not parsed([condition, {"authenticator": "auth-otp-form", "requirement": "ALTERNATIVE"}])[1]
    assert trees.is_condition(condition) and not trees.is_condition({"authenticator": "auth-conditional-otp-form"})
    assert not trees.is_condition({"flow": "conditional", "executions": []})


@pytest.mark.parametrize(("name", "expected"), [
    ("platform browser", ""), ("로그인 흐름", ""), ("a.b-c_d%", ""), ("a/b", "holds /"), ("a(b", "holds ("), ("a[b]", "holds ["), ("a\\b", "holds \\"),
    ("", "must be a text"), (3, "must be a text"), ("a ", "must be a text"), ("a ~next", "mark of a flow"), ("x" * 101, "longer than 100"),
])
def test_names_of_flows(name, expected):
    found = trees.name_fault(name)
    assert expected in found if expected else not found


# --- the server's answer ---------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("prefix", ["mfa ", "mfa ~next ", ""])
def test_the_answer_is_the_same_tree_whatever_its_parts_are_called(prefix):
    assert trees.view("mfa", rows(prefix), configs(prefix)) == NORMAL


def test_forms_clients_and_secrets_in_an_answer():
    answer = [
        {"level": 0, "authenticationFlow": True, "displayName": "r page", "providerId": "registration-page-form", "requirement": "REQUIRED",
         "requirementChoices": ["REQUIRED", "DISABLED"]},
        {"level": 1, "providerId": "registration-recaptcha-action", "requirement": "REQUIRED", "authenticationConfig": "c"},
        {"level": 0, "authenticationFlow": True, "displayName": "r jwt", "requirement": "DISABLED",
         "requirementChoices": ["ALTERNATIVE", "REQUIRED", "DISABLED"]},
    ]
    found = trees.view("r", answer, {"c": {"config": {"site.key": "k", "secret.key": "**********"}}})
    assert found == [
        {"flow": "page", "requirement": "REQUIRED", "authenticator": "registration-page-form", "provider": "form-flow", "executions": [
            {"authenticator": "registration-recaptcha-action", "requirement": "REQUIRED", "config": {"secret.key": "(secret)", "site.key": "k"}}]},
        {"flow": "jwt", "requirement": "DISABLED", "provider": "client-flow", "executions": []},
    ]


def test_an_answer_without_its_settings_has_none():
    assert "config" not in trees.view("mfa", rows("mfa "), {})[1]


def test_a_server_that_tells_a_secret_is_veiled():
    declared = [{"flow": "page", "requirement": "REQUIRED", "executions": [
        {"authenticator": "b", "requirement": "REQUIRED", "config": {"secret.key": "(secret)", "site.key": "k"}}]}]
    told = [{"flow": "page", "requirement": "REQUIRED", "executions": [
        {"authenticator": "b", "requirement": "REQUIRED", "config": {"secret.key": "open", "site.key": "k"}},
        {"authenticator": "c", "requirement": "REQUIRED", "config": {"x": "y"}}]}, {"authenticator": "d", "requirement": "REQUIRED"}]
    found = trees.veiled(told, declared)
    assert found[0]["executions"][0]["config"] == {"secret.key": "(secret)", "site.key": "k"} and found[1] == told[1]
    assert found[0]["executions"][1] == told[0]["executions"][1] and trees.veiled([], declared) == []


# --- names and secrets -----------------------------------------------------------------------------------------------------------
def test_parts_are_called_after_their_flow():
    assert trees.part("mfa", "forms") == "mfa forms" and trees.subflows(NORMAL) == ["forms", "two"]
    assert [step.get("flow") or step["authenticator"] for step in trees.walk(NORMAL)][2:5] == ["forms", "auth-username-password-form", "two"]


def test_settings_that_name_a_subflow_name_it_as_the_realm_does():
    step = {"authenticator": "conditional-sub-flow-executed"}
    assert trees.sent(step, "mfa ~next", ["forms"], {"flow_to_check": "forms"}) == {"flow_to_check": "mfa ~next forms"}
    assert trees.sent(step, "mfa", ["forms"], {"flow_to_check": "elsewhere"}) == {"flow_to_check": "elsewhere"}
    assert trees.sent({"authenticator": "x"}, "mfa", ["forms"], {"flow_to_check": "forms"}) == {"flow_to_check": "forms"}


def test_secrets_leave_the_tree_and_come_back():
    tree = [{"flow": "page", "requirement": "REQUIRED", "executions": [
        {"authenticator": "a", "requirement": "REQUIRED"},
        {"authenticator": "b", "requirement": "REQUIRED", "config": {"site.key": "k", "secret.key": REFERENCE}}]}]
    shown, secrets = trees.split(tree)
    assert shown[0]["executions"][1]["config"] == {"site.key": "k", "secret.key": "(secret)"}
    assert secrets == {"0.1#secret.key": REFERENCE}
    assert trees.joined(shown, secrets) == tree
    assert trees.joined(shown, {"0.1#secret.key": "open"})[0]["executions"][1]["config"]["secret.key"] == "open"
    assert tree[0]["executions"][1]["config"]["secret.key"] == REFERENCE

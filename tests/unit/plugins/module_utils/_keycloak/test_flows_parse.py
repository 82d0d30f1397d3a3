# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The declared tree in the one form; what is refused."""

from __future__ import annotations

import pytest

from ansible_collections.unifiedmeta.platform.plugins.module_utils._keycloak import flows_parse
from ansible_collections.unifiedmeta.platform.plugins.module_utils._keycloak.flows_tree import is_condition
from tests.unit.plugins.module_utils._keycloak.test_flows_tree import NORMAL

DECLARED = [
    {"authenticator": "auth-cookie", "requirement": "alternative"},
    {"authenticator": "identity-provider-redirector", "requirement": "ALTERNATIVE", "config": {"defaultProvider": "corp", "empty": "", "n": 3, "b": True}},
    {"flow": "forms", "requirement": "ALTERNATIVE", "description": "Name, password, code", "executions": [
        {"authenticator": "auth-username-password-form", "requirement": "REQUIRED"},
        {"flow": "two", "requirement": "CONDITIONAL", "provider": "basic-flow", "executions": [
            {"authenticator": "conditional-sub-flow-executed", "requirement": "REQUIRED", "config": {"flow_to_check": "forms"}},
            {"authenticator": "auth-otp-form", "requirement": "ALTERNATIVE"}]}]},
]


def parsed(value):
    faults: list[str] = []
    return flows_parse.parse(value, "here", faults), faults


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
    assert is_condition(condition) and not is_condition({"authenticator": "auth-conditional-otp-form"})
    assert not is_condition({"flow": "conditional", "executions": []})


@pytest.mark.parametrize(("name", "expected"), [
    ("platform browser", ""), ("로그인 흐름", ""), ("a.b-c_d%", ""), ("a/b", "holds /"), ("a(b", "holds ("), ("a[b]", "holds ["), ("a\\b", "holds \\"),
    ("", "must be a text"), (3, "must be a text"), ("a ", "must be a text"), ("a ~next", "mark of a flow"), ("x" * 101, "longer than 100"),
])
def test_names_of_flows(name, expected):
    found = flows_parse.name_fault(name)
    assert expected in found if expected else not found


def test_secrets_of_a_step_are_references():
    step = {"authenticator": "registration-recaptcha-action", "requirement": "REQUIRED"}
    faults: list[str] = []
    flows_parse.parse([{**step, "config": {"site.key": "open", "secret.key": "open"}}, {**step, "config": {"secret.key": "vault:a/b#c"}}], "here", faults)
    assert faults == ["here[0].config.secret.key: must be a reference such as vault:<mount>/<path>#<key>, since it is a secret"]

# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The server's answer in the one form; names of parts; secrets in settings."""

from __future__ import annotations

import pytest

from ansible_collections.unifiedmeta.platform.plugins.module_utils._keycloak import flows_tree as trees

REFERENCE = "vault:platform/keycloak/recaptcha#secret"
NORMAL = [
    {"authenticator": "auth-cookie", "requirement": "ALTERNATIVE"},
    {"authenticator": "identity-provider-redirector", "requirement": "ALTERNATIVE", "config": {"b": "true", "defaultProvider": "corp", "n": "3"}},
    {"flow": "forms", "requirement": "ALTERNATIVE", "description": "Name, password, code", "executions": [
        {"authenticator": "auth-username-password-form", "requirement": "REQUIRED"},
        {"flow": "two", "requirement": "CONDITIONAL", "executions": [
            {"authenticator": "conditional-sub-flow-executed", "requirement": "REQUIRED", "config": {"flow_to_check": "forms"}},
            {"authenticator": "auth-otp-form", "requirement": "ALTERNATIVE"}]}]},
]


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

# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
"""keycloak_config as a process: its options, its environment variables, its refusals. Servers: tests/lab/test_keycloak_config*.py."""

from __future__ import annotations

import json

import pytest
import yaml

from ansible_collections.unifiedmeta.platform.plugins.doc_fragments import reconciler
from ansible_collections.unifiedmeta.platform.plugins.doc_fragments.keycloak import ModuleDocFragment
from ansible_collections.unifiedmeta.platform.plugins.module_utils._keycloak import session
from ansible_collections.unifiedmeta.platform.plugins.modules import keycloak_config
from tests.lab.keycloak_runs import OWN

NOWHERE = "https://127.0.0.1:9"
PERSON = {"username": "admin", "password": "p" * 12}
VAULT = {"url": NOWHERE, "token": "t" * 12}
CANARY = "canary-in-the-declaration"
DECLARED = {"realms": {"r": {"settings": {"displayName": CANARY}}}}


def test_every_option_of_its_own_is_documented_with_its_default():
    texts = (keycloak_config.DOCUMENTATION, reconciler.ModuleDocFragment.DOCUMENTATION, reconciler.ModuleDocFragment.LEDGER)
    own = {name: option for text in texts for name, option in yaml.safe_load(text)["options"].items()}
    assert set(own) == set(OWN) and own["config"]["required"]
    for name, default in OWN.items():
        if name != "config":
            assert own[name].get("default") == default, name


def test_the_connection_is_documented_with_its_defaults():
    documented = yaml.safe_load(ModuleDocFragment.DOCUMENTATION)["options"]
    assert set(documented) == set(session.SPEC) and set(keycloak_config.SPEC) == {*session.SPEC, *OWN, "vault"}
    for name, option in session.SPEC.items():
        assert documented[name].get("default") == option.get("default") and documented[name]["type"] == option["type"], name
        if "fallback" in option:
            assert f"E({option['fallback']})" in str(documented[name]["description"])
    ways = documented["login"]["suboptions"]
    for name, option in session.SPEC["login"]["options"].items():
        assert ways[name].get("choices") == option.get("choices") and ways[name].get("default") == option.get("default"), name


def test_examples_are_tasks_of_this_module():
    for task in yaml.safe_load(keycloak_config.EXAMPLES):
        given = task.pop("unifiedmeta.platform.keycloak_config")
        assert set(task) <= {"name", "check_mode", "diff"} and set(given) <= set(keycloak_config.SPEC)


def test_every_returned_key_is_documented():
    assert set(yaml.safe_load(keycloak_config.RETURN)) == {"plan", "plan_file", "plan_size", "foreseen", "outcomes", "stats"}


@pytest.mark.parametrize(("arguments", "said"), [
    ({}, "missing required arguments: config"),
    ({"config": {}, "prune": "all"}, "value of prune must be one of: none, owned"),
    ({"config": {}, "relams": {}}, "Unsupported parameters"),
    ({"config": {}, "login": [{"method": "ldap"}]}, "value of method must be one of: password, client_credentials"),
    ({"config": {}, "login": [{}]}, "missing required arguments: method"),
    ({"config": {}, "vault": {"adress": "x"}}, "vault.adress"),
])
def test_options_that_ansible_refuses(module, arguments, said):
    result = module("keycloak_config", arguments)
    assert result["failed"] and said in result["msg"]


def test_a_vault_that_does_not_answer(module):
    result = module("keycloak_config", {"url": NOWHERE, **PERSON, "vault": VAULT, "config": DECLARED})
    assert result["failed"] and not result["changed"] and "Vault at https://127.0.0.1:9" in result["msg"] and "nothing listens on 127.0.0.1:9" in result["msg"]


def test_addresses_are_needed(module):
    assert "no address is given; set vault.url (or VAULT_ADDR)" in module("keycloak_config", {"config": {}, "url": NOWHERE, **PERSON})["msg"]
    assert "nothing listens on 127.0.0.1:9" in module("keycloak_config", {"config": {}, "url": NOWHERE, **PERSON}, VAULT_ADDR=NOWHERE, VAULT_TOKEN="x")["msg"]
    assert "url: is missing; give it, or KEYCLOAK_URL" in module("keycloak_config", {"config": {}, **PERSON, "vault": VAULT})["msg"]


def test_a_way_in_is_needed_in_check_mode_too(module):
    """A missing option is no secret that an earlier task is going to write."""
    for check in (False, True):
        result = module("keycloak_config", {"url": NOWHERE, "vault": VAULT, "config": {"realms": {"r": {"clinets": {}}}}}, check=check)
        assert result["failed"] and "login: no way in is given; give username and password" in result["msg"] and "did you mean clients?" in result["msg"]
    assert "password: is missing" in module("keycloak_config", {"url": NOWHERE, "vault": VAULT, "config": {}}, KEYCLOAK_USERNAME="admin")["msg"]


def test_faults_are_told_before_a_server_is_needed(module):
    result = module("keycloak_config", {"url": NOWHERE, "vault": VAULT, "scope": "a/b", "config": {"realms": {"r": {"clinets": {}}}}})
    assert "did you mean clients?" in result["msg"] and "scope: «a/b» can't be one" in result["msg"] and "listens" not in result["msg"]


def test_the_declaration_is_not_shown(module):
    for arguments in ({"url": NOWHERE, "vault": VAULT}, {"url": NOWHERE, "vault": {**VAULT, "url": "wrong"}}):
        result = module("keycloak_config", {**arguments, "password": "p" * 12, "config": DECLARED})
        assert result["invocation"]["module_args"]["config"] == {"realms": 1}
        assert not [word for word in (CANARY, "t" * 12, "p" * 12) if word in json.dumps(result)]


@pytest.mark.parametrize("wrong", [{"prun": "owned"}, {"prune": "all"}, {"login": "x"}, {"config": [CANARY]}])
def test_not_even_when_ansible_refuses_the_arguments(module, wrong):
    result = module("keycloak_config", {"url": NOWHERE, "vault": VAULT, "config": DECLARED, **wrong})
    assert result["failed"] and CANARY not in json.dumps(result)

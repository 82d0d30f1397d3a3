# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
"""vault_config as a process: its options, its environment variables, its refusals. Servers: tests/lab/test_vault_config*.py."""

from __future__ import annotations

import json

import pytest
import yaml

from ansible_collections.unifiedmeta.platform.plugins.doc_fragments import reconciler
from ansible_collections.unifiedmeta.platform.plugins.doc_fragments.vault import ModuleDocFragment
from ansible_collections.unifiedmeta.platform.plugins.module_utils._vault import session
from ansible_collections.unifiedmeta.platform.plugins.modules import vault_config
from tests.lab.vault_runs import OWN

NOWHERE = "https://127.0.0.1:9"
SECRET = "canary-in-the-declaration"
DECLARED = {"secrets": {"kv/a": {"data": {"password": SECRET}}}, "policies": {"a": 'path "a" {}'}}


def options() -> dict:
    """All but the connection's, which are held to their specification in _vault/test_session.py."""
    texts = (vault_config.DOCUMENTATION, reconciler.ModuleDocFragment.DOCUMENTATION, reconciler.ModuleDocFragment.LEDGER)
    return {name: option for text in texts for name, option in yaml.safe_load(text)["options"].items()}


def test_every_option_of_its_own_is_documented_with_its_default():
    own = options()
    assert set(own) == set(OWN)
    for name, default in OWN.items():
        if name != "config":
            assert own[name].get("default") == default, name
    assert own["config"]["required"] and own["prune"]["choices"] == ["none", "owned"]
    assert not set(own) & set(session.SPEC), "the connection is documented once, in the fragment"
    assert set(yaml.safe_load(ModuleDocFragment.DOCUMENTATION)["options"]) == set(session.SPEC)


def test_examples_are_tasks_of_this_module():
    for task in yaml.safe_load(vault_config.EXAMPLES):
        assert set(task) == {"name", "unifiedmeta.platform.vault_config"}
        assert set(task["unifiedmeta.platform.vault_config"]) <= {*OWN, *session.SPEC}


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ({}, "missing required arguments: config"),
        ({"config": {}, "prune": "all"}, "value of prune must be one of: none, owned"),
        ({"config": {}, "polices": {}}, "Unsupported parameters"),
        ({"config": {}, "login": [{"method": "ldap"}]}, "value of method must be one of: token, kubernetes, bootstrap"),
        ({"config": {}, "login": [{}]}, "missing required arguments: method"),
        ({"config": {}, "port_forward": {"namespace": "n"}}, "missing required arguments: service"),
        ({"config": {}, "concurrency": "many"}, "concurrency"),
    ],
)
def test_options_that_ansible_refuses(module, arguments, said):
    result = module("vault_config", arguments)
    assert result["failed"] and said in result["msg"]


def test_a_server_that_does_not_answer(module):
    result = module("vault_config", {"url": NOWHERE, "token": "t" * 12, "config": DECLARED})
    assert result["failed"] and not result["changed"] and "nothing listens on 127.0.0.1:9; start the server" in result["msg"]
    assert result["stats"]["requests"] >= 1 and result["stats"]["writes"] == 0


def test_an_address_is_needed_and_may_come_from_the_environment(module):
    assert "no address is given; set url (or VAULT_ADDR)" in module("vault_config", {"config": {}})["msg"]
    assert "nothing listens on 127.0.0.1:9" in module("vault_config", {"config": {}}, VAULT_ADDR=NOWHERE, VAULT_TOKEN="x")["msg"]
    assert "isn't an address" in module("vault_config", {"config": {}, "url": "vault:8200"})["msg"]


@pytest.mark.parametrize("given", [{"ca_file": "/nonexistent/ca.pem"}, {}])
def test_a_ca_file_that_is_not_there(module, given):
    result = module("vault_config", {"config": {}, "url": NOWHERE, **given}, **({} if given else {"VAULT_CACERT": "/nonexistent/ca.pem"}))
    assert "the CA file /nonexistent/ca.pem or the client certificate can't be used" in result["msg"]


def test_faults_are_told_before_the_server_is_needed(module):
    result = module("vault_config", {"url": NOWHERE, "config": {"polices": {}, "mounts": {"a": {}}}})
    assert "did you mean policies?" in result["msg"] and "config.mounts.a.type: is missing" in result["msg"]


def test_a_sealed_server_can_not_be_foreseen(module, scripted):
    server = scripted(lambda handler: (503, {"initialized": True, "sealed": True, "standby": True}))
    given = {"url": server.url, "token": "t" * 12, "config": DECLARED}
    result = module("vault_config", given, check=True)
    assert (result["changed"], result["plan"], result["foreseen"]) == (False, [], False) and "is sealed" in str(result["warnings"]), result
    assert "it is sealed" in module("vault_config", given)["msg"]


def test_the_declaration_is_not_shown(module):
    """What was called is told without the declaration: it may hold secrets and is large."""
    for arguments in ({"url": NOWHERE, "token": "t" * 12}, {"url": "wrong"}):
        result = module("vault_config", {**arguments, "config": DECLARED})
        assert result["invocation"]["module_args"]["config"] == {"secrets": 1, "policies": 1}
        assert SECRET not in json.dumps(result) and "t" * 12 not in json.dumps(result)


@pytest.mark.parametrize("wrong", [{"prun": "owned"}, {"prune": "all"}, {"login": "x"}, {"config": [SECRET]}])
def test_not_even_when_ansible_refuses_the_arguments(module, wrong):
    result = module("vault_config", {"url": NOWHERE, "config": DECLARED, **wrong})
    assert result["failed"] and SECRET not in json.dumps(result)

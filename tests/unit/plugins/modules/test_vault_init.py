# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
"""vault_init as a process: its options, its environment variables, its refusals. Servers: tests/lab/test_vault_init*.py."""

from __future__ import annotations

import pytest
import yaml

from ansible_collections.unifiedmeta.platform.plugins.doc_fragments.bootstrap_store import ModuleDocFragment as Store
from ansible_collections.unifiedmeta.platform.plugins.doc_fragments.vault_servers import ModuleDocFragment as Servers
from ansible_collections.unifiedmeta.platform.plugins.module_utils._vault import init_options
from ansible_collections.unifiedmeta.platform.plugins.modules import vault_init

SERVERS = [{"url": "https://127.0.0.1:9"}]


def documented():
    own = yaml.safe_load(vault_init.DOCUMENTATION)["options"]
    return {**yaml.safe_load(Store.DOCUMENTATION)["options"], **yaml.safe_load(Servers.DOCUMENTATION)["options"], **own}


def test_every_option_is_documented_with_its_default():
    spec, documents = init_options.spec(lambda *_names: None), documented()
    assert set(spec) == set(documents)
    for name, option in spec.items():
        assert option.get("default") == documents[name].get("default"), name
        assert option["type"] == documents[name]["type"], name
        assert set(option.get("options") or {}) == set(documents[name].get("suboptions") or {}), name


def test_what_check_mode_returns(module, scripted, tmp_path):
    server = scripted(lambda handler: (200, {"type": "shamir", "initialized": False, "sealed": True, "t": 0, "n": 0, "progress": 0, "storage_type": "raft"}))
    given = {"servers": [{"url": server.url}], "shares": 1, "threshold": 1, "store": {"path": str(tmp_path / "s/store"), "encrypt": False}}
    result = module("vault_init", given, check=True)
    assert result["changed"] and result["initialised"] and not result["sealed"] and [step["action"] for step in result["plan"]] == ["initialise", "unseal"]


def test_a_server_that_does_not_answer(module, tmp_path):
    result = module("vault_init", {"servers": SERVERS, "store": {"path": str(tmp_path / "s/store"), "encrypt": False}})
    assert result["failed"] and not result["changed"] and "nothing listens on 127.0.0.1:9" in result["msg"]


@pytest.mark.parametrize(("arguments", "said"), [
    ({}, "missing required arguments: servers, store"),
    ({"servers": SERVERS, "store": {}, "root_token": "gone"}, "value of root_token must be one of"),
    ({"servers": [{}], "store": {}}, "missing required arguments: url"),
    ({"servers": SERVERS, "store": {"paht": "x"}}, "Unsupported parameters"),
    ({"servers": SERVERS, "store": {}, "successor": {"role": "x"}}, "missing required arguments: namespace, service_account"),
])
def test_options_that_ansible_refuses(module, arguments, said):
    result = module("vault_init", arguments)
    assert result["failed"] and said in result["msg"]


def test_all_faults_of_the_options(module, tmp_path):
    result = module("vault_init", {"servers": SERVERS, "store": {"path": "relative"}, "shares": 3, "pgp_keys": ["?"]})
    for said in ("more than one share is refused", "1 keys for 3 shares", "number 1", "no passphrase", "must be absolute"):
        assert said in result["msg"]


def test_the_environment_is_the_fallback(module, tmp_path):
    result = module("vault_init", {"servers": SERVERS, "store": {"encrypt": False, "path": str(tmp_path / "s/x")}}, VAULT_CACERT="/none/ca.pem")
    assert "ca_file: /none/ca.pem can't be read" in result["msg"]


def test_secrets_are_not_in_the_invocation(module, tmp_path):
    result = module("vault_init", {"servers": SERVERS, "store": {"path": str(tmp_path / "s/x"), "passphrase": "very-secret"}, "unseal_keys": ["also-secret"],
                                   "token": "third-secret"})
    shown = str(result)
    assert not any(value in shown for value in ("very-secret", "also-secret", "third-secret"))

# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
"""bootstrap_escrow as a process, and its run on a Vault that answers by script; a real one is met in tests/lab/test_bootstrap_escrow.py."""

from __future__ import annotations

import yaml

from ansible_collections.unifiedmeta.platform.plugins.module_utils._bootstrap import Store
from ansible_collections.unifiedmeta.platform.plugins.modules import bootstrap_escrow

SERVER = {"url": "https://127.0.0.1:9", "token": "hvs.of-a-test"}


def test_own_options_are_documented():
    assert set(yaml.safe_load(bootstrap_escrow.DOCUMENTATION)["options"]) == {"path", "keep"}


def test_all_faults_of_the_options(module):
    result = module("bootstrap_escrow", {**SERVER, "store": {"path": "relative"}, "path": "platform", "keep": {"a": "b"}})
    for said in ("must name a mount and a folder", "isn't a reference", "must be absolute", "no passphrase"):
        assert said in result["msg"]


def test_a_server_that_does_not_answer(module, tmp_path):
    result = module("bootstrap_escrow", {**SERVER, "store": {"path": str(tmp_path / "s/store"), "encrypt": False},
                                         "keep": {"a": "vault:platform/a#b"}})
    assert result["failed"] and "nothing listens on 127.0.0.1:9" in result["msg"]


def test_a_login_that_an_earlier_task_makes_can_not_be_foreseen(module, scripted, kubeconfig, tmp_path):
    answers = {"/v1/sys/health": (200, {"initialized": True, "sealed": False, "standby": False})}
    server = scripted(lambda handler: answers.get(handler.path, (404, {"message": "not found"})))
    login = {"method": "kubernetes", "role": "r", "namespace": "n", "service_account": "automation"}
    given = {"url": server.url, "kubeconfig": kubeconfig(server.url), "login": [login], "keep": {"a": "vault:platform/a#b"},
             "store": {"path": str(tmp_path / "s/store"), "encrypt": False}}
    result = module("bootstrap_escrow", given, check=True)
    assert (result["plan"], result["foreseen"]) == ([], False) and "n/automation that logs in isn't there" in str(result["warnings"]), result
    assert module("bootstrap_escrow", given)["failed"]


def test_a_large_plan_lies_in_a_file(module, scripted, tmp_path):
    store = Store(str(tmp_path / "s/store"), encrypt=False)
    data = store.read()
    data["secrets"] = {f"s{number}": {"value": "of-the-store"} for number in range(201)}
    store.write(data)
    answers = {"/v1/sys/health": (200, {"initialized": True, "sealed": False, "standby": False})}
    server = scripted(lambda handler: answers.get(handler.path, (404, {"errors": []})))
    result = module("bootstrap_escrow", {**SERVER, "url": server.url, "store": {"path": str(tmp_path / "s/store"), "encrypt": False}}, check=True)
    assert len(result["plan"]) == 200 and result["plan_size"] == 201 and "of-the-store" not in str(result), result


def test_an_empty_store_asks_nobody(module, tmp_path):
    result = module("bootstrap_escrow", {**SERVER, "store": {"path": str(tmp_path / "s/store"), "encrypt": False}})
    assert not result["changed"] and result["plan"] == [] and result["stats"]["requests"] == 0

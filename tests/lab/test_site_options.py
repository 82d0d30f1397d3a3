# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Options of the role vault, each with something other than its default, and what it does: names, the split of the key, limits, ownership.

The tests of this file follow each other on one server.
"""
from __future__ import annotations

import base64
import concurrent.futures
import json
import pathlib
import subprocess
import sys
import time

import pytest

from ansible_collections.unifiedmeta.platform.plugins.module_utils._bootstrap import Store
from ansible_collections.unifiedmeta.platform.plugins.module_utils._vault import init_proof
from tests.lab.bao import ROOT, running

ONE, OTHER = 'path "one/*" {\n  capabilities = ["read"]\n}\n', 'path "other/*" {\n  capabilities = ["list"]\n}\n'


class Phase:
    """A phase, playbooks/secrets.yml unless told, on a server beside the lab's cluster, with names of the site's own for everything that has one."""

    def __init__(self, lab, server, folder: pathlib.Path):
        self.lab, self.server, self.folder = lab, server, folder
        self.store = Store(str(folder / "store/west"), encrypt=False)
        self.variables = {
            "lab_name": lab.name, "lab_state_dir": str(lab.state_dir), "lab_port_base": lab.port_base, "vault_config": {},
            "vault_url": server.addr, "vault_ca_file": server.ca_file, "vault_servers": [{"url": server.addr, "name": "first"}], "vault_name": "west",
            "vault_store": {"path": self.store.path, "encrypt": False}, "vault_audit_log": str(server.audit_log), "vault_scope": "west-scope",
            "vault_automation_namespace": "west-ops", "vault_automation_service_account": "robot", "vault_scan": False,
            "vault_escrow_path": "platform/kept", "vault_keep": {"people/admin": "vault:platform/openbao/admin#password"},
            "vault_shares": 3, "vault_threshold": 2, "vault_root_token": "keep"}

    def __call__(self, playbook: str = "secrets", **more) -> tuple[bool, str]:
        """Ended well?, and all that was said, in one line."""
        done = subprocess.run([str(pathlib.Path(sys.executable).with_name("ansible-playbook")), f"playbooks/{playbook}.yml", "-i", "inventories/local",
                               "-e", json.dumps({**self.variables, **more})], cwd=ROOT, capture_output=True, text=True, check=False, timeout=240)
        return done.returncode == 0, " ".join((done.stdout + done.stderr).split())

    def kept(self) -> dict:
        """The entry of this Vault in the store."""
        return self.store.read()["vaults"].get("west") or {}

    def keep(self, entry: dict) -> None:
        data = self.store.read()
        data["vaults"]["west"] = entry
        self.store.write(data)

    def robot(self) -> str:
        """The token of automation's own account, by the public client."""
        jwt = self.lab.kubectl("create", "token", "robot", "-n", "west-ops", "--audience", "vault").strip()
        return self.server.call("POST", "auth/kubernetes/login", {"role": "robot", "jwt": jwt}, token="")["auth"]["client_token"]

    def policies(self, token: str) -> list[str]:
        return self.server.call("LIST", "sys/policies/acl", token=token)["data"]["keys"]


@pytest.fixture(scope="module")
def phase(lab, bao_binary, tmp_path_factory):
    folder = tmp_path_factory.mktemp("options")
    with running(folder, bao_binary, initialised=False) as server:
        yield Phase(lab, server, folder)
        lab.kubectl("delete", "namespace", "west-ops", "--ignore-not-found", "--timeout=60s")
        lab.kubectl("delete", "clusterrolebinding", "vault-token-reviewer", "--ignore-not-found")


def test_another_seal_than_the_declared_one_is_refused(phase):
    well, said = phase(vault_seal="static")
    assert not well and "its seal is «shamir», wanted is «static»" in said
    assert not phase.server.seal_status()["initialized"]


def test_an_unused_storage_is_wiped_by_the_sites_own_command_and_the_sites_names_are_used(phase):
    """An initialisation whose answer was lost: our mark is in the store, and the server was asked for nothing else."""
    log, server, now = str(phase.server.audit_log), phase.server, time.gmtime()
    phase.keep({"mark": {"time": time.strftime("%Y-%m-%dT%H:%M:%S.000000Z", now), "servers": ["first"], "server": "first", "audit": init_proof.snapshot(log)}})
    server.call("PUT", "sys/init", {"secret_shares": 3, "secret_threshold": 2})
    well, said = phase(vault_seal="shamir")
    assert not well and "reinitialise_empty" in said and server.seal_status()["initialized"]
    asked, wiped, command = phase.folder / "asked", phase.folder / "wiped", phase.folder / "wipe"
    command.write_text(f"#!/bin/sh\necho $1 > {asked}\nwhile [ ! -e {wiped} ]; do sleep 0.1; done\n", "utf-8")
    command.chmod(0o700)

    with concurrent.futures.ThreadPoolExecutor(1) as pool:
        run = pool.submit(phase, vault_seal="shamir", vault_reinitialise_empty=True, vault_reset_command=[str(command), "west"],
                          vault_config={"policies": {"gone-1": ONE, "gone-2": ONE}})
        while not asked.exists() and not run.done():
            time.sleep(0.05)
        server.wipe()
        server.start()
        wiped.touch()
        well, said = run.result()
    assert well, said[-3000:]
    assert asked.read_text("utf-8") == "west\n"
    state, entry = server.seal_status(), phase.kept()
    assert (state["n"], state["t"], len(entry["answer"]["keys"])) == (3, 2, 3) and "mark" not in entry
    token = entry["answer"]["root_token"]
    assert server.call("GET", "auth/token/lookup-self", token=token)["data"]["policies"] == ["root"], "it was to be kept"
    assert "robot" in phase.lab.kubectl("-n", "west-ops", "get", "serviceaccounts", "-o", "name")
    rules = server.call("GET", "sys/policies/acl/robot", token=phase.robot())["data"]["policy"]
    assert "platform/detailed-metadata/*" in rules and "scan" not in rules, "as HashiCorp Vault takes it"
    assert server.call("GET", "platform-ledger/data/vault/west-scope", token=token)["data"]["data"]["site"] == "lab"
    password = server.call("GET", "platform/data/openbao/admin", token=token)["data"]["data"]["password"]
    assert phase.store.read()["secrets"]["people/admin"]["value"] == password


def test_secrets_of_the_store_are_copied_to_the_sites_own_folder(phase):
    data = phase.store.read()
    data["secrets"]["rke2/token"] = {"value": "the-token-of-the-cluster", "created": "2026-01-01T00:00:00Z"}
    phase.store.write(data)
    well, said = phase(vault_config={"policies": {"gone-1": ONE, "gone-2": ONE}})
    assert well and "changed=1" in said, said[-3000:]
    copies = phase.server.call("LIST", "platform/metadata/kept", token=phase.robot())["data"]["keys"]
    assert any("rke2" in name for name in copies), copies


def test_the_key_is_split_anew_and_what_others_made_is_left_alone(phase):
    phase.server.call("PUT", "sys/policies/acl/theirs", {"policy": ONE}, token=phase.kept()["answer"]["root_token"])
    old = phase.kept()["answer"]["keys"]
    well, said = phase(vault_shares=5, vault_threshold=3, vault_rekey=True, vault_config={"policies": {"theirs": OTHER}}, vault_prune="owned")
    state = phase.server.seal_status()
    assert (state["n"], state["t"]) == (5, 3) and len(set(phase.kept()["answer"]["keys"]) - set(old)) == 5
    assert not well and "theirs exists, isn't ours and differs in policy" in said, said[-3000:]
    assert {"gone-1", "gone-2"} <= set(phase.policies(phase.robot())), "nothing was done"


def test_it_is_taken_over_and_no_more_is_deleted_than_allowed(phase):
    phase.variables.update(vault_shares=5, vault_threshold=3, vault_prune="owned", vault_adopt=True, vault_config={"policies": {"theirs": OTHER}})
    well, said = phase(vault_max_deletes=1)
    assert not well and "2 objects would be deleted, but max_deletes is 1" in said and "policy gone-1" in said, said[-3000:]
    assert {"gone-1", "gone-2"} <= set(phase.policies(phase.robot()))
    well, said = phase(vault_max_deletes=2, vault_root_token="absent")
    assert well, said[-3000:]
    token = phase.robot()
    assert not {"gone-1", "gone-2"} & set(phase.policies(token))
    assert phase.server.call("GET", "sys/policies/acl/theirs", token=token)["data"]["policy"] == OTHER
    assert phase.kept()["answer"]["root_token"] is None, "the login of the site's own account has worked"


def test_shares_that_people_hold_open_it(phase):
    keys = phase.kept()["answer"]["keys"]
    phase.keep({})
    phase.server.restart(unseal=False)
    phase.variables.update(vault_root_token="absent")
    well, said = phase()
    assert not well and "initialised by somebody else" in said and phase.server.seal_status()["sealed"]
    well, said = phase(vault_unseal_keys=keys[1:4])
    assert well and not phase.server.seal_status()["sealed"], said[-3000:]
    assert set(phase.kept()) == {"cluster_id"} and not any(key in said or base64.b64decode(key).hex() in said for key in keys)


def test_a_vault_that_somebody_else_initialised_is_accepted_when_told_so(phase):
    store = {"path": str(phase.folder / "other/store"), "encrypt": False}
    well, said = phase(vault_store=store, vault_name="east")
    assert not well and "somebody else initialised it" in said, said[-3000:]
    well, said = phase(vault_store=store, vault_name="east", vault_foreign=True)
    assert well, said[-3000:]
    assert Store(store["path"], encrypt=False).read()["vaults"] == {"east": {"cluster_id": phase.server.seal_status()["cluster_id"]}}
    well, said = phase(vault_store=store, vault_name="east")
    assert well and "changed=0" in said, said[-3000:]

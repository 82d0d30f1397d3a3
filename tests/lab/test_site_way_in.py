# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Phase «secrets» on a fresh Vault beside the lab's cluster: nobody is locked out, whatever the site has wrong."""
from __future__ import annotations

import json
import pathlib
import subprocess
import sys

import pytest

from ansible_collections.unifiedmeta.platform.plugins.module_utils._bootstrap import Store
from tests.lab.instance import ROOT


@pytest.fixture
def secrets(lab, bao_server, tmp_path):
    """Factory of runs of playbooks/secrets.yml against a fresh server; (ended well, output)."""
    server = bao_server(initialised=False)
    variables = {"lab_name": lab.name, "lab_state_dir": str(lab.state_dir), "lab_port_base": lab.port_base,
                 "vault_url": server.addr, "vault_ca_file": server.ca_file,
                 "vault_store": {"path": str(tmp_path / "s/store"), "encrypt": False}, "vault_audit_log": str(server.audit_log), "vault_config": {}}

    def run(*args, **more):
        done = subprocess.run([str(pathlib.Path(sys.executable).with_name("ansible-playbook")), "playbooks/secrets.yml", "-i", "inventories/local", "-e",
                               json.dumps({**variables, **more}), *args], cwd=ROOT, capture_output=True, text=True, check=False, timeout=240)
        return done.returncode == 0, " ".join((done.stdout + done.stderr).split())

    run.server, run.store = server, Store(str(tmp_path / "s/store"), encrypt=False)
    yield run
    # Waited for: nothing can be made in a namespace that is on its way out.
    lab.kubectl("delete", "namespace", "platform-system", "--ignore-not-found", "--timeout=60s")
    lab.kubectl("delete", "clusterrolebinding", "vault-token-reviewer", "--ignore-not-found")


def kept(run):
    return run.store.read()["vaults"]["openbao"]["answer"]["root_token"]


def test_the_root_token_stays_until_its_successor_has_logged_in(secrets):
    well, said = secrets(vault_kubernetes_host="https://127.0.0.1:9")
    assert not well and "the root token is kept, because the login that comes after it fails" in said and "run again" in said
    token = kept(secrets)
    assert secrets.server.call("GET", "auth/token/lookup-self", token=token)["data"]["policies"] == ["root"]
    well, said = secrets()
    assert well and "failed=0" in said, said[-2000:]
    assert kept(secrets) is None and secrets.server.request("GET", "auth/token/lookup-self", token=token).status_code == 403
    well, said = secrets()
    assert well and "changed=0" in said, said[-2000:]


def test_shares_for_people_stop_the_run_with_what_to_do(secrets, tmp_path):
    home = tmp_path / "gpg"
    home.mkdir(mode=0o700)
    gpg = ["gpg", "--homedir", str(home), "--quiet", "--batch"]
    subprocess.run([*gpg, "--passphrase", "", "--quick-gen-key", "holder@example.com", "default", "default", "never"], check=True)
    key = subprocess.run([*gpg, "--export", "--armor"], check=True, capture_output=True, text=True).stdout
    well, said = secrets(vault_pgp_keys=[key])
    subprocess.run(["gpgconf", "--homedir", str(home), "--kill", "all"], check=False)
    assert not well and "openbao is initialised and sealed" in said and "bao operator unseal" in said

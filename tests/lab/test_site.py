# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
"""site.yml on the lab from nothing to a platform, seen by public clients and by the servers' own audit logs.

The tests of this file follow each other on one instance of the lab.
"""
from __future__ import annotations

import json
import os
import pathlib
import re
import subprocess
import sys
import time

import pytest
import yaml

from tests.lab.instance import PORTS, ROOT, fresh
from tests.support import audit

PORT_BASE = PORTS["site"]
# Logins, lists and one read for each object whose body no list returns; the run sends 60 to Vault and 8 to Kubernetes.
VAULT_BUDGET, KUBE_BUDGET = 90, 20


@pytest.fixture(scope="module")
def lab():
    """An instance of its own: the shared one is initialised by whichever test comes first."""
    with fresh("site") as found:
        yield found


class Run:
    """One ansible-playbook site.yml, or another; ``plans``: what each module planned, in order."""

    def __init__(self, lab, *args, playbook="site.yml", **variables):
        extra = {"lab_name": lab.name, "lab_state_dir": str(lab.state_dir), "lab_port_base": lab.port_base, **variables}
        done = subprocess.run(
            [str(pathlib.Path(sys.executable).with_name("ansible-playbook")), playbook, "-i", "inventories/local", "-e", json.dumps(extra), *args],
            cwd=ROOT, capture_output=True, text=True, check=False, timeout=300,
            env={**os.environ, "ANSIBLE_CALLBACK_RESULT_FORMAT": "yaml",
                 "ANSIBLE_NOCOLOR": "1", "ANSIBLE_FORCE_COLOR": "0"})
        self.rc, self.output = done.returncode, done.stdout + done.stderr

    @property
    def recap(self):
        """changed and failed of the only host."""
        found = re.search(r"changed=(\d+).*failed=(\d+)", self.output)
        assert found, self.output[-3000:]
        return int(found[1]), int(found[2])

    @property
    def plans(self):
        """The plans of all modules, by task, as -v shows them."""
        made = {}
        for title, body in re.findall(r"^TASK \[[^:\]]+ : ([^\]]+)\] \*+\n(.*?)(?=^TASK |^PLAY RECAP)", self.output, re.MULTILINE | re.DOTALL):
            shown = re.search(r"^(?:changed|ok): \[localhost\] => *\n((?:    .*\n|\n)+)", body, re.MULTILINE)
            result = yaml.safe_load(shown[1]) if shown else {}
            if isinstance(result, dict) and "plan" in result:
                made[title] = result["plan"]
        return made


def login(lab, namespace, account, role, *, check=True):
    """A pod's way in, by the public clients: kubectl makes the token, bao logs in with it."""
    jwt = lab.kubectl("create", "token", account, "-n", namespace, "--audience", "vault").strip()
    done = lab.bao("write", "-format=json", "auth/kubernetes/login", f"role={role}", f"jwt={jwt}", check=check)
    return json.loads(done.stdout)["auth"]["client_token"] if done.returncode == 0 else None


def value(lab, token, path, field=None):
    """What `bao kv get` shows, or None where it is refused."""
    mount, _slash, rest = path.partition("/")
    done = lab.bao("kv", "get", "-format=json", f"-mount={mount}", rest, token=token, check=False)
    data = json.loads(done.stdout)["data"]["data"] if done.returncode == 0 else None
    return data[field] if data and field else data


def test_check_mode_on_an_empty_lab_is_what_the_run_does(lab):
    log = lab.state_dir / "audit/kubernetes.log"
    before = audit.mark(log)  # The lab has made its nodes as the same user.
    foreseen = Run(lab, "--check", "--diff", "-v")
    assert foreseen.rc == 0, foreseen.output[-3000:]
    assert not (lab.state_dir / "bootstrap").exists() and json.loads(lab.get(lab.vault_addr + "/v1/sys/seal-status")[1])["initialized"] is False
    assert audit.kube_writes(log, before, "lab:admin") == [], "check mode writes nothing"
    done = Run(lab, "--diff", "-v")
    assert done.rc == 0, done.output[-3000:]
    assert foreseen.recap == done.recap
    assert set(foreseen.plans) == set(done.plans) and len(done.plans) == 9
    for task, plan in done.plans.items():
        assert foreseen.plans[task] == plan, task
    assert not re.search(r"\bs\.[A-Za-z0-9]{24}\b", done.output + foreseen.output), "no token in the output"


def test_second_run_changes_nothing_and_sends_no_write(lab):
    logs = lab.state_dir / "audit/openbao.log", lab.state_dir / "audit/kubernetes.log"
    before = [audit.mark(log) for log in logs]
    done = Run(lab, "-v")
    assert done.rc == 0 and done.recap == (0, 0), done.output[-3000:]
    assert audit.vault_writes(logs[0], before[0]) == []
    assert audit.kube_writes(logs[1], before[1], "lab:admin") == []
    requests = [target for _operation, target in audit.vault_requests(logs[0], before[0])]
    assert 0 < len(requests) <= VAULT_BUDGET, len(requests)
    asked = [entry for entry in audit.entries(logs[1], before[1]) if entry["stage"] == "ResponseComplete" and entry["user"]["username"] == "lab:admin"]
    assert 0 < len(asked) <= KUBE_BUDGET, len(asked)
    assert Run(lab, "--check", "--diff").recap == (0, 0)


def test_the_root_token_is_gone_and_the_store_is_private(lab):
    folder = lab.state_dir / "bootstrap"
    assert folder.stat().st_mode & 0o777 == 0o700 and (folder / "store.vault").stat().st_mode & 0o777 == 0o600
    shown = lab.run(str(pathlib.Path(sys.executable).with_name("ansible-vault")), "view", "--vault-password-file",
                    str(lab.state_dir / "credentials/bootstrap-passphrase"), str(folder / "store.vault")).stdout
    content = json.loads(shown)
    assert content["vaults"]["openbao"]["answer"]["root_token"] is None
    token = login(lab, "platform-system", "platform-automation", "platform-automation")
    password = value(lab, token, "platform/openbao/admin", "password")
    assert content["secrets"]["openbao/admin-password"]["value"] == password, "a person gets in without the cluster"


def seeds(lab):
    """Every secret that the catalogue declares for this site, from the catalogue itself."""
    from ansible_collections.unifiedmeta.platform.plugins.plugin_utils._catalog import plan as catalogue
    site = yaml.safe_load((ROOT / "inventories/local/group_vars/all/platform.yml").read_text("utf-8"))
    given = {name[len("platform_"):]: content for name, content in site.items() if name != "platform_endpoints"}
    plan = catalogue.build(given, [])
    secrets = [secret for component in plan["components"].values() for secret in component["secrets"]]
    return {secret["path"]: {*secret.get("data", {}), *secret.get("generate", {})} for secret in secrets}


def test_every_seed_of_the_catalogue_is_there(lab):
    token = login(lab, "platform-system", "platform-automation", "platform-automation")
    wanted = seeds(lab)
    assert len(wanted) > 10
    for path, keys in wanted.items():
        data = value(lab, token, path)
        assert data is not None, path
        assert keys <= set(data) and all(str(data[key]) for key in keys), path


def test_a_service_account_reads_its_own_path_and_no_other(lab):
    lab.kubectl("create", "namespace", "monitoring", check=False)
    lab.kubectl("create", "serviceaccount", "grafana", "-n", "monitoring", check=False)
    lab.kubectl("create", "serviceaccount", "stranger", "-n", "monitoring", check=False)
    token = login(lab, "monitoring", "grafana", "grafana")
    assert len(value(lab, token, "platform/grafana/admin", "password")) >= 32
    assert value(lab, token, "platform/harbor/admin") is None
    assert lab.bao("kv", "put", "-mount=platform", "grafana/admin", "password=x", token=token, check=False).returncode != 0
    assert lab.bao("policy", "list", token=token, check=False).returncode != 0
    assert login(lab, "monitoring", "stranger", "grafana", check=False) is None
    assert login(lab, "monitoring", "grafana", "platform-automation", check=False) is None


def person(lab):
    """The login of a person that needs no Keycloak: the password is read by automation's own account."""
    token = login(lab, "platform-system", "platform-automation", "platform-automation")
    known = value(lab, token, "platform/openbao/admin")
    done = lab.bao("login", "-format=json", "-no-store", "-method=userpass", f"username={known['username']}", f"password={known['password']}")
    return json.loads(done.stdout)["auth"]


def test_a_person_logs_in_without_keycloak(lab):
    found = person(lab)
    assert "platform-admin" in found["policies"]
    assert "platform/" in json.loads(lab.bao("secrets", "list", "-format=json", token=found["client_token"]).stdout)


def test_dynamic_database_logins_work_and_expire(lab):
    token = person(lab)["client_token"]
    made = json.loads(lab.bao("read", "-format=json", "database/creds/platform-readonly", token=token).stdout)
    login_as = {"PGPASSWORD": made["data"]["password"], "PGSSLMODE": "verify-full", "PGSSLROOTCERT": lab.ca_file}
    command = ["psql", "-h", "127.0.0.1", "-p", str(PORT_BASE + 432), "-U", made["data"]["username"], "-d", "postgres", "-Atc", "select current_user"]
    assert lab.run(*command, **login_as).stdout.strip() == made["data"]["username"]
    lab.bao("lease", "revoke", made["lease_id"], token=token)
    deadline = time.monotonic() + 20
    while lab.run(*command, check=False, **login_as).returncode == 0:
        assert time.monotonic() < deadline, "the login outlived its lease"
        time.sleep(0.5)
    owner = lab.credentials("postgres-openbao")
    assert lab.run("psql", "-h", "127.0.0.1", "-p", str(PORT_BASE + 432), "-U", owner["username"], "-d", "postgres", "-Atc", "select 1", check=False,
                   **{**login_as, "PGPASSWORD": owner["password"]}).returncode != 0, "the password that Vault was given was rotated"


def test_a_certificate_of_the_pki_verifies(lab, tmp_path):
    token = person(lab)["client_token"]
    made = json.loads(lab.bao("write", "-format=json", "pki/issue/platform-internal", "common_name=web.lab.example.com", "ttl=1h", token=token).stdout)["data"]
    (tmp_path / "ca.pem").write_text(made["issuing_ca"])
    (tmp_path / "leaf.pem").write_text(made["certificate"])
    shown = lab.run("openssl", "verify", "-CAfile", str(tmp_path / "ca.pem"), "-verify_hostname", "web.lab.example.com", str(tmp_path / "leaf.pem"))
    assert shown.stdout.strip().endswith(": OK")
    assert lab.bao("write", "pki/issue/platform-internal", "common_name=elsewhere.example.org", token=token, check=False).returncode != 0


def test_drift_is_shown_and_repaired_and_others_are_left_alone(lab):
    token = person(lab)["client_token"]
    lab.run(lab.tool("bao"), "policy", "write", "grafana", "-", text='path "platform/*" {\n  capabilities = ["read"]\n}\n',
            VAULT_ADDR=lab.vault_addr, VAULT_CACERT=lab.ca_file, VAULT_TOKEN=token)
    lab.run(lab.tool("bao"), "policy", "write", "somebody-elses", "-", text='path "other/*" {\n  capabilities = ["read"]\n}\n',
            VAULT_ADDR=lab.vault_addr, VAULT_CACERT=lab.ca_file, VAULT_TOKEN=token)
    lab.kubectl("label", "serviceaccount", "platform-automation", "-n", "platform-system", "mine=yes")
    foreseen, done = Run(lab, "--check", "--diff", "-v"), Run(lab, "--diff", "-v")
    assert foreseen.plans == done.plans and done.recap == (1, 0), done.output[-3000:]
    assert [(step["action"], step["kind"], step["name"]) for plan in done.plans.values() for step in plan] == [("update", "policy", "grafana")]
    assert "somebody-elses" in lab.bao("policy", "list", token=token).stdout


def test_a_sealed_vault_is_opened_by_the_next_run(lab):
    lab.run(*lab.supervisorctl(), "restart", "openbao")
    deadline = time.monotonic() + 30
    while True:
        try:
            state = json.loads(lab.get(lab.vault_addr + "/v1/sys/seal-status")[1])
            break
        except OSError:
            assert time.monotonic() < deadline
            time.sleep(0.2)
    assert state["sealed"]
    foreseen = Run(lab, "--check", "-v")
    assert foreseen.recap == (1, 0) and "can't be foreseen before it is unsealed" in " ".join(foreseen.output.split()), foreseen.output[-3000:]
    done = Run(lab, "-v")
    assert done.recap == (1, 0), "unsealing is all that is left to do after the repair above: " + done.output[-3000:]
    assert json.loads(lab.get(lab.vault_addr + "/v1/sys/seal-status")[1])["sealed"] is False


def test_check_mode_without_automations_account_says_what_it_cannot_see(lab):
    lab.kubectl("delete", "serviceaccount", "platform-automation", "-n", "platform-system")
    foreseen = Run(lab, "--check", "-v")
    assert foreseen.recap == (1, 0) and "platform-system/platform-automation that logs in isn't there" in " ".join(foreseen.output.split())
    assert Run(lab).recap == (1, 0)
    assert Run(lab).recap == (0, 0)


def test_rotation_is_by_name_only(lab):
    token = login(lab, "platform-system", "platform-automation", "platform-automation")
    before = {path: value(lab, token, path) for path in ("platform/grafana/admin", "platform/harbor/admin")}
    refused = Run(lab, playbook="playbooks/rotate.yml")
    assert refused.rc != 0 and "Nothing to rotate" in refused.output
    done = Run(lab, playbook="playbooks/rotate.yml", vault_rotate=["platform/grafana/admin#password"])
    assert done.rc == 0, done.output[-3000:]
    token = login(lab, "platform-system", "platform-automation", "platform-automation")
    after = {path: value(lab, token, path) for path in before}
    assert after["platform/grafana/admin"]["password"] != before["platform/grafana/admin"]["password"]
    assert after["platform/grafana/admin"]["username"] == before["platform/grafana/admin"]["username"]
    assert after["platform/harbor/admin"] == before["platform/harbor/admin"]

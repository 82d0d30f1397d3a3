"""The whole site on a lab instance of its own: what `make demo` runs, made new, killed and looked at from outside."""
from __future__ import annotations

import base64
import contextlib
import json
import os
import pathlib
import sys
import time

import psycopg
import requests

from ansible_collections.unifiedmeta.platform.plugins.filter.vault_spec import vault_spec
from ansible_collections.unifiedmeta.platform.plugins.module_utils._bootstrap import Store
from ansible_collections.unifiedmeta.platform.plugins.plugin_utils._catalog import plan
from tests.chaos.strike import SEED
from tests.lab.instance import ROOT, Lab, reserved
from tests.support.audit import kube_writes, mark, vault_writes
from tests.support.process import Result, Run
from tests.support.site import recap

ADMIN = "lab:admin"  # nobody but the playbook uses this user while a test looks
# The servers' own storage and what holds secrets by design, owner-only: the bootstrap store (encrypted), credentials, keys.
OWN = ("openbao", "etcd", "postgres", "registry", "s3", "credentials", "pki", "bootstrap", "config", "kubeconfig")


class Server:
    """The lab's OpenBao through a root token that is made from the unseal share, for as long as a test looks at it."""

    def __init__(self, site):
        self.site, self.addr, self.ca_file = site, site.lab.vault_addr, site.lab.ca_file
        self.audit_log = site.lab.state_dir / "audit/openbao.log"
        self.root_token, self.recovery_keys = None, []
        self.unseal_keys = list((site.read_store().get("answer") or {}).get("keys") or [])
        self._session = requests.Session()
        self._session.trust_env = False

    def request(self, method, path, json=None, token=None):  # pylint: disable=redefined-outer-name
        headers = {"X-Vault-Token": token or self.root_token or ""}
        return self._session.request(method, f"{self.addr}/v1/{path}", json=json, verify=self.ca_file, timeout=60,
                                     headers={key: value for key, value in headers.items() if value})

    def call(self, method, path, json=None, **kwargs):  # pylint: disable=redefined-outer-name
        answer = self.request(method, path, json, **kwargs)
        assert answer.ok, f"{method} {path}: {answer.status_code} {answer.text}"
        return answer.json() if answer.content else None

    def __enter__(self):
        self.request("DELETE", "sys/generate-root/attempt")
        begun = self.call("PUT", "sys/generate-root/attempt", {})
        state = {}
        for key in self.unseal_keys:
            state = self.call("PUT", "sys/generate-root/update", {"key": key, "nonce": begun["nonce"]})
            if state["complete"]:
                break
        encoded = base64.b64decode(state["encoded_token"] + "==")
        self.root_token = "".join(chr(one ^ two) for one, two in zip(encoded, begun["otp"].encode(), strict=False))
        return self

    def __exit__(self, *_exc):
        self.call("POST", "auth/token/revoke-self")


class LabSite:
    """``lab``: a running instance that no other test uses; ``folder`` takes the outputs of the runs; ``phase``: the one that is struck."""

    phase = "secrets"

    def __init__(self, lab: Lab, folder: pathlib.Path):
        self.lab, self.folder, self.count = lab, folder, 0
        self.store_file = lab.state_dir / "bootstrap/store.vault"
        self.vault_log, self.kube_log = lab.state_dir / "audit/openbao.log", lab.state_dir / "audit/kubernetes.log"

    @classmethod
    @contextlib.contextmanager
    def standing(cls, name: str, folder: pathlib.Path):
        """A site on the instance of this name, up; taken away again unless LAB_KEEP says otherwise."""
        with reserved(name) as lab:
            site = cls(lab, folder)
            try:
                site.up()
                yield site
            finally:
                if not os.environ.get("LAB_KEEP"):
                    lab.playbook(lab_state="absent")

    def up(self):
        """Brings the instance up, with the endpoint by which an operator makes a root token."""
        self.lab.playbook()
        path = self.lab.state_dir / "config/openbao.json"
        config = json.loads(path.read_text("utf-8"))
        config["listener"][0]["tcp"]["disable_unauthed_generate_root_endpoints"] = False
        path.write_text(json.dumps(config), "utf-8")
        self.lab.run(*self.lab.supervisorctl(), "restart", "openbao")

    def renew(self):
        """Back to before the first run: an empty OpenBao, no bootstrap store, none of our objects, the database's first password."""
        self.store_file.unlink(missing_ok=True)
        self.lab.kubectl("delete", "clusterrolebinding", "vault-token-reviewer", "--ignore-not-found")
        self.lab.kubectl("delete", "namespace", "platform-system", "--ignore-not-found", "--wait", "--timeout=60s")
        ours, admin = self.lab.credentials("postgres-openbao"), self.lab.credentials("postgres")
        with psycopg.connect(host=admin["host"], port=admin["port"], user=admin["username"], password=admin["password"], dbname=admin["database"],
                             sslmode="verify-full", sslrootcert=self.lab.ca_file) as connection:
            connection.execute(psycopg.sql.SQL("ALTER ROLE {} PASSWORD {}").format(psycopg.sql.Identifier(ours["username"]), ours["password"]))
        self.lab.run(str(self.lab.state_dir / "bin/reset-openbao"))
        deadline = time.monotonic() + 30
        while time.monotonic() < deadline:
            with contextlib.suppress(requests.RequestException):
                if not requests.get(f"{self.lab.vault_addr}/v1/sys/seal-status", verify=self.lab.ca_file, timeout=2).json()["initialized"]:
                    return
            time.sleep(0.2)
        raise AssertionError("OpenBao did not come back empty")

    def start(self, *arguments, env: dict | None = None, **variables) -> Run:
        """Starts ``ansible-playbook site.yml -i inventories/local`` for this instance, one phase of it: what is reset here is what that one makes."""
        self.count += 1
        extra = {"lab_name": self.lab.name, "lab_state_dir": str(self.lab.state_dir), "lab_port_base": self.lab.port_base, **variables}
        program = pathlib.Path(sys.executable).with_name("ansible-playbook")
        return Run([program, "site.yml", "--tags", self.phase, "-i", "inventories/local", "-e", json.dumps(extra), *arguments],
                   self.folder / f"run{self.count}", env=env, cwd=ROOT)

    def play(self, *arguments, **options) -> Result:
        return self.start(*arguments, **options).wait()

    def undisturbed(self) -> tuple[float, int]:
        """The seconds that a run takes with nothing in its way, and how many of its tasks changed something."""
        begin = time.monotonic()
        changed = recap(self.play().check())["changed"]
        seconds = time.monotonic() - begin
        print(f"\nCHAOS_SEED={SEED}: an undisturbed run of the phase {self.phase} takes {seconds:.1f} s")
        return seconds, changed

    def read_store(self) -> dict:
        """What the bootstrap store holds of this Vault."""
        passphrase = (self.lab.state_dir / "credentials/bootstrap-passphrase").read_text("utf-8").strip()
        return Store(str(self.store_file), passphrase).read()["vaults"].get("openbao", {}) if self.store_file.exists() else {}

    def answered(self) -> bool:
        """Whether the unseal share is safe, and the server open."""
        status = requests.get(f"{self.lab.vault_addr}/v1/sys/seal-status", verify=self.lab.ca_file, timeout=5).json()
        return bool(self.read_store().get("answer")) and not status["sealed"]

    def public(self) -> set[str]:
        """The values of secrets that the catalogue itself shows, such as user names: they are no secrets."""
        site = {"name": "lab", "domain": "lab.example.com", "tier": 2, "external": ["openbao"]}
        declared = vault_spec(plan.build(site))["secrets"]
        return {str(value) for entry in declared.values() for value in (entry.get("data") or {}).values()}

    def marks(self) -> tuple[int, int]:
        return mark(self.vault_log), mark(self.kube_log)

    def writes(self, since: tuple[int, int]) -> list[tuple[str, str]]:
        """What reached OpenBao and the API server since then and was no read, by the servers' own logs."""
        return vault_writes(self.vault_log, since[0]) + kube_writes(self.kube_log, since[1], ADMIN)

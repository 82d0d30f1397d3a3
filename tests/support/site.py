"""A site for tests: one Vault, one bootstrap store, and the playbook that initialises, unseals and configures it."""
from __future__ import annotations

import contextlib
import json
import pathlib
import re
import secrets
import sys

from ansible_collections.unifiedmeta.platform.plugins.module_utils._bootstrap import Store
from tests.lab.bao import ROOT
from tests.support.process import Result, Run

SERVICES = [f"app-{number:02}" for number in range(24)]


def config() -> dict:
    """A desired state with something of every kind that has an order: mounts before secrets, issuers before roles, aliases last."""
    roles = {name: {"bound_service_account_names": [name], "bound_service_account_namespaces": [name], "token_policies": [name], "token_ttl": "1h"}
             for name in SERVICES}
    return {
        "mounts": {"platform": {"type": "kv", "options": {"version": "2"}, "config": {"max_versions": 5}},
                   "pki": {"type": "pki", "tune": {"max_lease_ttl": "87600h"}}, "transit": {"type": "transit"}},
        "auth": {"kubernetes": {"type": "kubernetes", "roles": roles},
                 "approle": {"type": "approle", "roles": {"ci": {"token_policies": ["ci"], "token_ttl": "20m"}}},
                 "userpass": {"type": "userpass"}},
        "policies": {name: f'path "platform/data/{name}/*" {{\n  capabilities = ["read"]\n}}\n' for name in [*SERVICES, "ci"]},
        "secrets": {f"platform/{name}/admin": {"data": {"username": name}, "generate": {"password": {"length": 32}, "token": {"length": 48}}}
                    for name in SERVICES},
        "pki": {"pki": {"root": {"common_name": "Chaos root", "ttl": "87600h", "key_type": "ec"},
                        "roles": {"leaf": {"allowed_domains": ["example.test"], "allow_subdomains": True, "max_ttl": "72h"}}}},
        "transit": {"transit": {"keys": {"autounseal": {"type": "aes256-gcm96"}}}},
        "identity": {"groups": {"admins": {"type": "external", "policies": ["ci"], "aliases": [{"mount": "userpass", "name": "admins"}]}}},
    }


class Site:
    """``server``: a bao_server; ``wire``: what stands before it, or None; ``folder``: inventory, store, playbooks and outputs."""

    def __init__(self, server, folder: pathlib.Path, wire=None):
        self.server, self.folder, self.wire, self.count = server, folder, wire, 0
        self.store_file = folder / "bootstrap/store.vault"
        self.store_file.parent.mkdir(parents=True, mode=0o700)
        self.passphrase = folder / "passphrase"
        self.passphrase.write_text(secrets.token_hex(16), "utf-8")
        self.passphrase.chmod(0o600)

    @property
    def url(self) -> str:
        return self.wire.url if self.wire else self.server.addr

    @property
    def ca_file(self) -> str:
        return self.wire.ca_file if self.wire else self.server.ca_file

    @property
    def store(self) -> dict:
        return {"path": str(self.store_file), "passphrase_file": str(self.passphrase)}

    def init(self, **options) -> dict:
        """The task that initialises and unseals."""
        return {"name": "Initialise and unseal", "unifiedmeta.platform.vault_init": {
            "servers": [{"url": self.url}], "ca_file": self.ca_file, "store": self.store, "shares": 3, "threshold": 2, **options}}

    def configure(self, **options) -> dict:
        """The task that brings the desired state."""
        return {"name": "Configure", "register": "result", "unifiedmeta.platform.vault_config": {
            "url": self.url, "ca_file": self.ca_file, "scope": "chaos", "config": "{{ desired }}",
            "login": [{"method": "bootstrap", "store": self.store}], **options}}

    @staticmethod
    def environment() -> dict:
        """What ansible-playbook needs in order to find this collection and this interpreter."""
        return {"ANSIBLE_CONFIG": str(ROOT / "ansible.cfg"), "ANSIBLE_COLLECTIONS_PATH": str(ROOT / ".collections"),
                "ANSIBLE_PYTHON_INTERPRETER": sys.executable}

    def start(self, tasks: list, desired: dict | None = None, env: dict | None = None, arguments=()) -> Run:
        """Starts ansible-playbook with one play of these tasks."""
        self.count += 1
        folder = self.folder / f"run{self.count}"
        folder.mkdir()
        (folder / "vars.json").write_text(json.dumps({"desired": config() if desired is None else desired}), "utf-8")
        (folder / "play.json").write_text(json.dumps([{
            "name": "Site", "hosts": "localhost", "connection": "local", "gather_facts": False, "vars_files": ["vars.json"], "tasks": tasks}]), "utf-8")
        return Run([pathlib.Path(sys.executable).with_name("ansible-playbook"), "-i", "localhost,", *arguments, folder / "play.json"], folder,
                   env={**self.environment(), **(env or {})}, cwd=folder)

    def play(self, *tasks, **options) -> Result:
        """Runs the tasks (by default the whole site) to their end."""
        return self.start(list(tasks) or [self.init(), self.configure()], **options).wait()

    def read_store(self) -> dict:
        """What the bootstrap store holds of this Vault."""
        store = Store(str(self.store_file), self.passphrase.read_text("utf-8"))
        return store.read()["vaults"].get("openbao", {}) if self.store_file.exists() else {}

    def operator(self):
        """The server, with the keys and token that the store holds: for looking at it past our own modules."""
        answer = self.read_store().get("answer") or {}
        self.server.root_token, self.server.unseal_keys = answer.get("root_token"), list(answer.get("keys") or [])
        return self.server


def recap(result: Result) -> dict[str, int]:
    """The numbers of the last line of a play, such as {"ok": 2, "changed": 0, "failed": 0}."""
    line = re.findall(r"^localhost\s+: (.*)$", result.stdout, re.MULTILINE)
    return {name: int(value) for name, value in re.findall(r"(\w+)=(\d+)", line[-1])} if line else {}


def fault(result: Result) -> str:
    """What a failed run told a person: the text of its failed task."""
    assert result.rc != 0, result.stdout
    return " ".join(result.stdout.split("[ERROR]")[-1].split()) if "[ERROR]" in result.stdout else result.stdout


@contextlib.contextmanager
def killed_at(run: Run, wire, condition, stage: str, delay: float = 0.0):
    """SIGKILL to the run when the first request that meets ``condition(event)`` reaches the ``stage`` of the wire, ``delay`` seconds
    later. Delay 0 kills before the proxy goes on: at «done», the client never sees the answer."""
    fired = []

    def watch(event, now):
        if now == stage and not fired and condition(event):
            fired.append(event)
            if delay:
                run.kill_after(delay)
            else:
                run.kill()

    wire.watch = watch
    try:
        yield fired
    finally:
        wire.watch = None

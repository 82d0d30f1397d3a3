# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Runs of keycloak_config against a real Keycloak, in this process: what the module does between its arguments and its exit."""

from __future__ import annotations

import dataclasses
import pathlib
import time
import typing as t

from ansible_collections.unifiedmeta.platform.plugins.module_utils._keycloak import reconcile
from ansible_collections.unifiedmeta.platform.plugins.module_utils._keycloak import session as sessions
from ansible_collections.unifiedmeta.platform.plugins.module_utils._vault import session as vaults
from ansible_collections.unifiedmeta.platform.plugins.module_utils._vault_store import VaultStore

OWN = {"config": {}, "scope": "default", "site": None, "prune": "none", "max_deletes": 10, "adopt": False, "plan_file": None, "concurrency": 16}


@dataclasses.dataclass
class Runs:
    """Runs against one Keycloak and one Vault; ``options`` are given to each."""

    keycloak: t.Any
    vault: t.Any
    options: dict = dataclasses.field(default_factory=dict)

    @classmethod
    def apart(cls, keycloak: t.Any, vault: t.Any, folder: pathlib.Path, name: str = "t", wire: t.Any = None) -> Runs:
        """With a scope of the test whose ``folder`` this is, and ``realm``, which isn't there yet; through the ``wire``, if there is one."""
        through = {"url": wire.url, "ca_file": wire.ca_file} if wire else {}
        made = cls(keycloak, vault, {"scope": folder.name.replace("_", "-"), **through})
        made.wire, made.realm = wire, keycloak.realm(name)
        return made

    def __call__(self, config: dict, check: bool = False, **more) -> dict:
        """The module's result; ``register`` gathers secrets in ``seen``."""
        self.seen: set[str] = set()
        own = {"url": self.keycloak.url, "username": self.keycloak.username, "password": self.keycloak.password, "ca_file": self.keycloak.ca_file}
        params = {**{name: option.get("default") for name, option in sessions.SPEC.items()}, **OWN, **own, "config": config, **self.options, **more}
        vault = {"url": self.vault.addr, "ca_file": self.vault.ca_file, "token": self.vault.root_token}
        vault = {**{name: option.get("default") for name, option in vaults.SPEC.items()}, **vault}
        with VaultStore(vault, self.seen.add, check) as store, sessions.Session(params, store, check) as session:
            return reconcile.Reconciler(session.keycloak, store, params).run(reconcile.declared(params), check)

    def twice(self, config: dict, **more) -> dict:
        """Check, run, run again: check told what the run did, and the second run wrote nothing, by Keycloak's own admin events. The first's result."""
        predicted = self(config, True, **more)
        first = self(config, **more)
        assert predicted["plan"] == first["plan"] and predicted["diff"] == first["diff"]
        realms = list(config["realms"])
        before = [self.keycloak.events(realm) for realm in realms]
        self.again = self(config, **more)
        assert self.again["plan"] == [] and not self.again["changed"], self.again["diff"]
        assert self.again["stats"]["writes"] == 0 and [self.keycloak.events(realm) for realm in realms] == before
        return first


def put_secret(server: t.Any, path: str, **data: str) -> None:
    """A secret in Vault, at ``platform/<path>``."""
    if "platform/" not in server.call("GET", "sys/mounts"):
        server.call("POST", "sys/mounts/platform", {"type": "kv", "options": {"version": "2"}})
    for _attempt in range(100):
        answer = server.request("POST", f"platform/data/{path}", {"data": data})
        if "Upgrading" not in answer.text:
            break
        time.sleep(0.05)
    assert answer.ok, answer.text


def changes(result: dict) -> list[str]:
    """«action kind name» of each change."""
    return [f"{entry['action']} {entry['kind']} {entry['name']}" for entry in result["plan"]]

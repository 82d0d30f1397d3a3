# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
"""vault_init without ansible-playbook around it, for tests that call it many times; and a bootstrap store to go with it."""
from __future__ import annotations

import pathlib
import subprocess

from ansible_collections.unifiedmeta.platform.plugins.module_utils._bootstrap import Store
from ansible_collections.unifiedmeta.platform.plugins.module_utils._vault import init_main
from tests.support.returned import documented

PASSPHRASE = "correct horse battery staple"
DEFAULTS = {
    "name": "openbao", "kubeconfig": None, "ca_file": None, "validate_certs": True, "timeout": 30.0, "wait": 30.0, "seal": None, "shares": 1,
    "threshold": 1, "pgp_keys": [], "root_token_pgp_key": None, "unseal_keys": [], "unseal": True, "join": True, "rekey": False, "token": None,
    "root_token": "keep", "reinitialise_empty": False, "audit_log": None, "reset_command": [], "assume": [], "successor": None, "foreign": False,
}


class Site:
    """One Vault (``server``, a bao_server) with a bootstrap store in ``folder``."""

    def __init__(self, server, folder: pathlib.Path):
        self.server, self.path = server, folder / "bootstrap" / "store.vault"
        self.warnings: list = []

    @property
    def store(self) -> dict:
        return {"path": str(self.path), "passphrase": PASSPHRASE, "encrypt": True, "content": None, "wait": 5.0}

    def params(self, **options) -> dict:
        """All options of the module, as AnsibleModule fills them in."""
        servers = [{"url": node.addr, "name": None, "join_address": None, "pod": None} for node in self.server.nodes]
        return {**DEFAULTS, "servers": servers, "ca_file": self.server.ca_file, "store": self.store, **options}

    def init(self, check=False, **options) -> dict:
        """The module's result. Raises init_main.Failed."""
        self.warnings.clear()
        return documented("vault_init", init_main.run(self.params(**options), check, _command, self.warnings.append))

    def refused(self, **options) -> str:
        """The module's message, where it must fail; nothing may have been changed."""
        try:
            made = self.init(**options)
        except init_main.Failed as failure:
            assert not documented("vault_init", {"failed": True, **failure.result}).get("changed"), failure.result
            return str(failure)
        raise AssertionError(f"it was not refused: {made}")

    def kept(self) -> dict:
        """This Vault's entry in the store."""
        return Store(str(self.path), PASSPHRASE).read()["vaults"].get("openbao") or {}

    def keep(self, entry: dict) -> None:
        """Puts another entry into the store."""
        store = Store(str(self.path), PASSPHRASE)
        data = store.read()
        data["vaults"]["openbao"] = entry
        store.write(data)


def _command(argv):
    done = subprocess.run(argv, capture_output=True, text=True, check=False)
    return done.returncode, done.stdout, done.stderr


def steps(result: dict) -> list:
    """The kinds of the plan's steps."""
    return [step["action"] for step in result["plan"]]

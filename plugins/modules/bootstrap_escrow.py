#!/usr/bin/python
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
from __future__ import annotations

DOCUMENTATION = r"""
---
module: bootstrap_escrow
short_description: Copy secrets between the bootstrap store and Vault
version_added: 0.1.0
description:
  - Copies the named secrets of the site's bootstrap store into Vault, so that the loss of the file is no loss of them.
  - Unseal shares and root tokens are never copied. What opens a Vault must not lie in it.
  - Keeps chosen secrets of Vault in the store, such as the password of the person who logs in when nothing else works.
author:
  - UnifiedMeta Platform Engineering (@unifiedmeta)
extends_documentation_fragment:
  - unifiedmeta.platform.vault
  - unifiedmeta.platform.bootstrap_store
attributes:
  check_mode:
    support: full
    description: The plan is the one that a run carries out.
  diff_mode:
    support: full
    description: Values are masked.
  action:
    support: full
    description: A part runs on the controller; it fetches the passphrase of the bootstrap store.
options:
  path:
    description: Mount and folder in Vault (KV version 2) for the copies. The secret C(rke2/token) lies in C(<path>/rke2/token), key C(value).
    type: str
    default: platform/bootstrap
  keep:
    description: Secrets of Vault to keep in the store, by their name in the store, each as C(vault:<mount>/<path>#<key>).
    type: dict
    default: {}
"""

EXAMPLES = r"""
- name: Copy what was born before Vault
  unifiedmeta.platform.bootstrap_escrow:
    url: https://vault.example.com:8200
    login:
      - method: kubernetes
        role: platform-automation
        namespace: platform-system
        service_account: platform-automation
    store:
      path: /var/lib/site/bootstrap/store.vault
    keep:
      openbao/admin-password: vault:platform/openbao/admin#password
"""

RETURN = r"""
plan:
  description: What is copied where, and why, at most 200 copies; C(plan_file) holds all.
  type: list
  elements: dict
  returned: success
  sample: [{action: create, kind: copy in Vault, name: bootstrap/rke2/token, fields: [value], reason: Vault has no copy}]
plan_file:
  description: File with the whole plan.
  returned: when the plan is large
  type: str
plan_size:
  description: Number of changes.
  returned: with plan_file
  type: int
foreseen:
  description: False where check mode could not look, since the service account that logs in is yet to be made. A warning says so.
  returned: in check mode, when it could not look
  type: bool
stats:
  description: Number of requests and the time they took.
  type: dict
  returned: always, once the server was asked
"""

import contextlib
import typing as t

from ansible.module_utils.basic import env_fallback

from ansible_collections.unifiedmeta.platform.plugins.module_utils import _bootstrap, _bootstrap_escrow, _http, _module, _plan, _reconcile, _secrets
from ansible_collections.unifiedmeta.platform.plugins.module_utils._vault import session
from ansible_collections.unifiedmeta.platform.plugins.module_utils._vault.api import Vault


class Escrow:
    """``vault``: the client; ``store``; ``path`` of the copies; ``keep``: references by name; ``check``: nothing is written."""

    def __init__(self, vault: Vault, store: _bootstrap.Store, path: str, keep: dict[str, str], check: bool):
        self.vault, self.store, self.keep, self.check = vault, store, keep, check
        self.mount, _slash, self.folder = path.strip("/").partition("/")
        self.copies: dict[str, _bootstrap_escrow.Copy] = {}
        self.values: dict[str, str | None] = {}

    def run(self, register: t.Callable[[str], t.Any]) -> dict[str, t.Any]:
        """The module's result. Raises ApiError, StoreError or SecretError; what was copied until then is found by the next run."""
        data = self.store.read()
        # A Vault that isn't there yet, in check mode, is an empty one.
        empty = self.check and not self.vault.find_active().get("initialized")
        own = [name for name in data["secrets"] if name not in self.keep]
        read = (lambda name: _bootstrap_escrow.Copy(f"{self.folder}/{name}", None, 0)) if empty else self._copy
        self.copies = dict(zip(own, self.vault.http.map(read, own)))
        self.values = {name: None if empty else self._value(reference) for name, reference in self.keep.items()}
        for value in filter(None, self.values.values()):
            register(value)
        changes = _bootstrap_escrow.plan(data["secrets"], self.copies, self.values)
        if not self.check:
            self._apply(changes, data)
        return _plan.result(changes, self.vault.http.stats.as_dict())

    def _copy(self, name: str) -> _bootstrap_escrow.Copy:
        found, version = self.vault.secret(self.mount, f"{self.folder}/{name}")
        return _bootstrap_escrow.Copy(f"{self.folder}/{name}", (found or {}).get("value"), version)

    def _value(self, text: str) -> str | None:
        """What Vault has; None in check mode where a run will have made it."""
        reference = _secrets.parse(text)
        mount, _slash, path = reference.path.partition("/")
        found, _version = self.vault.secret(mount, path)
        if reference.key in (found or {}):
            return str(found[reference.key])
        if self.check:
            return None
        raise _secrets.SecretError(f"keep: {text}: the secret has no such key; declare it, or write it first")

    def _apply(self, changes: list[_plan.Change], data: dict[str, t.Any]) -> None:
        by_path = {copy.path: (name, copy) for name, copy in self.copies.items()}
        for change in changes:
            if change.kind == "copy in Vault":
                name, copy = by_path[change.name]
                self.vault.put_secret(self.mount, copy.path, {"value": data["secrets"][name]["value"]}, copy.version)
            else:
                data["secrets"][change.name] = _bootstrap_escrow.entry(self.values[change.name] or "")
        if any(change.kind == "bootstrap secret" for change in changes):
            self.store.write(data)


SPEC = session.spec(env_fallback, store={"type": "dict", "required": True, "options": _bootstrap.STORE_SPEC},
                    path={"type": "str", "default": "platform/bootstrap"}, keep={"type": "dict", "default": {}})


def work(module: _module.Module) -> dict[str, t.Any]:
    """Check, log in, copy, log out."""
    store = _bootstrap.Store.of(module.params["store"])
    faults = _bootstrap_escrow.faults(module.params["path"], module.params["keep"]) + store.faults()
    if faults:
        raise _plan.Refused("", faults)
    with session.Session(module.params, module.register, module.check_mode) as connection:
        module.stats = connection.vault.http.stats.as_dict
        escrow = Escrow(connection.vault, store, module.params["path"], module.params["keep"], module.check_mode)
        with contextlib.nullcontext() if module.check_mode else store.locked():
            return escrow.run(connection.register)


def main() -> t.NoReturn:
    _module.run(SPEC, work, (_bootstrap.StoreError, *_reconcile.EXPECTED), libraries=[("requests", _http.REQUESTS_IMPORT_ERROR)])


if __name__ == "__main__":
    main()

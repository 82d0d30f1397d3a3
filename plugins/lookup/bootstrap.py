# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Lookup: named secrets of the bootstrap store, made when they are missing."""

from __future__ import annotations

DOCUMENTATION = r"""
name: bootstrap
author:
  - UnifiedMeta Platform Engineering (@unifiedmeta)
short_description: A secret of the bootstrap store, made when it is missing
version_added: 0.1.0
description:
  - Gets named secrets out of the site's bootstrap store. A missing one is made from the system's random source, stored and synced to the disk
    before it is returned, so that two runs, or a run that was ended, never use two different values.
  - In check mode nothing is stored; a missing secret is returned as a value that no run will use.
  - Use it in the arguments of a task under C(no_log), or of a module that keeps the option secret.
options:
  _terms:
    description: Names, such as C(rke2/token).
    required: true
    type: list
    elements: str
  store:
    description:
      - The store, as in M(unifiedmeta.platform.vault_init), without the passphrase, which comes from C(passphrase_file) or C(ansible-playbook).
    type: dict
    required: true
    vars:
      - name: bootstrap_store
  generate:
    description: How a missing one is made, a length or a map with C(kind), as in the catalogue. The kinds C(rsa) and C(ed25519) give the private key.
    type: raw
    default: 32
  create:
    description: Whether a missing one is made. Otherwise it is an error.
    type: bool
    default: true
"""

EXAMPLES = r"""
- name: Put the cluster's token in place
  ansible.builtin.copy:
    dest: /etc/rancher/rke2/token
    mode: "0600"
    content: "{{ lookup('unifiedmeta.platform.bootstrap', 'rke2/token', generate={'kind': 'hex', 'length': 64}) }}"
  no_log: true
"""

RETURN = r"""
_raw:
  description: The secrets, in the order of the names.
  type: list
  elements: str
"""

import re
import time

from ansible.errors import AnsibleError
from ansible.plugins.lookup import LookupBase

from ansible_collections.unifiedmeta.platform.plugins.module_utils import _secrets
from ansible_collections.unifiedmeta.platform.plugins.module_utils._bootstrap import Store, StoreError
from ansible_collections.unifiedmeta.platform.plugins.plugin_utils import _passphrase

_NAME = re.compile(r"[a-z0-9][a-z0-9._-]*(/[a-z0-9][a-z0-9._-]*)*")


class LookupModule(LookupBase):
    """Names in, values out."""

    def run(self, terms, variables=None, **kwargs):
        self.set_options(var_options=variables, direct=kwargs)
        faults = [f"{name!r} is no name of a secret; write it like rke2/token" for name in terms if not _NAME.fullmatch(str(name))]
        try:
            generator = _secrets.generator(self.get_option("generate"))
        except _secrets.SecretError as error:
            faults.append(str(error))
        if faults:
            raise AnsibleError("lookup bootstrap: " + "; ".join(faults))
        # Options that come from variables arrive as they were written, templates and all.
        options = self._templar.template(self.get_option("store"))
        store = Store.of(_passphrase.complete(options, self._loader))
        check = bool((variables or {}).get("ansible_check_mode"))
        try:
            data = store.read()
            if all(name in data["secrets"] for name in terms):
                return [data["secrets"][name]["value"] for name in terms]
            if not self.get_option("create"):
                missing = [name for name in terms if name not in data["secrets"]]
                raise AnsibleError(f"lookup bootstrap: {store.where} has no {', '.join(missing)}, and create is false")
            if check:
                return [(data["secrets"].get(name) or self._made(name, generator))["value"] for name in terms]
            with store.locked():
                return self._get(store, terms, generator)
        except StoreError as error:
            raise AnsibleError("lookup bootstrap: " + "; ".join(error.faults)) from error

    def _get(self, store, terms, generator):
        """Read again under the lock: another run may have made them meanwhile."""
        data = store.read()
        missing = [name for name in terms if name not in data["secrets"]]
        for name in missing:
            data["secrets"][name] = self._made(name, generator)
        if missing:
            store.write(data)
        return [data["secrets"][name]["value"] for name in terms]

    @staticmethod
    def _made(name, generator):
        value = _secrets.generate(name, {key: option for key, option in generator.items() if key != "public"})[name]
        return {"value": value, "created": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())}

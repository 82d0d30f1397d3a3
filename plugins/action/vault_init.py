# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The controller's part of vault_init: hands the store's passphrase to the module, and refuses where it would lie on a disk on its way."""

from __future__ import annotations

import typing as t

from ansible.errors import AnsibleActionFail
from ansible.plugins.action import ActionBase

from ansible_collections.unifiedmeta.platform.plugins.plugin_utils import _passphrase


class ActionModule(ActionBase):
    """Runs the module of the same name with ``store.passphrase`` set."""

    _requires_connection = True

    def run(self, tmp: t.Any = None, task_vars: dict | None = None) -> dict[str, t.Any]:
        super().run(tmp, task_vars)
        if self._task.async_val or not self._is_pipelining_enabled("new", False):
            raise AnsibleActionFail("vault_init: without pipelining its arguments, with the passphrase of the bootstrap store, would lie in a file on "
                                    f"{self._connection.transport} {task_vars.get('inventory_hostname', '')}; set «pipelining = True» in the section [defaults] "
                                    "of ansible.cfg, unset ANSIBLE_KEEP_REMOTE_FILES, and run it without async")
        arguments = dict(self._task.args)
        store = arguments.get("store")
        if isinstance(store, dict) and store.get("encrypt", True) not in (False, "false", "no"):
            arguments["store"] = {**store, "passphrase": _passphrase.find(self._loader, store.get("passphrase_file"))}
        return self._execute_module(module_args=arguments, task_vars=task_vars)

# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The controller's part of bootstrap_escrow: the passphrase of the store, for the store itself and for logins by it."""

from __future__ import annotations

import typing as t

from ansible.plugins.action import ActionBase

from ansible_collections.unifiedmeta.platform.plugins.plugin_utils import _passphrase


class ActionModule(ActionBase):
    """Runs the module of the same name with ``store.passphrase`` set wherever a store is named."""

    _requires_connection = True

    def run(self, tmp: t.Any = None, task_vars: dict | None = None) -> dict[str, t.Any]:
        super().run(tmp, task_vars)
        _passphrase.need_pipelining(self, task_vars)
        arguments = {**self._task.args, "store": _passphrase.complete(self._task.args.get("store"), self._loader)}
        arguments.update(_passphrase.complete_logins(self._task.args, self._loader))
        return self._execute_module(module_args=arguments, task_vars=task_vars)

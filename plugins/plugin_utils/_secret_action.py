# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The controller's part of every module that gets secrets: passphrases of bootstrap stores, and no argument in a file on its way."""

from __future__ import annotations

import typing as t

from ansible_collections.unifiedmeta.platform.plugins.plugin_utils import _passphrase
from ansible_collections.unifiedmeta.platform.plugins.plugin_utils._controller_action import ControllerAction


class SecretAction(ControllerAction):
    """Runs the module of the same name with ``store.passphrase`` set wherever a store is named; refuses where its arguments would lie on a disk."""

    _requires_connection = True

    def run(self, tmp: t.Any = None, task_vars: dict | None = None) -> dict[str, t.Any]:
        """The module's result. Raises AnsibleActionFail without pipelining, AnsibleError without a passphrase."""
        super().run(tmp, task_vars)
        _passphrase.need_pipelining(self, task_vars)
        arguments = {**self._task.args, **_passphrase.complete_logins(self._task.args, self._loader)}
        if "store" in arguments:
            arguments["store"] = _passphrase.complete(arguments["store"], self._loader)
        return self._execute_module(module_args=arguments, task_vars=task_vars)

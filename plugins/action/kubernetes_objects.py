# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The controller's part of kubernetes_objects: secret values may not lie on a disk on their way to the module."""

from __future__ import annotations

import typing as t

from ansible_collections.unifiedmeta.platform.plugins.plugin_utils import _passphrase
from ansible_collections.unifiedmeta.platform.plugins.plugin_utils._controller_action import ControllerAction


class ActionModule(ControllerAction):
    """Runs the module of the same name; with ``values`` only where its arguments are piped."""

    _requires_connection = True

    def run(self, tmp: t.Any = None, task_vars: dict | None = None) -> dict[str, t.Any]:
        super().run(tmp, task_vars)
        if self._task.args.get("values"):
            _passphrase.need_pipelining(self, task_vars)
        return self._execute_module(task_vars=task_vars)

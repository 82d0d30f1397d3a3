# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The module catalog: the plan is made once before anything else, so that its faults stand by themselves."""

from __future__ import annotations

import typing as t

from ansible import constants
from ansible.errors import AnsibleError
from ansible.plugins.action import ActionBase
from ansible.plugins.loader import lookup_loader
from ansible.utils.display import Display

from ansible_collections.unifiedmeta.platform.plugins.plugin_utils._catalog.faults import CatalogError

LOOKUP = "unifiedmeta.platform.catalog"
display = Display()


class ActionModule(ActionBase):
    """Runs on the controller alone. The faults are printed here, because a failed task's message is shown twice, on some callbacks in one line."""

    _requires_connection = False
    _supports_check_mode = True
    _supports_async = False

    def run(self, tmp: t.Any = None, task_vars: dict | None = None) -> dict[str, t.Any]:
        result = super().run(tmp, task_vars)
        self.validate_argument_spec({})
        try:
            plan = lookup_loader.get(LOOKUP, loader=self._loader, templar=self._templar).run([], variables=task_vars)[0]
        except AnsibleError as error:
            if not isinstance(error.__cause__, CatalogError):
                raise
            display.display(str(error.__cause__), color=constants.COLOR_ERROR)
            count = len(error.__cause__.faults)
            return {**result, "failed": True, "msg": f"{'One fault' if count == 1 else f'{count} faults'} in the catalogue or the inventory, told above."}
        return {**result, "changed": False, "components": plan["order"]}

# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Shows the progress lines of a module that runs long, as they come. Ansible itself is silent while a module runs."""
from __future__ import annotations

import os
import tempfile
import threading
import typing as t

from ansible.plugins.action import ActionBase
from ansible.utils.display import Display

display = Display()


class ProgressAction(ActionBase):
    """Runs the module of the same name and shows what it appends to the file of its option ``progress``."""

    _supports_check_mode = True
    INTERVAL = 0.3  # seconds between two looks at the file

    def run(self, tmp: str | None = None, task_vars: dict[str, t.Any] | None = None) -> dict[str, t.Any]:
        """Runs the module; returns its result."""
        result = super().run(tmp, task_vars)
        args = dict(self._task.args)
        # The file can only be watched where the module runs on this very machine.
        if args.get("progress") or not self._is_local():
            return {**result, **self._execute_module(module_args=args, task_vars=task_vars)}
        handle, path = tempfile.mkstemp(prefix="unifiedmeta-progress-")
        done = threading.Event()
        watcher = threading.Thread(target=self._watch, args=(handle, done), daemon=True)
        watcher.start()
        try:
            result.update(self._execute_module(module_args={**args, "progress": path}, task_vars=task_vars))
        finally:
            done.set()
            watcher.join()
            os.unlink(path)
        return result

    def _is_local(self) -> bool:
        return getattr(self._connection, "transport", "") == "local"

    def _watch(self, handle: int, done: threading.Event) -> None:
        with os.fdopen(handle, encoding="utf-8") as file:
            last = False
            while not last:
                last = done.wait(self.INTERVAL)
                for line in file.read().splitlines():
                    display.display(f"  {line}")

# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The controller's part of rke2_node: no secret in a file on its way, and the release's files brought to the node, as far as it lacks them."""

from __future__ import annotations

import os
import typing as t

from ansible.errors import AnsibleActionFail
from ansible.plugins.action import ActionBase

from ansible_collections.unifiedmeta.platform.plugins.plugin_utils import _passphrase


class ActionModule(ActionBase):
    """Asks the module what the node lacks, sends one file after the other and has each put in place before the next: a killed run goes on from there."""

    _requires_connection = True
    _supports_check_mode = True
    _supports_async = False

    def run(self, tmp: t.Any = None, task_vars: dict | None = None) -> dict[str, t.Any]:
        result = super().run(tmp, task_vars)
        arguments = {key: value for key, value in self._task.args.items() if key not in ("incoming", "sizes")}
        if arguments.get("state") == "staged":
            arguments["sizes"] = self._sizes(arguments)
        if arguments.get("secrets"):
            _passphrase.need_pipelining(self, task_vars)
        result.update(self._execute_module(module_args=arguments, task_vars=task_vars))
        if arguments.get("state") != "staged" or result.get("failed") or self._task.check_mode:
            return result
        whole = {**result, "actions": list(result.get("actions") or [])}
        for name in list(result.get("needed") or []):
            told = self._send(name, arguments, task_vars or {})
            if told.get("failed"):
                return told
            whole.update({"changed": True, "needed": told.get("needed"), "actions": whole["actions"] + told["actions"]})
        return whole

    def _send(self, name: str, arguments: dict[str, t.Any], task_vars: dict[str, t.Any]) -> dict[str, t.Any]:
        """Bring one file to the node and have it verified and put in place. Raises AnsibleActionFail where the controller hasn't got it."""
        node = arguments.get("node") or {}
        path = self._local(str(arguments.get("source") or ""), str(node.get("version")), name)
        shell = self._connection._shell  # pylint: disable=protected-access  # the way of all action plugins
        if not self._is_remote_tmp_made():
            self._make_tmp_path()
        remote = shell.join_path(shell.tmpdir, name)
        self._transfer_file(path, remote)
        self._fixup_perms2((shell.tmpdir, remote))
        return self._execute_module(module_args={**arguments, "incoming": {name: remote}}, task_vars=task_vars)

    def _is_remote_tmp_made(self) -> bool:
        return bool(self._connection._shell.tmpdir)  # pylint: disable=protected-access

    def _sizes(self, arguments: dict[str, t.Any]) -> dict[str, int]:
        """Sizes of the files that the controller has: the node refuses what doesn't fit before it is sent."""
        node = arguments.get("node") or {}
        places = {name: self._place(str(arguments.get("source") or ""), str(node.get("version")), name) for name in node.get("artifacts") or {}}
        return {name: os.path.getsize(place) for name, place in places.items() if place}

    def _local(self, source: str, version: str, name: str) -> str:
        """Where the controller has a file of a release. Raises AnsibleActionFail where it hasn't got it."""
        if not source:
            raise AnsibleActionFail(f"rke2_node: the node lacks {name}; give source, the folder that rke2_artifacts returns")
        found = self._place(source, version, name)
        if found is None:
            raise AnsibleActionFail(f"rke2_node: {name} of {version} is not in {source}; run rke2_artifacts with this version and architecture first")
        return found

    def _place(self, source: str, version: str, name: str) -> str | None:
        """Where a file lies: by version and architecture, or in one folder; None where it doesn't."""
        arch = name.split(".linux-")[-1].split(".")[0]
        places = [os.path.join(source, *parts, name) for parts in ((version, arch), (version,), ())] if source else []
        return next((place for place in places if os.path.isfile(place)), None)

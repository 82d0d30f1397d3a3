# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The module rke2_kubeconfig: read on a server, written on the controller. It holds a key, so it is in no result, no diff and no temporary file."""

from __future__ import annotations

import base64
import os
import typing as t

import yaml
from ansible.errors import AnsibleActionFail
from ansible.plugins.action import ActionBase

from ansible_collections.unifiedmeta.platform.plugins.module_utils._rke2 import kubeconfig
from ansible_collections.unifiedmeta.platform.plugins.plugin_utils._catalog.merge import plain

SPEC: dict[str, t.Any] = {
    "source": {"type": "str", "default": "/etc/rancher/rke2/rke2.yaml"}, "path": {"type": "path", "required": True},
    "server": {"type": "str", "required": True}, "name": {"type": "str", "required": True},
    "merge": {"type": "bool", "default": False}, "select": {"type": "bool", "default": False},
}


class ActionModule(ActionBase):
    """One read of a file on the server; the rest is the controller's."""

    _supports_check_mode = True
    _supports_async = False

    def run(self, tmp: t.Any = None, task_vars: dict | None = None) -> dict[str, t.Any]:
        result = super().run(tmp, task_vars)
        args = plain(dict(self.validate_argument_spec(SPEC)[1]))
        read = self._execute_module(module_name="ansible.builtin.slurp", module_args={"src": args["source"]}, task_vars=task_vars)
        if read.get("failed"):
            if self._task.check_mode:
                return {**result, "changed": True, "msg": "RKE2 doesn't run there yet; its kubeconfig will be fetched once it does"}
            return {**result, "failed": True, "msg": f"{args['source']} can't be read on the server: {read.get('msg', 'no answer')}; is RKE2 running there?"}
        path = os.path.expanduser(args["path"])
        try:
            ours = kubeconfig.named(yaml.safe_load(base64.b64decode(read["content"])), args["name"], args["server"])
        except (ValueError, yaml.YAMLError) as error:
            raise AnsibleActionFail(f"rke2_kubeconfig: {args['source']} is no kubeconfig: {error}") from error
        text = yaml.safe_dump(kubeconfig.merged(_existing(path), ours, args["select"]) if args["merge"] else ours, sort_keys=False)
        changed = _text(path) != text or _mode(path) != 0o600
        if changed and not self._task.check_mode:
            _write(path, text)
        return {**result, "changed": changed, "path": path, "context": args["name"]}


def _existing(path: str) -> t.Any:
    text = _text(path)
    try:
        found = yaml.safe_load(text) if text else None
        kubeconfig.merged(found, {part: [] for part in kubeconfig.LISTS} | {"current-context": "x"})
    except (ValueError, TypeError, yaml.YAMLError) as error:
        raise AnsibleActionFail(f"rke2_kubeconfig: {path} is no kubeconfig, so nothing is merged into it; move it away or give another path") from error
    return found


def _text(path: str) -> str | None:
    try:
        with open(path, encoding="utf-8") as file:
            return file.read()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise AnsibleActionFail(f"rke2_kubeconfig: {path} can't be read: {error.strerror}") from error


def _mode(path: str) -> int | None:
    return os.stat(path).st_mode & 0o777 if os.path.exists(path) else None


def _write(path: str, text: str) -> None:
    """Whole or not at all, and never readable for others."""
    new = f"{path}.new"
    try:
        os.makedirs(os.path.dirname(os.path.abspath(path)), mode=0o700, exist_ok=True)
        handle = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        os.fchmod(handle, 0o600)
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        os.replace(new, path)
    except OSError as error:
        raise AnsibleActionFail(f"rke2_kubeconfig: {path} can't be written: {error.strerror}") from error

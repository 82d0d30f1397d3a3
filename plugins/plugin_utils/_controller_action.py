# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Modules that run on the controller itself are run from where they lie, instead of being packed, sent and compiled once more each time.

Ansible packs a module with every file that it imports (a reconciler: seventy), and Python compiles them all again from that archive: half a second a task
on the controller, where the very same files lie on the disk with their bytecode. See docs/adr/0030.
"""

from __future__ import annotations

import json
import os
import sys
import typing as t

from ansible import constants
from ansible.executor import module_common
from ansible.plugins.action import ActionBase

try:
    from ansible.module_utils.common.json import Direction, get_module_encoder
except ImportError:  # ansible-core before 2.19
    from ansible.module_utils.common.json import AnsibleJSONEncoder

    ENCODER: dict[str, t.Any] = {"cls": AnsibleJSONEncoder, "vault_to_text": True}
else:
    ENCODER = {"cls": get_module_encoder("legacy", Direction.CONTROLLER_TO_MODULE)}

COLLECTION = "ansible_collections.unifiedmeta.platform"
# What the interpreter reads from its standard input: the arguments are in no file and no command line.
SCRIPT = """\
import runpy, sys
sys.path[:] = {path!r}
from ansible.module_utils import basic
basic._ANSIBLE_ARGS = {arguments!r}
basic._ANSIBLE_PROFILE = "legacy"
runpy.run_module({name!r}, init_globals={{"_module_fqn": {name!r}, "_modlib_path": {root!r}}}, run_name="__main__", alter_sys=True)
"""


class ControllerAction(ActionBase):
    """An action whose module of the same name is run in place where it would be run by this very interpreter, as this very user, on this very machine; it is
    packed as any other in all other cases."""

    def _configure_module(self, module_name: str, module_args: dict[str, t.Any], task_vars: dict[str, t.Any]) -> t.Any:
        if not self._at_home(task_vars):
            return super()._configure_module(module_name, module_args, task_vars)
        root, name = _root(), f"{COLLECTION}.plugins.modules.{type(self).__module__.rpartition('.')[2]}"
        arguments = json.dumps({"ANSIBLE_MODULE_ARGS": module_args}, **ENCODER).encode("utf-8", "surrogateescape")
        script = SCRIPT.format(path=[root, *(part for part in sys.path if part)], arguments=arguments, name=name, root=root)
        return _built(script.encode(), os.path.join(root, *name.split(".")) + ".py")

    def _at_home(self, task_vars: dict[str, t.Any]) -> bool:
        """Would it be run by this interpreter, as this user, with its arguments piped?"""
        host = self._task.delegate_to
        known = (task_vars.get("ansible_delegated_vars") or {}).get(host, {}) if host else task_vars
        interpreter = self._templar.template(constants.config.get_config_value("INTERPRETER_PYTHON", variables=known))
        return (self._connection.transport == "local" and not self._connection.become and not self._task.async_val
                and self._is_pipelining_enabled("new", False) and _same(interpreter, sys.executable))


def _same(one: t.Any, other: str) -> bool:
    """Are both names of one interpreter in one environment? A link to an interpreter stands in the environment's own folder, so that alone says nothing."""
    return isinstance(one, str) and _place(one) == _place(other)


def _place(path: str) -> tuple[str, str]:
    return os.path.realpath(os.path.dirname(path)), os.path.realpath(path)


def _root() -> str:
    """The folder that holds ``ansible_collections``, by the way that Ansible found this file."""
    root = os.path.abspath(__file__)
    for _part in range(6):
        root = os.path.dirname(root)
    return root


def _built(script: bytes, path: str) -> t.Any:
    """What ``_configure_module`` gives: a tuple of four before ansible-core 2.19, a named record and the module's path since."""
    shebang, record = f"#!{sys.executable}", getattr(module_common, "_BuiltModule", None)
    if record is None:
        return "new", shebang, script, path
    return record(b_module_data=script, module_style="new", shebang=shebang, serialization_profile="legacy"), path

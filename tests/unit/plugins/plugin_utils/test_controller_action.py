# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Where a module is run in place and where it is packed. Run by ansible-playbook itself: tests/unit/plugins/action/test_vault_config.py."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import types

import pytest
from ansible.plugins.action import ActionBase

from ansible_collections.unifiedmeta.platform.plugins.action import kubernetes_objects, vault_config
from ansible_collections.unifiedmeta.platform.plugins.plugin_utils import _controller_action
from ansible_collections.unifiedmeta.platform.plugins.plugin_utils._controller_action import ControllerAction

HERE = {"ansible_python_interpreter": sys.executable}


@pytest.fixture
def action(monkeypatch):
    """A task of vault_config on the controller; a packed module is the text «packed»."""
    made = vault_config.ActionModule.__new__(vault_config.ActionModule)
    made._task = types.SimpleNamespace(delegate_to=None, async_val=0)
    made._connection = types.SimpleNamespace(transport="local", become=None)
    made._templar = types.SimpleNamespace(template=lambda value: value)
    monkeypatch.setattr(ControllerAction, "_is_pipelining_enabled", lambda self, style, wrap: True)
    monkeypatch.setattr(ActionBase, "_configure_module", lambda self, name, arguments, variables: "packed")
    return made


def configured(action, variables, **arguments):
    """Script and path of the module, or «packed»."""
    made = action._configure_module("unifiedmeta.platform.vault_config", arguments, variables)
    if made == "packed":
        return made
    return (made[2], made[3]) if len(made) == 4 else (made[0].b_module_data, made[1])


def test_here_it_is_run_where_it_lies(action):
    script, path = configured(action, HERE)
    assert path.endswith("ansible_collections/unifiedmeta/platform/plugins/modules/vault_config.py") and os.path.isfile(path) and b"vault_config" in script


def test_the_script_runs_the_module_with_its_arguments(action):
    """Quotes, line breaks and other letters arrive; what the module answers is its own refusal."""
    script, _path = configured(action, HERE, url="https://127.0.0.1:9", scope="s", config={"mo\"un'ts\n한글": {}}, token="s.0123456789")
    done = subprocess.run([sys.executable], input=script, capture_output=True, check=False, timeout=60)
    result = json.loads(done.stdout)
    assert result["failed"] and "mo\"un'ts\n한글" in result["msg"], done.stderr


@pytest.mark.parametrize("name", ["python", "python3"])
def test_other_names_of_this_interpreter_are_this_interpreter(action, name):
    other = os.path.join(os.path.dirname(sys.executable), name)
    assert os.path.realpath(other) == os.path.realpath(sys.executable)
    assert configured(action, {"ansible_python_interpreter": other}) != "packed"


def test_a_link_elsewhere_is_another_environment(action, tmp_path):
    (tmp_path / "python").symlink_to(os.path.realpath(sys.executable))
    assert configured(action, {"ansible_python_interpreter": str(tmp_path / "python")}) == "packed"


@pytest.mark.parametrize("interpreter", ["auto", "auto_silent", "/usr/bin/nothing", None])
def test_an_interpreter_that_is_looked_for_is_another_one(action, interpreter):
    assert configured(action, {"ansible_python_interpreter": interpreter}) == "packed"


def test_without_the_variable_the_setting_counts(action, monkeypatch):
    monkeypatch.setattr(_controller_action.constants.config, "get_config_value", lambda name, variables: sys.executable)
    assert configured(action, {}) != "packed"


@pytest.mark.parametrize(("part", "name", "value"), [("_connection", "transport", "ssh"), ("_connection", "become", object()), ("_task", "async_val", 10)])
def test_elsewhere_as_somebody_else_or_in_the_background_it_is_packed(action, part, name, value):
    setattr(getattr(action, part), name, value)
    assert configured(action, HERE) == "packed"


def test_without_pipelining_it_is_packed(action, monkeypatch):
    monkeypatch.setattr(ControllerAction, "_is_pipelining_enabled", lambda self, style, wrap: False)
    assert configured(action, HERE) == "packed"


def test_delegated_the_other_hosts_variables_count(action):
    action._task.delegate_to = "other"
    assert configured(action, {**HERE, "ansible_delegated_vars": {"other": {"ansible_python_interpreter": "/usr/bin/nothing"}}}) == "packed"
    assert configured(action, {"ansible_delegated_vars": {"other": HERE}}) != "packed"


@pytest.mark.parametrize("plugin", [kubernetes_objects, vault_config])
def test_who_has_it(plugin):
    assert issubclass(plugin.ActionModule, ControllerAction)

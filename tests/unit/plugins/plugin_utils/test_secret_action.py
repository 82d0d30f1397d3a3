# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What modules with secrets share on the controller. Run by ansible-playbook itself: tests/unit/plugins/action."""

from __future__ import annotations

import types

import pytest
from ansible.errors import AnsibleActionFail

from ansible_collections.unifiedmeta.platform.plugins.action import bootstrap_escrow, vault_config, vault_init
from ansible_collections.unifiedmeta.platform.plugins.plugin_utils._secret_action import SecretAction

STORE = {"path": "/a"}


def run(arguments, monkeypatch, pipelining=True):
    """The arguments that the module would get."""
    action = SecretAction.__new__(SecretAction)
    secret = types.SimpleNamespace(bytes=b"one")
    action._task = types.SimpleNamespace(args=arguments, async_val=0, action="unifiedmeta.platform.keycloak_config")
    action._loader = types.SimpleNamespace(_vault=types.SimpleNamespace(secrets=[("default", secret)]))
    monkeypatch.setattr(SecretAction.__mro__[1], "run", lambda self, tmp, task_vars: {})
    monkeypatch.setattr(SecretAction, "_is_pipelining_enabled", lambda self, style, wrap: pipelining, raising=False)
    monkeypatch.setattr(SecretAction, "_execute_module", lambda self, module_args, task_vars: module_args)
    return action.run(None, {})


def test_every_store_gets_its_passphrase(monkeypatch):
    full = {**STORE, "passphrase": "one"}
    way = {"method": "bootstrap", "store": STORE}
    made = run({"store": STORE, "login": [way], "vault": {"login": [way]}, "config": {}}, monkeypatch)
    done = {"method": "bootstrap", "store": full}
    assert made == {"store": full, "login": [done], "vault": {"login": [done]}, "config": {}}


def test_what_names_no_store_stays_as_it_is(monkeypatch):
    assert run({"config": {}}, monkeypatch) == {"config": {}}


def test_without_pipelining_it_refuses(monkeypatch):
    with pytest.raises(AnsibleActionFail, match="keycloak_config: without pipelining"):
        run({"config": {}}, monkeypatch, pipelining=False)


@pytest.mark.parametrize("plugin", [bootstrap_escrow, vault_config, vault_init])
def test_who_has_it(plugin):
    assert issubclass(plugin.ActionModule, SecretAction)

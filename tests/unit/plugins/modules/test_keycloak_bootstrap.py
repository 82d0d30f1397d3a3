# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
"""keycloak_bootstrap as a process: its options and refusals. On a real server: tests/lab/test_identity.py."""

from __future__ import annotations

import json

import pytest
import yaml

from ansible_collections.unifiedmeta.platform.plugins.doc_fragments.keycloak import ModuleDocFragment
from ansible_collections.unifiedmeta.platform.plugins.module_utils._keycloak import session
from ansible_collections.unifiedmeta.platform.plugins.modules import keycloak_bootstrap

NOWHERE = "https://127.0.0.1:9"
VAULT = {"url": NOWHERE, "token": "t" * 12}
HEIR = {"method": "client_credentials", "client_id": "robot", "client_secret": "c" * 12}
PERSON = {"method": "password", "username": "kim", "password": "p" * 12}
OWN = {"name", "secret", "realm", "heirs"}


def test_every_option_of_its_own_is_documented():
    documented = {**yaml.safe_load(keycloak_bootstrap.DOCUMENTATION)["options"], **yaml.safe_load(ModuleDocFragment.HEIRS)["options"]}
    assert set(documented) == OWN and set(keycloak_bootstrap.SPEC) == {*OWN, *session.SPEC, "vault"}
    for name in OWN:
        option = keycloak_bootstrap.SPEC[name]
        assert (documented[name]["type"], documented[name].get("default"), documented[name].get("required", False)) == (
            option["type"], option.get("default"), option.get("required", False)), name
    ways = documented["heirs"]["suboptions"]
    for name, option in keycloak_bootstrap.SPEC["heirs"]["options"].items():
        assert (ways[name]["type"], ways[name].get("choices"), ways[name].get("default")) == (option["type"], option.get("choices"), option.get("default"))


def test_examples_are_tasks_of_this_module():
    for task in yaml.safe_load(keycloak_bootstrap.EXAMPLES):
        assert set(task.pop("unifiedmeta.platform.keycloak_bootstrap")) <= set(keycloak_bootstrap.SPEC) and set(task) == {"name"}


@pytest.mark.parametrize(("arguments", "said"), [
    ({"heirs": [HEIR]}, "missing required arguments: name"),
    ({"name": "x"}, "missing required arguments: heirs"),
    ({"name": "x", "heirs": [{"method": "ldap"}]}, "value of method must be one of: password, client_credentials"),
    ({"name": "x", "heirs": [HEIR], "force": True}, "Unsupported parameters"),
])
def test_options_that_ansible_refuses(module, arguments, said):
    result = module("keycloak_bootstrap", arguments)
    assert result["failed"] and said in result["msg"]


def test_every_way_in_needs_its_values_in_check_mode_too(module):
    for check in (False, True):
        given = {"url": NOWHERE, "vault": VAULT, "name": "x", "heirs": [{"method": "client_credentials", "client_id": "robot"}, {**PERSON, "username": "X"}]}
        result = module("keycloak_bootstrap", given, check=check)
        assert result["failed"] and not result["changed"]
        for said in ("login: no way in is given", "heirs[0].client_secret: is missing", "heirs: X is the account that is to go"):
            assert said in result["msg"]


def test_a_vault_that_does_not_answer(module):
    result = module("keycloak_bootstrap", {"url": NOWHERE, "login": [HEIR], "vault": VAULT, "name": "x", "heirs": [HEIR], "secret": "s" * 12})
    assert result["failed"] and not result["changed"] and "nothing listens on 127.0.0.1:9" in result["msg"]
    assert not [word for word in ("s" * 12, "c" * 12, "t" * 12) if word in json.dumps(result)]

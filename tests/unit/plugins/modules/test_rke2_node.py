# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The module rke2_node as Ansible runs it. What it does to a host is tested with test_node_states.py, and on whole hosts in tests/rke2."""

from __future__ import annotations

import json

import pytest
import yaml

from ansible_collections.unifiedmeta.platform.plugins.module_utils._rke2.node_states import STATES
from ansible_collections.unifiedmeta.platform.plugins.modules import rke2_node


def test_a_host_without_rke2_has_nothing_to_stop_or_remove(module):
    for state in ("stopped", "absent"):
        result = module("rke2_node", {"state": state}, check=True)
        assert (result["changed"], result["actions"]) == (False, [])


def test_what_is_lacking_is_told(module):
    result = module("rke2_node", {"state": "staged", "node": {"version": "v1.35.4+rke2r1", "artifacts": {"rke2.linux-amd64.tar.gz": "a" * 64}}}, check=True)
    assert result["needed"] == ["rke2.linux-amd64.tar.gz"] and result["changed"] is True


def test_faults_are_told_all_at_once_and_no_secret_with_them(module):
    result = module("rke2_node", {"node": {"role": "master", "restart": True, "config": {"token": "canary-config"}}, "secrets": {"token": "canary-token"}},
                    check=True)
    assert result["failed"] and result["msg"].count("\n- ") == 3 and "canary" not in json.dumps(result)


def test_secrets_are_not_told_in_what_was_called(module):
    result = module("rke2_node", {"state": "staged", "secrets": {"token": "canary-token"}, "node": {"config": {"x": "canary-node"}}}, check=True)
    assert "canary" not in json.dumps(result)


def test_an_agents_label_needs_a_server(module):
    result = module("rke2_node", {"state": "labelled", "node": {"name": "a1", "api": {"labels": {"a": "b"}}}}, check=True)
    assert result["failed"] and "can't be used" in result["msg"]


@pytest.mark.parametrize("state", ["staged", "started", "stopped", "absent", "labelled", "snapshotted"])
def test_every_state_has_what_it_does(state):
    assert state in STATES and state in rke2_node.SPEC["state"]["choices"] and len(STATES) == len(rke2_node.SPEC["state"]["choices"])


def test_options_are_documented():
    options = yaml.safe_load(rke2_node.DOCUMENTATION)["options"]
    assert {name: one.get("default") for name, one in options.items()} == {name: one.get("default") for name, one in rke2_node.SPEC.items()}
    assert {name: one["type"] for name, one in options.items()} == {name: one["type"] for name, one in rke2_node.SPEC.items()}

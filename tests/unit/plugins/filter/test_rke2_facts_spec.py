# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The filter rke2_facts_spec."""

from __future__ import annotations

import json

import yaml
from ansible.plugins.loader import filter_loader

from ansible_collections.unifiedmeta.platform.plugins.filter import rke2_facts_spec as module

run = module.FilterModule().filters()["rke2_facts_spec"]


def test_ansible_finds_it_and_it_is_documented():
    assert filter_loader.get("unifiedmeta.platform.rke2_facts_spec") is not None
    assert set(yaml.safe_load(module.DOCUMENTATION)["options"]) == {"_input", "variables", "others", "name"}


def test_who_answered_and_who_did_not():
    others = {"results": [{"item": "s2", "node": {"reachable": True}}]}
    made = run(["s1", "s2", "s3"], {"s1": {"__rke2_read": {"node": {"reachable": True}}}, "s3": {}}, others)
    assert json.loads(json.dumps(made)) == {"s1": {"reachable": True}, "s2": {"reachable": True}, "s3": {"reachable": False}}


def test_without_others():
    assert run(["s1"], {"s1": {"mine": {"node": {"reachable": True}}}}, name="mine") == {"s1": {"reachable": True}}

# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The module rke2_plan is documentation: its action plugin does it all."""

from __future__ import annotations

import pytest
import yaml
from ansible.plugins.loader import action_loader

from ansible_collections.unifiedmeta.platform.plugins.action import rke2_plan as action
from ansible_collections.unifiedmeta.platform.plugins.modules import rke2_plan

DOCUMENTS = yaml.safe_load(rke2_plan.DOCUMENTATION)


def test_it_documents_what_the_action_takes():
    assert DOCUMENTS["module"] == "rke2_plan" and set(DOCUMENTS["options"]) == set(action.SPEC)


@pytest.mark.parametrize("name", sorted(action.SPEC))
def test_types_and_defaults_agree(name):
    said, taken = DOCUMENTS["options"][name], action.SPEC[name]
    assert {key: said.get(key) for key in ("type", "required", "default", "elements")} == {
        key: taken.get(key) for key in ("type", "required", "default", "elements")
    }


def test_it_documents_what_is_returned():
    assert set(yaml.safe_load(rke2_plan.RETURN)) == {*action.RETURNED, "notes"}


def test_attributes():
    assert {name: part["support"] for name, part in DOCUMENTS["attributes"].items()} == {"check_mode": "full", "diff_mode": "none", "platform": "full"}


def test_examples_use_known_options():
    for task in yaml.safe_load(rke2_plan.EXAMPLES):
        assert set(task["unifiedmeta.platform.rke2_plan"]) <= set(action.SPEC)


def test_it_runs_on_the_controller():
    assert action_loader.find_plugin("unifiedmeta.platform.rke2_plan")
    assert not hasattr(rke2_plan, "main")
    assert action.ActionModule._requires_connection is False and action.ActionModule._supports_check_mode is True


def test_every_line_of_the_description_is_a_text():
    for option in DOCUMENTS["options"].values():
        lines = option["description"] if isinstance(option["description"], list) else [option["description"]]
        assert all(isinstance(line, str) and line.endswith(".") for line in lines), option

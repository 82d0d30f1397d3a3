# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The filter rke2_nodes_spec."""

from __future__ import annotations

import json

import pytest
import yaml
from ansible.errors import AnsibleFilterError
from ansible.plugins.loader import filter_loader

from ansible_collections.unifiedmeta.platform.plugins.filter import rke2_nodes_spec as module

run = module.FilterModule().filters()["rke2_nodes_spec"]


def test_ansible_finds_it_and_it_is_documented():
    assert filter_loader.get("unifiedmeta.platform.rke2_nodes_spec") is not None
    assert set(yaml.safe_load(module.DOCUMENTATION)["options"]) == {"_input", "agents", "variables"}


def test_nodes_are_plain_data():
    made = run(["s1"], ["a1"], {"s1": {"rke2_zone": "a"}, "a1": {"group_names": ["pool_gpu"]}})
    assert json.loads(json.dumps(made)) == {"s1": {"role": "server", "zone": "a"}, "a1": {"role": "agent", "pool": "gpu"}}


def test_what_it_refuses():
    with pytest.raises(AnsibleFilterError, match="rke2_nodes_spec: x is in rke2_servers and in rke2_agents"):
        run(["x"], ["x"], {"x": {}})

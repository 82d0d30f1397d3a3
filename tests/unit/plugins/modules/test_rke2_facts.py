# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The module rke2_facts, on this very machine."""

from __future__ import annotations

import time

import yaml

from ansible_collections.unifiedmeta.platform.plugins.modules import rke2_facts


def test_it_reads_this_machine_and_changes_nothing(module):
    result = module("rke2_facts", {"resolve": ["localhost"], "now": time.time(), "endpoint": "127.0.0.1:9"})
    node = result["node"]
    assert result["changed"] is False and node["reachable"] is True and node["os"]["kernel"] and "127.0.0.1" in node["resolves"]["localhost"]
    assert abs(node["clock_offset"]) < 60 and node["endpoint"] == {"answers": False, "fault": "refused", "ca": None}
    assert {"service", "started", "config", "files", "token", "ca", "datastore", "images", "staged", "cluster", "listening", "disk"} <= set(node)


def test_it_reads_in_check_mode_too(module):
    assert module("rke2_facts", {"cluster": False}, check=True)["node"]["cluster"] is None


def test_options_are_documented():
    options = yaml.safe_load(rke2_facts.DOCUMENTATION)["options"]
    assert {name: one.get("default") for name, one in options.items()} == {name: one.get("default") for name, one in rke2_facts.SPEC.items()}
    assert {name: one["type"] for name, one in options.items()} == {name: one["type"] for name, one in rke2_facts.SPEC.items()}

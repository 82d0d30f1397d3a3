# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What the inventory says, and what hosts have answered."""

from __future__ import annotations

import pytest

from ansible_collections.unifiedmeta.platform.plugins.module_utils._rke2 import inventory, settings


def test_roles_and_the_inventorys_order():
    made = inventory.nodes(["s2", "s1"], ["a1"], {"s1": {}, "s2": {}, "a1": {}})
    assert list(made.items()) == [("s2", {"role": "server"}), ("s1", {"role": "server"}), ("a1", {"role": "agent"})]


def test_what_is_said_of_a_host():
    own = {"rke2_node_kubelet_args": {"v": "2"}, "rke2_address": "10.0.0.1", "rke2_zone": "a", "rke2_node_labels": {"x": "y"}, "rke2_region": None,
           "other": 1, "rke2_version": "v1.36.4+rke2r1"}
    assert inventory.nodes(["s1"], [], {"s1": own}) == {
        "s1": {"role": "server", "address": "10.0.0.1", "zone": "a", "node_labels": {"x": "y"}, "kubelet_args": {"v": "2"}}}


@pytest.mark.parametrize(("own", "pool"), [
    ({"group_names": ["pool_data", "rke2_agents"]}, "data"), ({"group_names": ["gpu_nodes"]}, "gpu"), ({"group_names": ["gpu_nodes", "pool_gpu"]}, "gpu"),
    ({"group_names": ["pool_data", "pool_gpu"], "rke2_pool": "gpu"}, "gpu"), ({"rke2_pool": "platform"}, "platform"), ({"group_names": ["rke2_agents"]}, None),
])
def test_pools(own, pool):
    assert inventory.nodes([], ["a1"], {"a1": own})["a1"].get("pool") == pool


def test_all_that_is_wrong_is_told_at_once():
    with pytest.raises(ValueError, match="x is in rke2_servers and in rke2_agents; take it out of one; a1 is in the pools data, gpu; say rke2_pool"):
        inventory.nodes(["x"], ["x", "a1"], {"x": {}, "a1": {"group_names": ["pool_gpu", "pool_data"]}})


def test_the_planner_knows_the_variables():
    assert set(inventory.VARIABLES.values()) <= set(settings.NODE)


def test_facts_of_the_hosts_of_the_run():
    answered = {"s1": {"__rke2_read": {"node": {"reachable": True, "cpus": 4}, "changed": False}}, "s2": {"__rke2_read": {"unreachable": True}}, "s3": {}}
    assert inventory.facts(["s1", "s2", "s3"], answered) == {"s1": {"reachable": True, "cpus": 4}, "s2": {"reachable": False}, "s3": {"reachable": False}}


def test_facts_of_the_hosts_beside_them():
    others = {"results": [{"item": "s2", "node": {"reachable": True}}, {"item": "s3", "unreachable": True},
                          {"item": "s4", "failed": True, "node": {"reachable": True}}]}
    made = inventory.facts(["s1", "s2", "s3", "s4"], {"s1": {"read": {"node": {"reachable": True}}}, "s3": {}, "s4": {}}, others, "read")
    assert [host for host, node in made.items() if node["reachable"]] == ["s1", "s2"]


def test_an_old_answer_of_a_host_that_was_asked_in_the_loop_does_not_count():
    stale = {"s1": {"__rke2_read": {"node": {"reachable": True}}}}
    assert inventory.facts(["s1"], stale, {"results": [{"item": "s1", "unreachable": True}]}) == {"s1": {"reachable": False}}

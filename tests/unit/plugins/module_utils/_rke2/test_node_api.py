# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Labels and taints of nodes that are there already."""

from __future__ import annotations

import json

import pytest

from ansible_collections.unifiedmeta.platform.plugins.module_utils._rke2 import node_api, node_cluster
from ansible_collections.unifiedmeta.platform.plugins.module_utils._rke2.node_client import Unanswered

ITEM = {"metadata": {"name": "a1", "labels": {"pool": "data", "zone": "a"}, "resourceVersion": "7"},
        "spec": {"taints": [{"key": "gpu", "value": "yes", "effect": "NoSchedule"}, {"key": "old", "effect": "NoExecute", "timeAdded": "then"}]}}


@pytest.mark.parametrize(("labels", "add", "remove", "patch"), [
    ({}, [], [], {}), ({"pool": "data"}, [], [], {}), ({"gone": None}, [], [], {}),
    ({"pool": "gpu", "zone": "a"}, [], [], {"metadata": {"labels": {"pool": "gpu"}}}), ({"zone": None}, [], [], {"metadata": {"labels": {"zone": None}}}),
    ({}, [{"key": "gpu", "value": "yes", "effect": "NoSchedule"}], [], {}),
    ({}, [{"key": "gpu", "value": "no", "effect": "NoSchedule"}], [],
     {"metadata": {"resourceVersion": "7"}, "spec": {"taints": [ITEM["spec"]["taints"][1], {"key": "gpu", "effect": "NoSchedule", "value": "no"}]}}),
    ({}, [], [{"key": "old", "effect": "NoExecute"}], {"metadata": {"resourceVersion": "7"}, "spec": {"taints": ITEM["spec"]["taints"][:1]}}),
    ({}, [], [{"key": "old", "effect": "NoSchedule"}], {}),
    ({"x": "y"}, [{"key": "new", "effect": "NoExecute"}], [],
     {"metadata": {"labels": {"x": "y"}, "resourceVersion": "7"}, "spec": {"taints": [*ITEM["spec"]["taints"], {"key": "new", "effect": "NoExecute"}]}}),
])
def test_what_a_node_lacks(labels, add, remove, patch):
    assert node_api.lacking(ITEM, labels, add, remove) == patch


def test_a_node_without_labels_and_taints():
    assert node_api.lacking({"metadata": {"name": "x"}}, {"a": "b"}, [], []) == {"metadata": {"labels": {"a": "b"}}}


def test_it_is_sent_and_in_check_mode_it_is_not(host, cluster):
    cluster.nodes = [cluster.node("a1", pool="data")]
    with node_cluster.api(host.layout) as client:
        told = [node_api.apply(client, "a1", {"pool": "gpu"}, [], [], check) for check in (True, False)]
        assert node_api.apply(client, "a1", {"pool": "data"}, [], [], False) == {}
    assert told == [{"metadata": {"labels": {"pool": "gpu"}}}] * 2
    sent = [(method, path, json.loads(body)) for method, path, _headers, body in cluster.server.seen if method != "GET"]
    assert sent == [("PATCH", "/api/v1/nodes/a1", told[0])]


def test_a_node_that_is_not_there_is_told(host, cluster):
    with node_cluster.api(host.layout) as client, pytest.raises(Unanswered, match="answered 404"):
        node_api.apply(client, "a9", {"a": "b"}, [], [], False)

# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The cluster as a node sees it, over real TLS with the certificates where RKE2 keeps them."""

from __future__ import annotations

import pytest

from ansible_collections.unifiedmeta.platform.plugins.module_utils._rke2 import node_cluster
from ansible_collections.unifiedmeta.platform.plugins.module_utils._rke2.node_client import Unanswered


def test_a_server_sees_nodes_members_and_how_far_encryption_is(host, cluster):
    cluster.nodes = [cluster.node("s1", voter=True), cluster.node("a1", ready=False)]
    cluster.members = [cluster.member("s1-0a1b2c3d"), cluster.member("", learner=True, peer="https://10.0.0.2:2380")]
    seen = node_cluster.ask(host.layout)
    assert (seen["reachable"], seen["ready"], seen["fault"]) == (True, True, None)
    assert [(one["name"], one["ready"], one["etcd_voter"], one["version"]) for one in seen["nodes"]] == \
        [("s1", True, True, "v1.35.4+rke2r1"), ("a1", False, None, "v1.35.4+rke2r1")]
    assert seen["members"] == [{"name": "s1-0a1b2c3d", "id": "12", "peer_urls": ["https://10.0.0.1:2380"], "learner": False},
                               {"name": "", "id": "12", "peer_urls": ["https://10.0.0.2:2380"], "learner": True}]
    assert seen["encryption"] == {"stages": {"s1": "start-abc", "a1": "start-abc"}}


def test_what_is_told_of_a_node(cluster):
    told = node_cluster.node(cluster.node("s1", voter=False, pool="gpu"))
    assert told["addresses"] == ["10.0.0.1"] and told["taints"] == [{"key": "a", "value": "b", "effect": "NoSchedule"}] and told["labels"]["pool"] == "gpu"
    assert (told["etcd_voter"], told["unschedulable"], told["annotations"]) == (False, False, {"rke2.io/encryption-config-hash": "start-abc"})


def test_a_node_with_etcd_that_says_nothing_of_its_vote_has_none(cluster):
    item = cluster.node("s1", voter=True)
    item["status"]["conditions"] = [{"type": "Ready", "status": "True"}]
    assert node_cluster.node(item)["etcd_voter"] is False


def test_a_node_that_has_just_registered_says_little():
    told = node_cluster.node({"metadata": {"name": "x"}})
    assert (told["ready"], told["version"], told["etcd_voter"], told["labels"]) == (False, None, None, {})


def test_signs_of_life_are_no_facts(host, cluster):
    cluster.nodes, beats = [cluster.node("s1"), cluster.node("s2")], {}
    cluster.nodes[0]["status"]["conditions"][0]["lastHeartbeatTime"] = "2026-11-22T10:00:00Z"
    seen = node_cluster.ask(host.layout, beats=beats)
    assert beats == {"s1": 1795341600.0, "s2": None} and "heartbeat" not in str(seen).lower()


def test_an_api_server_that_is_not_ready_still_tells_its_nodes(host, cluster):
    cluster.ready, cluster.nodes = False, [cluster.node("s1")]
    seen = node_cluster.ask(host.layout)
    assert (seen["reachable"], seen["ready"], len(seen["nodes"]), seen["encryption"]) == (True, False, 1, {"stages": {"s1": "start-abc"}})


def test_a_cluster_that_does_not_answer_is_a_fact(host, cluster, monkeypatch):
    monkeypatch.setattr(node_cluster, "API", ("127.0.0.1", 9))
    monkeypatch.setattr(node_cluster, "ETCD", (("127.0.0.1", 9),))
    seen = node_cluster.ask(host.layout)
    assert (seen["reachable"], seen["ready"], seen["nodes"], seen["members"], seen["encryption"]) == (False, False, [], None, None)
    assert "https://127.0.0.1:9/readyz" in seen["fault"]


def test_a_host_without_certificates_says_so(host):
    assert "server-ca.crt" in node_cluster.ask(host.layout)["fault"] or "can't be used" in node_cluster.ask(host.layout)["fault"]


def test_an_etcd_that_answers_no_json_is_known_by_its_nodes_alone(host, cluster):
    cluster.members, cluster.nodes = None, [cluster.node("s1", voter=True)]
    seen = node_cluster.ask(host.layout)
    assert seen["members"] is None and seen["nodes"][0]["etcd_voter"] is True


def test_etcd_is_asked_at_the_port_of_its_own_first():
    assert node_cluster.ETCD[0][1] == 2382


def test_an_agent_asks_as_its_kubelet(host, cluster):
    cluster.nodes = [cluster.node("a1")]
    with node_cluster.kubelet(host.layout) as client:
        assert client.ask("/api/v1/nodes/a1")["metadata"]["name"] == "a1"


@pytest.mark.parametrize("line", ["server: https://127.0.0.1:{port}", "server: \"https://127.0.0.1:{port}\"", "server: 'https://127.0.0.1:{port}'"])
def test_the_kubelets_server_is_read_however_it_is_written(host, cluster, line):
    host.write("/var/lib/rancher/rke2/agent/kubelet.kubeconfig", "    " + line.format(port=cluster.port) + "\n")
    assert node_cluster.kubelet(host.layout).place == f"https://127.0.0.1:{cluster.port}"


def test_an_agent_that_has_not_registered_has_nothing_to_ask_with(host):
    with pytest.raises(Unanswered, match="has not registered yet"):
        node_cluster.kubelet(host.layout)

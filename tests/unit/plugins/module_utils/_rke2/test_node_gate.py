# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The gate: what it waits for, on a real connection to a scripted cluster."""

from __future__ import annotations

import threading
import time

import pytest

from ansible_collections.unifiedmeta.platform.plugins.module_utils._rke2 import node_gate
from ansible_collections.unifiedmeta.platform.plugins.module_utils._rke2.node_gate import Wanted

VERSION = "v1.35.4+rke2r1"


@pytest.fixture
def server(host, cluster):
    """The second of three servers, and all is well."""
    host.running("server")
    cluster.nodes = [cluster.node(name, voter=True) for name in ("s1", "s2", "s3")]
    cluster.members = [cluster.member(f"{name}-0a1b2c3d") for name in ("s1", "s2", "s3")]
    return cluster


def look(host, members=("s1", "s2", "s3"), **fields):
    return node_gate.look(host.layout, Wanted(**{"role": "server", "name": "s2", "version": VERSION, "members": members, **fields})).missing


def test_an_open_gate(host, server):
    assert look(host) == [] and look(host, members=()) == []


def test_a_node_that_is_not_ready(host, server):
    server.nodes[1] = server.node("s2", ready=False, voter=True)
    assert look(host) == ["node s2 is not Ready"]
    server.nodes[1]["status"]["conditions"][0]["message"] = "PLEG is not healthy"
    assert look(host) == ["node s2 is not Ready (PLEG is not healthy)"]


def test_ready_is_not_enough_where_a_vote_is_lacking(host, server):
    server.nodes[2] = server.node("s3", ready=True, voter=False)
    assert look(host) == ["etcd of node s3 has no vote (EtcdIsVoter is not True)"]


def test_a_node_that_runs_another_version(host, server):
    server.nodes[1] = server.node("s2", voter=True, version="v1.34.1+rke2r1")
    assert look(host) == ["node s2 runs v1.34.1+rke2r1, not v1.35.4+rke2r1"]
    server.nodes[1] = server.node("s2", voter=True, version="v1.35.4")
    assert look(host) == []


def test_a_node_that_is_not_there(host, server):
    del server.nodes[1]
    assert look(host) == ["node s2 is not registered"]


def test_members_of_etcd_as_they_shall_be(host, server):
    server.members[1] = server.member("s2-0a1b", learner=True)
    assert look(host) == ["etcd's member s2-0a1b is still a learner"]
    server.members[1] = server.member("", peer="https://10.0.0.2:2380")
    assert look(host) == ["etcd's member ['https://10.0.0.2:2380'] has not started", "etcd has no member of node s2"]
    server.members[1] = server.member("gone-0a1b")
    assert look(host) == ["etcd has no member of node s2", "etcd has a member of gone, which is no server of this cluster"]


def test_a_dead_server_that_nobody_has_removed_keeps_no_other_one_waiting(host, server):
    server.nodes[2] = server.node("s3", ready=False, voter=False)
    server.members[2] = server.member("s3-0a1b", learner=True)
    assert len(look(host)) == 2 and look(host, up=("s1", "s2")) == []
    server.nodes[1] = server.node("s2", voter=False)
    assert look(host, up=()) == ["etcd of node s2 has no vote (EtcdIsVoter is not True)"]


def test_where_etcd_answers_no_json_the_nodes_tell_of_the_members(host, server):
    server.members = None
    assert look(host) == []
    server.nodes[2] = server.node("s3")
    assert look(host) == ["etcd has no member of node s3"]


def test_an_api_server_that_is_not_ready(host, server):
    server.ready = False
    assert look(host) == ["the API server's /readyz says that it is not ready"]


def test_a_cluster_that_does_not_answer(host):
    host.running("server")
    missing = look(host)
    assert missing[0].startswith("the API server doesn't answer: ") and missing[1] == "node s2 is not registered"


def test_a_service_that_is_still_coming_up(host, server):
    host.set_unit("rke2-server", ActiveState="activating", SubState="start")
    assert look(host) == ["rke2-server.service is activating (start)"]


def test_an_agent_is_asked_for_by_its_kubelet(host, cluster):
    host.running("agent")
    cluster.nodes = [cluster.node("a1")]
    assert look(host, role="agent", name="a1", members=()) == []
    cluster.nodes = [cluster.node("a1", ready=False)]
    assert look(host, role="agent", name="a1", members=()) == ["node a1 is not Ready"]
    assert "answered 404" in look(host, role="agent", name="a2", members=())[0]


def test_an_agent_that_has_not_registered(host):
    host.running("agent")
    assert "has not registered yet" in look(host, role="agent", name="a1", members=())[0]


def stamped(item, seconds):
    """A node whose kubelet told how it is so many seconds ago."""
    item["status"]["conditions"][0]["lastHeartbeatTime"] = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() - seconds))
    return item


@pytest.mark.parametrize(("seconds", "missing"), [(50, []), (200, ["node s2 has not told how it is since its service was started"])])
def test_a_node_that_is_only_called_ready_still(host, server, seconds, missing):
    host.running("server", age=100)
    server.nodes[1] = stamped(server.node("s2", voter=True), seconds)
    assert look(host) == missing
    host.running("agent", age=100)
    assert look(host, role="agent", members=()) == missing


def test_a_service_that_is_yet_to_be_restarted(host, server):
    host.running("server", invocation="7")
    assert look(host, before="7") == ["rke2-server.service has not been started anew yet"] and look(host, before="6") == []


def test_the_wait_ends_as_soon_as_all_is_well(host, server, monkeypatch):
    monkeypatch.setattr(node_gate, "PAUSE", 0.05)
    server.ready = False
    threading.Timer(0.4, lambda: setattr(server, "ready", True)).start()
    seen = node_gate.wait(host.layout, Wanted("server", "s2", VERSION), time.monotonic() + 20)
    assert seen.missing == [] and 0.3 < seen.waited < 10


def test_the_wait_ends_at_its_deadline_with_what_is_missing(host, server, monkeypatch):
    monkeypatch.setattr(node_gate, "PAUSE", 0.05)
    server.ready = False
    seen = node_gate.wait(host.layout, Wanted("server", "s2", VERSION), time.monotonic() + 0.3)
    assert seen.missing == ["the API server's /readyz says that it is not ready"]


def test_the_wait_ends_where_it_is_hopeless(host, server):
    server.ready, asked = False, []
    seen = node_gate.wait(host.layout, Wanted("server", "s2", VERSION), time.monotonic() + 60, lambda one: asked.append(one) or True)
    assert seen.missing and len(asked) == 1 and asked[0].node["name"] == "s2"


@pytest.mark.parametrize(("member", "node"), [("s1-0a1b2c3d", "s1"), ("a-b-c-0a1b2c3d", "a-b-c"), ("plain", "plain")])
def test_whose_member_it_is(member, node):
    assert node_gate.owner(member) == node

# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
"""All facts of a node together."""

from __future__ import annotations

import hashlib
import json
import os
import time

import pytest

from ansible_collections.unifiedmeta.platform.plugins.module_utils._rke2 import node_facts, node_service
from ansible_collections.unifiedmeta.platform.plugins.module_utils._rke2.names import fingerprint

SECRETS = "/etc/rancher/rke2/config.yaml.d/90-secrets.yaml"
IMAGES = "/var/lib/rancher/rke2/agent/images"


def test_a_bare_host(host):
    node = node_facts.gather(host.layout)
    nothing = ("installed", "prefix", "started", "config", "config_fault", "token", "ca", "cluster", "fsync_ms", "clock_offset", "endpoint")
    assert {name: node[name] for name in nothing} == dict.fromkeys(nothing)
    assert (node["files"], node["images"], node["staged"], node["resolves"], node["datastore"], node["reachable"]) == ({}, {}, {}, {}, False, True)
    idle = {"enabled": False, "active": "inactive", "since": None, "invocation": None, "result": "success"}
    assert node["service"] == {"server": idle, "agent": idle}


def test_nothing_is_changed_by_looking(host):
    def tree():
        return sorted(str(path) for path in host.path("/").rglob("*"))

    host.running()
    host.install()
    before = tree()
    node_facts.gather(host.layout)
    assert tree() == before and {line.split()[0] for line in host.said()} == {"show"}


def test_a_server_that_runs(host, cluster):
    host.install()
    host.running(age=-5)
    host.write("/etc/rancher/rke2/config.yaml", "cni: cilium\n", 0o600)
    host.write(SECRETS, "token: the-password\n", 0o600)
    host.write("/var/lib/rancher/rke2/server/token", "K10" + "a" * 64 + "::server:the-password\n")
    host.path("/var/lib/rancher/rke2/server/db/etcd/member").mkdir(parents=True)
    cluster.nodes, cluster.members = [cluster.node("s1", voter=True)], [cluster.member("s1-x")]
    node = node_facts.gather(host.layout)
    assert node["config"] == {"cni": "cilium", "token": fingerprint("the-password")} == node["started"]["config"]
    assert (node["token"], node["ca"], node["datastore"], node["installed"]) == (fingerprint("the-password"), "a" * 64, True, "v1.35.4+rke2r1")
    assert node["cluster"]["ready"] and node["cluster"]["members"][0]["name"] == "s1-x" and node["service"]["server"]["active"] == "active"
    assert "the-password" not in json.dumps(node)
    assert node_facts.gather(host.layout, cluster=False)["cluster"] is None


def test_a_server_that_is_stopped_is_not_asked_for_its_cluster(host, cluster):
    assert node_facts.gather(host.layout)["cluster"] is None and cluster.server.seen == []


def test_an_agent_knows_its_clusters_ca(host):
    host.write("/var/lib/rancher/rke2/agent/server-ca.crt", "pem")
    assert node_facts.secrets(host.layout) == {"token": None, "ca": hashlib.sha256(b"pem").hexdigest()}
    host.write(SECRETS, f'token: "K10{"b" * 64}::node:pw"\n')
    assert node_facts.secrets(host.layout) == {"token": None, "ca": "b" * 64}


def test_a_host_that_was_only_told_of_a_cluster_has_joined_none(host):
    host.write(SECRETS, f'token: "K10{"b" * 64}::node:pw"\n')
    assert node_facts.secrets(host.layout)["ca"] is None


def test_a_configuration_that_can_not_be_read_is_told(host):
    host.write("/etc/rancher/rke2/config.yaml", "a: {b: c}\n")
    node = node_facts.gather(host.layout)
    assert node["config"] is None and node["config_fault"].startswith("/etc/rancher/rke2/config.yaml:1: ")


def test_files_that_decide_how_rke2_runs(host):
    pss, own, kubelet = "/etc/rancher/rke2/site-pss.yaml", "/etc/rancher/rke2/rke2.yaml", "/var/lib/rancher/rke2/agent/etc/kubelet.conf.d/50-site.conf"
    for path in (pss, own, kubelet, "/var/lib/rancher/rke2/server/manifests/x.yaml", "/etc/default/rke2-agent", SECRETS, "/etc/rancher/rke2/x.txt"):
        host.write(path, "text", 0o600)
    found = node_facts.files(host.layout)
    assert set(found) == {pss, kubelet, "/var/lib/rancher/rke2/server/manifests/x.yaml", "/etc/default/rke2-agent", SECRETS}
    assert found[pss] == {"sha256": hashlib.sha256(b"text").hexdigest(), "mode": "0600"} and found[SECRETS] == {"sha256": None, "mode": "0600"}


def test_archives_are_read_once_and_again_when_they_change(host, monkeypatch):
    place = host.write(f"{IMAGES}/a.tar.zst", "one")
    host.write(f"{IMAGES}/.cache.json", "{}")
    noted = {"a.tar.zst": {"sha256": "noted", "mark": node_facts.mark(str(place))}}
    host.write("/var/lib/rancher/rke2-platform/images.json", json.dumps(noted))
    assert node_facts.images(host.layout) == {"a.tar.zst": "noted"}
    os.utime(place, (1, 1))
    assert node_facts.images(host.layout) == {"a.tar.zst": hashlib.sha256(b"one").hexdigest()}


def test_versions_that_are_staged_whole(host):
    host.write("/var/lib/rancher/rke2-platform/staged/v1/manifest.json", json.dumps({"files": {"a": "b"}, "members": {}}))
    host.write("/var/lib/rancher/rke2-platform/staged/.v2/tree/bin/rke2", "half")
    assert node_facts.staged(host.layout) == {"v1": {"a": "b"}}


@pytest.mark.parametrize(("state", "role"), [({"agent": {"ActiveState": "active"}}, "agent"), ({"agent": {"UnitFileState": "enabled"}}, "agent"),
                                             ({"server": {"UnitFileState": "enabled"}, "agent": {"ActiveState": "activating"}}, "agent"), ({}, "server")])
def test_the_role_of_a_node(host, state, role):
    for name, properties in state.items():
        host.set_unit(f"rke2-{name}", **properties)
    assert node_facts.role_of(node_service.units(["rke2-server", "rke2-agent"])) == role


def test_what_is_asked_for_only_when_it_is_wanted(host, cluster):
    host.path("/var/lib").mkdir(parents=True, exist_ok=True)
    node = node_facts.gather(host.layout, measure_disk=True, names=["localhost"], now=time.time() - 3600, endpoint=f"127.0.0.1:{cluster.port}")
    assert node["fsync_ms"] > 0 and node["resolves"]["localhost"] and abs(node["clock_offset"] - 3600) < 10
    assert node["endpoint"]["answers"] is True and node["endpoint"]["fault"] is None
    host.path("/var/lib/rancher/rke2/server/db/etcd/member").mkdir(parents=True)
    assert node_facts.gather(host.layout, measure_disk=True)["fsync_ms"] is None


def test_a_place_to_register_that_does_not_answer():
    assert node_facts.answering("https://127.0.0.1:9") == {"answers": False, "fault": "refused", "ca": None}

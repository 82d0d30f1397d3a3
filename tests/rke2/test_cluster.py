"""The test distribution as a cluster: real etcd with voters, real Kubernetes, RKE2's files, and what RKE2 refuses."""
from __future__ import annotations

import hashlib
import time
import typing as t

import pytest

from . import by_hand
from .hosts import Hosts

pytestmark = pytest.mark.timeout(900)
TLS = "/var/lib/rancher/rke2/server/tls"


def test_three_voters_and_files(cluster: Hosts) -> None:
    assert by_hand.voters(cluster) == {"s1", "s2", "s3"}
    assert [member.get("isLearner", False) for member in by_hand.members(cluster)] == [False, False, False]
    token = by_hand.run(cluster, "s1", "cat /var/lib/rancher/rke2/server/token")
    pem = by_hand.run(cluster, "s1", f"cat {TLS}/server-ca.crt") + "\n"
    assert token.startswith(f"K10{hashlib.sha256(pem.encode()).hexdigest()}::server:")
    for path in ("server/node-token", "server/agent-token", "server/tls/client-admin.key", "server/tls/etcd/client.crt", "server/db/etcd/member",
                 "agent/etc/containerd/config.toml", "agent/images", "server/manifests"):
        by_hand.run(cluster, "s2", f"test -e /var/lib/rancher/rke2/{path}")
    assert by_hand.run(cluster, "s2", "stat -c %a /etc/rancher/rke2/rke2.yaml /var/lib/rancher/rke2/server/token").split() == ["600", "600"]
    versions = {node["status"]["nodeInfo"]["kubeletVersion"] for node in by_hand.kubectl(cluster, "get nodes")["items"]}
    assert by_hand.run(cluster, "s1", "rke2 --version").startswith(f"rke2 version {versions.pop()} (") and not versions


def test_pods_run_and_are_reached_across_nodes(cluster: Hosts) -> None:
    spec = '{"spec":{"nodeName":"a1","containers":[{"name":"p","image":"docker.io/rancher/mirrored-pause:3.6","imagePullPolicy":"Never"}]}}'
    by_hand.until("service account", lambda: by_hand.kubectl(cluster, "get serviceaccount default"))
    by_hand.run(cluster, "s1", f"{by_hand.KUBECTL} run probe --image=x --overrides='{spec}'")
    address = by_hand.until("the pod's address", lambda: by_hand.kubectl(cluster, "get pod probe")["status"].get("podIP"))
    by_hand.until("Running", lambda: by_hand.kubectl(cluster, "get pod probe")["status"]["phase"] == "Running")
    # Nothing listens in it: a refused connection has reached it.
    knock = f"timeout 3 bash -c 'echo > /dev/tcp/{address}/1'"
    by_hand.until("the pod answers s2", lambda: "refused" in cluster.ssh("s2", knock).stderr)
    by_hand.run(cluster, "s1", f"{by_hand.KUBECTL} delete pod probe --wait=true --grace-period=1")


def test_agent_keeps_its_way_when_a_server_stops(cluster: Hosts) -> None:
    by_hand.run(cluster, "s2", "systemctl stop rke2-server")
    via = by_hand.run(cluster, "a1", "cat /var/lib/rancher/rke2/agent/etc/rke2-api-server-agent-load-balancer.json")
    assert all(cluster.servers[name] in via for name in ("s1", "s2", "s3"))
    by_hand.run(cluster, "s1", f"{by_hand.KUBECTL} label node a1 seen={time.time():.0f} --overwrite")
    assert by_hand.ready(cluster) >= {"s1", "s3", "a1"}
    by_hand.run(cluster, "s2", "systemctl start rke2-server")
    by_hand.until("s2 back", lambda: by_hand.ready(cluster) == {"s1", "s2", "s3", "a1"})


@pytest.mark.parametrize(("change", "text"), [
    ({"token": "a-short-token-of-the-tests"}, "the token does not include a CA hash"),
    ({"cluster-cidr": "10.99.0.0/16"}, "critical configuration value mismatch"),
    ({"agent-token": "another"}, "critical configuration value mismatch"),
    ({"server": "https://10.88.255.254:9345"}, "failed to get CA certs: Get"),
])
def test_a_server_is_refused(cluster: Hosts, joiner: dict[str, t.Any], change: dict[str, str], text: str) -> None:
    by_hand.configure(cluster, "s4", {**joiner, **change})
    by_hand.refused(cluster, "s4", text)
    assert len(by_hand.members(cluster)) == 3
    assert cluster.ssh("s4", "test -e /var/lib/rancher/rke2/server/db/etcd/member").returncode


def test_wrong_passwords_and_hashes_are_refused(cluster: Hosts, joiner: dict[str, t.Any]) -> None:
    head, _colon, _password = joiner["token"].rpartition(":")
    by_hand.configure(cluster, "s4", {**joiner, "token": f"{head}:wrong"})
    by_hand.refused(cluster, "s4", "not authorized")
    by_hand.configure(cluster, "s4", {**joiner, "token": f"K10{'0' * 64}::server:x"})
    by_hand.refused(cluster, "s4", "token CA hash does not match the Cluster CA certificate hash: 000")
    by_hand.configure(cluster, "s4", {**joiner, "token": f"{head}:wrong"})
    by_hand.refused(cluster, "s4", "not authorized", kind="agent")


def test_a_name_that_is_taken_is_refused(cluster: Hosts, joiner: dict[str, t.Any]) -> None:
    by_hand.configure(cluster, "s4", {**joiner, "node-name": "s2"})
    by_hand.refused(cluster, "s4", "duplicate node name found, please use a unique name for this node")
    by_hand.run(cluster, "s4", "rm -rf /var/lib/rancher/rke2/server")
    by_hand.configure(cluster, "s4", {**joiner, "node-name": "a1"})
    by_hand.refused(cluster, "s4", "Node password rejected, duplicate hostname or contents of", kind="agent")


def test_the_first_server_takes_no_full_token_and_wants_images(cluster: Hosts) -> None:
    by_hand.configure(cluster, "s4", {"token": f"K10{'0' * 64}::server:x"})
    by_hand.refused(cluster, "s4", "use the short form")
    by_hand.run(cluster, "s4", "mv /var/lib/rancher/rke2/agent/images /var/lib/rancher/kept && rm -rf /var/lib/rancher/rke2/data")
    by_hand.configure(cluster, "s4", {"token": "x"})
    try:
        by_hand.refused(cluster, "s4", "failed to get runtime image")
    finally:
        by_hand.run(cluster, "s4", "mkdir -p /var/lib/rancher/rke2/agent && mv /var/lib/rancher/kept /var/lib/rancher/rke2/agent/images")
    by_hand.configure(cluster, "s4", {"token": "x", "profile": "cis"})
    by_hand.refused(cluster, "s4", "unknown user etcd")
    by_hand.run(cluster, "s4", "ip route save default > /run/default && ip route delete default")
    try:
        by_hand.configure(cluster, "s4", {"token": "x"})
        by_hand.refused(cluster, "s4", "unable to select an IP from default routes.")
    finally:
        by_hand.run(cluster, "s4", "ip route restore < /run/default")


def test_a_deleted_server_leaves_etcd_and_comes_back_as_another(cluster: Hosts, joiner: dict[str, t.Any]) -> None:
    by_hand.run(cluster, "s1", f"{by_hand.KUBECTL} delete node s3")
    by_hand.until("two members", lambda: len(by_hand.members(cluster)) == 2)
    by_hand.until("s3 knows", lambda: "has been removed from the etcd cluster" in by_hand.journal(cluster, "s3"))
    by_hand.until("s3 is a voter again", lambda: by_hand.voters(cluster) == {"s1", "s2", "s3"} and len(by_hand.members(cluster)) == 3)
    by_hand.until("s3 Ready", lambda: by_hand.ready(cluster) == {"s1", "s2", "s3", "a1"})

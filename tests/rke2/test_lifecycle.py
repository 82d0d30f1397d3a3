"""What happens to a cluster of the test distribution later: upgrade, rotations, snapshots, restore on another host, removal from the host."""
from __future__ import annotations

import json
import os
import typing as t

import pytest

from . import artifacts, by_hand
from .hosts import Hosts

pytestmark = pytest.mark.timeout(900)
TOKEN, DATA = "token-of-the-lifecycle", "/var/lib/rancher/rke2"
SNAPSHOTS = f"{DATA}/server/db/snapshots"


@pytest.fixture(scope="module")
def pair(folder: str, make_hosts: t.Callable[..., Hosts]) -> Hosts:
    """s1, a cluster of one; s2, a bare host with the artefacts in place."""
    found = make_hosts(servers=2, agents=0, name="life")
    for host in found.servers:
        by_hand.install(found, host, folder)
    by_hand.configure(found, "s1", {"token": TOKEN, "secrets-encryption-provider": "secretbox"})
    by_hand.start(found, "s1")
    by_hand.until("s1 Ready", lambda: by_hand.ready(found) == {"s1"})
    by_hand.run(found, "s1", f"{by_hand.KUBECTL} create configmap kept --from-literal=a=b && {by_hand.KUBECTL} create secret generic hidden --from-literal=a=b")
    return found


def test_a_restart_keeps_everything(pair: Hosts) -> None:
    by_hand.run(pair, "s1", "systemctl restart rke2-server")
    assert by_hand.kubectl(pair, "get configmap kept")["data"] == {"a": "b"}
    by_hand.run(pair, "s1", "systemctl kill -s KILL rke2-server")
    by_hand.until("s1 comes back by itself", lambda: by_hand.kubectl(pair, "get configmap kept")["data"] == {"a": "b"})


def test_upgrade(pair: Hosts) -> None:
    if os.environ.get("RKE2_ARTIFACTS"):
        pytest.skip("real artefacts are of one version")
    by_hand.install(pair, "s1", artifacts.build("v1.35.5+rke2r1"))
    assert by_hand.run(pair, "s1", "rke2 --version").startswith("rke2 version v1.35.5+rke2r1 ")
    by_hand.run(pair, "s1", "systemctl restart rke2-server")
    by_hand.until("the new version", lambda: by_hand.kubectl(pair, "get node s1")["status"]["nodeInfo"]["kubeletVersion"] == "v1.35.5+rke2r1")
    assert json.loads(by_hand.run(pair, "s1", f"{by_hand.KUBECTL} get --raw /version"))["gitVersion"] == "v1.35.5+rke2r1"


def test_certificates(pair: Hosts) -> None:
    said = json.loads(by_hand.run(pair, "s1", "rke2 certificate check --output json"))
    assert {row["status"] for row in said} == {"OK"} and "client-admin.crt" in {row["filename"] for row in said}
    assert "must be stopped" in pair.ssh("s1", "rke2 certificate rotate").stderr
    print_of = f"openssl x509 -noout -fingerprint -in {DATA}/server/tls/client-admin.crt"
    before = by_hand.run(pair, "s1", print_of)
    by_hand.run(pair, "s1", "systemctl stop rke2-server && rke2 certificate rotate && systemctl start rke2-server")
    assert by_hand.run(pair, "s1", print_of) != before


def test_encryption_keys(pair: Hosts) -> None:
    before = json.loads(by_hand.run(pair, "s1", "rke2 secrets-encrypt status --output json"))
    assert before["stage"] == "start" and before["hashMatch"]
    by_hand.run(pair, "s1", "rke2 secrets-encrypt rotate-keys", timeout=200)
    after = json.loads(by_hand.run(pair, "s1", "rke2 secrets-encrypt status --output json"))
    assert after["stage"] == "reencrypt_finished" and after["activeKey"] != before["activeKey"]
    by_hand.run(pair, "s1", "systemctl restart rke2-server")
    assert by_hand.kubectl(pair, "get secret hidden")["data"] == {"a": "Yg=="}


def test_snapshot_and_restore_elsewhere(pair: Hosts, folder: str) -> None:
    by_hand.run(pair, "s1", "rke2 etcd-snapshot save --name one")
    found = json.loads(by_hand.run(pair, "s1", "rke2 etcd-snapshot ls -o json"))["items"]
    assert [item["spec"]["nodeName"] for item in found] == ["s1"]
    name = found[0]["metadata"]["name"]
    assert name.startswith("one-s1-")
    here = os.path.join(pair.state, "snapshot")
    with open(here, "w", encoding="utf-8") as file:
        file.write(by_hand.run(pair, "s1", f"base64 {SNAPSHOTS}/{name}"))
    if not os.environ.get("RKE2_ARTIFACTS"):
        by_hand.install(pair, "s2", artifacts.build("v1.35.5+rke2r1"))
    by_hand.copy(pair, "s2", here, "/tmp/snapshot.b64")
    by_hand.run(pair, "s2", "base64 -d /tmp/snapshot.b64 > /root/snapshot")
    service_account = by_hand.run(pair, "s1", f"sha256sum < {DATA}/server/tls/service.key")
    by_hand.run(pair, "s1", "systemctl stop rke2-server")
    command = "rke2 server --cluster-reset --cluster-reset-restore-path=/root/snapshot"
    by_hand.configure(pair, "s2", {})
    assert "--token is required" in pair.ssh("s2", command).stderr
    by_hand.configure(pair, "s2", {"token": "wrong"})
    assert "encrypted with different token" in pair.ssh("s2", command).stderr
    by_hand.configure(pair, "s2", {"token": TOKEN})
    assert "does not exist" in pair.ssh("s2", command + "x").stderr
    said = pair.ssh("s2", command)
    assert "Managed etcd cluster membership has been reset" in said.stderr and not said.returncode
    assert "already reset" in pair.ssh("s2", command).stderr
    by_hand.start(pair, "s2")
    assert by_hand.kubectl(pair, "get configmap kept", "s2")["data"] == {"a": "b"}
    assert by_hand.kubectl(pair, "get secret hidden", "s2")["data"] == {"a": "Yg=="}
    assert by_hand.run(pair, "s2", f"sha256sum < {DATA}/server/tls/service.key") == service_account
    assert len(by_hand.members(pair, "s2")) == 1


def test_token_rotation(pair: Hosts) -> None:
    by_hand.run(pair, "s2", f"rke2 token rotate --token {TOKEN} --new-token another")
    assert by_hand.run(pair, "s2", f"cat {DATA}/server/token").endswith("::server:another")
    by_hand.run(pair, "s2", "systemctl stop rke2-server")
    by_hand.refused(pair, "s2", "bootstrap data already found and encrypted with different token")
    by_hand.configure(pair, "s2", {"token": "another"})
    by_hand.start(pair, "s2")
    assert by_hand.kubectl(pair, "get configmap kept", "s2")["data"] == {"a": "b"}


def test_uninstall(pair: Hosts) -> None:
    by_hand.run(pair, "s2", "/usr/local/bin/rke2-uninstall.sh")
    left = by_hand.run(pair, "s2", "ls -d /etc/rancher /var/lib/rancher/* /usr/local/bin/* /usr/local/lib/systemd/system/* /run/k3s 2>/dev/null || true")
    assert left == ""
    assert by_hand.run(pair, "s2", "pgrep -f [/]var/lib/rancher/rke2 || true") == ""
    assert by_hand.run(pair, "s2", "ip -o link show cni0 2>/dev/null || true") == ""

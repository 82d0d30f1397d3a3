"""The test distribution put on hosts by hand, as https://docs.rke2.io/install/airgap has it: what tests of the distribution itself need, without the role."""
from __future__ import annotations

import json
import os
import subprocess
import time
import typing as t

import yaml

from .hosts import Hosts

KUBECTL = "/var/lib/rancher/rke2/bin/kubectl --kubeconfig /etc/rancher/rke2/rke2.yaml"
TARBALL, IMAGES = "rke2.linux-amd64.tar.gz", "rke2-images-core.linux-amd64.tar.zst"


class Failed(Exception):
    """A command on a host failed."""


def run(hosts: Hosts, host: str, command: str, timeout: float = 180) -> str:
    """Runs a shell command on a host; returns its output. Raises Failed."""
    said = hosts.ssh(host, command, timeout)
    if said.returncode:
        raise Failed(f"{host}: {command}: {said.stdout[-2000:]}{said.stderr[-2000:]}")
    return said.stdout.strip()


def copy(hosts: Hosts, host: str, path: str, target: str) -> None:
    """Copies a file to a host."""
    address = {**hosts.servers, **hosts.agents}[host]
    options = ["-i", f"{hosts.state}/ssh/id_ed25519", "-o", f"UserKnownHostsFile={hosts.state}/known_hosts", "-o", "BatchMode=yes"]
    subprocess.run(["scp", "-q", *options, path, f"root@{address}:{target}"], check=True, timeout=120)


def install(hosts: Hosts, host: str, folder: str) -> None:
    """Puts the artefacts of a folder in place."""
    run(hosts, host, "mkdir -p /etc/rancher/rke2 /var/lib/rancher/rke2/agent/images")
    copy(hosts, host, os.path.join(folder, TARBALL), "/tmp/")
    copy(hosts, host, os.path.join(folder, IMAGES), "/var/lib/rancher/rke2/agent/images/")
    run(hosts, host, f"tar xzf /tmp/{TARBALL} -C /usr/local && systemctl daemon-reload")


def configure(hosts: Hosts, host: str, config: dict[str, t.Any]) -> None:
    """Writes config.yaml."""
    path = os.path.join(hosts.state, f"config-{host}.yaml")
    with open(path, "w", encoding="utf-8") as file:
        yaml.safe_dump(config, file)
    copy(hosts, host, path, "/etc/rancher/rke2/config.yaml")
    run(hosts, host, "chmod 0600 /etc/rancher/rke2/config.yaml")
    os.unlink(path)


def start(hosts: Hosts, host: str, kind: str = "server", wait: bool = True) -> None:
    """Starts the service. Raises Failed."""
    run(hosts, host, f"systemctl enable --quiet rke2-{kind} && systemctl {'start' if wait else 'start --no-block'} rke2-{kind}")


def journal(hosts: Hosts, host: str, kind: str = "server") -> str:
    """Returns the service's journal."""
    return run(hosts, host, f"journalctl -u rke2-{kind} --no-pager -o cat")


def kubectl(hosts: Hosts, words: str, host: str = "s1") -> t.Any:
    """Runs kubectl on a server; returns its JSON."""
    return json.loads(run(hosts, host, f"{KUBECTL} {words} -o json"))


def until(what: str, ready: t.Callable[[], t.Any], seconds: float = 90) -> t.Any:
    """Waits until ``ready`` returns something; returns that. Raises Failed."""
    deadline, fault = time.monotonic() + seconds, ""
    while time.monotonic() < deadline:
        try:
            found = ready()
            if found:
                return found
        except (Failed, ValueError, KeyError) as raised:
            fault = str(raised)
        time.sleep(1)
    raise Failed(f"{what}: not after {seconds:.0f} s {fault}")


def refused(hosts: Hosts, host: str, text: str, kind: str = "server", seconds: float = 60) -> str:
    """Starts a service that must not come up; returns its journal once that holds the text, and stops it. Raises Failed."""
    start(hosts, host, kind, wait=False)

    def told() -> str:
        log = journal(hosts, host, kind)
        return log if text in log else ""

    try:
        return str(until(f"«{text}» in the journal of {host}", told, seconds))
    except Failed as fault:
        raise Failed(f"{fault}: {journal(hosts, host, kind)[-3000:]}") from None
    finally:
        run(hosts, host, f"systemctl disable --quiet rke2-{kind}; systemctl stop rke2-{kind}; systemctl reset-failed rke2-{kind} || true")


def ready(hosts: Hosts, host: str = "s1") -> set[str]:
    """Returns the names of the nodes that are Ready."""
    found = set()
    for node in kubectl(hosts, "get nodes", host)["items"]:
        if any(item["type"] == "Ready" and item["status"] == "True" for item in node["status"]["conditions"]):
            found.add(node["metadata"]["name"])
    return found


def voters(hosts: Hosts, host: str = "s1") -> set[str]:
    """Returns the names of the nodes whose condition EtcdIsVoter is true."""
    return {node["metadata"]["name"] for node in kubectl(hosts, "get nodes", host)["items"]
            if any(item["type"] == "EtcdIsVoter" and item["status"] == "True" for item in node["status"]["conditions"])}


def members(hosts: Hosts, host: str = "s1") -> list[dict[str, t.Any]]:
    """Returns etcd's members by its own gateway."""
    tls = "/var/lib/rancher/rke2/server/tls/etcd"
    words = f"curl -sf --cacert {tls}/server-ca.crt --cert {tls}/client.crt --key {tls}/client.key -d '{{}}' https://127.0.0.1:2382/v3/cluster/member/list"
    return json.loads(run(hosts, host, words))["members"]

"""A node: containerd, images, registration, kubelet, kube-proxy, the pods' network. Runs on agents, and on servers below their supervisor."""
from __future__ import annotations

import json
import os
import subprocess
import threading
import typing as t
import urllib.request

from . import balancer, certs, components, images, join, log, pki, proc, runtime, tokens, web
from .place import NODE_PASSWORD, SOCKET, Place, read, setting, write

LOGS = ("agent", "logs")


def password() -> str:
    """Returns this node's password, made once."""
    if not read(NODE_PASSWORD).strip():
        write(NODE_PASSWORD, os.urandom(16).hex() + "\n")
    return read(NODE_PASSWORD).strip()


def environment(place: Place) -> dict[str, str]:
    """Returns the environment of containerd and kubelet: their own programs first."""
    return {"PATH": f"{place.bin()}:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"}


class Node:
    """A node's part. local: it is a server too, whose supervisor and API server are on this host."""

    def __init__(self, settings: dict[str, t.Any], children: proc.Children, local: bool) -> None:
        self.settings, self.children, self.local = settings, children, local
        self.place = setting(settings)
        self.site: web.Site | None = None
        self.servers: list[str] = []
        self.balancer: balancer.Balancer | None = None

    def container_runtime(self) -> None:
        """Starts containerd and imports the images."""
        place, children = self.place, self.children
        argv = runtime.containerd(place, self.settings)
        children.add(proc.Child("containerd", argv, place(*LOGS), environment(place), fatal=True))
        ctr = [place.bin("ctr"), "--address", SOCKET, "version"]
        children.wait("containerd", lambda: subprocess.run(ctr, capture_output=True, check=False).returncode == 0, 60)
        images.load(place)

    def register(self, site: web.Site) -> dict[str, t.Any]:
        """Fetches the cluster's configuration and this node's certificates; returns the former. Raises Fatal."""
        place, node = self.place, self.settings["node-name"]
        cluster = join.ask(site, "/v1-rke2/config")
        for name in ("client-ca.crt", "server-ca.crt"):
            write(place("agent", name), site.raw("GET", f"/v1-rke2/{name}"), 0o644)
        runtime.keys(place)
        who = {"Rke2-Node-Name": node, "Rke2-Node-Password": password()}
        for name in ("client-kubelet", "serving-kubelet", "client-kube-proxy"):
            body = {"csr": certs.request(place("agent", f"{name}.key"), f"/CN={node}"), "addresses": self.settings["node-ip"]}
            try:
                text = site.raw("POST", f"/v1-rke2/{name}.crt", json.dumps(body).encode(), who)
            except web.Refused as fault:
                raise log.Fatal(fault.text if fault.status == 403 else f"{place('agent', name)}.crt: {fault}") from None
            write(place("agent", f"{name}.crt"), text, 0o644)
        for name, pair in (("kubelet", "client-kubelet"), ("kubeproxy", "client-kube-proxy")):
            write(place("agent", f"{name}.kubeconfig"), pki.kubeconfig(place("agent", "server-ca.crt"), place("agent", pair)))
        return cluster

    def retried(self, site: t.Callable[[], web.Site]) -> dict[str, t.Any]:
        """Registers, however long it takes; says each time why not."""
        found: dict[str, t.Any] = {}

        def attempt() -> bool:
            try:
                self.site = site()
                found.update(self.register(self.site))
            except (log.Fatal, OSError, web.Refused) as fault:
                kind = "Failed to validate connection to cluster at" if self.site is None else "Waiting to retrieve agent configuration; server is not ready:"
                log.error(f"{kind} {self.settings.get('server', '')}: {fault}" if self.site is None else f"{kind} {fault}")
                return False
            return True

        self.children.wait("agent configuration", attempt, pause=2)
        return found

    def run(self, site: t.Callable[[], web.Site]) -> None:
        """Brings the node up, once containerd runs."""
        place, settings, children = self.place, self.settings, self.children
        cluster = self.retried(site)
        self.cluster = cluster
        if not self.local:
            self.look()
        runtime.kubelet(place, settings, cluster)
        children.add(proc.Child("kubelet", components.kubelet(place, settings), place(*LOGS), environment(place)))
        if not cluster["disable-kube-proxy"]:
            children.add(proc.Child("kube-proxy", components.proxy(place, settings, cluster), place(*LOGS), environment(place)))
        children.wait("kubelet", _healthy)
        threading.Thread(target=self._tend, daemon=True, name="network").start()

    def look(self) -> None:
        """Learns the servers' addresses, keeps them in a file, and asks which are ready."""
        path = self.place("agent", "etc", "rke2-api-server-agent-load-balancer.json")
        self.servers = self.asked().get("servers") or self.servers or json.loads(read(path) or '{"ServerAddresses": []}')["ServerAddresses"]
        text = json.dumps({"ServerURL": str(self.settings.get("server")), "ServerAddresses": self.servers})
        if text != read(path):
            write(path, text)
        if self.balancer is None:
            self.balancer = balancer.Balancer(self.servers)
        self.balancer.look(self.servers, self.place("agent", "server-ca.crt"), self.place("agent", "client-kubelet"))

    def asked(self) -> dict[str, t.Any]:
        """Returns what some supervisor knows of the nodes: the one that registered us, else any other."""
        site = t.cast(web.Site, self.site)
        others = [web.Site(f"https://{address}:9345", self.place("agent", "server-ca.crt"), basic=site.basic, timeout=3) for address in self.servers]
        for one in [site, *others]:
            try:
                return one.json("GET", "/v1-rke2/test-network")
            except (OSError, web.Refused, ValueError):
                continue
        return {}

    def _tend(self) -> None:
        routes: dict[str, str] = {}
        while not self.children.ended.wait(3):
            try:
                if not self.local:
                    self.look()
                nodes = self.asked().get("nodes")
                if nodes and "none" not in (self.settings["cni"] or self.cluster["cni"]):
                    runtime.network(self.place, self.settings["node-name"], nodes, self.cluster["cluster-cidr"], routes)
            except (OSError, ValueError) as fault:
                log.warning(f"network: {fault}")


def _healthy() -> bool:
    try:
        with urllib.request.urlopen("http://127.0.0.1:10248/healthz", timeout=2) as answer:
            return answer.read() == b"ok"
    except OSError:
        return False


def main(settings: dict[str, t.Any], children: proc.Children) -> None:
    """Runs an agent until it is told to end. Raises Fatal."""
    place = setting(settings)
    if not settings.get("server"):
        raise log.Fatal("--server is required")
    if not settings.get("token"):
        raise log.Fatal("--token is required")
    certs.available()
    token = tokens.parse(str(settings["token"]))
    images.runtime(place)
    node = Node(settings, children, local=False)
    first = children.wait
    found: list[web.Site] = []

    def connect() -> bool:
        try:
            found.append(join.trusted(str(settings["server"]), token, "node", place("agent")))
        except log.Fatal as fault:
            log.error(f"Failed to validate connection to cluster at {settings['server']}: {fault}")
        return bool(found)

    first("connection to the cluster", connect, pause=2)
    node.site = found[0]
    node.container_runtime()
    node.run(lambda: found[0])
    log.info(f"rke2 agent is up and running on {settings['node-name']}")
    proc.notify("READY=1")
    children.wait("the end", lambda: False, pause=1)

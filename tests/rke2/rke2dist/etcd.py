"""etcd: its arguments, and its JSON gateway, which listens where RKE2's does (https://docs.rke2.io, listen-client-http-urls on 2382)."""
from __future__ import annotations

import base64
import json
import os
import typing as t

from . import log, web
from .place import Place

CLIENT, PEER, METRICS, GATEWAY = 2379, 2380, 2381, 2382


def b64(data: str | bytes) -> str:
    """Returns base64 as the gateway wants keys and values."""
    return base64.b64encode(data.encode() if isinstance(data, str) else data).decode()


class Etcd:
    """A member's gateway on this host."""

    def __init__(self, place: Place, url: str = f"https://127.0.0.1:{GATEWAY}") -> None:
        self.site = web.Site(url, place.tls("etcd", "server-ca.crt"), place.tls("etcd", "client")) if url.startswith("https") else web.Site(url)

    def call(self, path: str, body: t.Any = None) -> dict[str, t.Any]:
        """Calls /v3/<path>. Raises Refused, OSError."""
        return self.site.json("POST", f"/v3/{path}", body or {}) or {}

    def healthy(self) -> bool:
        """Tells whether the member answers and knows a leader."""
        try:
            return bool(self.call("maintenance/status").get("leader"))
        except (web.Refused, OSError, ValueError):
            return False

    def status(self) -> dict[str, t.Any]:
        """Returns the member's status: header.member_id, leader, dbSize, isLearner."""
        return self.call("maintenance/status")

    def members(self) -> list[dict[str, t.Any]]:
        """Returns the members: ID, name, peerURLs, clientURLs, isLearner."""
        return self.call("cluster/member/list", {"linearizable": False}).get("members", [])

    def prefix(self, prefix: str) -> dict[str, bytes]:
        """Returns what lies below a prefix, as this member knows it."""
        end = prefix[:-1] + chr(ord(prefix[-1]) + 1)
        found = self.call("kv/range", {"key": b64(prefix), "range_end": b64(end), "serializable": True}).get("kvs", [])
        return {base64.b64decode(item["key"]).decode(): base64.b64decode(item.get("value", "")) for item in found}

    def put(self, key: str, value: bytes) -> None:
        """Writes a key."""
        self.call("kv/put", {"key": b64(key), "value": b64(value)})

    def delete(self, key: str) -> None:
        """Deletes a key."""
        self.call("kv/deleterange", {"key": b64(key)})

    def snapshot(self, target: str) -> int:
        """Streams a snapshot into a file; returns its size."""
        self.site.timeout = 120
        body = self.site.raw("POST", "/v3/maintenance/snapshot", b"{}")
        size = 0
        with open(target, "wb") as file:
            for line in body.splitlines():
                blob = json.loads(line).get("result", {}).get("blob")
                if blob:
                    size += file.write(base64.b64decode(blob))
        return size


def arguments(place: Place, settings: dict[str, t.Any], name: str, cluster: str = "", new: bool = False) -> list[str]:
    """Returns etcd's command line. cluster: initial members (name=url,…) of a member that starts for the first time; new: it is the first."""
    address, tls = settings["node-ip"][0], place.tls("etcd")
    words = [
        place.bin("etcd"), f"--name={name}", f"--data-dir={data(place)}", "--logger=zap", "--log-level=info",
        f"--listen-client-urls=https://127.0.0.1:{CLIENT},https://{address}:{CLIENT}", f"--advertise-client-urls=https://{address}:{CLIENT}",
        f"--listen-client-http-urls=https://127.0.0.1:{GATEWAY}", f"--listen-metrics-urls=http://127.0.0.1:{METRICS}",
        f"--listen-peer-urls=https://127.0.0.1:{PEER},https://{address}:{PEER}", f"--initial-advertise-peer-urls=https://{address}:{PEER}",
        f"--cert-file={tls}/server-client.crt", f"--key-file={tls}/server-client.key", f"--trusted-ca-file={tls}/server-ca.crt", "--client-cert-auth=true",
        f"--peer-cert-file={tls}/peer-server-client.crt", f"--peer-key-file={tls}/peer-server-client.key", f"--peer-trusted-ca-file={tls}/peer-ca.crt",
        "--peer-client-cert-auth=true", "--heartbeat-interval=500", "--election-timeout=5000", "--snapshot-count=10000", "--max-learners=1",
    ]
    if cluster:
        words += [f"--initial-cluster={cluster}", f"--initial-cluster-state={'new' if new else 'existing'}"]
    return words + [f"--{word.lstrip('-')}" for word in settings["etcd-arg"]]


def data(place: Place) -> str:
    """Returns etcd's data directory."""
    return place("server", "db", "etcd")


def initialised(place: Place) -> bool:
    """Tells whether this host holds a member's data."""
    return os.path.isdir(os.path.join(data(place), "member"))


def member_name(place: Place, node: str) -> str:
    """Returns this member's name, made once: the node's name and eight hexadecimal digits."""
    path = os.path.join(data(place), "name")
    if os.path.exists(path):
        with open(path, encoding="utf-8") as file:
            return file.read().strip()
    os.makedirs(data(place), mode=0o700, exist_ok=True)
    name = f"{node}-{os.urandom(4).hex()}"
    with open(path, "w", encoding="utf-8") as file:
        file.write(name)
    return name


def join(members: list[dict[str, t.Any]], node: str, name: str, address: str) -> bool:
    """Tells whether a joining member must be added. Raises Fatal where another one has this node's name."""
    for member in members:
        hosts = {url.split("//")[1].rsplit(":", 1)[0] for url in member.get("peerURLs", [])}
        own, other = address in hosts, member.get("name", "")
        if own and other in ("", name):
            return False
        if other.rsplit("-", 1)[0] == node and other != name:
            raise log.Fatal("etcd cluster join failed: duplicate node name found, please use a unique name for this node")
    return True

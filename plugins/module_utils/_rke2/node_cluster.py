# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What a node of the cluster knows of it: API server, nodes, etcd's members. Read only, with the certificates that RKE2 keeps on the node.

On a server: the admin's client certificate, and etcd's own. On an agent: the kubelet's, which may read its own node.
"""

from __future__ import annotations

import calendar
import os
import re
import time
import typing as t

from ansible_collections.unifiedmeta.platform.plugins.module_utils._rke2.node_client import Client, Unanswered
from ansible_collections.unifiedmeta.platform.plugins.module_utils._rke2.node_layout import Layout

API = ("127.0.0.1", 6443)
# etcd answers JSON (https://etcd.io/docs/v3.6/dev-guide/api_grpc_gateway) where its HTTP clients are let in: RKE2 has a port of their own for them.
ETCD = (("127.0.0.1", 2382), ("127.0.0.1", 2379))
VOTER = "EtcdIsVoter"
ETCD_ROLE = "node-role.kubernetes.io/etcd"
# node-args and node-env are long, and nothing is decided by them.
ANNOTATIONS = re.compile(r"^(etcd\.)?rke2\.(cattle\.)?io/(?!node-args$|node-env$)")
ENCRYPTION = "rke2.io/encryption-config-hash"


def ask(layout: Layout, timeout: float = 5.0, beats: dict[str, float | None] | None = None) -> dict[str, t.Any]:
    """The cluster as this server sees it: reachable, ready, nodes, members (None: can't be asked), encryption (None: none), fault (a sentence or None).
    ``beats``: gets the time of each node's last sign of life, which is no fact: it is another one at each look.
    """
    found: dict[str, t.Any] = {"reachable": False, "ready": False, "nodes": [], "members": None, "encryption": None, "fault": None}
    try:
        with api(layout, timeout) as client:
            found["ready"] = ready(client)
            found["reachable"] = True
            items = client.pages("/api/v1/nodes")
            found["nodes"] = [node(item) for item in items]
            if beats is not None:
                beats.update({item["metadata"]["name"]: heartbeat(item) for item in items})
    except Unanswered as error:
        found["fault"] = str(error)
    found["members"] = members(layout, timeout)
    # «<stage>-<hash of the configuration>» on each server: https://docs.rke2.io/security/secrets_encryption
    stages = {item["name"]: item["annotations"][ENCRYPTION] for item in found["nodes"] if ENCRYPTION in item["annotations"]}
    found["encryption"] = {"stages": stages} if stages else None
    return found


def api(layout: Layout, timeout: float = 5.0) -> Client:
    """A client of the API server on this server, as RKE2's admin. Raises Unanswered without certificates."""
    tls = layout.data("server", "tls")
    return Client(*API, ca=os.path.join(tls, "server-ca.crt"), certificate=os.path.join(tls, "client-admin.crt"), key=os.path.join(tls, "client-admin.key"),
                  timeout=timeout)


def kubelet(layout: Layout, timeout: float = 5.0) -> Client:
    """A client of the API server as this node's kubelet. Raises Unanswered before the node has its certificates."""
    agent = layout.data("agent")
    try:
        with open(os.path.join(agent, "kubelet.kubeconfig"), encoding="utf-8") as handle:
            match = re.search(r"^\s*server: *[\"']?https://(\[[^\]]+\]|[^:/\"']+):([0-9]+)", handle.read(), re.MULTILINE)
    except OSError as error:
        raise Unanswered("credentials", f"{error.filename}: {error.strerror}; the agent has not registered yet") from error
    host, port = (match.group(1).strip("[]"), int(match.group(2))) if match else API
    return Client(host, port, ca=os.path.join(agent, "server-ca.crt"), certificate=os.path.join(agent, "client-kubelet.crt"),
                  key=os.path.join(agent, "client-kubelet.key"), timeout=timeout)


def ready(client: Client) -> bool:
    """Does the API server say that it is ready (https://kubernetes.io/docs/reference/using-api/health-checks/)? Raises Unanswered where it says nothing."""
    try:
        return client.ask("/readyz") == "ok"
    except Unanswered as error:
        if error.kind != "status":
            raise
        return False


def node(item: t.Mapping[str, t.Any]) -> dict[str, t.Any]:
    """What matters of a Node of the Kubernetes API. ``etcd_voter``: None where it has no etcd."""
    meta, spec, status = item["metadata"], item.get("spec") or {}, item.get("status") or {}
    conditions = {one["type"]: one.get("status") == "True" for one in status.get("conditions") or []}
    # What the kubelet itself says of it.
    reason = next((one.get("message") or one.get("reason") for one in status.get("conditions") or []
                   if one["type"] == "Ready" and one.get("status") != "True"), None)
    labels = meta.get("labels") or {}
    return {
        "name": meta["name"], "ready": conditions.get("Ready", False), "reason": reason, "version": (status.get("nodeInfo") or {}).get("kubeletVersion"),
        "labels": labels, "taints": [{key: taint.get(key) for key in ("key", "value", "effect")} for taint in spec.get("taints") or []],
        "unschedulable": bool(spec.get("unschedulable")), "addresses": [one["address"] for one in status.get("addresses") or [] if one["type"] != "Hostname"],
        "etcd_voter": conditions.get(VOTER, False) if VOTER in conditions or ETCD_ROLE in labels else None,
        "annotations": {name: value for name, value in (meta.get("annotations") or {}).items() if ANNOTATIONS.match(name)},
    }


def heartbeat(item: t.Mapping[str, t.Any]) -> float | None:
    """When a node's kubelet last told how it is, by that node's own clock (epoch); None where it never has."""
    times = [one.get("lastHeartbeatTime") for one in (item.get("status") or {}).get("conditions") or [] if one["type"] == "Ready"]
    return float(calendar.timegm(time.strptime(times[0], "%Y-%m-%dT%H:%M:%SZ"))) if times and times[0] else None


def members(layout: Layout, timeout: float = 5.0) -> list[dict[str, t.Any]] | None:
    """etcd's members: name, id, peer_urls, learner; a member that hasn't started has no name. None where etcd can't be asked."""
    tls = layout.data("server", "tls", "etcd")
    for host, port in ETCD:
        try:
            with Client(host, port, ca=os.path.join(tls, "server-ca.crt"), certificate=os.path.join(tls, "client.crt"), key=os.path.join(tls, "client.key"),
                        timeout=timeout) as client:
                answer = client.ask("/v3/cluster/member/list", {})
        except Unanswered:
            continue
        if isinstance(answer, dict):
            return [{"name": one.get("name") or "", "id": str(one.get("ID") or ""), "peer_urls": one.get("peerURLs") or [],
                     "learner": bool(one.get("isLearner"))} for one in answer.get("members") or []]
    return None

# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Clusters as facts, for the planner's tests: bare ones, running ones, and what may have happened to them."""

from __future__ import annotations

import copy
import hashlib

from ansible_collections.unifiedmeta.platform.plugins.module_utils._rke2.desired import rke2_spec
from ansible_collections.unifiedmeta.platform.plugins.module_utils._rke2.names import fingerprint
from ansible_collections.unifiedmeta.platform.plugins.module_utils._rke2.plan import plan

GIB = 2**30
VERSION = "v1.35.4+rke2r1"
SITE = {"version": VERSION, "cluster_name": "demo", "endpoint": {"kind": "external", "host": "rke2.example.org"}, "preload_images": False}
FINGERPRINTS = {"token": fingerprint("server-token"), "agent-token": fingerprint("agent-token")}
CA = "c" * 64
TARBALLS = {"rke2.linux-amd64.tar.gz": "1" * 64, "rke2.linux-arm64.tar.gz": "2" * 64}


def hosts(servers=3, agents=2, **further):
    """What the inventory says: s1 … and a1 …; ``further``: host -> its own settings."""
    made = {f"s{number}": {"role": "server", "address": f"10.0.0.{number}"} for number in range(1, servers + 1)}
    made.update({f"a{number}": {"role": "agent", "address": f"10.0.0.{100 + number}"} for number in range(1, agents + 1)})
    for name, settings in further.items():
        made[name].update(settings)
    return made


def wanted(site=None, nodes=None, **options):
    """A desired state."""
    return rke2_spec({**SITE, **(site or {})}, hosts() if nodes is None else nodes, **options)


def bare(name, address="10.0.0.1"):
    """Facts of a host that has nothing."""
    unit = {"enabled": False, "active": "inactive", "since": None, "invocation": None, "result": "success"}
    return {
        "reachable": True,
        "hostname": name,
        "arch": "amd64",
        "os": {"id": "debian", "version": "12", "kernel": "6.1.0"},
        "boot_id": f"boot-{name}",
        "addresses": [address],
        "service": {"server": dict(unit), "agent": dict(unit)},
        "installed": None,
        "started": None,
        "config": None,
        "files": {},
        "token": None,
        "ca": None,
        "datastore": False,
        "images": {},
        "staged": {},
        "cluster": None,
        "default_route": True,
        "systemd": True,
        "memory": 8 * GIB,
        "cpus": 4,
        "swap": False,
        "cgroup": 2,
        "disk": {"/var/lib/rancher": {"free": 90 * GIB, "size": 100 * GIB, "inodes_free": 5000000}},
        "fsync_ms": None,
        "listening": [],
        "network_manager": {"active": False, "unmanaged_cni": False},
        "users": {"etcd": True},
        "sysctl": {"fs.inotify.max_user_instances": "8192"},
        "resolvers": ["10.0.9.9"],
        "firewalld": False,
        "clock_offset": 0.1,
        "resolves": {"rke2.example.org": ["10.0.0.1"]},
    }


def bares(desired):
    """Facts of all hosts of a desired state, nothing on them."""
    return {host: bare(node["name"], node["address"]) for host, node in desired["nodes"].items()}


def running(desired, of=None):
    """Facts of a cluster that is what is wanted; ``of``: the hosts that are in it, all where it is None."""
    facts = bares(desired)
    members = [host for host in desired["nodes"] if of is None or host in of]
    for host in members:
        facts[host].update(_member(desired["nodes"][host], desired["version"]))
    view = {
        "reachable": True,
        "ready": True,
        "encryption": None,
        "nodes": [_api(desired["nodes"][host], desired["version"]) for host in members],
        "members": [
            {"name": f"{desired['nodes'][host]['name']}-0123abcd", "id": str(number), "peer_urls": [], "learner": False}
            for number, host in enumerate(members)
            if desired["nodes"][host]["role"] == "server"
        ],
    }
    for host in members:
        if desired["nodes"][host]["role"] == "server":
            facts[host]["cluster"] = copy.deepcopy(view)
    return facts


def _member(node, version):
    """What a host that has joined adds to its facts."""
    server = node["role"] == "server"
    secrets = dict(FINGERPRINTS) if server else {"token": FINGERPRINTS["agent-token"]}
    config = {**copy.deepcopy(node["config"]), **secrets}
    files = {path: {"sha256": hashlib.sha256(file["content"].encode()).hexdigest(), "mode": file["mode"]} for path, file in node["files"].items()}
    read = {path: file["sha256"] for path, file in files.items() if "/manifests/" not in path}
    unit = {"enabled": True, "active": "active", "since": 1.0, "invocation": "i", "result": "success"}
    off = {"enabled": False, "active": "inactive", "since": None, "invocation": None, "result": "success"}
    return {
        "service": {"server": unit if server else off, "agent": off if server else unit},
        "installed": version,
        "config": config,
        "started": {"version": version, "config": copy.deepcopy(config), "files": read},
        "files": files,
        "ca": CA,
        "datastore": server,
        "token": FINGERPRINTS["token"] if server else None,
    }


def _api(node, version):
    """The node as the API shows it."""
    config = node["config"]
    return {
        "name": node["name"],
        "ready": True,
        "version": version,
        "labels": dict(item.split("=", 1) for item in config.get("node-label", [])),
        "taints": [
            {"key": text.rpartition(":")[0].partition("=")[0], "value": text.rpartition(":")[0].partition("=")[2] or None, "effect": text.rpartition(":")[2]}
            for text in config.get("node-taint", [])
        ],
        "unschedulable": False,
        "addresses": [node["address"]],
        "etcd_voter": True if node["role"] == "server" else None,
        "annotations": {},
    }


def stop(facts, host, state="inactive", result="success"):
    """Its service no longer runs: the others see it."""
    for unit in facts[host]["service"].values():
        if unit["enabled"]:
            unit.update(active=state, result=result)
    facts[host].update(started=None, cluster=None)
    unready(facts, host)


def lose(facts, *names):
    """Hosts that don't answer any more, and whose nodes are down."""
    for host in names:
        unready(facts, host)
        facts[host] = {"reachable": False}


def unready(facts, host):
    name = facts[host].get("hostname", host)
    for fact in facts.values():
        for node in (fact.get("cluster") or {}).get("nodes") or []:
            if node["name"] == name:
                node.update(ready=False, etcd_voter=False if node["etcd_voter"] is not None else None)


def upgrade(facts, host, version):
    """It runs another version, and the others see it."""
    facts[host].update(installed=version, started={**facts[host]["started"], "version": version})
    for fact in facts.values():
        for node in (fact.get("cluster") or {}).get("nodes") or []:
            if node["name"] == facts[host]["hostname"]:
                node["version"] = version


def stray(facts, *names):
    """Hosts of another cluster: a server's API knows itself alone, the others' don't see it Ready."""
    for name in names:
        own = [{**node, "ready": True} for fact in facts.values() for node in (fact.get("cluster") or {}).get("nodes") or [] if node["name"] == name][:1]
        unready(facts, name)
        facts[name]["ca"] = "d" * 64
        if facts[name]["cluster"]:
            facts[name]["cluster"].update(nodes=own, members=[{"name": f"{name}-0123abcd", "id": "1", "peer_urls": [], "learner": False}])


def wipe(facts, host):
    """A host made anew under its old name: nothing on it, the cluster still knows its node."""
    facts[host] = bare(facts[host]["hostname"], facts[host]["addresses"][0])
    unready(facts, host)


def make(desired, facts, **options):
    """The plan, with the tokens that the cluster has."""
    return plan(desired, facts, **{"fingerprints": FINGERPRINTS, **options})


def told(made):
    """(host, action) of what is done, in order."""
    return [(step["host"], step["action"]) for step in made["steps"] if step["action"] != "none" and step["in_limit"]]


def reasons(made, host):
    return next(step["reasons"] for step in made["steps"] if step["host"] == host)

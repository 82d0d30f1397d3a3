# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What ``rke2_node`` does for each of its states: from the module's arguments to its result."""

from __future__ import annotations

import os
import time
import typing as t

from ansible_collections.unifiedmeta.platform.plugins.module_utils._plan import Refused
from ansible_collections.unifiedmeta.platform.plugins.module_utils._rke2 import (
    node_api,
    node_cluster,
    node_desired,
    node_evidence,
    node_explain,
    node_facts,
    node_gate,
    node_layout,
    node_remove,
    node_service,
    node_snapshot,
    node_stage,
    node_start,
    node_started,
)
from ansible_collections.unifiedmeta.platform.plugins.module_utils._rke2.node_layout import Layout

Params = t.Mapping[str, t.Any]
Result = dict[str, t.Any]
# A wait that can't help is ended when its reason has been seen for so long: a server that restarts refuses tokens for a moment, too.
PATIENCE = 30.0
TAIL = 20


def staged(layout: Layout, params: Params, check: bool) -> Result:
    """The release beside what runs. ``incoming``: name -> path of files that have come; what is still needed is told, for the action plugin to bring."""
    node = params["node"]
    version, artifacts = node.get("version"), node.get("artifacts")
    if not version or not artifacts:
        raise Refused("", ["node.version and node.artifacts are needed to stage a release"])
    came = {name: path for name, path in params["incoming"].items() if name in artifacts}
    for name, path in came.items():
        node_stage.put(layout, version, name, artifacts[name], path)
    needed = node_stage.missing(layout, version, artifacts)
    node_stage.need_space(layout, {name: int(size) for name, size in (params["sizes"] or {}).items() if name in needed})
    gone = [] if check or needed else node_stage.forget(layout, {version, node_started.version(layout.binary())} - {None})
    told = [f"stage {name}" for name in (needed if check else sorted(came))]
    return {"changed": bool(came or gone) or (check and bool(needed)), "needed": needed, "actions": told + [f"remove staged {name}" for name in gone]}


def started(layout: Layout, params: Params, check: bool) -> Result:
    """The service running as wanted, and all as the gate wants it. Raises Refused with the reasons where it doesn't come up."""
    given = params["node"]
    known = {key: given[key] for key in ("config", "files", "ca", "restart", "reasons", "start_server") if given.get(key) is not None}
    secrets = {key: str(value) for key, value in params["secrets"].items() if value}
    node = node_start.Node(role=str(given.get("role") or ""), name=str(given.get("name") or os.uname().nodename.lower()),
                           version=str(given.get("version") or ""), secrets=secrets, prefix=params["prefix"], **known)
    todo = node_start.plan(layout, node, foreseen=check)
    result: Result = {"changed": bool(todo.sentences(node)), "actions": todo.sentences(node), "diff": node_desired.diffs(layout, todo.changed)}
    if check:
        return result
    began = time.time()
    node_start.apply(layout, node, todo)
    if given.get("wait", True):
        seen = _wait(layout, node, todo, _gate(given, node, todo), began, params["timeout"])
        result["waited"] = seen.waited
    kept = node_start.settle(layout, node)
    result["actions"] += [f"write {file.path} as it stays" for file in kept]
    result["changed"] = result["changed"] or bool(kept)
    # Those who join in the same run know the cluster by it.
    result["ca"] = node_facts.secrets(layout)["ca"]
    return result


def stopped(layout: Layout, params: Params, check: bool) -> Result:
    """The service not running."""
    names = node_remove.running(layout)
    if names and not check:
        node_remove.stop(layout, bool(params["node"].get("pods")))
    return {"changed": bool(names), "actions": [f"stop {name}.service" for name in names]}


def absent(layout: Layout, params: Params, check: bool) -> Result:  # pylint: disable=unused-argument  # all states are called alike
    """Nothing of RKE2, nor of us, on the host."""
    paths = [*node_remove.running(layout), *node_remove.left(layout)]
    if paths and not check:
        node_remove.remove(layout)
        rest = node_remove.left(layout)
        # A mount point of its own stays, as an empty folder.
        rest = [path for path in rest if not os.path.ismount(layout.at(path))]
        if rest:
            raise Refused("", [f"RKE2 could not be taken off this host: {', '.join(rest)} is left. See what holds it (lsof, findmnt), end that, and run again"])
    return {"changed": bool(paths), "actions": [f"remove {path}" for path in paths]}


def snapshotted(layout: Layout, params: Params, check: bool) -> Result:
    """A snapshot of etcd of the name that is asked for, once."""
    name = str(params["node"].get("snapshot") or "")
    made = node_snapshot.there(layout, name)
    if made:
        return {"changed": False, "actions": [], "snapshot": made[-1]}
    return {"changed": True, "actions": [f"take the snapshot {name}"], **({} if check else {"snapshot": node_snapshot.take(layout, name, params["timeout"])})}


def labelled(layout: Layout, params: Params, check: bool) -> Result:
    """Labels and taints of a node that is in the cluster, changed from this server."""
    node = params["node"]
    api, taints = node.get("api") or {}, (node.get("api") or {}).get("taints") or {}
    with node_cluster.api(layout) as client:
        patch = node_api.apply(client, node["name"], api.get("labels") or {}, taints.get("add") or [], taints.get("remove") or [], check)
    told = [f"label {name} of {node['name']}: {value}" for name, value in ((patch.get("metadata") or {}).get("labels") or {}).items()]
    return {"changed": bool(patch), "actions": told + ([f"taints of {node['name']}: {patch['spec']['taints']}"] if "spec" in patch else [])}


def _gate(given: Params, node: node_start.Node, todo: node_start.Todo) -> node_gate.Wanted:
    up = given.get("up")
    return node_gate.Wanted(node.role, node.name, node.version, tuple(given.get("members") or ()), None if up is None else tuple(up),
                            todo.invocation if todo.service else None)


def _wait(layout: Layout, node: node_start.Node, todo: node_start.Todo, wanted: node_gate.Wanted, began: float, timeout: int) -> node_gate.Seen:
    """Wait at the gate; the stamp is written as soon as the new process runs."""
    noted, first = todo.service is None, {}

    def explain(seen: node_gate.Seen) -> list[node_explain.Cause]:
        server = node.starting_config().get(node_start.SERVER)
        there = (seen.cluster or {}).get("members")
        evidence = node_evidence.collect(layout, node.role, node.name, server, began, list(node.secrets.values()), there, seen.node)
        return node_explain.explain(evidence)

    def hopeless(seen: node_gate.Seen) -> bool:
        nonlocal noted
        noted = noted or node_start.note(layout, node, todo, seen.unit)
        if seen.waited < PATIENCE:
            return False
        # Evidence costs a log and a connection: not at each look.
        if seen.waited - first.get("asked", 0.0) < PATIENCE / 3:
            return False
        first["asked"] = seen.waited
        lasting = [cause.key for cause in explain(seen) if cause.lasting]
        again = [key for key in lasting if key in first.get("seen", ())]
        first["seen"] = lasting
        return bool(again)

    seen = node_gate.wait(layout, wanted, time.monotonic() + timeout, hopeless)
    if not noted:
        node_start.note(layout, node, todo, seen.unit)
    if seen.missing:
        causes = explain(seen)
        name = node_layout.unit(node.role)
        tail = [node_evidence.hidden(line, list(node.secrets.values()))[:400] for line in node_service.log(name, began, TAIL)]
        head = f"{node.name} is not as it shall be after {seen.waited:.0f} s: {'; '.join(seen.missing)}"
        texts = [cause.text for cause in causes] or [f"No known reason was found; read «journalctl -u {name}» on the node, and run again when it is mended."]
        raise Refused(head, texts, {"changed": True, "missing": seen.missing, "causes": texts, "log": tail})
    return seen


STATES: dict[str, t.Callable[[Layout, Params, bool], Result]] = {
    "staged": staged, "started": started, "stopped": stopped, "absent": absent, "labelled": labelled,
    "snapshotted": snapshotted,
}

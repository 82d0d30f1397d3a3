# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The order of a rollout: a step a host, each with its reasons, and quorum counted from step to step. Pure.

Servers one at a time: those that are down first, then those that are on their way, then joins (a spare voter more), then what
takes a voter away; agents after all servers, since a kubelet must not be newer than its API server. Source: docs.rke2.io/install/ha, /upgrades/manual.
"""

from __future__ import annotations

import typing as t
from dataclasses import dataclass, field

from ansible_collections.unifiedmeta.platform.plugins.module_utils._rke2.changes import Changes, changes, stage
from ansible_collections.unifiedmeta.platform.plugins.module_utils._rke2.endpoint import url
from ansible_collections.unifiedmeta.platform.plugins.module_utils._rke2.quorum import Members
from ansible_collections.unifiedmeta.platform.plugins.module_utils._rke2.seen import Seen

# Servers are taken in this order.
_ORDER = ("install", "start", "wait", "join", "restart", "upgrade", "update", "stage", "none")


@dataclass
class Step:
    """What happens to one host. ``group``: the play that does it; ``reasons``: of the action; ``stage``: files that are brought before."""

    host: str
    group: str
    action: str
    reasons: list[str] = field(default_factory=list)
    restart: bool = False
    drain: bool = False
    order: int = 0
    in_limit: bool = True
    start_server: str | None = None
    wait: bool = True
    stage: list[str] = field(default_factory=list)
    members: list[str] = field(default_factory=list)
    up: list[str] = field(default_factory=list)
    api: dict[str, t.Any] = field(default_factory=dict)
    via: str | None = None

    def as_dict(self) -> dict[str, t.Any]:
        return dict(vars(self))


def rollout(seen: Seen, fingerprints: t.Mapping[str, str], limit: t.Collection[str]) -> tuple[list[Step], list[str], list[str]]:
    """Steps of all hosts in their order, refusals, warnings. Steps of hosts outside of ``limit`` are told and not carried out."""
    steps = [_step(seen, host, fingerprints) for host in (*seen.servers, *seen.agents)]
    for step in steps:
        step.in_limit = step.host in limit
    healthy = seen.healthy()
    servers = sorted(
        (step for step in steps if step.group != "agents"), key=lambda step: (_ORDER.index(step.action), step.host in healthy, seen.servers.index(step.host))
    )
    refused, warned = _quorum(seen, [step for step in servers if step.in_limit])
    ordered = [*servers, *(step for step in steps if step.group == "agents")]
    for number, step in enumerate((step for step in ordered if step.action != "none" and step.in_limit), 1):
        step.order = number
    return ordered, refused, warned


def _step(seen: Seen, host: str, fingerprints: t.Mapping[str, str]) -> Step:
    role = seen.nodes[host]["role"]
    step = Step(host, "servers" if role == "server" else "agents", "none")
    if not seen.reachable(host):
        step.reasons = ["can't be reached"]
        return step
    if not seen.begun(host):
        return _new(seen, step)
    made = changes(seen, host, fingerprints)
    step.stage, step.api = made.stage, {name: part for name, part in (("labels", made.labels), ("taints", made.taints)) if part}
    step.via = _via(seen, host) if step.api else None
    unit = seen.unit(host)
    if not unit.get("enabled", True):
        made.live.append(f"rke2-{role}: is not enabled, so it would be away after a reboot")
    _act(seen, step, made, unit)
    drain = seen.desired["settings"]["drain"].get("enabled", False)
    step.drain = bool(drain and step.action == "upgrade" and seen.runs(host) and len(seen.nodes) > 1)
    step.via = _via(seen, host) if step.drain else step.via
    return step


def _act(seen: Seen, step: Step, made: Changes, unit: dict[str, t.Any]) -> None:
    """The action of a host that is a part of the cluster: the weightiest of its reasons."""
    if _alone(seen, step.host):
        # As it was started before: by the endpoint it would look for a cluster that there isn't yet.
        step.start_server = ""
    if not seen.runs(step.host):
        step.action, step.restart = "start", True
        told = f" ({unit['result']})" if unit.get("result") not in (None, "", "success") else ""
        step.reasons = [f"rke2-{seen.nodes[step.host]['role']} is {unit.get('active', 'not running')}{told}", *made.restart, *made.live]
    elif made.restart:
        step.action, step.restart = "upgrade" if made.version else "restart", True
        step.reasons = [*made.restart, *made.live]
    elif _under_way(seen, step.host):
        step.action = "wait"
        step.reasons = ["has been started and is not through the gate yet", *made.live]
    elif made.live:
        step.action, step.reasons = "update", made.live
    elif made.stage:
        step.action, step.reasons = "stage", [f"files to bring: {', '.join(made.stage)}"]


def _alone(seen: Seen, host: str) -> bool:
    """Is it a first server whose first start was ended before its API answered? Its file has no ``server`` yet, and nobody else has begun."""
    config = seen.fact(host, "config", {})
    return seen.view is None and [server for server in seen.servers if seen.begun(server)] == [host] and bool(config) and "server" not in config


def _under_way(seen: Seen, host: str) -> bool:
    """Was it started by a run that didn't see the end of it? A server that isn't Ready and a voter; an agent that has no node; one whose kubelet is still
    the one before. An agent that isn't Ready may have reasons of its own, and holds up nobody."""
    node = seen.node(host)
    before = (node or {}).get("version")
    if before and before.partition("+")[0] != seen.desired["version"].partition("+")[0]:
        return True
    if seen.nodes[host]["role"] == "server":
        return not seen.settled(host) or _alone(seen, host)
    return seen.view is not None and node is None


def _new(seen: Seen, step: Step) -> Step:
    """A host that has nothing yet."""
    step.stage, step.restart = stage(seen, step.host), True
    if step.group == "servers" and not seen.exists and step.host == seen.servers[0]:
        step.group, step.action, step.start_server = "init", "install", ""
        step.reasons = ["first server of a new cluster: all servers answered, and none has a datastore"]
    else:
        step.action, step.start_server = "join", _way_in(seen, step.host)
        step.reasons = [f"new {seen.nodes[step.host]['role']}; registers at {step.start_server or seen.desired['cluster']['endpoint']['url']}"]
    return step


def _way_in(seen: Seen, host: str) -> str | None:
    """The URL by which a host joins; None for the endpoint, where that was seen to answer for this cluster. Else a server that is up, or will be."""
    answer = seen.fact(host, "endpoint", {})
    if answer.get("answers") and answer.get("ca") and answer["ca"] == seen.authority():
        return None
    candidates = [server for server in seen.servers if server != host]
    by = next(
        (server for server in candidates if seen.runs(server) and seen.settled(server)),
        next((server for server in candidates if seen.runs(server)), next((server for server in candidates if seen.begun(server)), None)),
    )
    by = by or (candidates[0] if candidates else None)
    address = address_of(seen, by) if by else None
    return url(address) if address else None


def address_of(seen: Seen, host: str) -> str | None:
    """The host's address among the nodes: as the site says, as its facts say, or none."""
    said = seen.nodes[host]["address"].partition(",")[0].strip()
    return said or next(iter(seen.fact(host, "addresses", [])), None)


def _via(seen: Seen, host: str) -> str | None:
    """The server that is asked to change the node in the API: a settled one, rather another one than the node itself."""
    able = [server for server in seen.servers if seen.reachable(server) and seen.runs(server) and seen.settled(server)]
    return next((server for server in able if server != host), able[0] if able else None)


def _quorum(seen: Seen, steps: list[Step]) -> tuple[list[str], list[str]]:
    """Counts voters from step to step, and says of each step what the gate behind it expects."""
    healthy = seen.healthy()
    members = Members(seen.voters(), healthy)
    refused, warned = [], []
    for step in steps:
        why = None
        if step.action == "install" or (step.action == "wait" and not members.voters):
            members.found(step.host)
        elif step.action == "start" and seen.joined(step.host):
            members.voters.add(step.host)
            step.wait = members.rejoin(step.host)
        elif step.action == "wait":
            members.voters.add(step.host)
            members.healthy.add(step.host)
        elif step.action == "join":
            # Without any voter there is no cluster, which others refuse.
            why = members.join_fault(step.host) if members.voters else None
        elif step.restart:
            why = members.restart_fault(step.host)
            if why is None and step.host in members.voters:
                members.rejoin(step.host)
            if members.voters == {step.host} and step.host in healthy:
                warned.append(f"{step.host}: is the only server; the API is away while it restarts")
        if why:
            refused.append(f"{step.host}: {why}")
        if step.action not in ("none", "stage", "update"):
            step.members = sorted(_named(seen, members.voters)) if step.wait else []
            step.up = sorted(_named(seen, members.healthy)) if step.wait else []
    if steps and members.voters and not members.has_quorum and any(step.action == "start" for step in steps):
        warned.append(f"etcd has no quorum even then ({members.tally()}); the API comes back with the next server, or by a snapshot (restore.yml)")
    return refused, warned


def _named(seen: Seen, hosts: t.Iterable[str]) -> list[str]:
    return [seen.nodes[host]["name"] if host in seen.nodes else host for host in hosts]

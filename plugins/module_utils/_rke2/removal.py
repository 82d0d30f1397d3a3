# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Nodes that leave a cluster, also the first server and one that doesn't answer: ordered steps by quorum, or refusals. Pure.

A replacement is a removal, then a rollout with that host alone: it joins as any other, since the others have the cluster.
Source: docs.rke2.io/install/ha; RKE2 takes a server's member out of etcd when its node is deleted from the API (k3s, pkg/etcd, member removal controller).
"""

from __future__ import annotations

import typing as t

from ansible_collections.unifiedmeta.platform.plugins.module_utils._rke2.basis import basis, digest
from ansible_collections.unifiedmeta.platform.plugins.module_utils._rke2.explain import explain
from ansible_collections.unifiedmeta.platform.plugins.module_utils._rke2.names import suggestion
from ansible_collections.unifiedmeta.platform.plugins.module_utils._rke2.plan import cluster
from ansible_collections.unifiedmeta.platform.plugins.module_utils._rke2.quorum import Members, needed, spare
from ansible_collections.unifiedmeta.platform.plugins.module_utils._rke2.refusals import of_removal
from ansible_collections.unifiedmeta.platform.plugins.module_utils._rke2.rollout import Step
from ansible_collections.unifiedmeta.platform.plugins.module_utils._rke2.seen import Seen


def plan(
    desired: dict[str, t.Any], facts: dict[str, dict[str, t.Any]], leaving: t.Sequence[str], *, fingerprints: t.Mapping[str, str] | None = None
) -> dict[str, t.Any]:
    """The same shape as a rollout's plan. ``leaving``: hosts of the inventory, or names of nodes that only the cluster knows.

    ``groups.remove``: in order; ``nodes``: by host, what is needed to drain, delete and wipe: ``via`` is the server to ask,
    ``reachable`` whether the host can be wiped.
    """
    seen = Seen(desired, facts)
    hosts = [seen.hosts_by_node.get(name, name) for name in dict.fromkeys(leaving)]
    refused, warned = of_removal(seen, hosts)
    known = {*seen.nodes, *seen.strangers()}
    refused += [f"{host}: neither the inventory nor the cluster knows it{suggestion(host, known)}" for host in hosts if host not in known]
    if not seen.exists:
        refused.append("no server has a cluster, so there is nothing to remove a node from; to wipe hosts: reset.yml")
    steps = [_step(seen, host, hosts) for host in hosts if host in known]
    # Agents hold nothing up; of servers those that are down go first, which brings spare voters.
    steps.sort(key=lambda step: (step.group == "servers", step.host in seen.healthy(), hosts.index(step.host)))
    further, more = _quorum(seen, steps)
    refused, warned = [*refused, *further], [*warned, *more]
    for number, step in enumerate(steps, 1):
        step.order = number
    rests = basis(desired, facts, fingerprints or {}, hosts)
    made: dict[str, t.Any] = {
        "cluster": cluster(seen),
        "steps": [step.as_dict() for step in steps],
        "groups": {"remove": [] if refused else [step.host for step in steps]},
        "nodes": {step.host: _node(seen, step) for step in steps},
        "refusals": list(dict.fromkeys(refused)),
        "warnings": list(dict.fromkeys(warned)),
        "snapshot": None,
        "fingerprint": digest(rests),
        "basis": rests,
    }
    made["summary"] = explain(made)
    return made


def _step(seen: Seen, host: str, leaving: t.Collection[str]) -> Step:
    server = host in seen.voters() or (host in seen.nodes and seen.nodes[host]["role"] == "server")
    step = Step(host, "servers" if server else "agents", "remove", restart=False)
    node = seen.node(host)
    able = [other for other in seen.servers if other not in leaving and seen.reachable(other) and seen.runs(other) and seen.settled(other)]
    step.via = able[0] if able else None
    step.drain = bool(node and node.get("ready"))
    reachable = host in seen.nodes and seen.reachable(host)
    step.reasons = [
        "asked for",
        *([] if reachable else ["can't be reached, so it is taken out of the cluster and not wiped; if it comes back, reset it before it is used"]),
        *([] if node or seen.view is None else ["the cluster has no node of it any more"]),
    ]
    return step


def _quorum(seen: Seen, steps: list[Step]) -> tuple[list[str], list[str]]:
    members = Members(seen.voters(), seen.healthy())
    refused, warned = [], []
    for step in steps:
        why = members.remove_fault(step.host)
        if why:
            refused.append(f"{step.host}: {why}")
        elif step.via is None and seen.exists:
            refused.append(f"{step.host}: no other server is there that could be asked to take it out; bring one up first")
        step.members, step.up = sorted(_name(seen, host) for host in members.voters), sorted(_name(seen, host) for host in members.healthy)
    servers = [step for step in steps if step.group == "servers"]
    if servers and not refused:
        left = len(members.voters)
        if left % 2 == 0:
            warned.append(f"{left} voters are left, of which {needed(left)} must be up: no more failures are borne than by {left - 1}; add a server soon")
        elif spare(left, len(members.healthy)) == 0 and left > 1:
            warned.append(f"{members.tally()} then, and none may fail until the others are back")
    return refused, warned


def _node(seen: Seen, step: Step) -> dict[str, t.Any]:
    host = step.host
    return {
        "name": _name(seen, host),
        "role": "server" if step.group == "servers" else "agent",
        "action": "remove",
        "via": step.via,
        "drain": step.drain,
        "reachable": host in seen.nodes and seen.reachable(host),
        "in_cluster": seen.node(host) is not None,
        "member": host in seen.voters(),
        "members": step.members,
        "up": step.up,
        "order": step.order,
        "reasons": step.reasons,
    }


def _name(seen: Seen, host: str) -> str:
    return seen.nodes[host]["name"] if host in seen.nodes else host

# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The gate behind which the next node waits: this one is Ready in the version that it shall have, and on a server every member of etcd has its vote.

``Ready`` alone would not do: a server is Ready while its etcd is still learning, and the next one to go would take the quorum with it.
"""

from __future__ import annotations

import time
import typing as t
from dataclasses import dataclass, field

from ansible_collections.unifiedmeta.platform.plugins.module_utils._rke2 import node_cluster, node_layout, node_service
from ansible_collections.unifiedmeta.platform.plugins.module_utils._rke2.node_client import Unanswered
from ansible_collections.unifiedmeta.platform.plugins.module_utils._rke2.node_layout import Layout

PAUSE = 1.0


@dataclass(frozen=True)
class Wanted:
    """What the gate waits for. ``members``: names of the nodes that are to be in etcd, none: whoever is there. ``up``: those of them that must have their
    vote, None: all; a server that is dead and that nobody has removed keeps no other one waiting. ``before``: systemd's id of a start that shall be over."""

    role: str
    name: str
    version: str | None = None
    members: tuple[str, ...] = ()
    up: tuple[str, ...] | None = None
    before: str | None = None

    def awaits(self, name: str) -> bool:
        """Must this node have its vote?"""
        return self.up is None or name in self.up or name == self.name


@dataclass
class Seen:
    """What was seen last. ``missing``: a sentence for each thing that isn't as it shall be; none: the gate is open."""

    missing: list[str] = field(default_factory=list)
    unit: dict[str, t.Any] = field(default_factory=dict)
    cluster: dict[str, t.Any] | None = None
    node: dict[str, t.Any] | None = None
    waited: float = 0.0


def look(layout: Layout, wanted: Wanted, timeout: float = 5.0) -> Seen:
    """One look at the node and, as far as it may, the cluster."""
    name = node_layout.unit(wanted.role)
    seen = Seen(unit=node_service.units([name])[name])
    if wanted.role == "server":
        beats: dict[str, float | None] = {}
        seen.cluster = node_cluster.ask(layout, timeout, beats)
        seen.node = next((one for one in seen.cluster["nodes"] if one["name"] == wanted.name), None)
        seen.missing = [*_unit(seen.unit, name, wanted), *_server(seen.cluster, wanted), *_node(seen.node, wanted), *_beat(seen, beats.get(wanted.name),
                                                                                                                           wanted)]
    else:
        try:
            with node_cluster.kubelet(layout, timeout) as client:
                item = client.ask(f"/api/v1/nodes/{wanted.name}")
            seen.node = node_cluster.node(item)
            seen.missing = [*_unit(seen.unit, name, wanted), *_node(seen.node, wanted), *_beat(seen, node_cluster.heartbeat(item), wanted)]
        except Unanswered as error:
            seen.missing = [*_unit(seen.unit, name, wanted), f"its node can't be asked for: {error}"]
    return seen


def wait(layout: Layout, wanted: Wanted, deadline: float, hopeless: t.Callable[[Seen], bool] = lambda _seen: False) -> Seen:
    """Look until all is as it shall be, or until the deadline (of ``time.monotonic``). ``hopeless``: asked after each look, ends the wait early."""
    began = time.monotonic()
    while True:
        seen = look(layout, wanted)
        seen.waited = round(time.monotonic() - began, 1)
        if not seen.missing or time.monotonic() >= deadline or hopeless(seen):
            return seen
        time.sleep(PAUSE)


def owner(member: str) -> str:
    """Name of the node that a member of etcd is on: RKE2 calls it by the node's name and eight digits."""
    return member.rsplit("-", 1)[0]


def _beat(seen: Seen, last: float | None, wanted: Wanted) -> list[str]:
    """A node that was restarted is still called Ready until somebody finds out: its own word since then is what counts."""
    if last is None or seen.unit["started"] is None or last >= seen.unit["started"] - 1:
        return []
    return [f"node {wanted.name} has not told how it is since its service was started"]


def _unit(unit: t.Mapping[str, t.Any], name: str, wanted: Wanted) -> list[str]:
    if wanted.before is not None and unit["invocation"] == wanted.before:
        return [f"{name}.service has not been started anew yet"]
    return [] if unit["active"] == "active" else [f"{name}.service is {unit['active']} ({unit['sub'] or 'not loaded'})"]


def _node(node: t.Mapping[str, t.Any] | None, wanted: Wanted) -> list[str]:
    if node is None:
        return [f"node {wanted.name} is not registered"]
    missing = [] if node["ready"] else [f"node {wanted.name} is not Ready" + (f" ({node['reason']})" if node["reason"] else "")]
    if wanted.version and node["version"] not in (wanted.version, wanted.version.split("+")[0]):
        missing.append(f"node {wanted.name} runs {node['version']}, not {wanted.version}")
    return missing


def _server(cluster: t.Mapping[str, t.Any], wanted: Wanted) -> list[str]:
    if not cluster["reachable"]:
        return [f"the API server doesn't answer: {cluster['fault']}"]
    missing = [] if cluster["ready"] else ["the API server's /readyz says that it is not ready"]
    missing += [f"etcd of node {node['name']} has no vote ({node_cluster.VOTER} is not True)" for node in cluster["nodes"]
                if node["etcd_voter"] is False and wanted.awaits(node["name"])]
    members = cluster["members"]
    if members is None:
        # RKE2's etcd need not answer JSON; then the conditions of the nodes, which RKE2 makes of its members, are all that there is.
        there = {node["name"] for node in cluster["nodes"] if node["etcd_voter"] is not None}
    else:
        missing += [f"etcd's member {one['name'] or one['peer_urls']} is still a learner" for one in members
                    if one["learner"] and (not one["name"] or wanted.awaits(owner(one["name"])))]
        missing += [f"etcd's member {one['peer_urls']} has not started" for one in members if not one["name"]]
        there = {owner(one["name"]) for one in members if one["name"]}
    if wanted.members:
        missing += [f"etcd has no member of node {name}" for name in sorted(set(wanted.members) - there)]
        missing += [f"etcd has a member of {name}, which is no server of this cluster" for name in sorted(there - set(wanted.members))]
    return missing

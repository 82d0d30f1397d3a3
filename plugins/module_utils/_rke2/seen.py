# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What was seen of a cluster, asked in the planner's words: who is there, who runs, who votes. Built of the facts of all hosts; nothing is guessed.

Facts are those of the module rke2_facts, one map a host; ``{"reachable": false}`` of a host that didn't answer.
"""

from __future__ import annotations

import re
import typing as t

RUNNING = ("active", "activating", "reloading")
# etcd's member of a node: its name, a hyphen and eight hexadecimal digits (k3s, pkg/etcd).
_MEMBER = re.compile(r"(.+)-[0-9a-f]{8}\Z")


class Seen:
    """``desired``: of rke2_spec; ``facts``: host -> facts. Hosts are inventory names, nodes are names in the cluster."""

    def __init__(self, desired: dict[str, t.Any], facts: t.Mapping[str, dict[str, t.Any]]) -> None:
        self.desired, self.facts = desired, facts
        self.nodes: dict[str, dict[str, t.Any]] = desired["nodes"]
        self.servers = [host for host, node in self.nodes.items() if node["role"] == "server"]
        self.agents = [host for host, node in self.nodes.items() if node["role"] == "agent"]
        self.hosts_by_node = {node["name"]: host for host, node in self.nodes.items()}
        self.view = self._view()

    def fact(self, host: str, name: str, default: t.Any = None) -> t.Any:
        """A fact, or ``default`` where the host didn't answer or has none."""
        found = self.facts.get(host, {}).get(name)
        return default if found is None else found

    def reachable(self, host: str) -> bool:
        return bool(self.facts.get(host, {}).get("reachable"))

    def name(self, host: str) -> str:
        return self.nodes[host]["name"]

    def unit(self, host: str, role: str = "") -> dict[str, t.Any]:
        """The service of the host's role, or of another."""
        return self.fact(host, "service", {}).get(role or self.nodes[host]["role"]) or {}

    def runs(self, host: str, role: str = "") -> bool:
        return self.unit(host, role).get("active") in RUNNING

    def joined(self, host: str) -> bool:
        """Is it a part of a cluster already, by what lies on its disk? A server by its datastore; an agent by the CA that it was given."""
        return bool(self.fact(host, "datastore" if self.nodes[host]["role"] == "server" else "ca"))

    def begun(self, host: str) -> bool:
        """Has it joined, or is it about to?"""
        return self.joined(host) or self.runs(host)

    @property
    def exists(self) -> bool:
        """Is there a cluster, on any server that answered?"""
        return any(self.begun(host) for host in self.servers)

    def version(self, host: str) -> str | None:
        """What runs there, or where nothing runs, what is installed."""
        return (self.fact(host, "started", {}).get("version") if self.runs(host) else None) or self.fact(host, "installed")

    def running(self, host: str) -> dict[str, t.Any] | None:
        """The settings that the running service was started with; of one that doesn't run, or that can't be known, those on the disk."""
        started = self.fact(host, "started", {}) if self.runs(host) else {}
        return started.get("config") or self.fact(host, "config")

    def node(self, host: str) -> dict[str, t.Any] | None:
        """The node as the API knows it, None where it doesn't, or nobody could be asked."""
        return self.api.get(self.nodes[host]["name"]) if host in self.nodes else self.api.get(host)

    def settled(self, host: str) -> bool:
        """Is it what the gate asks for: Ready, and a server one that votes? Unknown is no; without an API to ask, an active service is all that is known."""
        node = self.node(host)
        if self.view is None:
            return self.unit(host).get("active") == "active"
        return bool(node and node.get("ready") and (self.nodes[host]["role"] == "agent" or node.get("etcd_voter") is not False))

    def voters(self) -> set[str]:
        """etcd's voters, by host where the inventory knows them: members that are no learners; else those whose node says so; else servers with a datastore,
        and those that didn't answer, which may be voters."""
        members = (self.view or {}).get("members")
        if members:
            found = {_node_of(member["name"]) for member in members if not member.get("learner") and member.get("name")}
        else:
            found = {name for name, node in self.api.items() if node.get("etcd_voter")}
        if found:
            return {self.hosts_by_node.get(name, name) for name in found}
        seen = {host for host in self.servers if self.fact(host, "datastore")}
        return seen | {host for host in self.servers if not self.reachable(host)} if seen else set()

    def healthy(self) -> set[str]:
        """The voters that are up: their service runs and they are settled, or where the host didn't answer, or isn't ours, its node is Ready.

        Careful: who runs and isn't Ready may vote, and isn't counted on.
        """
        found = set()
        for voter in self.voters():
            known = voter in self.nodes and self.reachable(voter)
            if (self.runs(voter) and self.settled(voter)) if known else (self.node(voter) or {}).get("ready"):
                found.add(voter)
        return found

    def strangers(self) -> list[str]:
        """Nodes of the cluster that the inventory doesn't have: those of an autoscaling group, or forgotten ones."""
        return sorted(name for name in self.api if name not in self.hosts_by_node)

    def authority(self) -> str | None:
        """The hash of the cluster's CA, by the first server that has one."""
        return next((self.fact(host, "ca") for host in self.servers if self.joined(host) and self.fact(host, "ca")), None)

    def _view(self) -> dict[str, t.Any] | None:
        views = [self.fact(host, "cluster") for host in self.servers if self.fact(host, "cluster", {}).get("reachable")]
        best = next((view for view in views if view.get("ready")), views[0] if views else None)
        self.api = {node["name"]: node for node in (best or {}).get("nodes") or []}
        if best is not None and not best.get("members"):
            best = {**best, "members": next((view["members"] for view in views if view.get("members")), None)}
        return best


def _node_of(member: str) -> str:
    found = _MEMBER.match(member)
    return found.group(1) if found else member

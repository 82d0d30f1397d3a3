# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
"""From what is wanted and what was seen to a plan: ordered steps with reasons, or refusals. Pure, and the same in check mode and in the run."""

from __future__ import annotations

import typing as t

from ansible_collections.unifiedmeta.platform.plugins.module_utils._rke2.basis import basis, digest, moved
from ansible_collections.unifiedmeta.platform.plugins.module_utils._rke2.changes import images
from ansible_collections.unifiedmeta.platform.plugins.module_utils._rke2.explain import explain
from ansible_collections.unifiedmeta.platform.plugins.module_utils._rke2.refusals import refusals
from ansible_collections.unifiedmeta.platform.plugins.module_utils._rke2.rollout import Step, rollout
from ansible_collections.unifiedmeta.platform.plugins.module_utils._rke2.seen import Seen

# checks of hosts by themselves: (desired, facts) -> {"refusals": […], "warnings": […]}
Preflight = t.Callable[[dict[str, t.Any], dict[str, t.Any]], dict[str, list[str]]]


def plan(
    desired: dict[str, t.Any],
    facts: dict[str, dict[str, t.Any]],
    *,
    fingerprints: t.Mapping[str, str] | None = None,
    limit: t.Collection[str] | None = None,
    preflight: Preflight | None = None,
    against: t.Mapping[str, t.Any] | None = None,
) -> dict[str, t.Any]:
    """``cluster, steps, groups, nodes, refusals, warnings, fingerprint, basis, summary``.

    ``desired``: of rke2_spec. ``facts``: host -> of rke2_facts, of all hosts of the groups. ``fingerprints``: of secrets, by their key in config.yaml.
    ``limit``: the hosts of this run, all where it is None. ``against``: a plan made before; where the cluster isn't any more what that rested on, it is
    refused.
    """
    seen = Seen(desired, facts)
    within = set(seen.nodes if limit is None else limit) & set(seen.nodes)
    given = {key: value for key, value in (fingerprints or {}).items() if value}
    refused, warned = refusals(seen, given, within)
    steps, without_quorum, further = rollout(seen, given, within)
    refused, warned = [*refused, *without_quorum], [*warned, *further]
    checked = _checked(preflight(_concerned(desired, steps), facts), within) if preflight else {"refusals": [], "warnings": []}
    rests = basis(desired, facts, given, within)
    if against is not None:
        refused = [*moved(against, rests), *refused]
    if not within:
        refused.append("none of the hosts of this run is in rke2_servers or rke2_agents; see --limit")
    made: dict[str, t.Any] = {
        "cluster": cluster(seen),
        "steps": [step.as_dict() for step in steps],
        "groups": groups(steps) if not refused else groups([]),
        "nodes": {step.host: node(seen, step) for step in steps if step.in_limit and step.action != "none"},
        "refusals": list(dict.fromkeys([*refused, *checked["refusals"]])),
        "warnings": list(dict.fromkeys([*warned, *checked["warnings"]])),
        "snapshot": _snapshot(seen, steps),
        "fingerprint": digest(rests),
        "basis": rests,
    }
    if made["refusals"]:
        made["groups"] = groups([])
    made["summary"] = explain(made)
    return made


def groups(steps: list[Step]) -> dict[str, list[str]]:
    """Hosts by the play that acts on them, in the plan's order: ``stage``, ``init``, ``servers``, ``agents``."""
    made: dict[str, list[str]] = {"stage": [], "init": [], "servers": [], "agents": []}
    for step in steps:
        if step.in_limit and step.action != "none":
            if step.stage:
                made["stage"].append(step.host)
            if step.action != "stage":
                made[step.group].append(step.host)
    return made


def node(seen: Seen, step: Step) -> dict[str, t.Any]:
    """All that rke2_node needs of one host, without any secret."""
    said, arch, lock = seen.nodes[step.host], seen.fact(step.host, "arch", ""), seen.desired["artifacts"]
    archives = images(seen, step.host)
    return {
        "role": said["role"],
        "name": said["name"],
        "version": seen.desired["version"],
        "config": said["config"],
        "files": said["files"],
        "images": archives,
        "artifacts": {name: lock[name] for name in (f"rke2.linux-{arch}.tar.gz", *archives) if name in lock},
        "ca": seen.authority(),
        **{
            part: getattr(step, part)
            for part in ("action", "restart", "reasons", "drain", "start_server", "wait", "members", "up", "api", "via", "stage", "order")
        },
    }


def _concerned(desired: dict[str, t.Any], steps: list[Step]) -> dict[str, t.Any]:
    """The desired state with the action of each node beside it: a check may be a refusal where something is done, and a warning where nothing is."""
    actions = {step.host: step.action if step.in_limit else "none" for step in steps}
    return {**desired, "nodes": {host: {**node, "action": actions.get(host, "none")} for host, node in desired["nodes"].items()}}


def _snapshot(seen: Seen, steps: list[Step]) -> str | None:
    """The server that is to take a snapshot before an upgrade begins: the way back over a minor version (docs.rke2.io/upgrades/roll-back).

    None where no server is upgraded, and where one has been already: the snapshot from before is there then, and a later one would be of the new version.
    """
    upgraded = [step.host for step in steps if step.group == "servers" and step.action == "upgrade" and step.in_limit]
    if not upgraded or any(seen.version(server) == seen.desired["version"] for server in seen.servers if seen.begun(server)):
        return None
    return next((server for server in seen.servers if seen.reachable(server) and seen.runs(server) and seen.settled(server)), None)


def _checked(found: dict[str, list[str]], within: t.Collection[str]) -> dict[str, list[str]]:
    """What is wrong with hosts that this run doesn't touch is to be known, and no reason to do nothing. A sentence begins with its hosts, «s1, s2: …»."""
    elsewhere = [sentence for sentence in found["refusals"] if not set(sentence.partition(":")[0].split(", ")) & set(within)]
    return {"refusals": [sentence for sentence in found["refusals"] if sentence not in elsewhere], "warnings": [*found["warnings"], *elsewhere]}


def cluster(seen: Seen) -> dict[str, t.Any]:
    """The cluster in a few words, for the head of the plan."""
    desired = seen.desired
    if not seen.exists:
        state = "not there yet"
    elif seen.view is None:
        state = "there, its API doesn't answer"
    else:
        ready = sum(1 for node in seen.api.values() if node.get("ready"))
        state = f"there, {ready} of {len(seen.api)} nodes Ready"
        state += f", {len(seen.strangers())} of them not in the inventory" if seen.strangers() else ""
    return {
        "name": desired["cluster"]["name"],
        "version": desired["version"],
        "endpoint": desired["cluster"]["endpoint"]["url"],
        "state": state,
        "servers": len(seen.servers),
        "agents": len(seen.agents),
        "agent_batch": desired["settings"]["agent_batch"],
        "ca": seen.authority(),
    }

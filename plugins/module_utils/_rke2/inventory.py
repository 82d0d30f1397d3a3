# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What the inventory says of single hosts, and what hosts have answered, as the planner takes both. Pure."""

from __future__ import annotations

import typing as t

# Variables of a host or of its groups -> the planner's word; what is said of all hosts alike is the role's own.
_SAME = ("node_name", "address", "external_address", "pool", "zone", "region", "arch", "node_labels", "node_taints", "node_config", "interface")
VARIABLES = {**dict(zip(_SAME, _SAME)), "node_kubelet_args": "kubelet_args"}
POOLS = "pool_"
GPU = "gpu_nodes"
Variables = t.Mapping[str, t.Mapping[str, t.Any]]


def nodes(servers: t.Iterable[str], agents: t.Iterable[str], variables: Variables) -> dict[str, dict[str, t.Any]]:
    """Host -> role and what is said of it alone, servers first, both in the inventory's order. ``variables``: host -> its variables (hostvars).

    The pool is that of the group ``pool_<name>`` unless ``rke2_pool`` says it; hosts of ``gpu_nodes`` are of the pool gpu. A host in both groups, or in
    two pools, raises ValueError, all faults at once.
    """
    first, second = list(servers), list(agents)
    faults = [f"{host} is in rke2_servers and in rke2_agents; take it out of one" for host in first if host in second]
    made: dict[str, dict[str, t.Any]] = {}
    for role, hosts in (("server", first), ("agent", second)):
        for host in hosts:
            own = variables[host]
            said = {word: own[f"rke2_{name}"] for name, word in VARIABLES.items() if f"rke2_{name}" in own and own[f"rke2_{name}"] is not None}
            pools = _pools(own.get("group_names") or [])
            if "pool" not in said and len(pools) > 1:
                faults.append(f"{host} is in the pools {', '.join(pools)}; say rke2_pool, or take it out of one group")
            elif "pool" not in said and pools:
                said["pool"] = pools[0]
            made.setdefault(host, {"role": role, **said})
    if faults:
        raise ValueError("; ".join(faults))
    return made


def _pools(groups: t.Iterable[str]) -> list[str]:
    return sorted({group[len(POOLS):] for group in groups if group.startswith(POOLS)} | ({"gpu"} if GPU in groups else set()))


def facts(hosts: t.Iterable[str], variables: Variables, others: t.Mapping[str, t.Any] | None = None, name: str = "__rke2_read") -> dict[str, dict[str, t.Any]]:
    """Host -> facts of ``rke2_facts``. ``hosts``: all of the cluster; ``variables``: where hosts of the run have registered their result, as ``name``;
    ``others``: the result of the loop over the hosts beside them. Who didn't answer is ``{"reachable": false}``."""
    looped = {result.get("item"): result for result in (others or {}).get("results") or []}
    made = {}
    for host in hosts:
        result = looped.get(host) or variables[host].get(name) or {}
        made[host] = dict(result["node"]) if result.get("node") and not result.get("failed") else {"reachable": False}
    return made

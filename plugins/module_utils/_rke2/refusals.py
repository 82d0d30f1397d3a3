# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Why nothing is done, with what to do instead: every reason that the facts of all hosts give before a step is planned. Quorum is the rollout's.

Each check is a function of what was seen; all are asked, so that all faults are told at once.
"""

from __future__ import annotations

import typing as t

from ansible_collections.unifiedmeta.platform.plugins.module_utils._rke2 import changes, flags, names, versions
from ansible_collections.unifiedmeta.platform.plugins.module_utils._rke2.seen import Seen

# These can't be changed in a cluster that runs: networks are given out, and a network's plugin is in every pod.
FIXED = ("cluster-cidr", "service-cidr", "cluster-dns", "cluster-domain", "cni")
# Stages between which a restart in the wrong order loses secrets (docs.rke2.io/security/secrets_encryption).
_ROTATING = ("prepare", "rotate", "reencrypt_request", "reencrypt_active")


# A sentence, and whether it is a warning only.
Found = t.Iterator["tuple[str, bool]"]


def refusals(seen: Seen, fingerprints: t.Mapping[str, str], limit: t.Collection[str]) -> tuple[list[str], list[str]]:
    """Refusals and warnings of a rollout. ``fingerprints``: of the site's secrets, by their key in config.yaml; ``limit``: hosts of this run."""
    checks = (_unseen, _unreachable, _roles, _clusters, _orphans, _first, _tokens, _critical, _versions, _names, _encryption, _locks, _nodes)
    return _asked(checks, seen, fingerprints, limit)


def of_removal(seen: Seen, leaving: t.Collection[str]) -> tuple[list[str], list[str]]:
    """The same of a removal, where it doesn't matter what ``leaving`` hosts are or were."""
    return _asked((_unseen, _clusters), seen, {}, (), leaving)


def _asked(checks: t.Iterable[t.Callable[..., Found]], seen: Seen, *about: t.Any) -> tuple[list[str], list[str]]:
    told: tuple[list[str], list[str]] = ([], [])
    for check in checks:
        for sentence, is_warning in check(seen, *about):
            told[is_warning].append(sentence)
    return told


def _unseen(seen: Seen, _fp: t.Any, _limit: t.Any, _leaving: t.Any = ()) -> Found:
    missing = [host for host in seen.nodes if host not in seen.facts]
    if missing:
        yield (
            (
                f"{', '.join(missing)}: nobody asked {'it' if len(missing) == 1 else 'them'} for facts; a plan on half the facts could make a second cluster: "
                "run rke2_facts "
                "on all hosts of the groups, by delegation where --limit leaves them out"
            ),
            False,
        )


def _unreachable(seen: Seen, _fp: t.Any, _limit: t.Any) -> Found:
    silent = [host for host in seen.servers if host in seen.facts and not seen.reachable(host)]
    if silent and not seen.exists:
        yield (
            (
                f"{', '.join(silent)}: can't be reached, and no other server has a cluster; "
                f"whether {'it has' if len(silent) == 1 else 'they have'} one can't be known, and a "
                "second one must not be made: bring it up, or take it out of the inventory"
            ),
            False,
        )
    elif silent:
        for host in silent:
            yield f"{host}: can't be reached; it is left as it is. For good: remove_node.yml, then take it out of the inventory", True
    for host in seen.agents:
        if host in seen.facts and not seen.reachable(host):
            yield f"{host}: can't be reached; it is left as it is", True


def _roles(seen: Seen, _fp: t.Any, _limit: t.Any) -> Found:
    for host, node in seen.nodes.items():
        other = "agent" if node["role"] == "server" else "server"
        if other == "server" and (seen.fact(host, "datastore") or seen.runs(host, "server")):
            yield f"{host}: is a server of a cluster, and the inventory has it as an agent; remove it first (remove_node.yml), then it joins as an agent", False
        elif other == "agent" and seen.runs(host, "agent"):
            yield f"{host}: runs as an agent, and the inventory has it as a server; remove it first (remove_node.yml), then it joins as a server", False


def _clusters(seen: Seen, _fp: t.Any, _limit: t.Any, leaving: t.Collection[str] = ()) -> Found:
    by: dict[str, list[str]] = {}
    for host in seen.nodes:
        if seen.joined(host) and seen.fact(host, "ca") and host not in leaving:
            # Whose node is Ready there is of that cluster, whatever its file says: a CA that is being rotated has two hashes for a while.
            ours = seen.authority() if (seen.node(host) or {}).get("ready") else None
            by.setdefault(ours or seen.fact(host, "ca"), []).append(host)
    if len([hosts for hosts in by.values() if any(host in seen.servers for host in hosts)]) > 1:
        told = "; ".join(f"{', '.join(hosts)} (CA {ca[:8]})" for ca, hosts in by.items())
        yield f"two clusters found: {told}. Which one stays is yours to say: reset the other's hosts (reset.yml --limit …), then run again", False
    elif seen.authority():
        strays = [host for ca, hosts in by.items() if ca != seen.authority() for host in hosts]
        if strays:
            yield f"{', '.join(strays)}: belong{'s' if len(strays) == 1 else ''} to another cluster, by its CA; reset first (reset.yml --limit …)", False


def _orphans(seen: Seen, _fp: t.Any, _limit: t.Any) -> Found:
    if seen.exists:
        return
    agents = [host for host in seen.agents if seen.joined(host) and seen.runs(host)]
    if agents:
        yield (
            (
                f"no server has a datastore, but {', '.join(agents)} belong{'s' if len(agents) == 1 else ''} to a cluster; "
                "a new one would not be theirs: restore a snapshot "
                "(restore.yml), or reset them first (reset.yml)"
            ),
            False,
        )
    answering = [host for host in seen.nodes if seen.fact(host, "endpoint", {}).get("answers") and seen.fact(host, "endpoint", {}).get("ca")]
    if answering:
        yield (
            (
                f"no server of this inventory has a cluster, but one answers at {seen.desired['cluster']['endpoint']['url']} "
                f"(asked from {answering[0]}); is the inventory a "
                "slice, or another site's? A second cluster is not made"
            ),
            False,
        )


def _first(seen: Seen, _fp: t.Any, limit: t.Collection[str]) -> Found:
    if seen.exists or not seen.servers or not limit:
        return
    first = seen.servers[0]
    if first not in limit:
        yield f"there is no cluster yet, and its first server, {first}, is not among the hosts of this run; run without --limit, or with {first} in it", False


def _tokens(seen: Seen, fingerprints: t.Mapping[str, str], _limit: t.Any) -> Found:
    wrong = [host for host in seen.servers if fingerprints.get("token") and seen.fact(host, "token") and seen.fact(host, "token") != fingerprints["token"]]
    if wrong:
        yield (
            (
                f"{', '.join(wrong)}: the cluster's token is not the one in the site's bootstrap store, so no node could join, and no "
                "snapshot be restored; put the cluster's "
                "(server/token on a server) into the store, or rotate it (rotate.yml)"
            ),
            False,
        )


def _critical(seen: Seen, _fp: t.Any, limit: t.Collection[str]) -> Found:
    """Between servers, and between what they run with and what is wanted. The agent token may change, by a rollout of all servers."""
    settings = {host: seen.running(host) or {} for host in seen.servers if seen.reachable(host) and seen.joined(host)}
    settings = {host: config for host, config in settings.items() if config}
    for key in (*flags.CRITICAL, "cni"):
        default = changes.DEFAULTS.get(key)
        values: dict[str, list[str]] = {}
        for host, config in settings.items():
            values.setdefault(str(flags.normal(key, config.get(key, default))), []).append(host)
        if len(values) > 1 and key in FIXED:
            told = "; ".join(f"{', '.join(hosts)} {value}" for value, hosts in values.items())
            yield f"{key} must be equal on all servers, and isn't: {told}; correct config.yaml on the one that is wrong, by hand, before anything else", False
            continue
        different = [
            host for host, config in settings.items() if key != "agent-token" and changes.difference(key, config.get(key), seen.nodes[host]["config"].get(key))
        ]
        if not different:
            continue
        told = changes.difference(key, settings[different[0]].get(key), seen.nodes[different[0]]["config"].get(key))
        if key in FIXED:
            yield f"{told}: can't be changed in a running cluster ({', '.join(different)}); set the variable back, or make a new cluster", False
        else:
            elsewhere = [host for host in seen.servers if host not in limit or not seen.reachable(host)] if limit else []
            joining = [host for host in seen.servers if not seen.begun(host) and host in limit]
            if elsewhere or joining:
                why = (
                    f"{', '.join(elsewhere)} would keep the old value"
                    if elsewhere
                    else f"{', '.join(joining)} would have to join with another value than the others have"
                )
                yield f"{told}: must be equal on all servers, and {why}; {'run on all servers' if elsewhere else 'let it join with the old value first'}", False
            else:
                yield f"{told}: must be equal on all servers; until the last one is restarted no server can join", True


def _versions(seen: Seen, _fp: t.Any, limit: t.Collection[str]) -> Found:
    target = seen.desired["version"]
    known = {host: seen.version(host) for host in seen.nodes if seen.begun(host)}
    for host, current in known.items():
        try:
            why = versions.fault(current, target) if current else None
        except ValueError as error:
            why = str(error)
        if why and host in limit:
            yield f"{host}: {why}", False
        elif current and not why and versions.newer(current, target) and host in limit:
            yield f"{host}: {current} → {target} is a step back within the minor version", True
    for host in seen.agents:
        lag = versions.kubelet_fault(known[host], target) if host not in limit and _is_version(known.get(host)) and set(seen.servers) & set(limit) else None
        if lag and versions.newer(target, known[host]):
            yield f"{host}: {lag} ({host} is not among the hosts of this run)", False
    stay = {host: known[host] for host in seen.servers if known.get(host) and host not in limit}
    for host in seen.nodes:
        if host not in limit:
            continue
        for server, current in stay.items():
            if seen.nodes[host]["role"] == "agent" and versions.kubelet_fault(target, current):
                yield f"{host}: {versions.kubelet_fault(target, current)} ({server} is not among the hosts of this run)", False
                break
            if seen.nodes[host]["role"] == "server" and abs(versions.minor(current)[1] - versions.minor(target)[1]) > 1:
                yield f"{host}: would run {target} while {server} runs {current}; servers may be one minor version apart at most", False
                break


def _is_version(text: str | None) -> bool:
    try:
        return bool(text and versions.parse(text))
    except ValueError:
        return False


def _names(seen: Seen, _fp: t.Any, limit: t.Collection[str]) -> Found:
    for host, node in seen.nodes.items():
        was = (seen.fact(host, "config", {}).get("node-name") or seen.fact(host, "hostname")) if seen.joined(host) else None
        if was and was != node["name"] and (was in seen.api or not seen.api):
            yield (
                f"{host}: its node is {was} in the cluster and would be {node['name']}; a node can't be renamed: "
                f"set rke2_node_name: {was}, or remove and rejoin it",
                False,
            )
        elif host in limit and seen.reachable(host) and not seen.begun(host) and node["name"] in seen.api:
            what = "server and etcd member" if host in seen.voters() else "node"
            yield (
                (
                    f"{host}: the cluster has a {what} named {node['name']} already, and this host has nothing of it "
                    "(it was wiped, or is another machine); its join would be "
                    f"refused: replace it (replace_node.yml -e rke2_node={host})"
                ),
                False,
            )


def _encryption(seen: Seen, _fp: t.Any, limit: t.Collection[str]) -> Found:
    stages = ((seen.view or {}).get("encryption") or {}).get("stages") or {}
    rotating = sorted({stage.rpartition("-")[0] or stage for stage in stages.values()} & set(_ROTATING))
    if rotating and any(host in limit for host in seen.servers):
        yield f"the rotation of the encryption key is under way ({', '.join(rotating)}); a restart now could lose secrets: finish it first (rotate.yml)", False


def _locks(seen: Seen, _fp: t.Any, limit: t.Collection[str]) -> Found:
    lock = seen.desired["artifacts"]
    for arch in sorted({seen.fact(host, "arch", "") for host in limit if host in seen.nodes and seen.reachable(host)} - {""}):
        if lock and f"rke2.linux-{arch}.tar.gz" not in lock:
            hosts = [host for host in seen.nodes if host in limit and seen.fact(host, "arch") == arch]
            yield f"{', '.join(hosts)}: the lock of {seen.desired['version']} has no files for {arch}; write it anew", False
    for host in seen.nodes:
        stray = seen.fact(host, "files", {}).get(names.REGISTRIES)
        if stray and names.REGISTRIES not in seen.nodes[host]["files"]:
            yield f"{host}: {names.REGISTRIES} is there and the site says nothing of registries; RKE2 reads it: say it in rke2_registries, or remove it", True


def _nodes(seen: Seen, _fp: t.Any, _limit: t.Any) -> Found:
    """What the API says of nodes whose service runs; no reason to do nothing."""
    for host in seen.nodes:
        node = seen.node(host)
        if node and seen.runs(host) and not node.get("ready") and seen.nodes[host]["role"] == "agent":
            yield f"{host}: its service runs, and its node isn't Ready", True
        if node and node.get("unschedulable"):
            yield f"{host}: its node is cordoned, by somebody or by a run ended while it drained; when it may be used: kubectl uncordon {node['name']}", True

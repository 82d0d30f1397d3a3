# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The desired state of a cluster, from what a site says and its hosts: pure; every fault at once."""

from __future__ import annotations

import typing as t

from ansible_collections.unifiedmeta.platform.plugins.module_utils._rke2 import config, files, flags, names, network, settings, versions
from ansible_collections.unifiedmeta.platform.plugins.module_utils._rke2.endpoint import endpoint as make_endpoint
from ansible_collections.unifiedmeta.platform.plugins.module_utils._rke2.endpoint import is_address

# secretbox came with these (docs.rke2.io/security/secrets_encryption).
_SECRETBOX = ("v1.30.12+rke2r1", "v1.31.8+rke2r1", "v1.32.4+rke2r1", "v1.33.0+rke2r1")
_LABEL = "rke2_"


class Faulty(ValueError):
    """What a site says can't be a cluster. ``faults``: a sentence each, beginning with the variable's name."""

    def __init__(self, faults: list[str]) -> None:
        super().__init__("\n".join(faults))
        self.faults = faults


def rke2_spec(
    site: t.Mapping[str, t.Any],
    nodes: t.Mapping[str, t.Mapping[str, t.Any]],
    *,
    charts: t.Mapping[str, t.Any] | None = None,
    servers: t.Mapping[str, t.Any] | None = None,
    artifacts: t.Mapping[str, t.Any] | None = None,
) -> dict[str, t.Any]:
    """The desired state (``version``, ``cluster``, ``nodes``, ``artifacts``, ``settings``).

    ``site``: the role's variables without their prefix (``settings.SETTINGS``). ``nodes``: inventory name -> what is said of that host alone
    (``settings.NODE``), servers in the order in which they join. ``charts``: files for servers (path -> content, mode), as HelmChartConfigs.
    ``servers``: further settings of servers, such as arguments for people's login. ``artifacts``: file -> sha256 of the lock for this version,
    or that by architecture. Raises Faulty.
    """
    faults: list[str] = []
    known = settings.checked(site, settings.SETTINGS, _LABEL, faults)
    hosts = {name: _node(name, dict(node), faults) for name, node in nodes.items()}
    faults += _host_faults(known, hosts)
    address = make_endpoint(known["endpoint"], hosts, faults)
    faults += [*_version_faults(known), *network.faults(known, hosts, address), *files.faults(known, hosts, address), *_other_faults(known)]
    for where, role, part in (
        ("rke2_config", "server", "config"),
        ("rke2_server_config", "server", "server_config"),
        ("rke2_agent_config", "agent", "agent_config"),
    ):
        faults += config.extra_faults(known[part], role, where, known["further_settings"])
    for name, node in hosts.items():
        faults += config.extra_faults(node["node_config"], node["role"], f"{name}: rke2_node_config", known["further_settings"])
        faults += config.label_faults(known, node, f"{name}: rke2_")
    lock = _flat(artifacts or {})
    faults += [] if _version_faults(known) else _artifact_faults(known, lock)
    if faults:
        raise Faulty(list(dict.fromkeys(faults)))
    known["cluster_dns"] = known["cluster_dns"] or network.dns(known["service_cidr"])
    return {
        "version": known["version"],
        "cluster": {"name": known["cluster_name"], "endpoint": address, "critical": _critical(known)},
        "nodes": {name: _desired(known, node, address, dict(charts or {}), dict(servers or {})) for name, node in hosts.items()},
        "artifacts": lock,
        "settings": {"agent_batch": known["agent_batch"], "drain": known["drain"], "minimum": known["minimum"]},
    }


def _node(name: str, given: dict[str, t.Any], faults: list[str]) -> dict[str, t.Any]:
    node = settings.checked(given, settings.NODE, f"{name}: rke2_", faults)
    node["node_name"] = node["node_name"] or name.lower()
    why = names.node_name_fault(node["node_name"])
    if why:
        faults.append(f"{name}: rke2_node_name: {node['node_name']!r}: {why}")
    for part in ("address", "external_address"):
        wrong = [item for item in node[part].split(",") if node[part] and not is_address(item.strip())]
        faults += [f"{name}: rke2_{part}: {node[part]!r} is no IP address"] if wrong else []
    return node


def _desired(site: dict[str, t.Any], node: dict[str, t.Any], address: dict[str, t.Any], charts: dict[str, t.Any], extra: dict[str, t.Any]) -> dict[str, t.Any]:
    written = files.node_files(site, node)
    if node["role"] == "server":
        written.update(charts)
    return {
        "role": node["role"],
        "name": node["node_name"],
        "address": node["address"],
        "pool": node["pool"],
        "arch": node["arch"],
        "config": config.node_config(site, node, address, extra),
        "files": written,
        "images": _images(site),
    }


def _images(site: dict[str, t.Any]) -> list[str]:
    """Names of image archives, ``{arch}`` for the node's architecture (docs.rke2.io/install/airgap): the core, the network's, the ingress', the site's own.

    Of the two ingress controllers one is in the core (rancher/rke2, scripts/build-images): ingress-nginx up to v1.35, traefik since.
    """
    parts = ["core", *site["cni"], *site["ingress_controller"]] if site["preload_images"] else []
    in_core = "traefik" if versions.minor(site["version"]) >= (1, 36) else "ingress-nginx"
    shipped = [f"rke2-images-{part}.linux-{{arch}}.tar.zst" for part in parts if part not in ("none", in_core)]
    return list(dict.fromkeys([*shipped, *site["seed_images"]]))


def _critical(site: dict[str, t.Any]) -> dict[str, t.Any]:
    """The eight values that must be equal on all servers, but for the agent token, whose fingerprint the planner is given apart."""
    return {key: flags.normal(key, site[key.replace("-", "_")]) for key in flags.CRITICAL if key != "agent-token"}


def _host_faults(site: dict[str, t.Any], hosts: dict[str, dict[str, t.Any]]) -> list[str]:
    servers = [name for name, node in hosts.items() if node["role"] == "server"]
    found = []
    if not servers:
        found.append("rke2_servers: the group has no host; a cluster needs 1, 3 or 5 servers")
    elif len(servers) % 2 == 0:
        found.append(
            f"rke2_servers: {len(servers)} servers ({', '.join(servers)}) bear no more failures than {len(servers) - 1}, and one more can fail; "
            f"take {len(servers) - 1} or {len(servers) + 1}"
        )
    if site["server_count"] and len(servers) != site["server_count"]:
        found.append(
            f"rke2_server_count: the site says {int(site['server_count'])} servers, the inventory of this run has {len(servers)}; "
            "a slice of an inventory is no "
            "cluster: run with all of it"
        )
    for what, part in (("node name", "node_name"), ("address", "address")):
        by: dict[str, list[str]] = {}
        for name, node in hosts.items():
            by.setdefault(node[part], []).append(name)
        found += [
            f"{', '.join(same)}: have one {what}, {value}; each node needs its own (rke2_{part})" for value, same in by.items() if value and len(same) > 1
        ]
    return found


def _version_faults(site: dict[str, t.Any]) -> list[str]:
    try:
        current = versions.parse(site["version"])
    except ValueError as error:
        return [f"rke2_version: {'is missing; such as v1.35.4+rke2r1' if not site['version'] else error}"]
    oldest = next((first for first in _SECRETBOX if versions.minor(first) == current[:2]), _SECRETBOX[-1])
    if site["secrets_encryption"] == "secretbox" and current < versions.parse(oldest):
        return [f"rke2_secrets_encryption: secretbox needs {oldest} or later, rke2_version is {site['version']}; take aescbc or a later version"]
    return []


def _other_faults(site: dict[str, t.Any]) -> list[str]:
    found = []
    snapshots = site["etcd_snapshots"]
    if snapshots.get("s3") is not None and not snapshots["s3"].get("bucket"):
        found.append("rke2_etcd_snapshots.s3.bucket: is missing")
    if snapshots.get("schedule") and len(snapshots["schedule"].split()) not in (1, 5):
        found.append(f"rke2_etcd_snapshots.schedule: {snapshots['schedule']!r} is no cron expression of five fields, such as '0 */12 * * *'")
    if snapshots.get("retention") is not None and snapshots["retention"] < 1:
        found.append("rke2_etcd_snapshots.retention: must be 1 or more; with 0 no snapshot would be kept")
    wrong = [name for name in site["kubelet_args"] if name.startswith("-") or "=" in name]
    found += [f"rke2_kubelet_args: {name}: give the name alone, without dashes and value, such as max-pods: 110" for name in wrong]
    batch = site["agent_batch"]
    number = batch[:-1] if batch.endswith("%") else batch
    if not number.isdigit() or not 0 < int(number) <= (100 if batch.endswith("%") else 10**6):
        found.append(f"rke2_agent_batch: {batch!r} is neither a number of agents nor a percentage such as 20%")
    if not site["cluster_name"]:
        found.append("rke2_cluster_name: is empty")
    return found


def _artifact_faults(site: dict[str, t.Any], lock: dict[str, str]) -> list[str]:
    """Only where there is a lock: without, whoever fetches the files says that it isn't there."""
    shipped = [name.format(arch=arch) for name in _images(site) for arch in ("amd64", "arm64") if any(arch in file for file in lock) and "{arch}" in name]
    return [f"rke2_version: the lock of {site['version']} has no {name}; write it anew" for name in shipped if lock and name not in lock]


def _flat(artifacts: t.Mapping[str, t.Any]) -> dict[str, str]:
    made: dict[str, str] = {}
    for name, value in artifacts.items():
        made.update(value if isinstance(value, dict) else {name: value})
    return made

# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The config.yaml of a node, from the site's settings and the node's own: pure, without any secret.

Source: docs.rke2.io/reference/server_config, /reference/linux_agent_config, /security/hardening_guide, /datastore/backup_restore.
"""

from __future__ import annotations

import typing as t

from ansible_collections.unifiedmeta.platform.plugins.module_utils._rke2 import flags, names
from ansible_collections.unifiedmeta.platform.plugins.module_utils._rke2.settings import POOL_LABEL, POOLS, label_fault, taint_fault

# Keys that have a variable of their own, where what they say is checked against the rest -> that variable.
OWN = {
    "node-name": "node_name",
    "node-ip": "address",
    "node-external-ip": "external_address",
    "node-label": "node_labels",
    "node-taint": "node_taints",
    "server": "endpoint",
    "tls-san": "tls_san",
    "cluster-cidr": "cluster_cidr",
    "service-cidr": "service_cidr",
    "cluster-dns": "cluster_dns",
    "cluster-domain": "cluster_domain",
    "egress-selector-mode": "egress_selector_mode",
    "disable-cloud-controller": "disable_cloud_controller",
    "disable-kube-proxy": "disable_kube_proxy",
    "cni": "cni",
    "ingress-controller": "ingress_controller",
    "disable": "disable",
    "profile": "profile",
    "selinux": "selinux",
    "secrets-encryption-provider": "secrets_encryption",
    "audit-policy-file": "audit_policy",
    "pod-security-admission-config-file": "pod_security",
    "embedded-registry": "embedded_registry",
    "system-default-registry": "system_default_registry",
    "disable-default-registry-endpoint": "disable_default_registry_endpoint",
    "kubelet-arg": "kubelet_args",
    "private-registry": "registries",
    "etcd-snapshot-schedule-cron": "etcd_snapshots.schedule",
    "etcd-snapshot-retention": "etcd_snapshots.retention",
    "etcd-snapshot-dir": "etcd_snapshots.dir",
    "etcd-snapshot-compress": "etcd_snapshots.compress",
    "etcd-snapshot-name": "etcd_snapshots.name",
    "etcd-disable-snapshots": "etcd_snapshots.disabled",
    **{
        f"etcd-s3{'' if part == '' else '-' + part}": "etcd_snapshots.s3"
        for part in (
            "",
            "endpoint",
            "bucket",
            "region",
            "folder",
            "endpoint-ca",
            "retention",
            "proxy",
            "bucket-lookup-type",
            "skip-ssl-verify",
            "insecure",
            "timeout",
        )
    },
}


def node_config(site: dict[str, t.Any], node: dict[str, t.Any], endpoint: dict[str, t.Any], extra: dict[str, t.Any]) -> dict[str, t.Any]:
    """The final config.yaml of a node. ``site``, ``node``: checked settings; ``extra``: further settings of all servers, merged on servers.

    Empty values are left out.
    """
    made: dict[str, t.Any] = {
        "server": endpoint["url"],
        "node-name": node["node_name"],
        "node-ip": _one(_parts(node["address"])),
        "node-external-ip": _one(_parts(node["external_address"])),
        "node-label": labels(site, node),
        "node-taint": taints(site, node),
        "kubelet-arg": [f"{name}={_argument(value)}" for name, value in sorted({**site["kubelet_args"], **node["kubelet_args"]}.items()) if value is not None],
        "profile": site["profile"],
        "selinux": site["selinux"],
        "disable-default-registry-endpoint": site["disable_default_registry_endpoint"],
        "audit-policy-file": "",
        "pod-security-admission-config-file": "",
    }
    common = site["config"]
    if node["role"] == "server":
        made = merged({**made, **_server(site, endpoint)}, {f"{key}+" if isinstance(value, list) else key: value for key, value in extra.items()})
    else:
        # What all nodes are told may name settings that only servers have.
        common = {key: value for key, value in common.items() if key.rstrip("+") not in flags.SERVER or key.rstrip("+") in flags.AGENT}
    said: dict[str, t.Any] = {}
    for part in (common, site[f"{node['role']}_config"], node["node_config"]):
        said = merged(said, part)
    # Lists that are derived (arguments for people's login, for CIS) are added to: a site that says one more argument doesn't mean to lose them.
    made = merged(made, {f"{key}+" if isinstance(value, list) and isinstance(made.get(key), list) else key: value for key, value in said.items()})
    return {key: value for key, value in made.items() if value is not None and (key in said or (value not in ("", []) and value is not False))}


def _server(site: dict[str, t.Any], endpoint: dict[str, t.Any]) -> dict[str, t.Any]:
    return {
        "tls-san": list(dict.fromkeys([*endpoint["sans"], *site["tls_san"]])),
        "write-kubeconfig-mode": "0600",
        "cluster-cidr": _one(site["cluster_cidr"]),
        "service-cidr": _one(site["service_cidr"]),
        "cluster-dns": _one(site["cluster_dns"]),
        "cluster-domain": site["cluster_domain"],
        "disable-cloud-controller": site["disable_cloud_controller"],
        "disable-kube-proxy": site["disable_kube_proxy"],
        "egress-selector-mode": "" if site["egress_selector_mode"] == flags.CRITICAL["egress-selector-mode"] else site["egress_selector_mode"],
        "cni": _one(site["cni"]),
        "ingress-controller": _one(site["ingress_controller"]),
        "disable": site["disable"],
        "secrets-encryption-provider": site["secrets_encryption"],
        "embedded-registry": site["embedded_registry"],
        "system-default-registry": site["system_default_registry"],
        "audit-policy-file": names.AUDIT if site["audit_policy"] else "",
        "pod-security-admission-config-file": names.PSS if site["pod_security"] else "",
        # The one control of CIS 1.11 and later that the profile leaves to us (docs.rke2.io/security/hardening_guide).
        "kube-apiserver-arg": ["service-account-extend-token-expiration=false"] if site["profile"] == "cis" else [],
        **_snapshots(site["etcd_snapshots"]),
    }


def _snapshots(given: dict[str, t.Any]) -> dict[str, t.Any]:
    """rke2_etcd_snapshots as settings; the keys of S3 are secrets and come from the store."""
    made = {
        "etcd-snapshot-schedule-cron": given.get("schedule"),
        "etcd-snapshot-retention": given.get("retention"),
        "etcd-snapshot-dir": given.get("dir"),
        "etcd-snapshot-compress": given.get("compress"),
        "etcd-snapshot-name": given.get("name"),
        "etcd-disable-snapshots": given.get("disabled"),
    }
    if given.get("s3"):
        made.update({"etcd-s3": True, **{f"etcd-s3-{name.replace('_', '-')}": value for name, value in given["s3"].items()}})
    return made


def labels(site: dict[str, t.Any], node: dict[str, t.Any]) -> list[str]:
    """``key=value`` texts: the pool's, then zone and region, then the node's own; a null takes one away."""
    pool = _pool(site, node)
    found = {
        **({POOL_LABEL: node["pool"]} if node["pool"] else {}),
        **pool.get("labels", {}),
        **({"topology.kubernetes.io/zone": node["zone"]} if node["zone"] else {}),
        **({"topology.kubernetes.io/region": node["region"]} if node["region"] else {}),
        **node["node_labels"],
    }
    return [f"{key}={_argument(value)}" for key, value in sorted(found.items()) if value is not None]


def taints(site: dict[str, t.Any], node: dict[str, t.Any]) -> list[str]:
    """The pool's taints and the node's own."""
    return sorted({*_pool(site, node).get("taints", []), *node["node_taints"]})


def _pool(site: dict[str, t.Any], node: dict[str, t.Any]) -> dict[str, t.Any]:
    return {**POOLS.get(node["pool"], {}), **(site["pools"].get(node["pool"]) or {})}


def merged(config: dict[str, t.Any], part: dict[str, t.Any]) -> dict[str, t.Any]:
    """RKE2's own rule for several files (docs.rke2.io/install/configuration): the last value stands, ``key+`` appends; here a null takes a key away."""
    made = dict(config)
    for key, value in part.items():
        name = key.rstrip("+")
        if key.endswith("+") and made.get(name) not in (None, "", []):
            made[name] = [*_listed(made[name]), *(item for item in _listed(value) if item not in _listed(made[name]))]
        else:
            made[name] = value
    return made


def extra_faults(part: t.Mapping[str, t.Any], role: str, where: str, further: t.Collection[str]) -> list[str]:
    """What is wrong with further settings of ``role`` (of all nodes: what servers know is fine). ``where``: the variable, for the sentence."""
    found = []
    for key, value in part.items():
        name = key.rstrip("+")
        if name in names.SECRET_KEYS:
            found.append(f"{where}: {name} is a secret; it belongs into the site's bootstrap store")
        elif name in OWN:
            found.append(f"{where}: {name} has a variable of its own, rke2_{OWN[name]}; say it there, where it is checked against the rest")
        else:
            why = flags.fault(key, role, further) or flags.value_fault(name, value)
            found += [f"{where}: {why}"] if why else []
    return found


def label_faults(site: dict[str, t.Any], node: dict[str, t.Any], where: str) -> list[str]:
    """What is wrong with the labels and taints of a node."""
    known = {**POOLS, **site["pools"]}
    found = []
    if node["pool"] and node["pool"] not in known:
        found.append(
            f"{where}pool: there is no pool {node['pool']!r}{names.suggestion(node['pool'], known)}; "
            f"there are {', '.join(sorted(known))} and those of rke2_pools"
        )
    for label in labels(site, node):
        key, _equals, value = label.partition("=")
        why = label_fault(key, value)
        found += [f"{where}node_labels: {why}"] if why else []
    return found + [f"{where}node_taints: {why}" for why in map(taint_fault, taints(site, node)) if why]


def _listed(value: t.Any) -> list[t.Any]:
    return list(value) if isinstance(value, (list, tuple)) else [value]


def _parts(text: str) -> list[str]:
    """Addresses of a dual stack, one each."""
    return [part.strip() for part in text.split(",") if part.strip()]


def _one(values: list[str]) -> t.Any:
    return values[0] if len(values) == 1 else values


def _argument(value: t.Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)

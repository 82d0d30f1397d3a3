# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What a site says of its cluster and of each node: names, sorts, defaults. Every fault is a sentence that begins with the variable's name.

Source of values and defaults: docs.rke2.io/reference/server_config; pools: this collection's.
"""

from __future__ import annotations

import re
import typing as t

from ansible_collections.unifiedmeta.platform.plugins.module_utils._rke2.names import suggestion

# name -> (sort, default). A sort in brackets is a choice.
SETTINGS: dict[str, tuple[t.Any, t.Any]] = {
    "version": ("text", ""),
    "cluster_name": ("text", "rke2"),
    "endpoint": ("map", {}),
    "server_count": ("number", 0),
    "cluster_cidr": ("texts", ["10.42.0.0/16"]),
    "service_cidr": ("texts", ["10.43.0.0/16"]),
    "cluster_dns": ("texts", []),
    "cluster_domain": ("text", "cluster.local"),
    "egress_selector_mode": (("agent", "cluster", "pod", "disabled"), "agent"),
    "disable_cloud_controller": ("truth", False),
    "disable_kube_proxy": ("truth", False),
    "cni": ("texts", ["cilium"]),
    "ingress_controller": ("texts", []),
    "disable": ("texts", []),
    "tls_san": ("texts", []),
    "profile": (("", "cis", "etcd"), ""),
    "selinux": ("truth", False),
    "secrets_encryption": (("", "aescbc", "secretbox"), "secretbox"),
    "audit_policy": ("map", {}),
    "pod_security": ("map", {}),
    "embedded_registry": ("truth", False),
    "registries": ("map", {}),
    "system_default_registry": ("text", ""),
    "disable_default_registry_endpoint": ("truth", False),
    "kubelet_args": ("map", {}),
    "kubelet_config": ("map", {}),
    "proxy": ("map", {}),
    "etcd_snapshots": ("map", {}),
    "pools": ("map", {}),
    "config": ("map", {}),
    "server_config": ("map", {}),
    "agent_config": ("map", {}),
    "further_settings": ("texts", []),
    "preload_images": ("truth", True),
    "seed_images": ("texts", []),
    "agent_batch": ("text", "20%"),
    "drain": ("map", {}),
    "minimum": ("map", {}),
}
NODE: dict[str, tuple[t.Any, t.Any]] = {
    "role": (("server", "agent"), ""),
    "node_name": ("text", ""),
    "address": ("text", ""),
    "external_address": ("text", ""),
    "pool": ("text", ""),
    "zone": ("text", ""),
    "region": ("text", ""),
    "arch": (("", "amd64", "arm64"), ""),
    "node_labels": ("map", {}),
    "node_taints": ("texts", []),
    "node_config": ("map", {}),
    "kubelet_args": ("map", {}),
    "interface": ("text", ""),
}
# What a map may hold: names that are text, number, truth or texts; `minimum` is numbers, `drain` is handed to kubectl drain's meaning.
PARTS: dict[str, dict[str, t.Any]] = {
    "endpoint": {
        "kind": ("nlb", "kube-vip", "keepalived", "dns", "external"),
        "host": "text",
        "port": "number",
        "api_port": "number",
        "interface": "text",
        "vip": "text",
        "router_id": "number",
    },
    "proxy": {"http": "text", "https": "text", "no_proxy": "texts"},
    "etcd_snapshots": {"schedule": "text", "retention": "number", "dir": "text", "compress": "truth", "name": "text", "disabled": "truth", "s3": "map"},
    "etcd_snapshots.s3": {
        "endpoint": "text",
        "bucket": "text",
        "region": "text",
        "folder": "text",
        "endpoint_ca": "text",
        "retention": "number",
        "proxy": "text",
        "bucket_lookup_type": ("auto", "dns", "path"),
        "skip_ssl_verify": "truth",
        "insecure": "truth",
        "timeout": "text",
    },
    "drain": {"enabled": "truth", "timeout": "number", "grace": "number", "force": "truth", "delete_emptydir": "truth", "disable_eviction": "truth"},
    "minimum": {"memory_server": "number", "memory_agent": "number", "disk": "number", "clock_skew": "number", "fsync_ms": "number"},
}
# The groups of hosts by what they are for: labels and taints when a node registers.
POOL_LABEL = "node.unifiedmeta.io/pool"
POOLS: dict[str, dict[str, t.Any]] = {
    "application": {"labels": {}, "taints": []},
    "data": {"labels": {}, "taints": []},
    "platform": {"labels": {}, "taints": []},
    "gpu": {"labels": {}, "taints": ["nvidia.com/gpu=present:NoSchedule"]},
}
_LABEL_KEY = re.compile(r"(?:[a-z0-9](?:[-a-z0-9.]{0,251}[a-z0-9])?/)?[A-Za-z0-9](?:[-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?\Z")
_LABEL_VALUE = re.compile(r"(?:[A-Za-z0-9](?:[-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?)?\Z")
# A kubelet may not give itself labels of these (kubernetes.io, NodeRestriction), but for the few named.
_RESERVED = re.compile(r"(?:[^/]*\.)?(?:kubernetes|k8s)\.io/")
_ALLOWED = re.compile(r"(?:(?:[^/]*\.)?(?:kubelet|node)\.kubernetes\.io/|topology\.kubernetes\.io/(?:zone|region)\Z|kubernetes\.io/(?:os|arch|hostname)\Z)")
_TAINT_EFFECTS = ("NoSchedule", "PreferNoSchedule", "NoExecute")


def checked(values: t.Any, known: dict[str, tuple[t.Any, t.Any]], where: str, faults: list[str]) -> dict[str, t.Any]:
    """All settings, the site's or the default. ``where`` is put before a name in a sentence (``rke2_``; ``s1: rke2_``)."""
    made: dict[str, t.Any] = {}
    faults += [f"{where}{name}: there is no such variable{_meant(name, known, where)}" for name in values if name not in known]
    for name, (sort, default) in known.items():
        value = values.get(name)
        made[name] = default if value is None else _sorted(sort, value, f"{where}{name}", faults)
        if sort == "map" and name in PARTS and isinstance(made[name], dict):
            made[name] = _parts(name, made[name], f"{where}{name}", faults)
    return made


def _meant(name: str, known: t.Iterable[str], where: str) -> str:
    hint = suggestion(name, known)
    return hint.replace("mean ", f"mean {where.rpartition(' ')[2]}") if hint else ""


def _parts(name: str, value: dict[str, t.Any], where: str, faults: list[str]) -> dict[str, t.Any]:
    made = {}
    for part, given in value.items():
        sort = PARTS[name].get(part)
        if sort is None:
            faults.append(f"{where}.{part}: there is no such key{suggestion(part, PARTS[name])}")
        elif given is not None:
            made[part] = _sorted(sort, given, f"{where}.{part}", faults)
            if f"{name}.{part}" in PARTS and isinstance(made[part], dict):
                made[part] = _parts(f"{name}.{part}", made[part], f"{where}.{part}", faults)
    return made


def _sorted(sort: t.Any, value: t.Any, where: str, faults: list[str]) -> t.Any:
    """``value`` as its sort; of a wrong one a fault is told and the value's empty sort is given, so that the others can be checked."""
    if isinstance(sort, tuple):
        if value not in sort:
            faults.append(f"{where}: must be one of {', '.join(item or '(empty)' for item in sort)}, not {value!r}{suggestion(value, sort)}")
            return sort[0]
        return value
    if sort == "number" and isinstance(value, str) and value.isdigit():
        value = int(value)
    good = {
        "text": lambda: isinstance(value, (str, int, float)) and not isinstance(value, bool),
        "truth": lambda: isinstance(value, bool),
        "number": lambda: isinstance(value, (int, float)) and not isinstance(value, bool),
        "map": lambda: isinstance(value, dict),
        "texts": lambda: isinstance(value, str) or (isinstance(value, list) and all(isinstance(item, (str, int, float)) for item in value)),
    }[sort]
    if not good():
        words = {"text": "a text", "truth": "true or false", "number": "a number", "map": "a map", "texts": "a list of texts"}
        faults.append(f"{where}: must be {words[sort]}")
        return {"text": "", "truth": False, "number": 0, "map": {}, "texts": []}[sort]
    if sort == "texts":
        return [part.strip() for part in value.split(",") if part.strip()] if isinstance(value, str) else [str(item) for item in value]
    return str(value) if sort == "text" else value


def label_fault(key: str, value: t.Any) -> str | None:
    """What is wrong with a label that a node gives itself, or None (kubernetes.io, «Labels and Selectors»; NodeRestriction)."""
    text = str(value).lower() if isinstance(value, bool) else str(value)
    if not _LABEL_KEY.match(key):
        return f"{key}: no label's name; one looks like example.org/name"
    if _RESERVED.match(key) and not _ALLOWED.match(key):
        return f"{key}: a kubelet may not give itself this label, the API server would refuse it; set it by the API, or take a name of your own domain"
    return None if _LABEL_VALUE.match(text) else f"{key}: {text!r} is no label's value: up to 63 letters, digits, '-', '_', '.'"


def taint_fault(taint: str) -> str | None:
    """What is wrong with ``key=value:Effect`` or ``key:Effect``, or None (kubernetes.io, «Taints and Tolerations»)."""
    rest, colon, effect = taint.rpartition(":")
    if not colon or not _LABEL_KEY.match(rest.partition("=")[0]) or not _LABEL_VALUE.match(rest.partition("=")[2]):
        return f"{taint}: no taint; one looks like key=value:NoSchedule"
    return None if effect in _TAINT_EFFECTS else f"{taint}: the effect must be one of {', '.join(_TAINT_EFFECTS)}{suggestion(effect, _TAINT_EFFECTS)}"

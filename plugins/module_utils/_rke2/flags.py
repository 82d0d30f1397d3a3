# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What may stand in config.yaml: RKE2's flags, of which sort each is, and which of them a server or an agent knows.

RKE2 skips a key that it doesn't know with a line in its log, so a typo would be a setting that silently isn't there: that is why there is a table. Source:
docs.rke2.io/reference/server_config and /reference/linux_agent_config (2026-08), and for hidden ones rancher/rke2, pkg/cli/cmds/{server,agent,root}.go.
"""

from __future__ import annotations

import typing as t

from ansible_collections.unifiedmeta.platform.plugins.module_utils._rke2.names import suggestion

# Equal on all servers, or a joining one refuses to start (docs.rke2.io/reference/server_config, «Critical Configuration Values») -> RKE2's default.
CRITICAL: dict[str, t.Any] = {
    "agent-token": None,
    "cluster-cidr": "10.42.0.0/16",
    "cluster-dns": "10.43.0.10",
    "cluster-domain": "cluster.local",
    "disable-cloud-controller": False,
    "disable-kube-proxy": False,
    "egress-selector-mode": "agent",
    "service-cidr": "10.43.0.0/16",
}
_COMPONENTS = ("kube-apiserver", "kube-scheduler", "kube-controller-manager", "kube-proxy", "etcd", "cloud-controller-manager")

_COMMON = {
    "text": """data-dir bind-address token token-file server node-name image-credential-provider-bin-dir image-credential-provider-config
        container-runtime-endpoint default-runtime snapshotter private-registry resolv-conf cloud-provider-name cloud-provider-config profile audit-policy-file
        pod-security-admission-config-file kubelet-path pause-image runtime-image etcd-image kube-apiserver-image kube-controller-manager-image
        cloud-controller-manager-image kube-proxy-image kube-scheduler-image""",
    "number": "lb-server-port",
    "truth": """debug with-node-id protect-kernel-defaults selinux disable-default-registry-endpoint nonroot-devices enable-pprof
        node-name-from-cloud-provider-metadata""",
    "list": """node-label node-taint node-ip node-external-ip node-internal-dns node-external-dns kubelet-arg kube-proxy-arg airgap-extra-registry
        control-plane-resource-requests control-plane-resource-limits control-plane-probe-configuration """
    + " ".join(f"{name}-extra-{what}" for name in _COMPONENTS for what in ("mount", "env")),
}
_SERVER = {
    "text": """advertise-address cluster-domain service-node-port-range egress-selector-mode servicelb-namespace write-kubeconfig
        write-kubeconfig-mode write-kubeconfig-group write-kubeconfig-name agent-token agent-token-file datastore-endpoint datastore-cafile datastore-certfile
        datastore-keyfile etcd-snapshot-name etcd-snapshot-schedule-cron etcd-snapshot-reconcile-interval etcd-snapshot-dir etcd-s3-endpoint
        etcd-s3-endpoint-ca etcd-s3-access-key etcd-s3-secret-key etcd-s3-session-token etcd-s3-bucket etcd-s3-bucket-lookup-type etcd-s3-region
        etcd-s3-folder etcd-s3-proxy etcd-s3-config-secret etcd-s3-timeout system-default-registry secrets-encryption-provider helm-job-image
        cluster-reset-restore-path""",
    "number": "etcd-snapshot-retention etcd-s3-retention",
    "truth": """tls-san-security cluster-reset etcd-expose-metrics etcd-disable-snapshots etcd-snapshot-compress etcd-s3 etcd-s3-skip-ssl-verify
        etcd-s3-insecure disable-scheduler disable-cloud-controller disable-kube-proxy disable-apiserver disable-controller-manager disable-etcd
        embedded-registry supervisor-metrics enable-servicelb prime""",
    "list": """tls-san cluster-cidr service-cidr cluster-dns cni ingress-controller disable kube-apiserver-arg etcd-arg kube-scheduler-arg
        kube-controller-manager-arg kube-cloud-controller-manager-arg helm-controller-arg""",
}


def _table(*parts: dict[str, str]) -> dict[str, str]:
    return {name: sort for part in parts for sort, names in part.items() for name in names.split()}


AGENT: dict[str, str] = _table(_COMMON)
SERVER: dict[str, str] = _table(_COMMON, _SERVER)
BY_ROLE = {"server": SERVER, "agent": AGENT}

# Read when a node registers, and never again: later changes go through the API (docs.rke2.io/advanced, «Node Labels and Taints»).
AT_REGISTRATION = frozenset(("node-label", "node-taint"))
# Read by a server without datastore and by an agent when it starts, and of no effect on what runs (an agent keeps its own list of servers).
AT_JOIN = frozenset(("server",))
# Actions that a file would repeat at every start, or a second place for what has one.
NEVER = {
    "cluster-reset": "it is an action, not a setting: a file would repeat it at each start; use restore.yml",
    "cluster-reset-restore-path": "it is an action, not a setting: a file would repeat it at each start; use restore.yml",
    "token-file": "the token comes from the site's bootstrap store",
    "agent-token-file": "the token comes from the site's bootstrap store",
    "datastore-endpoint": "the datastore here is etcd, embedded",
    "prime": "nobody but RKE2's own packaging sets it",
    "data-dir": "its place is fixed here",
    "disable-etcd": "every server here has etcd and the whole control plane; quorum is counted by that",
    "disable-apiserver": "every server here has etcd and the whole control plane; the gate asks each one's API",
    "disable-controller-manager": "every server here has etcd and the whole control plane",
    "with-node-id": "it would make a node's name unforeseeable",
}


def fault(key: str, role: str, further: t.Collection[str] = ()) -> str | None:
    """Why ``key`` (a ``+`` at its end means «append», as RKE2 has it) can't be in the config.yaml of a server or agent; None where it can.

    ``further``: keys that the site vouches for, of an RKE2 newer than the table.
    """
    name = key[:-1] if key.endswith("+") else key
    if name in NEVER:
        return f"{name}: {NEVER[name]}"
    if name in BY_ROLE[role] or name in further:
        return None
    if role == "agent" and name in SERVER:
        return f"{name}: only servers know it; an agent would skip it silently"
    return f"{name}: RKE2 knows no such setting and would skip it silently{suggestion(name, BY_ROLE[role])}; a newer RKE2's: name it in rke2_further_settings"


def normal(key: str, value: t.Any) -> t.Any:
    """A value in the one form that is compared: lists sorted without repetition (one text is a list of one), truths, numbers."""
    sort = SERVER.get(key, "text" if not isinstance(value, (list, tuple, bool)) else "list" if not isinstance(value, bool) else "truth")
    if value is None or value == "":
        return [] if sort == "list" else False if sort == "truth" else ""
    if sort == "list":
        items = value if isinstance(value, (list, tuple)) else [value]
        texts = [_text(item) for item in items]
        # The order of arguments may mean something (the last one of a name wins); cni's and ingress-controller's does.
        ordered = key.endswith("-arg") or key in ("cni", "ingress-controller", "node-ip")
        return texts if ordered else sorted(set(texts))
    if sort == "truth":
        return value if isinstance(value, bool) else str(value).lower() in ("true", "1", "yes", "t")
    return _text(value)


def _text(value: t.Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def value_fault(key: str, value: t.Any) -> str | None:
    """What is wrong with a value's sort, or None. Values of settings that the table lacks are taken as they are."""
    sort = SERVER.get(key)
    if value is None or sort is None:
        return None
    if sort == "truth" and not isinstance(value, bool):
        return f"{key}: must be true or false"
    if sort == "number" and (isinstance(value, bool) or not str(value).isdigit()):
        return f"{key}: must be a whole number"
    if isinstance(value, dict) or (sort != "list" and isinstance(value, (list, tuple))):
        return f"{key}: must be {'a list of texts' if sort == 'list' else 'a text'}"
    return None

"""Configuration: config.yaml, config.yaml.d, environment and command line into one mapping.

Sources: https://docs.rke2.io/install/configuration (files, order, «key+»), https://docs.rke2.io/reference/server_config,
https://docs.rke2.io/reference/linux_agent_config (names).
"""
from __future__ import annotations

import glob
import ipaddress
import os
import re
import socket
import subprocess
import typing as t

import yaml

from . import log

BOTH = """config debug data-dir token token-file node-name with-node-id node-label node-taint image-credential-provider-bin-dir
image-credential-provider-config container-runtime-endpoint default-runtime disable-default-registry-endpoint nonroot-devices snapshotter
private-registry system-default-registry node-ip bind-address node-external-ip node-internal-dns node-external-dns resolv-conf kubelet-arg kube-proxy-arg
protect-kernel-defaults enable-pprof selinux lb-server-port kubelet-path cloud-provider-name cloud-provider-config profile audit-policy-file
control-plane-resource-requests control-plane-resource-limits control-plane-probe-configuration kube-apiserver-image kube-controller-manager-image
cloud-controller-manager-image kube-proxy-image kube-scheduler-image pause-image runtime-image etcd-image kube-proxy-extra-mount kube-proxy-extra-env
pod-security-admission-config-file server airgap-extra-registry"""
SERVER = """advertise-address tls-san tls-san-security cluster-cidr service-cidr service-node-port-range cluster-dns cluster-domain egress-selector-mode
servicelb-namespace write-kubeconfig write-kubeconfig-mode write-kubeconfig-group helm-job-image agent-token agent-token-file cluster-reset
cluster-reset-restore-path kube-apiserver-arg etcd-arg kube-controller-manager-arg kube-scheduler-arg kube-cloud-controller-manager-arg datastore-endpoint
datastore-cafile datastore-certfile datastore-keyfile etcd-expose-metrics etcd-disable-snapshots etcd-snapshot-name etcd-snapshot-schedule-cron
etcd-snapshot-retention etcd-snapshot-dir etcd-snapshot-compress etcd-s3 etcd-s3-endpoint etcd-s3-endpoint-ca etcd-s3-skip-ssl-verify etcd-s3-access-key
etcd-s3-secret-key etcd-s3-session-token etcd-s3-bucket etcd-s3-bucket-lookup-type etcd-s3-region etcd-s3-folder etcd-s3-proxy etcd-s3-config-secret
etcd-s3-insecure etcd-s3-timeout etcd-s3-retention disable disable-scheduler disable-cloud-controller disable-kube-proxy disable-apiserver
disable-controller-manager disable-etcd embedded-registry supervisor-metrics secrets-encryption-provider cni ingress-controller enable-servicelb
kube-apiserver-extra-mount kube-apiserver-extra-env etcd-extra-mount etcd-extra-env kine-tls prefer-bundled-bin"""
LISTS = frozenset((
    "tls-san", "node-label", "node-taint", "kubelet-arg", "kube-proxy-arg", "kube-apiserver-arg", "etcd-arg", "kube-controller-manager-arg",
    "kube-scheduler-arg", "disable", "cni", "node-ip", "node-external-ip", "ingress-controller",
))
SWITCHES = frozenset((
    "debug", "with-node-id", "protect-kernel-defaults", "selinux", "cluster-reset", "etcd-s3", "etcd-disable-snapshots", "etcd-snapshot-compress",
    "disable-kube-proxy", "disable-cloud-controller", "embedded-registry", "supervisor-metrics", "disable-default-registry-endpoint",
    "etcd-expose-metrics",
))
# Must be the same on all servers: https://docs.rke2.io/install/configuration («Critical configuration values»)
CRITICAL = {"agent-token": "", "cluster-cidr": "10.42.0.0/16", "cluster-dns": "10.43.0.10", "cluster-domain": "cluster.local", "service-cidr": "10.43.0.0/16",
            "egress-selector-mode": "agent", "disable-cloud-controller": False, "disable-kube-proxy": False}
DEFAULTS = {"data-dir": "/var/lib/rancher/rke2", "write-kubeconfig": "/etc/rancher/rke2/rke2.yaml", "write-kubeconfig-mode": "0600",
            "etcd-snapshot-retention": 5, "etcd-snapshot-name": "etcd-snapshot", "secrets-encryption-provider": "aescbc", **CRITICAL}
ENVIRONMENT = {"RKE2_TOKEN": "token", "RKE2_URL": "server", "RKE2_AGENT_TOKEN": "agent-token", "RKE2_NODE_NAME": "node-name", "RKE2_DATA_DIR": "data-dir"}


def files(path: str) -> dict[str, t.Any]:
    """Returns config.yaml merged with config.yaml.d/*.yaml, in the order of their names. Raises Fatal for a file that is no mapping."""
    found: dict[str, t.Any] = {}
    for name in [path, *sorted(glob.glob(f"{path}.d/*.yaml") + glob.glob(f"{path}.d/*.yml"))]:
        if not os.path.exists(name):
            continue
        with open(name, encoding="utf-8") as file:
            try:
                read = yaml.safe_load(file) or {}
            except yaml.YAMLError as fault:
                raise log.Fatal(f"failed to parse {name}: {str(fault).splitlines()[0]}") from None
        if not isinstance(read, dict):
            raise log.Fatal(f"failed to parse {name}: not a mapping")
        for key, value in read.items():
            if str(key).endswith("+"):
                found[key[:-1]] = _list(found.get(key[:-1])) + _list(value)
            else:
                found[key] = value
    return found


def words(arguments: t.Sequence[str]) -> tuple[dict[str, t.Any], list[str]]:
    """Returns the options of a command line (--key value, --key=value, --switch), and the words that are none."""
    found: dict[str, t.Any] = {}
    rest, queue = [], list(arguments)
    while queue:
        word = queue.pop(0)
        if not word.startswith("-"):
            rest.append(word)
            continue
        key, equals, value = word.lstrip("-").partition("=")
        key = {"t": "token", "s": "server", "c": "config", "o": "output"}.get(key, key)
        if not equals:
            value = "true" if key in SWITCHES or not queue or queue[0].startswith("--") else queue.pop(0)
        if key in LISTS:
            found[key] = [*_list(found.get(key)), value]
        else:
            found[key] = value
    return found, rest


def load(kind: str, arguments: t.Sequence[str]) -> dict[str, t.Any]:
    """Returns the settings of a ``server`` or ``agent``: defaults, files, environment, command line; lists as lists, switches as booleans."""
    given, _rest = words(arguments)
    known = set((BOTH + " " + SERVER if kind == "server" else BOTH).split())
    for key in given:
        if key not in known:
            raise log.Fatal(f"flag provided but not defined: -{key}")
    read = files(str(given.get("config") or os.environ.get("RKE2_CONFIG_FILE") or "/etc/rancher/rke2/config.yaml"))
    for key in sorted(set(read) - known):
        log.warning(f"Unknown flag --{key} found in config.yaml, skipping")
    found = {**DEFAULTS, **{key: value for key, value in read.items() if key in known}}
    found.update({key: os.environ[name] for name, key in ENVIRONMENT.items() if os.environ.get(name)})
    found.update(given)
    for key in LISTS:
        found[key] = [part for item in _list(found.get(key)) for part in ([str(item)] if key.endswith("-arg") else str(item).split(","))]
    for key in SWITCHES:
        found[key] = str(found.get(key, False)).lower() == "true"
    for key in ("token", "agent-token"):
        if found.get(f"{key}-file") and not found.get(key):
            with open(found[f"{key}-file"], encoding="utf-8") as file:
                found[key] = file.read().strip()
    found["node-name"] = str(found.get("node-name") or socket.gethostname().split(".")[0]).lower()
    found["node-ip"] = found["node-ip"] or [address()]
    return found


def _list(value: t.Any) -> list[t.Any]:
    return [] if value is None or value == "" else list(value) if isinstance(value, list) else [value]


def address() -> str:
    """Returns the address of the interface of the default route. Raises Fatal where there is none (https://docs.rke2.io/install/airgap)."""
    said = subprocess.run(["ip", "-4", "route", "show", "default"], capture_output=True, text=True, check=False).stdout
    device = re.search(r"dev (\S+)", said)
    if not device:
        raise log.Fatal("unable to select an IP from default routes.")
    shown = subprocess.run(["ip", "-4", "-o", "address", "show", "dev", device[1]], capture_output=True, text=True, check=False).stdout
    found = re.search(r"inet ([\d.]+)/", shown)
    if not found:
        raise log.Fatal("unable to select an IP from default routes.")
    return str(ipaddress.ip_address(found[1]))


def network(settings: dict[str, t.Any], key: str) -> ipaddress.IPv4Network:
    """Returns the first (IPv4) network of a setting. Raises Fatal."""
    try:
        return ipaddress.IPv4Network(str(settings[key]).split(",", maxsplit=1)[0])
    except ValueError as fault:
        raise log.Fatal(f"invalid {key} {settings[key]}: {fault}") from None

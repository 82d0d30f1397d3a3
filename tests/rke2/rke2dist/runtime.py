"""What lies below kubelet on a node: containerd's and kubelet's configuration, cgroups, the pods' network."""
from __future__ import annotations

import glob
import json
import os
import subprocess
import typing as t

import yaml

from . import certs
from .place import REGISTRIES, SOCKET, Place, read, write

CONTAINERD = """version = 2
root = "{agent}/containerd"
state = "/run/k3s/containerd"
disabled_plugins = ["io.containerd.snapshotter.v1.btrfs", "io.containerd.snapshotter.v1.zfs", "io.containerd.snapshotter.v1.aufs",
  "io.containerd.snapshotter.v1.devmapper", "io.containerd.internal.v1.opt"]

[grpc]
  address = "{socket}"

[plugins."io.containerd.grpc.v1.cri"]
  sandbox_image = "{pause}"
  restrict_oom_score_adj = true
  enable_selinux = false
  disable_apparmor = true
  stream_server_address = "127.0.0.1"
  stream_server_port = "10010"

  [plugins."io.containerd.grpc.v1.cri".registry]
    config_path = "{agent}/etc/containerd/certs.d"

  [plugins."io.containerd.grpc.v1.cri".containerd]
    snapshotter = "overlayfs"

    [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc]
      runtime_type = "io.containerd.runc.v2"

      [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc.options]
        BinaryName = "{bin}/runc"
        SystemdCgroup = false

  [plugins."io.containerd.grpc.v1.cri".cni]
    bin_dir = "{bin}"
    conf_dir = "/etc/cni/net.d"
"""
PAUSE = "index.docker.io/rancher/mirrored-pause:3.6"


def containerd(place: Place, settings: dict[str, t.Any]) -> list[str]:
    """Writes containerd's configuration, with registries.yaml as its hosts.toml files; returns its command line."""
    path = place("agent", "etc", "containerd", "config.toml")
    pause = str(settings.get("pause-image") or PAUSE).replace("index.docker.io", "docker.io")
    write(path, CONTAINERD.format(agent=place("agent"), socket=SOCKET, pause=pause, bin=place.bin()))
    mirrors = (yaml.safe_load(read(REGISTRIES)) or {}).get("mirrors") or {}
    for name, mirror in mirrors.items():
        host = "_default" if name == "*" else name
        lines = [f'server = "https://{name if name != "*" else "registry-1.docker.io"}/v2"', "capabilities = [\"pull\", \"resolve\"]"]
        lines += [f'[host."{point}"]\n  capabilities = ["pull", "resolve"]' for point in (mirror or {}).get("endpoint") or []]
        write(place("agent", "etc", "containerd", "certs.d", host, "hosts.toml"), "\n".join(lines) + "\n", 0o644)
    os.makedirs(os.path.dirname(SOCKET), exist_ok=True)
    return [place.bin("containerd"), "--config", path, "--address", SOCKET]


def kubelet(place: Place, settings: dict[str, t.Any], cluster: dict[str, t.Any]) -> None:
    """Writes kubelet's configuration and kubeconfigs."""
    resolver = str(settings.get("resolv-conf") or "/etc/resolv.conf")
    document: dict[str, t.Any] = {
        "apiVersion": "kubelet.config.k8s.io/v1beta1", "kind": "KubeletConfiguration", "address": "0.0.0.0", "failCgroupV1": False, "failSwapOn": False,
        "cgroupDriver": "cgroupfs", "enforceNodeAllocatable": [], "oomScoreAdj": 0, "maxOpenFiles": 20000,
        "containerRuntimeEndpoint": f"unix://{SOCKET}", "staticPodPath": place("agent", "pod-manifests"),
        "authentication": {"anonymous": {"enabled": False}, "webhook": {"enabled": True}, "x509": {"clientCAFile": place("agent", "client-ca.crt")}},
        "authorization": {"mode": "Webhook"}, "tlsCertFile": place("agent", "serving-kubelet.crt"), "tlsPrivateKeyFile": place("agent", "serving-kubelet.key"),
        "clusterDNS": [cluster["cluster-dns"]], "clusterDomain": cluster["cluster-domain"], "resolvConf": resolver, "healthzBindAddress": "127.0.0.1",
        "protectKernelDefaults": bool(settings["protect-kernel-defaults"]), "serializeImagePulls": False, "nodeStatusUpdateFrequency": "5s",
        "evictionHard": {"memory.available": "100Mi", "nodefs.available": "1%", "imagefs.available": "1%", "nodefs.inodesFree": "1%"},
        "imageGCHighThresholdPercent": 100,
    }
    if not os.path.exists("/sys/fs/cgroup/cgroup.controllers"):
        document["cgroupRoot"] = f"/kube-{settings['node-name']}"
        cgroups(document["cgroupRoot"])
    os.makedirs(place("agent", "pod-manifests"), mode=0o700, exist_ok=True)
    write(place("agent", "etc", "kubelet.conf.d", "00-rke2-defaults.conf"), json.dumps(document, indent=2))


def cgroups(root: str) -> None:
    """Makes the root of kubelet's groups in each hierarchy of cgroup v1."""
    for base in glob.glob("/sys/fs/cgroup/*"):
        if os.path.islink(base) or not os.path.ismount(base) or os.path.basename(base) == "unified":
            continue
        os.makedirs(base + root, exist_ok=True)
        for name in ("cpuset.cpus", "cpuset.mems"):
            path = f"{base}{root}/{name}"
            if os.path.exists(path) and not read(path).strip():
                write_through(path, read(f"{base}/{name}"))


def write_through(path: str, text: str) -> None:
    """Writes into a file that can't be replaced."""
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)


def network(place: Place, node: str, nodes: dict[str, dict[str, str]], cluster_cidr: str, known: dict[str, str]) -> None:
    """Gives this node's pods a bridge, and the machine routes to the other nodes' pods. known: routes that are set, kept up to date."""
    own = nodes.get(node, {}).get("cidr")
    path = "/etc/cni/net.d/10-rke2-test.conflist"
    if own and own not in read(path):
        write(path, json.dumps({"cniVersion": "0.4.0", "name": "rke2-test", "plugins": [{
            "type": "bridge", "bridge": "cni0", "isGateway": True, "ipMasq": False, "hairpinMode": True,
            "ipam": {"type": "host-local", "dataDir": place("agent", "cni-state"), "ranges": [[{"subnet": own}]], "routes": [{"dst": "0.0.0.0/0"}]},
        }]}, indent=1), 0o644)
    wanted = {entry["cidr"]: entry["address"] for name, entry in nodes.items() if name != node and entry["cidr"] and entry["address"]}
    for cidr in set(known) - set(wanted):
        subprocess.run(["ip", "route", "delete", cidr], capture_output=True, check=False)
        del known[cidr]
    for cidr, address in wanted.items():
        if known.get(cidr) != address:
            subprocess.run(["ip", "route", "replace", cidr, "via", address], capture_output=True, check=False)
            known[cidr] = address


def keys(place: Place) -> None:
    """Makes the node's private keys."""
    for name in ("client-kubelet", "serving-kubelet", "client-kube-proxy"):
        certs.private(place("agent", f"{name}.key"))

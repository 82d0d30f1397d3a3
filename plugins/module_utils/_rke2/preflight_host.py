# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Preflight: what a host must be by itself. Pure."""

from __future__ import annotations

import re
import typing as t

from ansible_collections.unifiedmeta.platform.plugins.module_utils._rke2 import versions

REFUSE, WARN = "refuse", "warn"
GIB = 1024 ** 3
# https://docs.rke2.io/install/requirements and SUSE's support matrix, and Debian, which this collection's own tests run on.
SYSTEMS = ("almalinux", "amzn", "debian", "ol", "opensuse-leap", "rhel", "rocky", "sl-micro", "sle-micro", "sles", "ubuntu")
RED_HAT = ("almalinux", "ol", "rhel", "rocky")
# TCP ports that RKE2 listens on: supervisor, API server, etcd (clients, peers, metrics, gateway), kubelet, controllers, kube-proxy, ingress.
PORTS = {"server": (2379, 2380, 2381, 2382, 6443, 9345, 10248, 10250, 10256, 10257, 10259), "agent": (6443, 10248, 10250, 10256)}
INGRESS_PORTS = (80, 443)
# What RKE2 itself leaves running when its service stops.
OWN = ("cloud-controlle", "containerd", "etcd", "kube-apiserver", "kube-controller", "kube-proxy", "kube-scheduler", "kubelet", "rke2", "traefik")
# https://docs.rke2.io/security/hardening_guide#host-level-requirements
CIS_SYSCTL = {"vm.panic_on_oom": "0", "vm.overcommit_memory": "1", "kernel.panic": "10", "kernel.panic_on_oops": "1"}
NAMES = ("arch", "cgroup", "cis", "cpu", "disk", "firewalld", "inotify", "kernel", "memory", "network-manager", "os", "ports", "resolvers", "route", "swap",
         "sync-latency", "systemd")


class Fault(t.NamedTuple):
    """level: REFUSE or WARN; name: of the check; text: what is wrong and what to do."""

    level: str
    name: str
    text: str


def faults(desired: t.Mapping[str, t.Any], host: str, node: t.Mapping[str, t.Any], minimum: t.Mapping[str, float]) -> list[Fault]:
    """What is wrong with one host. ``node``: its facts. What keeps RKE2 from starting the first time only warns where it runs already."""
    wanted = desired["nodes"][host]
    hard = WARN if node.get("installed") else REFUSE
    return [
        *_system(wanted, node), *_kernel(desired, wanted, node, hard), *_size(wanted, node, minimum, hard), *_ports(desired, wanted, node),
        *_network(node, hard), *_cis(wanted, node),
    ]


def _system(wanted: t.Mapping[str, t.Any], node: t.Mapping[str, t.Any]) -> t.Iterator[Fault]:
    if node.get("systemd") is False:
        yield Fault(REFUSE, "systemd", "systemd doesn't run as process 1; RKE2 is a service of systemd")
    if node["arch"] not in ("amd64", "arm64"):
        yield Fault(REFUSE, "arch", f"RKE2 isn't made for {node['arch']}; take a machine with amd64 or arm64")
    elif wanted.get("arch") and wanted["arch"] != node["arch"]:
        yield Fault(REFUSE, "arch", f"rke2_arch says {wanted['arch']}, the machine is {node['arch']}; correct or remove the variable")
    if node["os"]["id"] not in SYSTEMS:
        yield Fault(WARN, "os", f"nobody has validated RKE2 on {node['os']['id'] or 'an unknown system'} {node['os']['version']}".rstrip() + "; it may work")
    if node.get("swap"):
        yield Fault(WARN, "swap", "swap is on: RKE2 starts, but pods' memory limits don't hold; switch it off (swapoff -a, and in /etc/fstab)")
    instances = (node.get("sysctl") or {}).get("fs.inotify.max_user_instances")
    if instances and int(instances) < 256:
        yield Fault(WARN, "inotify", f"fs.inotify.max_user_instances is {instances}: pods that watch files fail when it is used up; set 8192 in /etc/sysctl.d")


def _kernel(desired: t.Mapping[str, t.Any], wanted: t.Mapping[str, t.Any], node: t.Mapping[str, t.Any], hard: str) -> t.Iterator[Fault]:
    running, system = _numbers(node["os"]["kernel"]), node["os"]
    old_red_hat = system["id"] in RED_HAT and running >= (4, 18)
    if "cilium" in setting(desired, "cni") and running < (5, 10) and not old_red_hat:
        yield Fault(hard, "kernel", f"the kernel is {system['kernel']}, Cilium needs 5.10 or later (4.18 of Red Hat's); take a later kernel, or Calico "
                                    "(platform_choices.cni)")
    elif running < (4, 18):
        yield Fault(hard, "kernel", f"the kernel {system['kernel']} is older than any that RKE2 is validated on; take 4.18 or later")
    accepted = any("failCgroupV1: false" in file["content"] for file in wanted.get("files", {}).values())
    if node.get("cgroup") == 1 and versions.minor(desired["version"]) >= (1, 35) and not accepted:
        yield Fault(REFUSE, "cgroup", "the system has cgroups v1, which kubelets refuse since Kubernetes 1.35; boot it with "
                                      "systemd.unified_cgroup_hierarchy=1, or accept it for now with rke2_kubelet_config: {failCgroupV1: false}")


def _size(wanted: t.Mapping[str, t.Any], node: t.Mapping[str, t.Any], minimum: t.Mapping[str, float], hard: str) -> t.Iterator[Fault]:
    least = minimum[f"memory_{wanted['role']}"]
    if node["memory"] < least * GIB:
        yield Fault(hard, "memory", f"has {node['memory'] / GIB:.1f} GiB of memory, {_article(wanted['role'])} needs {least:g} (rke2_minimum)")
    if wanted["role"] == "server" and node["cpus"] < 2:
        yield Fault(WARN, "cpu", "a server needs two processors or more; etcd and the API server will be slow")
    disk = (node.get("disk") or {}).get("/var/lib/rancher")
    if disk:
        free, installed = disk["free"] / GIB, bool(node.get("installed"))
        if not installed and free < minimum["disk"]:
            yield Fault(REFUSE, "disk", f"/var/lib/rancher has {free:.1f} GiB free, a new node needs {minimum['disk']:g} (rke2_minimum); give it a "
                                        "bigger disk")
        elif free < 2 or free < disk["size"] / GIB * 0.1:
            yield Fault(WARN, "disk", f"/var/lib/rancher has {free:.1f} GiB free of {disk['size'] / GIB:.0f}: the kubelet throws pods out below 5 to 10 %")
        if disk.get("inodes_free", 10 ** 6) < 10 ** 5:
            yield Fault(WARN, "disk", f"/var/lib/rancher has {disk['inodes_free']} inodes free; images hold many files")
    latency = node.get("fsync_ms")
    if wanted["role"] == "server" and latency is not None and latency > 10:
        level = hard if 0 < minimum["fsync_ms"] < latency else WARN
        yield Fault(level, "sync-latency", f"a synchronous write takes {latency:g} ms (99th percentile), etcd wants less than 10; give "
                                           "/var/lib/rancher a faster disk")


def _ports(desired: t.Mapping[str, t.Any], wanted: t.Mapping[str, t.Any], node: t.Mapping[str, t.Any]) -> t.Iterator[Fault]:
    """Ports that others hold. While RKE2 runs they are its own."""
    if any(unit.get("active") in ("active", "activating", "deactivating") for unit in node.get("service", {}).values()):
        return
    ports = set(PORTS[wanted["role"]])
    if set(setting(desired, "ingress-controller")) - {"none"}:
        ports |= set(INGRESS_PORTS)
    taken: dict[int, str] = {}
    for entry in node.get("listening") or []:
        port, process = (entry["port"], entry.get("process") or "") if isinstance(entry, dict) else (entry, "")
        if port in ports and not (node.get("installed") and process.startswith(OWN)):
            taken.setdefault(port, process)
    if taken:
        told = ", ".join(f"{port} ({process})" if process else str(port) for port, process in sorted(taken.items()))
        yield Fault(REFUSE, "ports", f"RKE2 needs the TCP ports {told}, which another program holds; stop it (ss -ltnp)")


def _network(node: t.Mapping[str, t.Any], hard: str) -> t.Iterator[Fault]:
    if not node.get("default_route", True):
        yield Fault(hard, "route", "there is no default route, by which RKE2 finds the node's address; add one, on a site without a way out a blackhole "
                                   "route of a dummy interface will do (docs.rke2.io/install/airgap)")
    manager = node.get("network_manager") or {}
    if manager.get("active") and not manager.get("unmanaged_cni"):
        yield Fault(hard, "network-manager", "NetworkManager takes the pods' interfaces; write «[keyfile]» and «unmanaged-devices=interface-name:flannel*;"
                                             "interface-name:cali*;interface-name:cilium*;interface-name:lxc*» to "
                                             "/etc/NetworkManager/conf.d/rke2-cni.conf and reload it")
    if node.get("firewalld"):
        yield Fault(hard, "firewalld", "firewalld drops pods' packets; disable it, and let the network in front of the nodes filter "
                                       "(docs.rke2.io/known_issues)")
    resolvers = node.get("resolvers") or []
    if not resolvers:
        yield Fault(WARN, "resolvers", "/etc/resolv.conf names no resolver: pods will find names inside the cluster only")
    elif all(address.startswith("127.") and address != "127.0.0.53" for address in resolvers):
        yield Fault(WARN, "resolvers", f"/etc/resolv.conf names the node itself ({', '.join(resolvers)}), which pods can't ask: RKE2 gives them 8.8.8.8; "
                                       "give kubelets another file (rke2_kubelet_args: {resolv-conf: …})")


def _cis(wanted: t.Mapping[str, t.Any], node: t.Mapping[str, t.Any]) -> t.Iterator[Fault]:
    if wanted["config"].get("profile") not in ("cis", "etcd"):
        return
    if wanted["role"] == "server" and not (node.get("users") or {}).get("etcd"):
        yield Fault(REFUSE, "cis", "the profile needs the user etcd in /etc/passwd; useradd -r -c 'etcd user' -s /sbin/nologin -M etcd -U")
    actual = node.get("sysctl") or {}
    wrong = [f"{name}={value}" for name, value in CIS_SYSCTL.items() if str(actual.get(name)) != value]
    if wanted["config"]["profile"] == "cis" and wrong:
        yield Fault(REFUSE, "cis", f"the profile needs {', '.join(wrong)}; write them to /etc/sysctl.d/60-rke2-cis.conf and set them with sysctl -w "
                                   "(restarting systemd-sysctl would undo what the CNI has set)")


def _article(role: str) -> str:
    return "an agent" if role == "agent" else f"a {role}"


def _numbers(text: str) -> tuple[int, int]:
    found = re.match(r"(\d+)\.(\d+)", text)
    return (int(found.group(1)), int(found.group(2))) if found else (0, 0)


def setting(desired: t.Mapping[str, t.Any], key: str) -> list[str]:
    """A key of the servers' configuration as a list of words; agents have it not."""
    for node in desired["nodes"].values():
        value = node["config"].get(key) if node["role"] == "server" else None
        if value:
            return [part for item in ([value] if isinstance(value, str) else value) for part in str(item).split(",")]
    return []

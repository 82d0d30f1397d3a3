# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The host below RKE2: what preflight and plan must know of it. Read from /proc, /sys and /etc; nothing is changed and no package is needed."""

from __future__ import annotations

import os
import re
import tempfile
import time
import typing as t

from ansible_collections.unifiedmeta.platform.plugins.module_utils._rke2.node_layout import ARCHITECTURES, Layout

# What the CIS profile demands of the kernel: share/rke2/rke2-cis-sysctl.conf of the release.
SYSCTLS = ("vm.panic_on_oom", "vm.overcommit_memory", "kernel.panic", "kernel.panic_on_oops", "net.ipv4.ip_forward", "fs.inotify.max_user_instances")
DISKS = ("/var/lib/rancher", "/var/lib/kubelet", "/usr/local", "/var/log")
CIS_USER = "etcd"


def gather(layout: Layout) -> dict[str, t.Any]:
    """All facts of this file, in the shape of ``rke2_facts``."""
    release = _os_release(layout)
    return {
        "hostname": os.uname().nodename, "arch": ARCHITECTURES.get(os.uname().machine, os.uname().machine),
        "os": {"id": release.get("ID", ""), "version": release.get("VERSION_ID", ""), "kernel": os.uname().release},
        "boot_id": read(layout, "/proc/sys/kernel/random/boot_id").strip() or None, "time": round(time.time(), 1),
        "memory": _memory(layout), "cpus": len(os.sched_getaffinity(0)), "swap": len(read(layout, "/proc/swaps").splitlines()) > 1,
        "cgroup": 2 if os.path.exists(layout.at("/sys/fs/cgroup/cgroup.controllers")) else 1,
        "disk": {path: space(layout, path) for path in DISKS},
        "users": {CIS_USER: any(line.startswith(f"{CIS_USER}:") for line in read(layout, "/etc/passwd").splitlines())},
        "sysctl": {name: read(layout, "/proc/sys/" + name.replace(".", "/")).strip() or None for name in SYSCTLS},
        "resolvers": re.findall(r"^nameserver +(\S+)", read(layout, "/etc/resolv.conf"), re.MULTILINE),
    }


def read(layout: Layout, path: str) -> str:
    """A file's text, empty where it can't be read."""
    try:
        with open(layout.at(path), encoding="utf-8", errors="replace") as handle:
            return handle.read()
    except OSError:
        return ""


def space(layout: Layout, path: str) -> dict[str, int]:
    """Bytes and inodes of the file system that a folder is on, or will be: free (for everybody but root's reserve), size, inodes_free."""
    place = layout.at(path)
    while not os.path.exists(place):
        place = os.path.dirname(place)
    found = os.statvfs(place)
    return {"free": found.f_bavail * found.f_frsize, "size": found.f_blocks * found.f_frsize, "inodes_free": found.f_favail}


def sync_latency(layout: Layout, path: str = "/var/lib/rancher", rounds: int = 100, limit: float = 3.0) -> float:
    """The 99th percentile of a synchronous write of 2 KiB, in milliseconds: what etcd's log waits for (https://etcd.io/docs/v3.6/faq: below 10).

    A file is written and removed. A slow disk is not asked for longer than ``limit`` seconds. Raises OSError.
    """
    place = layout.at(path)
    while not os.path.isdir(place):
        place = os.path.dirname(place)
    took, block = [], os.urandom(2048)
    with tempfile.TemporaryFile(dir=place) as handle:
        for _round in range(rounds):
            began = time.perf_counter()
            handle.write(block)
            handle.flush()
            os.fdatasync(handle.fileno())
            took.append(time.perf_counter() - began)
            if sum(took) > limit:
                break
    return round(sorted(took)[max(0, int(len(took) * 0.99) - 1)] * 1000, 2)


def network_manager(layout: Layout, active: bool) -> dict[str, bool]:
    """Is it running, and told to leave the CNI's interfaces alone (https://docs.rke2.io/known_issues#networkmanager)?"""
    unmanaged = False
    for folder in ("/etc/NetworkManager/conf.d", "/usr/lib/NetworkManager/conf.d", "/run/NetworkManager/conf.d"):
        try:
            names = os.listdir(layout.at(folder))
        except OSError:
            continue
        texts = (read(layout, f"{folder}/{name}") for name in names if name.endswith(".conf"))
        unmanaged = unmanaged or any(re.search(r"^unmanaged-devices *=.*interface-name:(cali|flannel|cilium|lxc|cni)", text, re.MULTILINE) for text in texts)
    return {"active": active, "unmanaged_cni": unmanaged}


def _os_release(layout: Layout) -> dict[str, str]:
    pairs = (line.split("=", 1) for line in read(layout, "/etc/os-release").splitlines() if "=" in line)
    return {name: value.strip().strip("\"'") for name, value in pairs}


def _memory(layout: Layout) -> int:
    match = re.search(r"^MemTotal: +([0-9]+) kB", read(layout, "/proc/meminfo"), re.MULTILINE)
    return int(match.group(1)) * 1024 if match else 0

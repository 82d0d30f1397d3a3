# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What must hold before the lab touches anything; all faults come in one go, each a sentence that says what to do."""
from __future__ import annotations

import importlib.util
import os
import platform
import shutil
import typing as t

from ansible_collections.unifiedmeta.platform.plugins.module_utils._lab import processes
from ansible_collections.unifiedmeta.platform.plugins.module_utils._lab.layout import Layout
from ansible_collections.unifiedmeta.platform.plugins.module_utils._lab.recipes import Recipe

ROOM_RUN, ROOM_FETCH, ROOM_BUILD = 0.5, 1.5, 6.0  # GB free
MEMORY, MEMORY_KEYCLOAK = 1.0, 1.0  # GB


def machine(uid: int, system: str, release: dict[str, str], arch: str, apt: bool) -> list[str]:
    """Returns the faults of the machine itself. release: what /etc/os-release says (ID, VERSION_ID, ID_LIKE)."""
    faults = []
    if system != "Linux":
        return [f"This machine runs {system}; the lab's servers need Linux (Debian 12 is what it is tested on)."]
    if uid != 0:
        faults.append("The lab installs Debian packages and runs PostgreSQL as its own user: run it as root.")
    if not apt:
        name = release.get("PRETTY_NAME") or release.get("ID") or "unknown"
        faults.append(f"This machine has no apt-get (it is «{name}»): use Debian 12 or newer, for the lab takes PostgreSQL and the registry from its packages.")
    if arch != "x86_64":
        faults.append(f"This machine's processor is {arch}; the lab's wheels are locked for x86_64 only.")
    return faults


def room(folders: dict[str, float], free: t.Callable[[str], float]) -> list[str]:
    """Returns a fault for each folder with less room than needed. folders: path -> GB needed; free: GB free at a path."""
    needs: dict[str, float] = {}
    for path, need in folders.items():
        place = existing(path)
        needs[place] = max(need, needs.get(place, 0))
    return [
        f"{path} has {free(path):.1f} GB free and the lab needs {need:g} GB there: free some, or choose another place (LAB_CACHE, LAB_STATE, GOCACHE)."
        for path, need in sorted(needs.items()) if free(path) < need
    ]


def memory(layout: Layout, servers: t.Iterable[str], text: str | None = None) -> list[str]:
    """Returns a fault when the memory is too small for what has yet to start. servers: whose ports it uses; text: what /proc/meminfo says.

    An instance that runs has its memory already.
    """
    if text is None:
        try:
            with open("/proc/meminfo", encoding="ascii") as file:
                text = file.read()
        except OSError:
            return []
    free = {name: int(value.split()[0]) / 1e6 for name, value in (line.split(":", 1) for line in text.splitlines())}.get("MemAvailable", 0.0)
    need = MEMORY + (MEMORY_KEYCLOAK if "keycloak" in servers else 0.0)
    if free >= need or processes.members(layout.state):
        return []
    return [f"{free:.1f} GB of memory are free, and the lab's servers need {need:g} GB: end something, or leave some of them out (lab_servers)."]


def existing(path: str) -> str:
    """Returns the nearest folder of a path that exists."""
    while not os.path.isdir(path):
        path = os.path.dirname(path) or "/"
    return path


def free_gb(path: str) -> float:
    """Returns the free space of a folder's file system in GB."""
    return shutil.disk_usage(path).free / 1e9


def ports(layout: Layout, servers: t.Iterable[str]) -> list[str]:
    """Returns one fault with every port that a process of somebody else holds."""
    wanted = {layout.port(server): server for server in servers}
    taken = processes.listening(layout.address, set(wanted))
    owners = processes.holders(set(taken.values()))
    held = []
    for port, inode in sorted(taken.items()):
        pid = owners.get(inode)
        if pid is not None and processes.belongs(pid, layout.state):
            continue
        holder = f"process {pid} ({' '.join(processes.command(pid))[:60]})" if pid else "a process that this user may not see"
        held.append(f"{port} ({wanted[port]}) by {holder}")
    if not held:
        return []
    return [
        f"These ports are taken: {', '.join(held)}. End that, or choose other ports: «make demo ARGS=\"-e lab_port_base=NUMBER\"» "
        f"(it is {layout.port_base} now; the instance remembers its own)."
    ]


def outgoing(layout: Layout, servers: t.Iterable[str], limits: str | None = None) -> list[str]:
    """Returns a fault when ports lie where the kernel takes those of outgoing connections from: any of them may be in use at any moment.

    limits: the text of /proc/sys/net/ipv4/ip_local_port_range.
    """
    if limits is None:
        try:
            with open("/proc/sys/net/ipv4/ip_local_port_range", encoding="ascii") as file:
                limits = file.read()
        except OSError:
            return []
    low, high = (int(part) for part in limits.split())
    inside = [layout.port(server) for server in servers if low <= layout.port(server) <= high]
    if not inside:
        return []
    return [
        f"lab_port_base {layout.port_base} puts servers on ports ({min(inside)} …) that this machine uses for outgoing connections ({low} to {high}), "
        f"where any may be taken at any moment: choose one of at most {low - 1000}."
    ]


def python() -> list[str]:
    """Returns the faults of the interpreter that the modules run in."""
    faults = []
    if importlib.util.find_spec("cryptography") is None:
        faults.append("The Python package «cryptography» is missing in the interpreter that runs Ansible: «pip install cryptography» there («make venv» does).")
    for name, package in (("pip", "python3-pip"), ("venv", "python3-venv"), ("ensurepip", "python3-venv")):
        if importlib.util.find_spec(name) is None:
            faults.append(f"Python's module «{name}» is missing in the interpreter that runs Ansible: install it (Debian: {package}).")
    return faults


def os_release(path: str = "/etc/os-release") -> dict[str, str]:
    """Returns the machine's release file as a dict, empty when there is none."""
    try:
        with open(path, encoding="utf-8") as file:
            pairs = [line.rstrip("\n").split("=", 1) for line in file if "=" in line]
    except OSError:
        return {}
    return {name: value.strip('"') for name, value in pairs}


def tools(names: t.Iterable[str]) -> list[str]:
    """Returns a fault for each program that is not in PATH."""
    missing = [name for name in names if not shutil.which(name)]
    return [f"The program «{name}», which a real node needs, is not in PATH: install it (Debian: iproute2, util-linux)." for name in missing]


def check(layout: Layout, cache: str, kubernetes: str, servers: t.Iterable[str], lacking: list[Recipe]) -> list[str]:
    """Returns all faults of this machine for the instance. kubernetes: the choice; servers: whose ports it uses; lacking: recipes that the cache has not."""
    faults = layout.validate() + machine(os.geteuid(), platform.system(), os_release(), platform.machine(), bool(shutil.which("apt-get"))) + python()
    need = ROOM_BUILD if any(r.kind == "go" for r in lacking) else ROOM_FETCH if lacking else ROOM_RUN
    folders = {cache: need, layout.state: ROOM_RUN}
    if need == ROOM_BUILD:
        folders[os.environ.get("GOCACHE") or os.path.expanduser("~/.cache/go-build")] = need
    faults += room(folders, free_gb)
    servers = list(servers)
    faults += outgoing(layout, servers) + ports(layout, servers) + memory(layout, servers)
    if kubernetes == "kubeconfig" and not os.path.exists(os.environ.get("KUBECONFIG", "")):
        faults.append("lab_kubernetes is «kubeconfig» and KUBECONFIG names no file: set it to the kubeconfig of the cluster that the lab should use.")
    if kubernetes in ("kind", "k3d"):
        faults += [
            f"lab_kubernetes is «{kubernetes}» and the program «{name}» is not in PATH: install it, or choose «-e lab_kubernetes=build»."
            for name in ("docker", kubernetes) if not shutil.which(name)
        ]
    return faults

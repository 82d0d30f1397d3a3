# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What a real node needs of the machine: a network namespace, cgroups of its own, its images; and taking all of that away again."""
from __future__ import annotations

import os
import signal
import time
from contextlib import suppress

from ansible_collections.unifiedmeta.platform.plugins.module_utils._lab import image
from ansible_collections.unifiedmeta.platform.plugins.module_utils._lab.command import call
from ansible_collections.unifiedmeta.platform.plugins.module_utils._lab.layout import LabError, Layout
from ansible_collections.unifiedmeta.platform.plugins.module_utils._lab.node import ADDRESS, GATEWAY, OPENBAO, PAUSE, namespace, socket
from ansible_collections.unifiedmeta.platform.plugins.module_utils._lab.supervise import Supervisor

CGROUPS = "/sys/fs/cgroup"
MOUNTS = "/proc/mounts"


def interfaces(layout: Layout) -> tuple[str, str]:
    """Returns the names of the link's ends: the machine's and the node's (an interface's name holds 15 characters)."""
    return f"um-{layout.name}"[:13] + "0", "eth0"


def commands(layout: Layout) -> list[list[str]]:
    """Returns the commands that make the namespace with a link to this machine."""
    outside, inside = interfaces(layout)
    name = namespace(layout)
    return [
        ["ip", "netns", "add", name],
        ["ip", "-n", name, "link", "set", "lo", "up"],
        ["ip", "link", "add", outside, "type", "veth", "peer", "name", inside, "netns", name],
        ["ip", "addr", "add", f"{GATEWAY}/24", "dev", outside],
        ["ip", "link", "set", outside, "up"],
        ["ip", "-n", name, "addr", "add", f"{ADDRESS}/24", "dev", inside],
        ["ip", "-n", name, "link", "set", inside, "up"],
        ["ip", "-n", name, "route", "add", "default", "via", GATEWAY],
    ]


def network_exists(layout: Layout) -> bool:
    """Tells whether the namespace is complete: its default route is made last."""
    done = call(["ip", "-n", namespace(layout), "route", "show", "default"])
    return done.returncode == 0 and GATEWAY in done.stdout


def make_network(layout: Layout) -> None:
    """Makes the namespace; what a killed run left of it goes first. Raises LabError."""
    remove_network(layout)
    for command in commands(layout):
        done = call(command)
        if done.returncode:
            raise LabError(f"«{' '.join(command)}» failed: {done.stderr.strip()}. A real node needs the right to make network namespaces.")


def remove_network(layout: Layout) -> None:
    """Removes the link and the namespace."""
    for command in (["ip", "link", "del", interfaces(layout)[0]], ["ip", "netns", "del", namespace(layout)]):
        call(command)


def hierarchies(mounts: str | None = None) -> list[str]:
    """Returns the mount points of the version 1 cgroup hierarchies. mounts: the text of /proc/mounts."""
    if mounts is None:
        with open(MOUNTS, encoding="utf-8") as file:
            mounts = file.read()
    rows = [line.split() for line in mounts.splitlines()]
    return sorted({row[1] for row in rows if row[2] == "cgroup" and row[1].startswith(CGROUPS + "/")})


def cgroups_missing(layout: Layout) -> bool:
    """Tells whether the node's cgroup is missing in a hierarchy."""
    return not all(os.path.isdir(os.path.join(root, namespace(layout))) for root in hierarchies())


def make_cgroups(layout: Layout) -> bool:
    """Makes the node's cgroup in every hierarchy; tells whether one was missing. Raises LabError on a machine without version 1."""
    found = hierarchies()
    if not found:
        raise LabError("A real node needs cgroup version 1, which this machine has not: its kubelet is only known to work there.")
    made = False
    for root in found:
        path = os.path.join(root, namespace(layout))
        if os.path.isdir(path):
            continue
        os.mkdir(path)
        made = True
        if os.path.exists(os.path.join(path, "cpuset.cpus")):  # a new one is empty, and no process could enter it
            for name in ("cpuset.cpus", "cpuset.mems"):
                with open(os.path.join(root, name), encoding="ascii") as source, open(os.path.join(path, name), "w", encoding="ascii") as target:
                    target.write(source.read())
    return made


def _trees(layout: Layout) -> list[str]:
    roots = [*hierarchies(), os.path.join(CGROUPS, "unified"), CGROUPS]
    return [path for path in (os.path.join(root, namespace(layout)) for root in roots) if os.path.isdir(path)]


def contained(layout: Layout) -> set[int]:
    """Returns the processes in the node's cgroups: those of its containers."""
    found = set()
    for tree in _trees(layout):
        for base, _dirs, names in os.walk(tree):
            if "cgroup.procs" in names:
                with suppress(OSError), open(os.path.join(base, "cgroup.procs"), encoding="ascii") as file:
                    found |= {int(line) for line in file}
    return found


def end_pods(layout: Layout, supervisor: Supervisor) -> None:
    """Ends kubelet, so that it starts nothing again, and then the processes of the containers; their shims end with them."""
    supervisor.stop("kubelet")
    for pid in contained(layout):
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)


def remove_cgroups(layout: Layout) -> None:
    """Ends what still runs in the node's cgroups and removes them. Raises LabError when one stays."""
    deadline = time.monotonic() + 10
    while _trees(layout):
        for pid in contained(layout):
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        for tree in _trees(layout):
            for base, _dirs, _names in os.walk(tree, topdown=False):
                with suppress(OSError):  # a process in it is still ending
                    os.rmdir(base)
        if time.monotonic() > deadline:
            raise LabError(f"The cgroups {', '.join(_trees(layout))} can't be removed: end the processes in them ({sorted(contained(layout))}) and run again.")
        time.sleep(0.05)


def leftovers(layout: Layout) -> list[str]:
    """Returns what of the node is left on the machine: its namespace and cgroups."""
    spaces = [f"/run/netns/{namespace(layout)}"] if os.path.exists(f"/run/netns/{namespace(layout)}") else []
    return spaces + _trees(layout)


def load_images(layout: Layout, tools: dict[str, str]) -> list[str]:
    """Imports the node's own images that containerd lacks; returns their names. Raises LabError."""
    ctr = [os.path.join(tools["containerd"], "ctr"), "--address", socket(layout), "--namespace", "k8s.io"]
    deadline = time.monotonic() + 30
    while True:
        listed = call([*ctr, "images", "list", "--quiet"])
        if listed.returncode == 0:
            break
        if time.monotonic() > deadline:
            raise LabError(f"containerd does not answer: {listed.stderr.strip()}. Its log is {layout.path('log', 'containerd.log')}.")
        time.sleep(0.2)
    wanted = {PAUSE: ("pause", [os.path.join(tools["pause"], "pause")]), OPENBAO: ("bao", [os.path.join(tools["openbao"], "bao")])}
    missing = [name for name in wanted if name not in listed.stdout.split()]
    for name in missing:
        program, (source,) = wanted[name]
        archive = layout.path("node", f"{program}.tar")
        image.write(name, archive, {f"bin/{program}": source}, [f"/bin/{program}"])
        done = call([*ctr, "images", "import", archive])
        os.unlink(archive)
        if done.returncode:
            raise LabError(f"containerd refused the image {name}: {done.stderr.strip()}.")
    return missing

# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What runs on this machine, read from /proc: who holds a port, which processes belong to a lab instance, ending them."""
from __future__ import annotations

import glob
import os
import signal
import time
from contextlib import suppress

# Only processes that run one of these, inside the instance's directory, are ever ended: a person's shell there is none of them.
PROGRAMS = frozenset(
    ("bao", "vault", "kubernetes", "kwok", "docker-registry", "versitygw", "postgres", "containerd", "containerd-shim-runc-v2", "java")
)


def _link(pid: int, name: str) -> str:
    try:
        return os.readlink(f"/proc/{pid}/{name}").replace(" (deleted)", "")
    except OSError:
        return ""


def command(pid: int) -> list[str]:
    """Returns a process's arguments, empty when it is gone."""
    try:
        with open(f"/proc/{pid}/cmdline", "rb") as file:
            return [part.decode(errors="replace") for part in file.read().split(b"\0") if part]
    except OSError:
        return []


def pids() -> list[int]:
    """Returns the ids of all processes."""
    return [int(name) for name in os.listdir("/proc") if name.isdigit()]


def belongs(pid: int, state: str) -> bool:
    """Tells whether a process is the supervisor or a server of the instance with this state directory."""
    if f"{state}/supervisord.conf" in command(pid):
        return True
    folder = _link(pid, "cwd")
    inside = folder == state or folder.startswith(state + "/")
    return inside and os.path.basename(_link(pid, "exe")) in PROGRAMS


def members(state: str) -> list[int]:
    """Returns the ids of the instance's processes."""
    return [pid for pid in pids() if pid != os.getpid() and belongs(pid, state)]


def end(state: str, grace: float = 30.0) -> list[int]:
    """Ends the instance's processes: SIGTERM, and SIGKILL after ``grace`` seconds. Returns the ids of those that were ended."""
    found = members(state)
    for number, patience in ((signal.SIGTERM, grace), (signal.SIGKILL, 5.0)):
        for pid in members(state):
            with suppress(ProcessLookupError):
                os.kill(pid, number)
        if wait_gone(state, patience):
            break
    return found


def wait_gone(state: str, seconds: float) -> bool:
    """Waits until no process of the instance is left; tells whether that happened in time."""
    deadline = time.monotonic() + seconds
    while members(state):
        if time.monotonic() > deadline:
            return False
        time.sleep(0.1)
    return True


def listening(address: str, ports: set[int]) -> dict[int, str]:
    """Returns, of the ports, those on which something listens at the address (or at all addresses), with the socket's inode."""
    found: dict[int, str] = {}
    packed = "".join(f"{int(part):02X}" for part in reversed(address.split(".")))
    own = {packed, "00000000", "0" * 32, "0000000000000000FFFF0000" + packed}
    for table in ("/proc/net/tcp", "/proc/net/tcp6"):
        try:
            with open(table, encoding="ascii") as file:
                rows = [line.split() for line in file.readlines()[1:]]
        except OSError:
            continue
        for row in rows:
            where, port = row[1].rsplit(":", 1)
            if row[3] == "0A" and int(port, 16) in ports and where in own:
                found[int(port, 16)] = row[9]
    return found


def holders(inodes: set[str]) -> dict[str, int]:
    """Returns the process that holds each socket inode; a process that we may not look into is missing."""
    wanted, found = {f"socket:[{inode}]": inode for inode in inodes}, {}
    for pid in pids():
        for entry in glob.glob(f"/proc/{pid}/fd/*"):
            try:
                inode = wanted.get(os.readlink(entry))
            except OSError:
                continue
            if inode:
                found.setdefault(inode, pid)
    return found

"""Sets of hosts: systemd in privileged containers, each with an address, volumes of its own and sshd. What is made here is removed here."""
from __future__ import annotations

import contextlib
import glob
import os
import shutil
import subprocess
import time
import typing as t
from dataclasses import dataclass, field

from . import hostimage, inventory
from .paths import HERE, PODMAN, STATE
from .podman import Podman

INOTIFY = "/proc/sys/fs/inotify/max_user_instances"
AWAIT_SYSTEMD = "for i in $(seq 100); do systemctl list-units >/dev/null 2>&1 && exit 0; sleep 0.2; done; exit 1"
VOLUMES = {"rancher": "/var/lib/rancher", "kubelet": "/var/lib/kubelet"}
LIMIT = 64


class HostsError(Exception):
    """A set of hosts can't be made; the text says why and what to do."""


@dataclass
class Hosts:
    """A set of hosts. name: of the set; servers, agents: host's name -> address."""

    name: str
    servers: dict[str, str] = field(default_factory=dict)
    agents: dict[str, str] = field(default_factory=dict)
    balancer: str = ""  # the address in front of the servers, where there is one
    podman: Podman = field(default_factory=lambda: Podman(PODMAN))

    @property
    def state(self) -> str:
        """The folder with the set's key, known hosts, inventory and volumes."""
        return os.path.join(STATE, self.name)

    @property
    def inventory(self) -> str:
        """The inventory's path."""
        return os.path.join(self.state, "inventory.yml")

    def container(self, host: str) -> str:
        """Returns the name of a host's container."""
        return f"unifiedmeta-rke2-{self.name}-{host}"

    def add(self, host: str, address: str, memory: str = "6g") -> None:
        """Starts one host; returns once its sshd answers. Raises HostsError."""
        volumes: list[str] = []
        for short, inside in VOLUMES.items():
            outside = os.path.join(self.state, "volumes", host, short)
            os.makedirs(outside, exist_ok=True)
            volumes += ["--volume", f"{outside}:{inside}"]
        self.podman.run(
            "run", "--detach", "--name", self.container(host), "--hostname", host, "--label", f"unifiedmeta-rke2={self.name}",
            "--privileged", "--cgroupns=private", "--systemd=false", "--stop-signal=SIGRTMIN+3", "--memory", memory,
            "--tmpfs", "/run", "--tmpfs", "/run/lock", "--tmpfs", "/tmp", "--network", f"um{self.name}", "--ip", address, "--dns", "127.0.0.1",
            "--sysctl", "net.ipv4.ip_forward=1", "--volume", f"{self.state}/ssh:/root/.ssh:ro", *volumes, hostimage.ensure(self.podman),
        )

    def balance(self, address: str) -> None:
        """Starts a host «lb» that passes connections to the servers' ports 9345 and 6443: their registration address."""
        self.add("lb", address, memory="512m")
        start = f"ExecStart=/usr/bin/python3 /usr/local/sbin/balancer {' '.join(self.servers.values())}"
        unit = f"[Service]\n{start}\nRestart=always\n[Install]\nWantedBy=multi-user.target\n"
        path = os.path.join(self.state, "balancer.service")
        with open(path, "w", encoding="utf-8") as file:
            file.write(unit)
        self.podman.run("cp", path, f"{self.container('lb')}:/etc/systemd/system/balancer.service")
        self.podman.run("cp", os.path.join(HERE, "host", "balancer"), f"{self.container('lb')}:/usr/local/sbin/balancer")
        self.podman.run("exec", self.container("lb"), "sh", "-c", AWAIT_SYSTEMD)
        self.podman.run("exec", self.container("lb"), "systemctl", "enable", "--now", "balancer.service")
        self.balancer = address

    def exec(self, host: str, *words: str, timeout: float = 120) -> subprocess.CompletedProcess[str]:
        """Runs a command on a host without SSH."""
        return self.podman.call("exec", self.container(host), *words, timeout=timeout)

    def ssh(self, host: str, command: str, timeout: float = 120) -> subprocess.CompletedProcess[str]:
        """Runs a shell command on a host by SSH."""
        address = {**self.servers, **self.agents}[host]
        words = ["ssh", "-i", f"{self.state}/ssh/id_ed25519", "-o", f"UserKnownHostsFile={self.state}/known_hosts"]
        words += ["-o", "BatchMode=yes", "-o", "ConnectTimeout=5"]
        return subprocess.run([*words, f"root@{address}", command], capture_output=True, text=True, timeout=timeout, check=False)

    def stop(self, host: str, seconds: int = 30) -> None:
        """Shuts a host down; ``start`` boots it again with its volumes."""
        self.podman.run("stop", "--time", str(seconds), self.container(host), timeout=seconds + 60)

    def start(self, host: str) -> None:
        """Boots a host that was stopped."""
        self.podman.run("start", self.container(host))
        self.wait([host])

    def wait(self, hosts: t.Iterable[str] = (), seconds: float = 120) -> None:
        """Waits until sshd of the hosts (of all, without names) answers, and notes their keys. Raises HostsError."""
        addresses = {**self.servers, **self.agents}
        deadline, names = time.monotonic() + seconds, list(hosts) or list(addresses)
        known = {}
        for name in names:
            while True:
                said = subprocess.run(["ssh-keyscan", "-T", "3", "-t", "ed25519", addresses[name]], capture_output=True, text=True, check=False)
                if said.stdout.strip():
                    known[addresses[name]] = said.stdout.strip()
                    break
                if time.monotonic() > deadline:
                    log = self.exec(name, "systemctl", "--failed", "--no-pager").stdout
                    raise HostsError(f"sshd of {name} ({addresses[name]}) does not answer after {seconds:.0f} s; failed units: {log}")
                time.sleep(0.3)
        path = os.path.join(self.state, "known_hosts")
        lines = open(path, encoding="utf-8").read().splitlines() if os.path.exists(path) else []  # noqa: SIM115
        kept = [line for line in lines if line.split(" ", 1)[0] not in known]
        with open(path, "w", encoding="utf-8") as file:
            file.write("\n".join([*kept, *known.values()]) + "\n")

    def write_inventory(self, variables: dict[str, t.Any] | None = None) -> str:
        """Writes the inventory; returns its path."""
        with open(self.inventory, "w", encoding="utf-8") as file:
            file.write(inventory.text(self.state, self.servers, self.agents, variables))
        return self.inventory

    def remove(self) -> None:
        """Ends and removes the hosts, their volumes, network and folder."""
        if os.path.isdir(self.podman.root):
            names = self.podman.containers(f"unifiedmeta-rke2={self.name}")
            if names:
                self.podman.run("rm", "--force", "--time", "1", *names, timeout=300)
            for path in glob.glob(f"{self.podman.root}/net.d/um{self.name}.conflist"):
                os.unlink(path)
            subprocess.run(["ip", "link", "delete", f"umum{self.name}"[:15]], capture_output=True, check=False)
            shutil.rmtree(f"{self.podman.root}/ipam/um{self.name}", ignore_errors=True)
            if not self.podman.run("ps", "--all", "--quiet"):
                _cgroups()
        shutil.rmtree(self.state, ignore_errors=True)


def _cgroups() -> None:
    """Removes podman's cgroups, which outlive its containers; those in use can't be removed."""
    for top in glob.glob("/sys/fs/cgroup/*/libpod_parent"):
        for base, _folders, _files in os.walk(top, topdown=False):
            with contextlib.suppress(OSError):
                os.rmdir(base)


def subnet_of(name: str) -> str:
    """Returns the first three numbers of a set's network: one that no other set and no interface of the machine has."""
    used = subprocess.run(["ip", "-4", "-o", "address"], capture_output=True, text=True, check=True).stdout
    for conflist in glob.glob(f"{PODMAN}/net.d/*.conflist"):
        with open(conflist, encoding="utf-8") as file:
            used += file.read()
    start = sum(name.encode()) % 200
    for offset in range(200):
        prefix = f"10.89.{(start + offset) % 200}"
        if f"{prefix}." not in used:
            return prefix
    raise HostsError("No network 10.89.0-199.0/24 is free: remove sets of hosts (python -m tests.rke2 list, down).")


def up(name: str, servers: int = 3, agents: int = 2, variables: dict[str, t.Any] | None = None, balancer: bool = False) -> Hosts:
    """Makes a set of hosts s1…, a1…; returns it once all have sshd. An older set of this name is removed first. Raises HostsError.

    balancer: also a registration address in front of the servers.
    """
    if not name.isalnum() or len(name) > 10:
        raise HostsError(f"The set's name «{name}» becomes that of a network interface: letters and digits, 10 at most.")
    if not 0 < servers + agents <= LIMIT:
        raise HostsError(f"{servers} + {agents} hosts: 1 to {LIMIT} can be made.")
    found = Hosts(name)
    found.remove()
    found.podman.prepare()
    hostimage.ensure(found.podman)
    _inotify()
    prefix = subnet_of(name)
    os.makedirs(found.state, mode=0o700)
    found.podman.network(f"um{name}", f"{prefix}.0/24")
    _key(os.path.join(found.state, "ssh"))
    found.servers = {f"s{number}": f"{prefix}.{10 + number}" for number in range(1, servers + 1)}
    found.agents = {f"a{number}": f"{prefix}.{100 + number}" for number in range(1, agents + 1)}
    for host, address in {**found.servers, **found.agents}.items():
        found.add(host, address)
    if balancer:
        found.balance(f"{prefix}.5")
    found.wait()
    found.write_inventory(variables)
    return found


def load(name: str) -> Hosts:
    """Returns a set that is up, by its inventory. Raises HostsError."""
    import yaml

    found = Hosts(name)
    if not os.path.exists(found.inventory):
        raise HostsError(f"There is no set of hosts «{name}»: python -m tests.rke2 up --name {name}")
    with open(found.inventory, encoding="utf-8") as file:
        groups = yaml.safe_load(file)["all"]["children"]
    for mine, group in ((found.servers, "rke2_servers"), (found.agents, "rke2_agents")):
        mine.update({host: entry["ansible_host"] for host, entry in (groups[group]["hosts"] or {}).items()})
    return found


def _key(folder: str) -> None:
    os.makedirs(folder, mode=0o700)
    path = os.path.join(folder, "id_ed25519")
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "unifiedmeta-rke2", "-f", path], check=True)
    shutil.copyfile(f"{path}.pub", os.path.join(folder, "authorized_keys"))


def _inotify() -> None:
    """A server takes about 25 instances of inotify, the machine's 128 end at five hosts: containerd then silently loses its CRI plugin."""
    with open(INOTIFY, encoding="utf-8") as file:
        value = int(file.read())
    if value < 8192:
        with open(INOTIFY, "w", encoding="utf-8") as file:
            file.write("8192")

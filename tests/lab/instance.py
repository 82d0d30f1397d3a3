# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A running instance of the lab, for tests: paths, ports, credentials, the public clients, and the playbook that governs it."""
from __future__ import annotations

import contextlib
import fcntl
import json
import os
import pathlib
import re
import ssl
import subprocess
import sys
import time
import typing as t
import urllib.error
import urllib.request
from dataclasses import dataclass, field

from tests.lab.bao import ROOT, cache_dir

OFFSETS = {"openbao": 200, "kube-apiserver": 443, "etcd": 379, "postgres": 432, "registry": 500, "s3": 900, "keycloak": 343, "keycloak-management": 390}
# The instances of the tests, each with the number that its ports start from.
PORTS = {"options": 11000, "identity": 9000, "cores": 13000, "bench": 20000, "node": 23000, "keycloak": 24000, "cycle": 25000, "chaos": 26000,
         "test": 28000, "site": 30000, "chaos-identity": 31000}


@dataclass
class Lab:
    """One instance: name, the number its ports start from, its directory; ``variables`` are handed to every run of the playbook."""

    name: str
    port_base: int
    state_dir: pathlib.Path
    variables: dict[str, t.Any] = field(default_factory=dict)

    @property
    def ca_file(self) -> str:
        """The lab CA (PEM)."""
        return str(self.state_dir / "ca.crt")

    @property
    def kubeconfig(self) -> str:
        """The administrator's kubeconfig."""
        return str(self.state_dir / "kubeconfig")

    @property
    def vault_addr(self) -> str:
        """OpenBao's URL."""
        return self.url("openbao")

    def url(self, server: str) -> str:
        """Returns a server's URL."""
        return f"https://127.0.0.1:{self.port_base + OFFSETS[server]}"

    def credentials(self, system: str) -> dict[str, t.Any]:
        """Returns the lab's own credentials of postgres, postgres-openbao, postgres-keycloak, registry, s3, or keycloak, which is then ready."""
        if system == "keycloak":
            self.wait_for_keycloak()
        return json.loads((self.state_dir / "credentials" / f"{system}.json").read_text("utf-8"))

    def tool(self, name: str) -> str:
        """Returns the path of bao, kubectl or helm."""
        return str(cache_dir() / "bin" / name)

    def kubectl(self, *args: str, text: str | None = None, check: bool = True, **env: str) -> str:
        """Runs kubectl as the administrator; returns its output."""
        return self.run(self.tool("kubectl"), "--kubeconfig", self.kubeconfig, *args, text=text, check=check, **env).stdout

    def bao(self, *args: str, token: str = "", check: bool = True, **env: str) -> subprocess.CompletedProcess[str]:
        """Runs the bao command."""
        return self.run(self.tool("bao"), *args, check=check, VAULT_ADDR=self.vault_addr, VAULT_CACERT=self.ca_file, VAULT_TOKEN=token, **env)

    @staticmethod
    def run(*argv: str, text: str | None = None, check: bool = True, timeout: float = 120, **env: str) -> subprocess.CompletedProcess[str]:
        """Runs a program with more variables in its environment; returns status and outputs."""
        done = subprocess.run(argv, input=text, capture_output=True, text=True, check=False, timeout=timeout, env={**os.environ, **env})
        assert not check or done.returncode == 0, f"{argv[:4]}: {done.stdout}{done.stderr}"
        return done

    def get(self, url: str, headers: dict[str, str] | None = None) -> tuple[int, bytes]:
        """Sends a GET that trusts the lab's CA only; returns status and body."""
        request = urllib.request.Request(url, headers=headers or {})
        https = urllib.request.HTTPSHandler(context=ssl.create_default_context(cafile=self.ca_file))
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}), https)
        try:
            with opener.open(request, timeout=10) as answer:
                return answer.status, answer.read()
        except urllib.error.HTTPError as error:
            return error.code, error.read()

    def wait_for_keycloak(self, seconds: float = 300.0) -> None:
        """Waits until Keycloak is ready: the lab's own run need not have waited for it."""
        deadline = time.monotonic() + seconds
        while True:
            with contextlib.suppress(OSError):
                if self.get(f"{self.url('keycloak-management')}/health/ready")[0] == 200:
                    return
            assert time.monotonic() < deadline, f"Keycloak is not ready after {seconds:.0f} s; see {self.state_dir}/log/keycloak.log"
            time.sleep(0.3)

    def playbook(self, *args: str, check: bool = True, timeout: float = 2400, **variables: t.Any) -> Run:
        """Runs playbooks/lab.yml on this instance."""
        extra = {"lab_name": self.name, "lab_state_dir": str(self.state_dir), "lab_port_base": self.port_base, **self.variables, **variables}
        command = [str(pathlib.Path(sys.executable).parent / "ansible-playbook"), str(ROOT / "playbooks/lab.yml"), "-i", str(ROOT / "inventories/local")]
        done = self.run(*command, "-e", json.dumps(extra), *args, check=False, timeout=timeout, ANSIBLE_NOCOLOR="1", ANSIBLE_FORCE_COLOR="0")
        run = Run(done.returncode, done.stdout + done.stderr)
        assert not check or run.rc == 0, run.output
        return run

    def processes(self) -> dict[str, tuple[int, int]]:
        """Returns the programs that the supervisor runs, each with its pid and its start time."""
        listed = self.run(*self.supervisorctl(), "status", check=False).stdout
        found = {}
        for name, pid in re.findall(r"^(\S+)\s+RUNNING\s+pid (\d+)", listed, re.MULTILINE):
            found[name] = (int(pid), int(pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[19]))
        return found

    def supervisorctl(self) -> list[str]:
        """Returns the command that asks the instance's supervisor."""
        python = sorted(cache_dir().glob("supervisor-*/bin/python"))[-1]
        return [str(python), "-m", "supervisor.supervisorctl", "-c", str(self.state_dir / "supervisord.conf")]

    def supervisor_pid(self) -> int:
        """Returns the process id of supervisord."""
        return int((self.state_dir / "supervisord.pid").read_text())


@dataclass
class Run:
    """A run of a playbook: exit status and everything it said."""

    rc: int
    output: str

    @property
    def changed(self) -> int:
        """Number of tasks that changed something, on all hosts."""
        return sum(int(number) for number in re.findall(r"changed=(\d+)", self.output))


@contextlib.contextmanager
def reserved(name: str, **variables: t.Any) -> t.Iterator[Lab]:
    """An instance of the tests, down or up as it is, for this run alone: another run that wants it waits until this one is done with it."""
    state = pathlib.Path(os.environ.get("LAB_STATE") or "/var/lib/unifiedmeta-lab/test").with_name(name)
    cache_dir().mkdir(parents=True, exist_ok=True)
    with (cache_dir() / f".tests-{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield Lab(name, PORTS[name], state, variables)


@contextlib.contextmanager
def fresh(name: str, **variables: t.Any) -> t.Iterator[Lab]:
    """As reserved(), but new, and gone at the end."""
    with reserved(name, **variables) as lab:
        lab.playbook(lab_state="absent")
        try:
            lab.playbook()
            yield lab
        finally:
            lab.playbook(lab_state="absent")

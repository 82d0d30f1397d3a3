"""Runs the subjects of the benchmark against fresh servers and takes their times."""
from __future__ import annotations

import dataclasses
import json
import os
import pathlib
import statistics
import sys

from tests.bench import objects, peer, plays
from tests.lab.bao import ROOT, running
from tests.support.process import Run

COLLECTIONS = ROOT / ".collections"


@dataclasses.dataclass
class Bench:
    """One place to measure in. ``folder`` takes plays, servers and outputs; ``verbose`` prints each time as it is taken."""

    folder: pathlib.Path
    verbose: bool = True
    count: int = 0

    def server(self):
        """Context manager of a fresh OpenBao with raft storage, TLS and an audit device, as in production."""
        self.count += 1
        return running(self.folder / f"server{self.count}")

    def run(self, label: str, command: list, env: dict | None = None) -> tuple[float, str]:
        """Wall seconds and output of a command, which must end well."""
        self.count += 1
        result = Run(command, self.folder / f"run{self.count}", env={"PYTHONPATH": str(ROOT), **(env or {})}).wait(3600).check()
        self.say(label, result.seconds)
        return result.seconds, result.stdout

    def say(self, label: str, seconds: float):
        if self.verbose:
            print(f"  {label:<40} {seconds:8.2f} s   load {os.getloadavg()[0]:.1f}", file=sys.stderr, flush=True)

    def play(self, label: str, name: str, tasks: list, variables: dict, env: dict | None = None) -> float:
        """Wall seconds of ``ansible-playbook`` with one play. ``name``: the subject; the peers have their collections."""
        path = plays.write(self.folder / "plays", name, tasks, variables)
        env = {"ANSIBLE_CONFIG": str(ROOT / "ansible.cfg"), "ANSIBLE_PYTHON_INTERPRETER": sys.executable,
               "ANSIBLE_COLLECTIONS_PATH": f"{COLLECTIONS}:{peer.collections() if name == 'peer' else ''}", **(env or {})}
        return self.run(label, [pathlib.Path(sys.executable).with_name("ansible-playbook"), "-i", "localhost,", path], env)[0]

    def script(self, label: str, program: str, made: dict, arguments: list[str], env: dict) -> float:
        """Seconds of the work of a bare script beside this file, which gets the objects as a file, then ``arguments``."""
        path = self.folder / "plays" / "objects.json"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(made), "utf-8")
        return json.loads(self.run(label, [sys.executable, pathlib.Path(__file__).with_name(program), path, *arguments], env)[1])["seconds"]

    def empty(self) -> float:
        return self.play("one empty task", "empty", plays.empty(), {})

    def floor(self, server, size: int, mode: str) -> float:
        """Seconds of the bare script's work. ``mode``: write or check."""
        return self.script(f"floor, {size} objects, {mode}, with its start", "floor.py", objects.objects(size), [mode], connection(server))

    def ours(self, server, size: int, label: str) -> float:
        return self.play(f"vault_config, {size} objects, {label}", "ours", plays.ours(), {"config": objects.config(size)}, connection(server))

    def peer(self, server, size: int, label: str) -> float:
        defaults = {"url": server.addr, "token": server.root_token, "ca_cert": server.ca_file, "auth_method": "token"}
        tasks = [{"name": "Peer", "module_defaults": {"group/community.hashi_vault.vault": defaults}, "block": plays.peer()}]
        return self.play(f"community.hashi_vault, {size} objects, {label}", "peer", tasks,
                         {**objects.objects(size), "bench_first": label == "first"}, connection(server))


def connection(server) -> dict:
    """The environment by which Vault's own tools find a server."""
    return {"VAULT_ADDR": server.addr, "VAULT_TOKEN": server.root_token, "VAULT_CACERT": server.ca_file}


@dataclasses.dataclass(frozen=True)
class Fit:
    """A straight line through measured points, by least squares. ``residuals`` in the unit of y, in the order of the points."""

    slope: float
    intercept: float
    r_squared: float
    residuals: tuple[float, ...]


def fit(points: list[tuple[float, float]]) -> Fit:
    """The line that fits (x, y) points best; needs two different x at least."""
    line = statistics.linear_regression(*zip(*points))
    residuals = tuple(y - (line.slope * x + line.intercept) for x, y in points)
    mean = statistics.fmean(y for _x, y in points)
    total = sum((y - mean) ** 2 for _x, y in points)
    return Fit(line.slope, line.intercept, 1 - sum(value**2 for value in residuals) / total if total else 1.0, residuals)

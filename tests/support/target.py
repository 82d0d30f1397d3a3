"""Runs vault_config as a process of its own, without Ansible around it: what the wire does to the reconciler alone, in a second."""
from __future__ import annotations

import dataclasses
import json
import pathlib
import sys

from tests.lab.bao import ROOT
from tests.support.audit import mark, vault_writes
from tests.support.process import Run
from tests.support.returned import documented
from tests.support.site import config
from tests.support.state import changes, secrets_changed, snapshot

NAME = "ansible_collections.unifiedmeta.platform.plugins.modules.vault_config"


@dataclasses.dataclass
class Target:
    """``server``: a bao_server, initialised and unsealed; ``wire``: what stands before it; ``folder`` takes arguments and outputs."""

    server: object
    wire: object
    folder: pathlib.Path
    count: int = 0

    def start(self, token: str | None = None, desired: dict | None = None, **options) -> Run:
        """Starts the module with the desired state of the chaos (or another one)."""
        self.count += 1
        folder = self.folder / f"module{self.count}"
        folder.mkdir(parents=True)
        arguments = {"url": self.wire.url, "ca_file": self.wire.ca_file, "scope": "chaos", "timeout": 5, "config": desired or config(), **options}
        (folder / "arguments.json").write_text(json.dumps({"ANSIBLE_MODULE_ARGS": arguments}), "utf-8")
        return Run([sys.executable, "-m", NAME, folder / "arguments.json"], folder, env={
            "VAULT_TOKEN": token or self.server.root_token, "PYTHONPATH": str(ROOT / ".collections"), "PYTHONDONTWRITEBYTECODE": "1"}, cwd=folder)

    def run(self, **options) -> dict:
        """Runs the module to its end. Returns what it printed, which is one JSON object and nothing else."""
        return answer(self.start(**options).wait(120))

    def steady(self, reference: dict | None = None) -> dict:
        """Fails unless a further run changes and writes nothing. Returns the state."""
        begin, before = mark(self.server.audit_log), snapshot(self.server)
        found = self.run()
        assert found.get("changed") is False, found
        assert vault_writes(self.server.audit_log, begin) == []
        assert changes(before, snapshot(self.server)) == []
        assert reference is None or changes(reference, before) == []
        return before

    def repaired(self, broken: dict) -> dict:
        """After a run that met a fault: when it failed it said so in a sentence; the next run finishes, and no secret changes."""
        before = snapshot(self.server)
        if broken.get("failed"):
            assert "Vault at https://" in broken["msg"] or "platform/" in broken["msg"], broken["msg"]
            assert "Traceback" not in json.dumps(broken), broken
        found = self.run()
        assert not found.get("failed"), (broken, found)
        assert found["changed"] is bool(broken.get("failed") and found["plan"]), (broken, found)
        after = snapshot(self.server)
        assert secrets_changed(before, after) == []
        return self.steady()


def answer(result) -> dict:
    """The object that a module printed."""
    try:
        return documented("vault_config", json.loads(result.stdout))
    except ValueError:
        raise AssertionError(f"ended with {result.rc} and printed no result:\n{result.stdout[-4000:]}") from None

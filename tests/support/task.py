"""A play with one task, as people run it, whose output, arguments, files and caches can be searched."""
from __future__ import annotations

import json
import pathlib
import sys

from tests.support.process import Run
from tests.support.site import Site


class Task:
    """Runs of a module of ours with the option ``config``; ``env``: how it gets to its server. Each has a folder of its own below ``folder``."""

    def __init__(self, folder: pathlib.Path, module: str, env: dict[str, str]):
        self.folder, self.module, self.env, self.count = folder, module, env, 0

    def __call__(self, config: dict, *flags: str, **arguments) -> tuple[Run, pathlib.Path]:
        """The run, and its folder: facts and the log in it, the output in ``out``."""
        self.count += 1
        folder = self.folder / f"run{self.count}"
        folder.mkdir()
        task = {"name": "Configure", f"unifiedmeta.platform.{self.module}": {"config": "{{ config }}", **arguments}, "register": "made"}
        told = {"name": "Tell", "ansible.builtin.debug": {"var": "made"}}
        plays = [{"name": "Play", "hosts": "localhost", "connection": "local", "gather_facts": False, "vars": {"config": config}, "tasks": [task, told]}]
        (folder / "play.json").write_text(json.dumps(plays), "utf-8")
        kept = {"ANSIBLE_CACHE_PLUGIN": "jsonfile", "ANSIBLE_CACHE_PLUGIN_CONNECTION": str(folder / "facts"),
                "ANSIBLE_LOG_PATH": str(folder / "ansible.log")}
        program = pathlib.Path(sys.executable).with_name("ansible-playbook")
        return Run([program, "-i", "localhost,", folder / "play.json", *flags], folder / "out", env={**self.env, **Site.environment(), **kept}), folder

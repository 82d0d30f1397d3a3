# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Action plugins run by ansible-playbook itself, on the local connection."""

from __future__ import annotations

import json
import os
import pathlib
import re
import subprocess
import sys

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[4]


@pytest.fixture(autouse=True)
def _private(private_files):
    """Files of these tests are their owner's alone."""


@pytest.fixture
def play(tmp_path):
    """Factory: runs one task, with more environment and arguments; returns what ansible-playbook printed."""
    def run(module, arguments, *options, **environment):
        task = {"name": "Act", f"unifiedmeta.platform.{module}": arguments}
        (tmp_path / "play.json").write_text(json.dumps([{"name": "Play", "hosts": "localhost", "connection": "local", "gather_facts": False,
                                                         "vars": {"ansible_python_interpreter": sys.executable}, "tasks": [task]}]), "utf-8")
        kept = {key: value for key, value in os.environ.items() if not key.startswith(("VAULT_", "KUBECONFIG", "ANSIBLE_VAULT"))}
        done = subprocess.run([str(pathlib.Path(sys.executable).with_name("ansible-playbook")), "-i", "localhost,", str(tmp_path / "play.json"), *options],
                              capture_output=True, text=True, check=False, cwd=tmp_path, timeout=60,
                              env={**kept, "ANSIBLE_CONFIG": str(ROOT / "ansible.cfg"), "ANSIBLE_NOCOLOR": "1", "HOME": str(tmp_path),
                                   "ANSIBLE_COLLECTIONS_PATH": str(ROOT / ".collections"), **environment})
        # ansible-core before 2.19 doubles the apostrophes of a message.
        return re.sub(r"(?<=\w)''(?=\w)", "'", " ".join((done.stdout + done.stderr).split()))

    return run

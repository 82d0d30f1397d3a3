# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The site on every ansible-core of the matrix: each brings the lab to the same state, so none finds anything to change after another."""

from __future__ import annotations

import json
import subprocess
import typing as t
from pathlib import Path

import pytest

from tests.lab.instance import ROOT, Lab, Run, fresh

pytestmark = pytest.mark.lab
NO_PYTHON = 3


def programs(name: str) -> Path:
    """Folder of programs of one lock's environment; skips where this machine has no Python for it."""
    made = subprocess.run([ROOT / "scripts/venv", name], capture_output=True, text=True, check=False)
    if made.returncode == NO_PYTHON:
        pytest.skip(f"no Python for the {name} ansible-core is on this machine")
    assert made.returncode == 0, made.stderr
    return Path(made.stdout.strip()) / "bin"


def site(lab: Lab, name: str, *arguments: str) -> Run:
    """Runs the site's playbook on a lab with one environment's ansible-playbook."""
    variables = {"lab_name": lab.name, "lab_state_dir": str(lab.state_dir), "lab_port_base": lab.port_base}
    done = lab.run(str(programs(name) / "ansible-playbook"), str(ROOT / "site.yml"), "-i", str(ROOT / "inventories/local"),
                   "-e", json.dumps(variables), *arguments, check=False, timeout=1200, ANSIBLE_NOCOLOR="1", ANSIBLE_CONFIG=str(ROOT / "ansible.cfg"))
    return Run(done.returncode, done.stdout + done.stderr)


@pytest.fixture(scope="module")
def settled() -> t.Iterator[Lab]:
    """A lab of its own, on which the oldest ansible-core did everything from the first initialisation on; taken away at the end."""
    with fresh("cores") as lab:
        first = site(lab, "oldest")
        assert first.rc == 0, first.output
        yield lab


@pytest.mark.parametrize("name", ["oldest", "main", "newest"])
@pytest.mark.parametrize("mode", [["--check", "--diff"], []], ids=["check", "run"])
def test_nothing_is_left_to_change(settled, name, mode):
    again = site(settled, name, *mode)
    assert again.rc == 0, again.output
    assert again.changed == 0, again.output

# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Playbooks on every ansible-core of the matrix: all load, and the plan that they derive is the same to the last byte."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PLAYBOOKS = sorted(str(path.relative_to(ROOT)) for path in [ROOT / "site.yml", *ROOT.glob("playbooks/*.yml")])
NO_PYTHON = 3


@pytest.fixture(scope="session", params=["oldest", "main", "newest"])
def core(request) -> Path:
    """Folder of programs of one ansible-core."""
    made = subprocess.run([ROOT / "scripts/venv", request.param], capture_output=True, text=True, check=False)
    if made.returncode == NO_PYTHON:
        pytest.skip(f"no Python for the {request.param} ansible-core is on this machine")
    assert made.returncode == 0, made.stderr
    return Path(made.stdout.strip()) / "bin"


def play(core: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Runs ansible-playbook of one core in the checkout."""
    return subprocess.run([core / "ansible-playbook", *arguments], cwd=ROOT, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)


@pytest.mark.parametrize("inventory", ["local", "onprem"])
def test_playbooks_load(core, inventory):
    done = play(core, *PLAYBOOKS, "-i", f"inventories/{inventory}", "--syntax-check")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "DEPRECAT" not in done.stderr


@pytest.fixture(scope="session")
def plan_of_main(tmp_path_factory) -> dict[str, bytes]:
    """The on-premises template's plan, as the main environment renders it."""
    return rendered(ROOT / ".venv/bin", tmp_path_factory.mktemp("main"))


def rendered(core: Path, folder: Path) -> dict[str, bytes]:
    """Renders the plan of the on-premises template; returns files and contents."""
    done = play(core, "playbooks/render.yml", "-i", "inventories/onprem", "-e", f"render_dest={folder}")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "DEPRECAT" not in done.stderr
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_the_plan_is_the_same(core, plan_of_main, tmp_path):
    found = rendered(core, tmp_path)
    assert sorted(found) == sorted(plan_of_main)
    assert found == plan_of_main

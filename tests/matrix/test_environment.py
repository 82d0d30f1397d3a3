# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
"""scripts/venv: what it refuses, and that it finds what is there."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def venv(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Runs the script with some variables set."""
    return subprocess.run([ROOT / "scripts/venv", *arguments], env=os.environ | environment, stdin=subprocess.DEVNULL,
                          capture_output=True, text=True, check=False)


def test_an_environment_that_is_there_is_found_at_once():
    first = venv("main")
    again = venv("main")
    assert again.returncode == 0
    assert again.stdout == first.stdout
    assert "making" not in again.stderr
    assert (Path(again.stdout.strip()) / "bin/ansible-playbook").is_file()


def test_the_link_changes_in_one_step(tmp_path):
    link = tmp_path / "venv"
    link.mkdir()  # a folder of an older kind is replaced
    made = venv("main", str(link)).stdout.strip()
    assert link.readlink() == Path(made)
    link.unlink()
    link.symlink_to(tmp_path / "gone")
    venv("main", str(link))
    assert link.readlink() == Path(made)
    assert list(tmp_path.iterdir()) == [link]


def test_unknown_lock():
    done = venv("nothing")
    assert done.returncode == 1
    assert "requirements/nothing.lock is missing" in done.stderr


def test_a_cache_that_cannot_be_written():
    done = venv("main", UNIFIEDMETA_CACHE="/proc/nowhere")
    assert done.returncode == 1
    assert "can't write to /proc/nowhere: set UNIFIEDMETA_CACHE" in done.stderr


def test_no_index_and_nothing_half_made_is_taken_for_whole(tmp_path):
    settings = {"UNIFIEDMETA_CACHE": str(tmp_path), "PIP_NO_INDEX": "1", "PIP_CONFIG_FILE": os.devnull, "PIP_FIND_LINKS": ""}
    for _attempt in range(2):
        done = venv("main", **settings)
        assert done.returncode == 1
        assert "pip could not install requirements/main.lock" in done.stderr
    assert list(tmp_path.glob("venv/*/.complete")) == []

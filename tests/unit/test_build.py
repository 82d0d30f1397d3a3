# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What gets into the tarball, with git and ansible-galaxy themselves: no site's secret that lies in the checkout."""

from __future__ import annotations

import os
import subprocess
import tarfile

import pytest

from tests.unit import tree

SECRETS = ("inventories/onprem/.bootstrap/store.vault", "inventories/onprem/store.vault", "inventories/onprem/store.vault.lock", ".bootstrap/store.vault",
           "inventories/onprem/bootstrap.passphrase")
SITE = "inventories/mysite/group_vars/all/site.yml"


def run(folder, *command):
    """Run a command that must succeed. Returns what it printed, and what it said beside."""
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout, done.stderr


@pytest.fixture(scope="module")
def checkout(tmp_path_factory):
    """A checkout with what the build needs of this one, and secrets that lie about."""
    folder = tmp_path_factory.mktemp("checkout")
    for name in ("galaxy.yml", "README.md", ".gitignore", "scripts/build", "inventories/onprem/group_vars/all/bootstrap.yml"):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes((tree.ROOT / name).read_bytes())
    (folder / "scripts/build").chmod(0o755)
    (folder / ".venv").symlink_to(os.path.realpath(tree.ROOT / ".venv"))
    run(folder, "git", "init", "--quiet")
    run(folder, "git", "add", ".")
    for name in (*SECRETS, SITE):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text("secret", encoding="utf-8")
    return folder


def built(checkout, tmp_path):
    """Names in the tarball, and what the build said."""
    path, said = run(checkout, "scripts/build", str(tmp_path))
    with tarfile.open(path.strip()) as archive:
        return set(archive.getnames()), said


def test_git_does_not_see_a_bootstrap_store(checkout):
    seen = run(checkout, "git", "status", "--porcelain", "--untracked-files=all")[0]
    assert not [line for line in seen.splitlines() if line[3:] in SECRETS]


def test_only_what_git_tracks_is_built(checkout, tmp_path):
    names, said = built(checkout, tmp_path)
    assert "inventories/onprem/group_vars/all/bootstrap.yml" in names
    assert not names & {*SECRETS, SITE}
    assert f"build: left out, git does not track it: {SITE}\n" in said


def test_a_store_that_somebody_has_added_is_left_out_all_the_same(checkout, tmp_path):
    run(checkout, "git", "add", "--force", *SECRETS)
    assert not built(checkout, tmp_path)[0] & set(SECRETS)


def test_the_template_keeps_the_store_outside_of_the_checkout():
    text = (tree.ROOT / "inventories/onprem/group_vars/all/bootstrap.yml").read_text(encoding="utf-8")
    assert "inventory_dir" not in text and "playbook_dir" not in text

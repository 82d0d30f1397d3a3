# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The bundle installs and loads on a machine without a network: a network namespace with nothing in it, an empty HOME."""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import tomllib
import yaml

ROOT = Path(__file__).resolve().parents[2]
# As root the namespace is made directly, else inside a user namespace of one's own.
NO_NETWORK = ["unshare", "--net"] if os.geteuid() == 0 else ["unshare", "--map-root-user", "--net"]


@pytest.fixture(scope="module")
def bundle(tmp_path_factory) -> Path:
    """The bundle for the oldest Python that it supports, made from this tree."""
    dist = tmp_path_factory.mktemp("dist")
    subprocess.run([ROOT / "scripts/bundle", dist, "3.11"], check=True)
    return dist / "bundle"


class Machine:
    """A machine of one's own: empty HOME, no network, nothing in its environment but a path."""

    def __init__(self, home: Path, bundle: Path):
        self.home, self.bundle, self.target = home, bundle, home / "platform"

    def run(self, *command: str | Path, cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
        """Runs a command on it; the bundle's own environment comes first on its path."""
        environment = {"HOME": str(self.home), "PATH": f"{self.target}/venv/bin:/usr/local/bin:/usr/bin:/bin", "LC_ALL": "C.UTF-8",
                       "ANSIBLE_COLLECTIONS_PATH": str(self.target / "collections")}
        if os.environ.get("PYENV_ROOT"):
            environment["PYENV_ROOT"] = os.environ["PYENV_ROOT"]
        return subprocess.run([*NO_NETWORK, *command], cwd=cwd or self.home, env=environment, stdin=subprocess.DEVNULL,
                              capture_output=True, text=True, check=False)

    def install(self) -> subprocess.CompletedProcess[str]:
        """Runs the bundle's installer."""
        return self.run(self.bundle / "install.sh", self.target)


@pytest.fixture(scope="module")
def machine(bundle, tmp_path_factory) -> Machine:
    """A machine on which the bundle was installed."""
    one = Machine(tmp_path_factory.mktemp("home"), bundle)
    done = one.install()
    assert done.returncode == 0, done.stdout + done.stderr
    return one


def test_there_is_no_network_in_the_test(machine):
    """One interface, the loopback, and that one is down."""
    assert re.findall(r"^ *(\S+):", machine.run("cat", "/proc/net/dev").stdout, re.M) == ["lo"]


def test_the_collection_is_listed_with_its_version(machine):
    listed = machine.run("ansible-galaxy", "collection", "list")
    version = yaml.safe_load((ROOT / "galaxy.yml").read_text(encoding="utf-8"))["version"]
    assert re.search(rf"^unifiedmeta\.platform +{re.escape(version)}", listed.stdout, re.M)


@pytest.mark.parametrize("playbook", ["site", "render"])
def test_playbooks_load_by_name(machine, playbook):
    loaded = machine.run("ansible-playbook", f"unifiedmeta.platform.{playbook}", "--syntax-check", "-i", "localhost,")
    assert loaded.returncode == 0, loaded.stdout + loaded.stderr


def test_documentation_reads_without_a_network(machine):
    assert "short_description" in machine.run("ansible-doc", "--json", "unifiedmeta.platform.vault_config").stdout


def test_what_plugins_import_is_there(machine):
    names = re.findall(r"^[A-Za-z]+", (ROOT / "requirements.txt").read_text(encoding="utf-8"), re.M)
    imports = ", ".join({"PyYAML": "yaml"}.get(name, name) for name in names)
    done = machine.run("python", "-c", f"import {imports}")
    assert done.returncode == 0, done.stderr


def test_every_wheel_has_a_hash_of_the_locks(bundle):
    known = {found for name in ("runtime", "main") for found in
             re.findall(r"--hash=sha256:([0-9a-f]{64})", (ROOT / f"requirements/{name}.lock").read_text(encoding="utf-8"))}
    wheels = sorted((bundle / "wheels").iterdir())
    assert any(wheel.name.startswith("pip-") for wheel in wheels)
    assert [wheel.name for wheel in wheels if hashlib.sha256(wheel.read_bytes()).hexdigest() not in known] == []


def test_nothing_is_downloaded_without_a_hash():
    """What comes has a hash in a lock before it is anywhere: install.sh runs it."""
    script = (ROOT / "scripts/bundle").read_text(encoding="utf-8").replace("\\\n", " ")
    downloads = [line for line in script.splitlines() if re.search(r"\bpip\b.* download\b", line)]
    assert len(downloads) == 2
    assert [line for line in downloads if "--require-hashes" not in line] == []


def test_a_second_install_is_fine(machine):
    assert machine.install().returncode == 0


def test_a_damaged_bundle_is_refused(bundle, tmp_path):
    spoilt = tmp_path / "spoilt"
    shutil.copytree(bundle, spoilt)
    with open(spoilt / "unifiedmeta-platform.tar.gz", "ab") as tarball:
        tarball.write(b"x")
    machine = Machine(tmp_path, spoilt)
    done = machine.install()
    assert done.returncode == 1
    assert "unifiedmeta-platform.tar.gz: FAILED" in done.stdout
    assert "damaged" in done.stderr
    assert not machine.target.exists()


def test_the_tarball_holds_nothing_of_the_checkout_s_own(machine):
    installed = machine.target / "collections/ansible_collections/unifiedmeta/platform"
    assert [name for name in (".git", ".venv", ".collections", "dist", ".cache") if (installed / name).exists()] == []


def test_requirements_are_written_the_same_in_both_places():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["dependencies"]
    listed = [line for line in (ROOT / "requirements.txt").read_text(encoding="utf-8").splitlines() if not line.startswith("#")]
    assert [one for one in project if not one.startswith("ansible-core")] == listed


def test_ansible_builder_takes_the_execution_environment(bundle, tmp_path):
    for name in ("execution-environment.yml", "requirements.txt"):
        shutil.copy(ROOT / name, tmp_path)
    (tmp_path / "dist").mkdir()
    (tmp_path / "dist/bundle").symlink_to(bundle)
    done = subprocess.run([Path(sys.executable).parent / "ansible-builder", "create", "--file", "execution-environment.yml", "--context", "context",
                           "--output-filename", "Containerfile"], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert (tmp_path / "context/_build/collection/unifiedmeta-platform.tar.gz").is_file()
    assert "ADD _build/collection /build/collection" in (tmp_path / "context/Containerfile").read_text(encoding="utf-8")
    assert "/build/collection/unifiedmeta-platform.tar.gz" in (tmp_path / "context/_build/requirements.yml").read_text(encoding="utf-8")

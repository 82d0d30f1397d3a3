# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The lock of RKE2's releases."""

from __future__ import annotations

import os
import pathlib
import subprocess
import sys

import pytest
import yaml

from ansible_collections.unifiedmeta.platform.plugins.module_utils._rke2 import artifacts

ROOT = pathlib.Path(__file__).resolve().parents[5]
A, B, C = "a" * 64, "b" * 64, "c" * 64
LOCK = {"v1.35.4+rke2r1": {"amd64": {"rke2.linux-amd64.tar.gz": A, "rke2-images-core.linux-amd64.tar.zst": B}, "arm64": {"rke2.linux-arm64.tar.gz": C}}}
# As a release publishes it, with files that nobody here needs.
SUMS = f"""{A}  rke2.linux-amd64.tar.gz
{B}  rke2-images-core.linux-amd64.tar.zst
{C}  rke2-images-cilium.linux-amd64.tar.zst
{C}  rke2-images-core.linux-amd64.txt
{C}  rke2.linux-amd64
{C}  rke2-windows-ltsc2022-amd64-images.tar.gz
"""


def test_the_roles_own_lock_is_one():
    lock = yaml.safe_load((ROOT / "roles/rke2/files/artifacts.yml").read_text("utf-8"))
    assert artifacts.faults(lock) == [] and artifacts.faults(LOCK) == []
    assert all(f"rke2.linux-{arch}.tar.gz" in files for by_arch in lock.values() for arch, files in by_arch.items())


@pytest.mark.parametrize(("lock", "told"), [
    ([], "it must be a mapping of versions"), ({"1.35.4": {"amd64": {"a": A}}}, "1.35.4: is no version of RKE2"), ({"v1.35.4+rke2r1": []},
                                                                                                                   "must be a mapping of architectures"),
    ({"v1.35.4+rke2r1": {}}, "must be a mapping of architectures"), ({"v1.35.4+rke2r1": {"x86": {"a": A}}}, "the architecture must be one of amd64, arm64"),
    ({"v1.35.4+rke2r1": {"amd64": {}}}, "must be a mapping of files"), ({"v1.35.4+rke2r1": {"amd64": {"a": "b"}}},
                                                                        "the sha256 of a must be 64 hexadecimal digits"),
    ({"v1.35.4+rke2r1": {"amd64": {"a": int("1" * 64)}}}, "the sha256 of a must be 64"), ({"v1.35.4+rke2r1": {"amd64": {"../a": A}}},
                                                                                          "../a is no name of a file"),
    ({"v1.35.4+rke2r1": {"amd64": {"rke2.linux-arm64.tar.gz": A}}}, "belongs to another architecture"),
])
def test_what_is_wrong_with_a_lock(lock, told):
    assert len([fault for fault in artifacts.faults(lock) if told in fault]) == 1


def test_all_faults_are_told_at_once():
    assert len(artifacts.faults({"x": {"y": {"z": "w"}}, "v1.35.4+rke2r1": []})) == 4


def test_files_of_a_release_by_architecture():
    chosen, missing = artifacts.choose(LOCK, "v1.35.4+rke2r1", ["amd64", "arm64"], ["rke2.linux-{arch}.tar.gz"])
    assert (chosen, missing) == ({"amd64": {"rke2.linux-amd64.tar.gz": A}, "arm64": {"rke2.linux-arm64.tar.gz": C}}, [])


@pytest.mark.parametrize(("version", "architectures", "names", "told"), [
    ("v1.36.0+rke2r1", ["amd64"], ["rke2.linux-{arch}.tar.gz"], "no entry for v1.36.0+rke2r1 (it has v1.35.4+rke2r1); «scripts/rke2-lock»"),
    ("v1.35.4+rke2r1", ["arm64"], ["rke2-images-core.linux-{arch}.tar.zst"], "no rke2-images-core.linux-arm64.tar.zst of v1.35.4+rke2r1"),
    ("v1.35.4+rke2r1", ["amd64"], ["rke2-images-cor.linux-{arch}.tar.zst"], "did you mean rke2-images-core.linux-amd64.tar.zst?"),
])
def test_what_the_lock_lacks_is_told_with_how_to_add_it(version, architectures, names, told):
    missing = artifacts.choose(LOCK, version, architectures, names)[1]
    assert len(missing) == 1 and told in missing[0] and "sha256sum-<architecture>.txt" in missing[0]


def test_an_architecture_that_a_release_lacks():
    lock = {"v1.35.4+rke2r1": {"amd64": {"a": A}}}
    assert "on arm64" in artifacts.choose(lock, "v1.35.4+rke2r1", ["arm64"], ["a"])[1][0]


def test_of_a_releases_own_file_what_nodes_need():
    assert artifacts.of_sums(SUMS) == {"rke2.linux-amd64.tar.gz": A, "rke2-images-core.linux-amd64.tar.zst": B, "rke2-images-cilium.linux-amd64.tar.zst": C}
    assert artifacts.of_sums(f"{A} *rke2.linux-amd64.tar.gz\n") == {"rke2.linux-amd64.tar.gz": A}
    with pytest.raises(ValueError, match="line 1 is no output of sha256sum"):
        artifacts.of_sums("<html>not found</html>")


def test_a_release_is_added_and_a_published_file_never_changes():
    lock = artifacts.merged(LOCK, "v1.36.4+rke2r1", "amd64", {"x": A})
    assert lock["v1.36.4+rke2r1"] == {"amd64": {"x": A}} and "v1.36.4+rke2r1" not in LOCK
    assert artifacts.merged(lock, "v1.36.4+rke2r1", "amd64", {"x": A, "y": B})["v1.36.4+rke2r1"]["amd64"] == {"x": A, "y": B}
    with pytest.raises(ValueError, match="x had another sha256 before"):
        artifacts.merged(lock, "v1.36.4+rke2r1", "amd64", {"x": B})


def test_a_lock_as_text_has_the_newest_release_first():
    lock = {version: {"amd64": {"b": A, "a": B}} for version in ("v1.9.1+rke2r1", "v1.35.4+rke2r1", "v1.35.4+rke2r2", "v1.35.10+rke2r1")}
    text = artifacts.emit(lock)
    assert yaml.safe_load(text) == lock and text.startswith("---\n")
    assert [line[:-1] for line in text.splitlines() if line.startswith("v")] == ["v1.35.10+rke2r1", "v1.35.4+rke2r2", "v1.35.4+rke2r1", "v1.9.1+rke2r1"]


def script(*arguments):
    return subprocess.run([str(ROOT / "scripts/rke2-lock"), *map(str, arguments)], capture_output=True, text=True, check=False,
                          env={**os.environ, "PYTHON": sys.executable})


@pytest.fixture
def sums(tmp_path):
    place = tmp_path / "sha256sum-amd64.txt"
    place.write_text(SUMS, "utf-8")
    return place


def test_the_script_writes_what_the_module_reads(tmp_path, sums):
    lock = tmp_path / "artifacts.yml"
    lock.write_text("---\n# mine\n" + artifacts.emit(LOCK)[4:], "utf-8")
    done = script(lock, "v1.36.4+rke2r1", sums)
    assert (done.returncode, done.stderr) == (0, "") and "v1.36.4+rke2r1 has 3 files on amd64" in done.stdout
    written = yaml.safe_load(lock.read_text("utf-8"))
    assert written["v1.36.4+rke2r1"]["amd64"] == artifacts.of_sums(SUMS) and written["v1.35.4+rke2r1"] == LOCK["v1.35.4+rke2r1"]
    assert lock.read_text("utf-8").startswith("---\n# mine\nv1.36.4+rke2r1:\n") and artifacts.faults(written) == []


def test_the_script_makes_a_lock_where_there_is_none(tmp_path, sums):
    assert script(tmp_path / "new.yml", "v1.36.4+rke2r1", sums).returncode == 0
    assert list(yaml.safe_load((tmp_path / "new.yml").read_text("utf-8"))) == ["v1.36.4+rke2r1"]


@pytest.mark.parametrize(("version", "name", "text", "told"), [
    ("1.36.4", "sha256sum-amd64.txt", SUMS, "is no version of RKE2"), ("v1.36.4+rke2r1", "sums.txt", SUMS, "called neither after amd64 nor after arm64"),
    ("v1.36.4+rke2r1", "sha256sum-amd64.txt", "<html>", "line 1 is no output of sha256sum"), ("v1.36.4+rke2r1", "sha256sum-amd64.txt", f"{A}  x\n",
                                                                                              "names no file of RKE2"),
    ("v1.36.4+rke2r1", "sha256sum-amd64.txt", None, "No such file"), ("v1.36.4+rke2r1", "sha256sum-arm64.txt", SUMS, "belongs to another architecture"),
])
def test_the_script_changes_nothing_where_something_is_wrong(tmp_path, version, name, text, told):
    lock = tmp_path / "lock.yml"
    if text is not None:
        (tmp_path / name).write_text(text, "utf-8")
    done = script(lock, version, tmp_path / name)
    assert done.returncode == 1 and told in done.stderr and not lock.exists()


def test_the_script_tells_how_it_is_used():
    assert "rke2-lock LOCK VERSION" in script().stderr

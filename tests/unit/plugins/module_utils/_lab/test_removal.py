# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What is ended and removed, and what is not."""
from __future__ import annotations

import os
import pathlib
import shutil
import subprocess
import time

import pytest

from ansible_collections.unifiedmeta.platform.plugins.module_utils._lab import processes, removal
from ansible_collections.unifiedmeta.platform.plugins.module_utils._lab.assemble import Options
from ansible_collections.unifiedmeta.platform.plugins.module_utils._lab.cache import Cache
from ansible_collections.unifiedmeta.platform.plugins.module_utils._lab.instance import Plan
from ansible_collections.unifiedmeta.platform.plugins.module_utils._lab.layout import MARKER, LabError, Layout

ROOT = pathlib.Path(__file__).resolve().parents[5]


def options(layout: Layout, cache: pathlib.Path, kubernetes: str = "build") -> Options:
    """Returns the options of an instance."""
    return Options(layout, Cache(str(cache)), str(ROOT / "roles/lab/files"), kubernetes, (), False, 0, "")


def test_nothing_to_end_is_no_change(tmp_path: pathlib.Path) -> None:
    found = options(Layout("unit", str(tmp_path / "none"), 20000), tmp_path)
    assert removal.end(found, check=False, remove=True).changes == []


def test_stopped_keeps_the_directory(layout: Layout, tmp_path: pathlib.Path) -> None:
    assert removal.end(options(layout, tmp_path), check=False, remove=False).changes == []
    assert os.path.isdir(layout.state)


def test_absent_removes_a_marked_directory(layout: Layout, tmp_path: pathlib.Path) -> None:
    pathlib.Path(layout.path(MARKER)).write_text("unit\n")
    os.symlink("/etc", layout.path("link"))
    predicted = removal.end(options(layout, tmp_path), check=True, remove=True)
    assert os.path.isdir(layout.state)
    assert removal.end(options(layout, tmp_path), check=False, remove=True).changes == predicted.changes
    assert not os.path.exists(layout.state)
    assert os.path.isdir("/etc")


def test_an_unmarked_directory_is_somebody_elses(layout: Layout, tmp_path: pathlib.Path) -> None:
    with pytest.raises(LabError, match="holds no file «.unifiedmeta-lab»"):
        removal.end(options(layout, tmp_path), check=False, remove=True)
    assert os.path.isdir(layout.path("pki"))


def test_the_marker_goes_last(layout: Layout, monkeypatch: pytest.MonkeyPatch) -> None:
    """A run that is killed in the middle is finished by the next one."""
    pathlib.Path(layout.path(MARKER)).write_text("unit\n")
    gone: list[str] = []
    real = os.unlink
    monkeypatch.setattr(shutil, "rmtree", lambda path: (gone.append(path), subprocess.run(["rm", "-r", path], check=True)))
    monkeypatch.setattr(os, "unlink", lambda path: (gone.append(path), real(path)))
    removal._remove(layout.state)
    assert gone[-1] == layout.path(MARKER)


def test_processes_without_a_supervisor_are_ended(layout: Layout, tmp_path: pathlib.Path) -> None:
    shutil.copy("/bin/sleep", tmp_path / "etcd")
    shutil.copy("/bin/sleep", tmp_path / "bao")
    with subprocess.Popen([tmp_path / "bao", "60"], cwd=layout.state) as ours, subprocess.Popen([tmp_path / "etcd", "60"], cwd="/") as theirs:
        while not processes.command(ours.pid):
            time.sleep(0.01)
        assert removal.end(options(layout, tmp_path), check=True, remove=False).changes[0]["reason"] == "1 processes"
        assert ours.poll() is None
        removal.end(options(layout, tmp_path), check=False, remove=False)
        assert ours.wait(5) == -15
        assert theirs.poll() is None
        theirs.kill()


def cache(folder: pathlib.Path) -> Cache:
    """Returns a cache with one program, and a file of somebody else's."""
    found = Cache(str(folder / "cache"))
    found.obtain("web-1", lambda work: pathlib.Path(work, "web").write_text("x") and {})
    found.link("web", "web-1/web")
    return found


def test_the_cache_is_cleared(tmp_path: pathlib.Path) -> None:
    found, plan = cache(tmp_path), Plan()
    removal.clear(found, plan, check=True)
    assert found.has("web-1")
    removal.clear(found, plan, check=False)
    assert not os.path.exists(found.root)
    assert plan.changes[0] == plan.changes[1]
    removal.clear(found, Plan(), check=False)


def test_what_others_keep_in_the_cache_stays(tmp_path: pathlib.Path) -> None:
    found = cache(tmp_path)
    pathlib.Path(found.path("theirs")).write_text("x")
    removal.clear(found, Plan(), check=False)
    assert os.listdir(found.root) == ["theirs"]


def test_a_cluster_of_kind_is_deleted(layout: Layout, tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[tuple[str, str]] = []
    monkeypatch.setattr(removal.cluster, "delete", lambda kind, name, _kubeconfig: asked.append((kind, name)) or True)
    pathlib.Path(layout.path(MARKER)).write_text("unit\n")
    plan = removal.end(options(layout, tmp_path, "kind"), check=False, remove=True)
    assert asked == [("kind", "unifiedmeta-unit")]
    assert plan.changes[0]["object"] == "kind cluster unifiedmeta-unit"

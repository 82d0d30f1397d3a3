# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Files are compared first and written whole."""
from __future__ import annotations

import os
import pathlib
import stat

import pytest

from ansible_collections.unifiedmeta.platform.plugins.module_utils._lab import files
from ansible_collections.unifiedmeta.platform.plugins.module_utils._lab.files import Directory, File, Link

OWNER = "root"
AS_ROOT = pytest.mark.skipif(os.geteuid() != 0, reason="owners can be set by root only")


def test_a_missing_file_differs(tmp_path: pathlib.Path) -> None:
    assert files.differs(File(str(tmp_path / "a"), "x")) == "missing"


def test_a_written_file_is_as_wanted(tmp_path: pathlib.Path) -> None:
    want = File(str(tmp_path / "a"), "text\n", mode=0o640)
    files.write(want)
    assert files.differs(want) is None
    assert stat.S_IMODE(os.stat(want.path).st_mode) == 0o640
    assert files.read(want.path) == "text\n"


def test_other_content_differs(tmp_path: pathlib.Path) -> None:
    want = File(str(tmp_path / "a"), "new")
    files.write(File(want.path, "old"))
    assert files.differs(want) == "content differs"


def test_another_mode_differs_and_is_named(tmp_path: pathlib.Path) -> None:
    want = File(str(tmp_path / "a"), "x", mode=0o600)
    files.write(want)
    os.chmod(want.path, 0o644)
    assert files.differs(want) == "mode is 0644 instead of 0600"


@AS_ROOT
def test_another_owner_differs(tmp_path: pathlib.Path) -> None:
    want = File(str(tmp_path / "a"), "x")
    files.write(want)
    os.chown(want.path, 65534, 65534)
    assert files.differs(want) == "owner is not root"
    files.write(want)
    assert files.differs(want) is None


def test_a_directory_in_a_files_place_differs(tmp_path: pathlib.Path) -> None:
    (tmp_path / "a").mkdir()
    assert files.differs(File(str(tmp_path / "a"), "x")) == "not readable as a file"


def test_line_ends_are_kept_and_compared(tmp_path: pathlib.Path) -> None:
    want = File(str(tmp_path / "a"), "a\r\nb\n")
    files.write(want)
    assert (tmp_path / "a").read_bytes() == b"a\r\nb\n"
    assert files.differs(want) is None


def test_a_failed_write_leaves_the_old_file_and_nothing_else(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> None:
    want = File(str(tmp_path / "a"), "old")
    files.write(want)

    def refuse(_descriptor: int) -> None:
        raise OSError("no space left")

    monkeypatch.setattr(os, "fsync", refuse)
    with pytest.raises(OSError, match="no space left"):
        files.write(File(want.path, "new"))
    assert os.listdir(tmp_path) == ["a"]
    assert files.read(want.path) == "old"


def test_a_directory_is_made_with_its_mode(tmp_path: pathlib.Path) -> None:
    want = Directory(str(tmp_path / "a/b"), mode=0o711)
    assert files.differs(want) == "missing"
    files.make(want)
    assert files.differs(want) is None
    os.chmod(want.path, 0o777)
    assert files.differs(want) == "mode is 0777 instead of 0711"
    files.make(want)
    assert files.differs(want) is None


def test_reading_a_missing_file_gives_none(tmp_path: pathlib.Path) -> None:
    assert files.read(str(tmp_path / "none")) is None


def test_an_unknown_owner_is_no_fault_yet(tmp_path: pathlib.Path) -> None:
    """The package that makes the user may still have to be installed: check mode must not fail on it."""
    place = File(str(tmp_path / "a"), "x")
    files.write(place)
    assert not files.owner_exists("no-such-user")
    assert files.differs(File(place.path, "x", owner="no-such-user")) is None


def test_ids_of_a_user() -> None:
    assert files.ids(OWNER) == (0, 0)
    with pytest.raises(KeyError):
        files.ids("no-such-user")


def test_a_diff_shows_an_ordinary_file(tmp_path: pathlib.Path) -> None:
    want = File(str(tmp_path / "a"), "new")
    assert files.diff(want, "missing")["before"] == ""
    files.write(File(want.path, "old"))
    shown = files.diff(want, "content differs")
    assert (shown["before"], shown["after"], shown["after_header"]) == ("old", "new", want.path)


def test_a_diff_never_shows_a_secret_file(tmp_path: pathlib.Path) -> None:
    want = File(str(tmp_path / "a"), "canary-new", secret=True)
    files.write(File(want.path, "canary-old"))
    assert "canary" not in str(files.diff(want, "content differs"))
    assert "canary" not in str(files.diff(want, "missing"))


def test_a_link_is_made_moved_and_left_alone(tmp_path: pathlib.Path) -> None:
    want = Link(str(tmp_path / "lib"), "/cache/one")
    assert files.differs(want) == "missing"
    files.point(want)
    assert files.differs(want) is None
    moved = Link(want.path, "/cache/two")
    assert files.differs(moved) == "points elsewhere"
    files.point(moved)
    assert (tmp_path / "lib").readlink() == pathlib.Path("/cache/two")
    assert [entry.name for entry in tmp_path.iterdir()] == ["lib"]


def test_a_file_in_a_links_place_is_replaced(tmp_path: pathlib.Path) -> None:
    want = Link(str(tmp_path / "lib"), "/cache/one")
    (tmp_path / "lib").write_text("x")
    assert files.differs(want) == "points elsewhere"
    files.point(want)
    assert files.differs(want) is None

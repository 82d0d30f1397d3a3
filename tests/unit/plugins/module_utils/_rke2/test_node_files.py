# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Files that are written whole or not at all."""

from __future__ import annotations

import hashlib
import os

import pytest

from ansible_collections.unifiedmeta.platform.plugins.module_utils._rke2 import node_files


def test_digest_mode_and_text(tmp_path):
    place = tmp_path / "x"
    assert (node_files.sha256(str(place)), node_files.mode(str(place)), node_files.text(str(place)), node_files.changed_at(str(place))) == (None,) * 4
    place.write_bytes(b"abc" * 1000000)
    place.chmod(0o640)
    assert node_files.sha256(str(place)) == hashlib.sha256(b"abc" * 1000000).hexdigest() and node_files.mode(str(place)) == "0640"
    assert node_files.changed_at(str(place)) > 0
    assert node_files.sha256(str(place / "below-a-file")) is None


def test_bytes_that_are_no_text_survive(tmp_path):
    (tmp_path / "x").write_bytes(b"a\xffb\r\n")
    text = node_files.text(str(tmp_path / "x"))
    node_files.write(str(tmp_path / "y"), text)
    assert (tmp_path / "y").read_bytes() == b"a\xffb\r\n"


def test_a_file_is_written_with_its_folders_and_its_mode(tmp_path):
    place = tmp_path / "a/b/c"
    node_files.write(str(place), "one", 0o600)
    assert (place.read_text("utf-8"), place.stat().st_mode & 0o777, place.parent.stat().st_mode & 0o777) == ("one", 0o600, 0o755)
    node_files.write(str(place), "two", 0o644)
    assert (place.read_text("utf-8"), place.stat().st_mode & 0o777) == ("two", 0o644)
    assert [one.name for one in place.parent.iterdir()] == ["c"]


def test_who_has_the_old_file_open_keeps_it(tmp_path):
    place = tmp_path / "rke2"
    place.write_text("old", "utf-8")
    with open(place, encoding="utf-8") as running:
        (tmp_path / "new").write_text("new", "utf-8")
        node_files.copy(str(tmp_path / "new"), str(place), 0o755)
        assert (running.read(), place.read_text("utf-8"), os.access(place, os.X_OK)) == ("old", "new", True)


def test_what_fails_leaves_the_old_file_and_nothing_else(tmp_path):
    place = tmp_path / "x"
    place.write_text("old", "utf-8")
    with pytest.raises(AttributeError):
        node_files.write(str(place), None)
    assert place.read_text("utf-8") == "old" and [one.name for one in tmp_path.iterdir()] == ["x"]


def test_a_link_is_replaced_and_what_it_leads_to_is_not(tmp_path):
    (tmp_path / "other").write_text("theirs", "utf-8")
    (tmp_path / "x").symlink_to(tmp_path / "other")
    node_files.write(str(tmp_path / "x"), "ours")
    assert (tmp_path / "other").read_text("utf-8") == "theirs" and not (tmp_path / "x").is_symlink()


def test_files_folders_and_links_are_removed(tmp_path):
    (tmp_path / "d/e").mkdir(parents=True)
    (tmp_path / "f").touch()
    (tmp_path / "l").symlink_to(tmp_path / "nowhere")
    assert [node_files.remove(str(tmp_path / name)) for name in ("d", "f", "l", "none")] == [True, True, True, False]
    assert list(tmp_path.iterdir()) == []


def test_a_broken_record_counts_as_none(tmp_path):
    (tmp_path / "x").write_text("{", "utf-8")
    assert node_files.record(str(tmp_path / "x")) is None and node_files.record(str(tmp_path / "y")) is None
    (tmp_path / "x").write_text('{"a": 1}', "utf-8")
    assert node_files.record(str(tmp_path / "x")) == {"a": 1}


def test_a_folder_that_is_there_keeps_its_mode(tmp_path):
    tmp_path.chmod(0o700)
    node_files.folder(str(tmp_path))
    assert tmp_path.stat().st_mode & 0o777 == 0o700

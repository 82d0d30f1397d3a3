# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A folder of given files: what differs, and the writing of it."""

from __future__ import annotations

import json
import os
import stat

import pytest

from ansible_collections.unifiedmeta.platform.plugins.module_utils import _file_tree as tree

MARKER = ".file_tree.json"
FILES = {"a.yml": "a: 1\n", "b/c/d.yml": "d: 2\n"}


def write(folder, files=None):
    """A run of the module."""
    files = FILES if files is None else files
    difference = tree.compare(str(folder), files, MARKER)
    tree.apply(str(folder), files, MARKER, difference)
    return difference


def there(folder):
    """Every file of a folder but the marker."""
    return {str(path.relative_to(folder)): path.read_text(encoding="utf-8") for path in sorted(folder.rglob("*")) if path.is_file() and path.name != MARKER}


@pytest.mark.parametrize(("path", "told"), [
    ("../x", "files: '../x' is no path inside the folder; give it relative, with / between the parts"),
    ("/etc/passwd", "files: '/etc/passwd' is no path inside the folder; give it relative, with / between the parts"),
    ("a/../../x", "files: 'a/../../x' is no path inside the folder; give it relative, with / between the parts"),
    ("a//b", "files: 'a//b' is no path inside the folder; give it relative, with / between the parts"),
    ("./a", "files: './a' is no path inside the folder; give it relative, with / between the parts"),
    ("", "files: '' is no path inside the folder; give it relative, with / between the parts"),
    ("a\\b", "files: 'a\\b' is no path inside the folder; give it relative, with / between the parts"),
    (MARKER, "files: '.file_tree.json' is the module's own list; choose another name, or set marker"),
])
def test_paths_that_are_refused(path, told):
    assert tree.faults({path: "x"}, MARKER) == [told]


@pytest.mark.parametrize("content", [1, None, {"a": 1}, ["x"], b"x"])
def test_contents_that_are_no_text(content):
    assert tree.faults({"a": content}, MARKER) == [f"files: the content of 'a' is no text but {type(content).__name__}"]


def test_a_file_below_a_file():
    assert tree.faults({"a": "x", "a/b": "y"}, MARKER) == ["files: 'a/b' lies below 'a', which is a file itself"]


def test_all_faults_are_told():
    assert len(tree.faults({"../x": 1, "/y": "z"}, MARKER)) == 3


def test_good_paths():
    assert tree.faults({"a": "x", "b/c": "", "d/.e": "y", "한국": "z"}, MARKER) == []


def test_everything_is_new_in_an_empty_folder(tmp_path):
    difference = tree.compare(str(tmp_path / "none"), FILES, MARKER)
    assert difference.before == {"a.yml": None, "b/c/d.yml": None}
    assert difference.after == FILES
    assert not (tmp_path / "none").exists(), "looking changes nothing"


def test_writing(tmp_path):
    write(tmp_path / "new" / "folder")
    assert there(tmp_path / "new" / "folder") == FILES


def test_the_second_time_nothing_differs(tmp_path):
    write(tmp_path)
    times = {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*")}
    assert write(tmp_path).after == {}
    assert {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*")} == times


def test_only_what_differs_is_written(tmp_path):
    write(tmp_path)
    before = (tmp_path / "a.yml").stat().st_ino
    difference = write(tmp_path, {**FILES, "b/c/d.yml": "d: 3\n"})
    assert difference.after == {"b/c/d.yml": "d: 3\n"} and difference.before == {"b/c/d.yml": "d: 2\n"}
    assert (tmp_path / "a.yml").stat().st_ino == before


def test_what_is_no_longer_wanted_goes_with_its_folders(tmp_path):
    write(tmp_path)
    difference = write(tmp_path, {"a.yml": "a: 1\n"})
    assert difference.after == {"b/c/d.yml": None}
    assert there(tmp_path) == {"a.yml": "a: 1\n"}
    assert not (tmp_path / "b").exists()


def test_files_of_others_stay(tmp_path):
    (tmp_path / "b/c").mkdir(parents=True)
    (tmp_path / "README.md").write_text("words", encoding="utf-8")
    (tmp_path / "b/c/theirs.yml").write_text("x", encoding="utf-8")
    write(tmp_path)
    write(tmp_path, {})
    assert there(tmp_path) == {"README.md": "words", "b/c/theirs.yml": "x"}


def test_a_file_of_others_at_a_wanted_path_becomes_ours(tmp_path):
    (tmp_path / "a.yml").write_text("theirs", encoding="utf-8")
    assert write(tmp_path).before["a.yml"] == "theirs"
    assert there(tmp_path) == FILES


def test_what_was_removed_by_hand_is_no_matter(tmp_path):
    write(tmp_path)
    (tmp_path / "b/c/d.yml").unlink()
    assert write(tmp_path, {"a.yml": "a: 1\n"}).after == {}
    assert tree.owned(str(tmp_path), MARKER) == ["a.yml"]


def test_what_was_changed_by_hand_is_mended(tmp_path):
    write(tmp_path)
    (tmp_path / "a.yml").write_text("a: 9\n", encoding="utf-8")
    assert write(tmp_path).before == {"a.yml": "a: 9\n"}
    assert there(tmp_path) == FILES


def test_line_ends_count(tmp_path):
    write(tmp_path, {"a": "x\r\ny\n"})
    assert (tmp_path / "a").read_bytes() == b"x\r\ny\n"
    assert write(tmp_path, {"a": "x\r\ny\n"}).after == {}


def test_a_file_that_is_no_text_is_replaced(tmp_path):
    (tmp_path / "a.yml").write_bytes(b"\xff\xfe")
    write(tmp_path)
    assert there(tmp_path) == FILES


def test_kinds_of_differences():
    difference = tree.Difference({"a": None, "b": "x", "c": "x"}, {"a": "new", "b": "other", "c": None})
    assert (difference.paths(create=True), difference.paths(change=True), difference.paths(remove=True)) == (["a"], ["b"], ["c"])


def test_everybody_may_read_the_files(tmp_path):
    write(tmp_path)
    assert stat.S_IMODE((tmp_path / "a.yml").stat().st_mode) == 0o644


def test_nothing_temporary_is_left(tmp_path):
    write(tmp_path)
    assert sorted(os.listdir(tmp_path)) == [MARKER, "a.yml", "b"]


def test_a_run_that_was_cut_short_is_known_to_the_next(tmp_path, monkeypatch):
    real = tree._write

    def cut(dest, path, text):
        if path.endswith("d.yml"):
            raise KeyboardInterrupt
        real(dest, path, text)

    monkeypatch.setattr(tree, "_write", cut)
    with pytest.raises(KeyboardInterrupt):
        write(tmp_path)
    monkeypatch.undo()
    assert tree.owned(str(tmp_path), MARKER) == ["a.yml", "b/c/d.yml"]
    write(tmp_path, {})
    assert there(tmp_path) == {}


def test_a_list_that_can_not_be_read_is_told(tmp_path):
    (tmp_path / MARKER).write_text("{", encoding="utf-8")
    with pytest.raises(tree.TreeError, match="lists what earlier runs have written, and it can't be read"):
        tree.compare(str(tmp_path), FILES, MARKER)


@pytest.mark.parametrize("path", ["../../etc/passwd", "/etc/passwd"])
def test_a_list_that_was_tampered_with_removes_nothing(tmp_path, path):
    (tmp_path / MARKER).write_text(json.dumps({"files": [path]}), encoding="utf-8")
    with pytest.raises(tree.TreeError, match="names files outside of the folder"):
        tree.compare(str(tmp_path), {}, MARKER)


def test_a_folder_in_the_place_of_a_file(tmp_path):
    (tmp_path / "a.yml").mkdir()
    with pytest.raises(tree.TreeError, match="a.yml can't be read: Is a directory; it must be a file that you may read"):
        tree.compare(str(tmp_path), FILES, MARKER)


def test_a_file_in_the_place_of_a_folder(tmp_path):
    (tmp_path / "b").write_text("x", encoding="utf-8")
    with pytest.raises(tree.TreeError, match="can't be written: .*; check the owner and the mode of the folder"):
        write(tmp_path)


def test_a_link_is_replaced_and_its_target_stays(tmp_path):
    (tmp_path / "theirs").write_text("x", encoding="utf-8")
    (tmp_path / "out").mkdir()
    (tmp_path / "out/a.yml").symlink_to(tmp_path / "theirs")
    assert write(tmp_path / "out").before["a.yml"] == f"(a link to {tmp_path / 'theirs'})\n", "what it leads to is not shown"
    assert (tmp_path / "theirs").read_text(encoding="utf-8") == "x"
    assert there(tmp_path / "out") == FILES


@pytest.mark.parametrize("link", ["b", "b/c"])
@pytest.mark.parametrize("inside", [True, False])
def test_a_link_in_between_is_refused(tmp_path, link, inside):
    victim = tmp_path / ("out/other" if inside else "victim")
    victim.mkdir(parents=True)
    (tmp_path / "out" / link).parent.mkdir(parents=True, exist_ok=True)
    (tmp_path / "out" / link).symlink_to(victim)
    difference = tree.Difference({"b/c/d.yml": None}, {"b/c/d.yml": "d: 2\n"})
    told = rf"b/c/d.yml is not touched: {link[-1]} is a link, and links are not followed; remove it"
    with pytest.raises(tree.TreeError, match=told):
        tree.compare(str(tmp_path / "out"), FILES, MARKER)
    with pytest.raises(tree.TreeError, match=told):
        tree.apply(str(tmp_path / "out"), FILES, MARKER, difference)
    assert list(victim.iterdir()) == []


def test_a_folder_that_has_become_a_link_loses_no_file(tmp_path):
    out, victim = tmp_path / "out", tmp_path / "victim"
    write(out)
    (out / "b").rename(victim)
    (out / "b").symlink_to(victim)
    with pytest.raises(tree.TreeError, match="b is a link"):
        write(out, {"a.yml": "a: 1\n"})
    assert (victim / "c/d.yml").exists()


def test_a_list_that_is_a_link_is_not_read(tmp_path):
    (tmp_path / "victim").write_text(json.dumps({"files": ["x"]}), encoding="utf-8")
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / MARKER).symlink_to(tmp_path / "victim")
    with pytest.raises(tree.TreeError, match="can't be read"):
        tree.compare(str(tmp_path / "out"), FILES, MARKER)


def test_the_folder_itself_may_be_a_link(tmp_path):
    (tmp_path / "real").mkdir()
    (tmp_path / "out").symlink_to(tmp_path / "real")
    write(tmp_path / "out")
    assert there(tmp_path / "real") == FILES


def test_a_pipe_does_not_hold_it_up(tmp_path):
    os.mkfifo(tmp_path / "a.yml")
    write(tmp_path)
    assert there(tmp_path) == FILES

# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
"""YAML with lines: every key and item, duplicates, what is no plain YAML, several documents."""

from __future__ import annotations

import pytest

from ansible_collections.unifiedmeta.platform.plugins.plugin_utils._catalog import source

TEXT = """\
---
# a comment
name: grafana
secrets:
  - path: platform/a
    generate:
      password: 32
  - path: platform/b
namespace: {name: x}
"""


def test_data_is_what_yaml_says():
    document = source.parse(TEXT, "a.yml")
    assert document.faults == []
    assert document.data == {
        "name": "grafana",
        "secrets": [{"path": "platform/a", "generate": {"password": 32}}, {"path": "platform/b"}],
        "namespace": {"name": "x"},
    }


@pytest.mark.parametrize(("path", "line"), [
    ((), 3),
    (("name",), 3),
    (("secrets",), 4),
    (("secrets", 0), 5),
    (("secrets", 0, "generate", "password"), 7),
    (("secrets", 1, "path"), 8),
    (("namespace", "name"), 9),
    (("secrets", 1, "generate", "password"), 8),
    (("nowhere",), 3),
])
def test_lines_are_those_of_the_key_or_of_the_closest_parent(path, line):
    assert source.parse(TEXT, "a.yml").line(path) == line


def test_data_without_a_file_has_no_lines():
    document = source.Document("inventory variable platform_components.a", {"x": 1})
    assert document.line(("x",)) == 0
    assert str(document.fault(("x",), "it is wrong")) == "inventory variable platform_components.a: it is wrong"


def test_an_empty_file_is_none():
    assert source.parse("", "a.yml").data is None
    assert source.parse("# only words\n", "a.yml").data is None


@pytest.mark.parametrize(("text", "fault"), [
    ("a: 1\na: 2\n", "a.yml:2: the key 'a' is there twice (first in line 1); remove one"),
    ("a:\n  b: 1\n  c: 2\n  b: 3\n", "a.yml:4: the key 'b' is there twice (first in line 2); remove one"),
    ("a: &x {b: 1}\nc:\n  <<: *x\n", "a.yml:3: a key must be plain text; merge keys (<<) and keys that are lists are not understood"),
    ("? [1, 2]\n: 3\n", "a.yml:1: a key must be plain text; merge keys (<<) and keys that are lists are not understood"),
    ("a: 2026-01-01\n", "a.yml:1: '2026-01-01' is read as a date; put it in quotes"),
    ("a: 2026-01-01 10:00:00\n", "a.yml:1: '2026-01-01 10:00:00' is read as a datetime; put it in quotes"),
    ("a: !!binary aGk=\n", "a.yml:1: 'aGk=' is read as a bytes; put it in quotes"),
    ("a: !vault x\n", "a.yml:1: the tag !vault is not understood; write plain YAML"),
    ("a: [1\nb: 2\n", "a.yml:2: this is no YAML: did not find expected ',' or ']'; mend the syntax"),
    ("a: *nothing\n", "a.yml:1: this is no YAML: found undefined alias; mend the syntax"),
    ("a: 1\n---\nb: 2\n", "a.yml:2: this is no YAML: but found another document; mend the syntax"),
    ("\tx: 1\n", "a.yml:1: this is no YAML: found character that cannot start any token; mend the syntax"),
])
def test_what_is_refused(text, fault):
    assert [str(found) for found in source.parse(text, "a.yml").faults] == [fault]


def test_all_faults_of_a_file_are_told():
    found = source.parse("a: 1\na: 2\nb: 2026-01-01\n", "a.yml").faults
    assert [fault.line for fault in found] == [2, 3]


def test_anchors_and_aliases_are_plain_yaml():
    assert source.parse("a: &x [1]\nb: *x\n", "a.yml").data == {"a": [1], "b": [1]}


def test_numbers_and_words_keep_their_type():
    text = "a: 1\nb: 1.5\nc: true\nd: null\ne: '1'\nf: 0o17\n8080: x\n"
    assert source.parse(text, "a.yml").data == {"a": 1, "b": 1.5, "c": True, "d": None, "e": "1", "f": "0o17", 8080: "x"}


def test_several_documents():
    document = source.parse("---\na: 1\n---\n---\nb: [1, 2]\n", "a.yml", many=True)
    assert document.data == [{"a": 1}, None, {"b": [1, 2]}]
    assert document.line((0, "a")) == 2
    assert document.line((2, "b", 1)) == 5


def test_no_document_is_an_empty_list():
    assert source.parse("", "a.yml", many=True).data == []


def test_json_is_yaml(tmp_path):
    (tmp_path / "a.json").write_text('{"a": [1,\n "b"]}', encoding="utf-8")
    document = source.read(str(tmp_path / "a.json"), "a.json")
    assert document.data == {"a": [1, "b"]}
    assert document.line(("a", 1)) == 2


def test_a_file_that_is_not_there(tmp_path):
    document = source.read(str(tmp_path / "none.yml"), "none.yml")
    assert [str(fault) for fault in document.faults] == ["none.yml: the file can't be read: No such file or directory; check its path and mode"]


def test_a_file_that_is_no_text(tmp_path):
    (tmp_path / "a.yml").write_bytes(b"a: \xff\xfe\n")
    document = source.read(str(tmp_path / "a.yml"), "a.yml")
    assert [str(fault) for fault in document.faults] == ["a.yml: the file can't be read: it is no UTF-8 text; check its path and mode"]


def test_other_letters_are_kept(tmp_path):
    (tmp_path / "a.yml").write_text("a: 한국어 é\n", encoding="utf-8")
    assert source.read(str(tmp_path / "a.yml"), "a.yml").data == {"a": "한국어 é"}


def test_a_path_is_shown_as_a_person_would_type_it(tmp_path, monkeypatch):
    (tmp_path / "a/b").mkdir(parents=True)
    (tmp_path / "link").symlink_to(tmp_path / "a")
    monkeypatch.chdir(tmp_path)
    assert source.shown(str(tmp_path / "link/b")) == "a/b"
    monkeypatch.chdir("/")
    assert source.shown("/usr") == "usr"

# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Folders of a catalogue."""

from __future__ import annotations

import pytest

from ansible_collections.unifiedmeta.platform.plugins.plugin_utils._catalog import plan
from ansible_collections.unifiedmeta.platform.plugins.plugin_utils._catalog.entries import read

LEAST = """\
name: {name}
summary: A thing
license: MIT
wave: platform
delivery: manifests
namespace: {{name: {name}}}
images: []
ready: [{{kind: Deployment, name: {name}}}]
"""


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A catalogue with two components, seen from its parent."""
    for name in ("b", "a"):
        (tmp_path / "catalog" / name).mkdir(parents=True)
        (tmp_path / "catalog" / name / "component.yml").write_text(LEAST.format(name=name), encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    return tmp_path / "catalog"


def told(paths):
    """What is said of the folders."""
    return [str(fault) for fault in read(paths, plan.SCHEMA)[1]]


def test_entries_come_by_name(folder):
    entries, faults = read(["catalog"], plan.SCHEMA)
    assert faults == []
    assert [(entry.name, entry.sound, entry.document.name) for entry in entries] == [
        ("a", True, "catalog/a/component.yml"), ("b", True, "catalog/b/component.yml")]


def test_files_are_named_as_a_person_would_type_them(folder, monkeypatch, tmp_path):
    elsewhere = tmp_path / "some" / "where" / "deep" / "below"
    elsewhere.mkdir(parents=True)
    monkeypatch.chdir("/")
    entries, _faults = read([str(folder)], plan.SCHEMA)
    assert entries[0].document.name in (str(folder / "a/component.yml"), str(folder / "a/component.yml").lstrip("/"))


def test_a_link_to_a_catalogue_is_followed(folder, tmp_path):
    (tmp_path / "link").symlink_to(folder)
    assert read(["link"], plan.SCHEMA)[0][0].document.name == "catalog/a/component.yml"


def test_values_and_manifests_are_read(folder):
    (folder / "a/values.yml").write_text("x: 1\n", encoding="utf-8")
    (folder / "a/values-aws.yaml").write_text("x: 2\n", encoding="utf-8")
    (folder / "a/values-tier3.yml").write_text("", encoding="utf-8")
    (folder / "a/manifests").mkdir()
    (folder / "a/manifests/one.json").write_text('{"apiVersion": "v1", "kind": "List", "items": []}', encoding="utf-8")
    entries, faults = read(["catalog"], plan.SCHEMA)
    assert faults == []
    assert {layer: document.data for layer, document in entries[0].values.items()} == {"": {"x": 1}, "aws": {"x": 2}, "tier3": None}
    assert entries[0].manifests[0].data == [{"apiVersion": "v1", "kind": "List", "items": []}]
    assert entries[1].values == {} and entries[1].manifests == []


def test_other_files_are_left_alone(folder):
    (folder / "README.md").write_text("words", encoding="utf-8")
    (folder / ".git").mkdir()
    (folder / "a/notes.txt").write_text("words", encoding="utf-8")
    assert told(["catalog"]) == []


@pytest.mark.parametrize(("file", "text", "fault"), [
    ("c/values.yml", "{}", "catalog/c/component.yml: a folder of the catalogue has no component.yml; add it, or move the folder away"),
    ("a/values-tier4.yml", "{}", "catalog/a/values-tier4.yml: there is no layer 'tier4'; did you mean 'tier3'?"),
    ("a/values.yml", "- 1\n", "catalog/a/values.yml:1: Helm values must be a mapping; see the chart's values.yaml"),
    ("a/values-aws.yml", "a: [\n", "catalog/a/values-aws.yml:2: this is no YAML: did not find expected node content; mend the syntax"),
    ("a/manifests/x.yml", "kind: X\n", "catalog/a/manifests/x.yml:1: this is no Kubernetes object; it needs apiVersion, kind and metadata"),
    ("a/manifests/x.yml", "- 1\n", "catalog/a/manifests/x.yml:1: this is no Kubernetes object; it needs apiVersion, kind and metadata"),
    ("a/manifests/x.yml", "apiVersion: v1\nkind: X\n", "catalog/a/manifests/x.yml:1: this X has no name; add metadata.name"),
    ("a/manifests/x.sh", "", "catalog/a/manifests/x.sh: this is no manifest; give it the ending .yml, or move it away"),
])
def test_what_is_refused(folder, file, text, fault):
    (folder / file).parent.mkdir(exist_ok=True)
    (folder / file).write_text(text, encoding="utf-8")
    assert told(["catalog"]) == [fault]


def test_a_folder_that_is_not_there(folder):
    assert told(["catalog", "other"]) == ["other: there is no such catalogue folder; check platform_catalogs and the lookup's option paths"]


def test_a_component_of_two_catalogues(folder, tmp_path):
    (tmp_path / "mine/a").mkdir(parents=True)
    (tmp_path / "mine/a/component.yml").write_text("---\n" + LEAST.format(name="a"), encoding="utf-8")
    assert told(["catalog", "mine"]) == [
        "mine/a/component.yml:2: a component 'a' is declared twice, first in catalog/a/component.yml:1; "
        "rename one; a site changes a component with platform_components"]


def test_an_entry_that_is_faulty_keeps_its_name(folder):
    (folder / "a/component.yml").write_text(LEAST.format(name="a") + "x: 1\n", encoding="utf-8")
    entries, faults = read(["catalog"], plan.SCHEMA)
    assert [(entry.name, entry.sound) for entry in entries] == [("a", False), ("b", True)]
    assert len(faults) == 1


def test_an_entry_without_a_name_has_that_of_its_folder(folder):
    (folder / "a/component.yml").write_text("summary: x\n", encoding="utf-8")
    assert [entry.name for entry in read(["catalog"], plan.SCHEMA)[0]] == ["a", "b"]


@pytest.mark.parametrize(("provides", "roles"), [("[s3, vault]", ["s3", "vault"]), ("s3", []), ("[1, s3]", ["s3"]), ("{a: b}", [])])
def test_roles_as_far_as_they_can_be_read(folder, provides, roles):
    (folder / "a/component.yml").write_text(LEAST.format(name="a") + f"provides: {provides}\nx: 1\n", encoding="utf-8")
    assert read(["catalog"], plan.SCHEMA)[0][0].roles() == roles


def test_a_folder_without_a_component_is_a_name_none_the_less(folder):
    (folder / "a/component.yml").unlink()
    entries, faults = read(["catalog"], plan.SCHEMA)
    assert ([(entry.name, entry.sound) for entry in entries], len(faults)) == ([("a", False), ("b", True)], 1)

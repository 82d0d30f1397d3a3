# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
"""YAML for people."""

from __future__ import annotations

import yaml

from ansible_collections.unifiedmeta.platform.plugins.plugin_utils._catalog_specs.yaml_text import to_yaml


def test_keys_stay_in_their_order():
    assert to_yaml({"b": 1, "a": [1, {"c": None}]}) == "---\nb: 1\na:\n- 1\n- c: null\n"


def test_texts_of_several_lines_are_blocks():
    assert to_yaml({"script": "one\ntwo\n"}) == "---\nscript: |\n  one\n  two\n"


def test_equal_parts_are_written_out():
    part = {"x": 1}
    assert "&" not in to_yaml({"a": part, "b": part})


def test_long_and_foreign_texts_stay_on_one_line():
    text = to_yaml({"name": "비밀 " * 40})
    assert len(text.splitlines()) == 2 and "비밀" in text


def test_several_documents():
    assert list(yaml.safe_load_all(to_yaml({"a": 1}, {"b": 2}))) == [{"a": 1}, {"b": 2}]

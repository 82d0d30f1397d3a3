# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Layers, and data that comes from Ansible."""

from __future__ import annotations

import copy
import json

import pytest

from ansible_collections.unifiedmeta.platform.plugins.plugin_utils._catalog.merge import merge, plain


@pytest.mark.parametrize(("layers", "merged"), [
    ([], {}),
    ([None, {}], {}),
    ([{"a": 1}, {"b": 2}], {"a": 1, "b": 2}),
    ([{"a": 1}, {"a": 2}, {"a": 3}], {"a": 3}),
    ([{"a": {"b": 1, "c": {"d": 1}}}, {"a": {"c": {"e": 2}}}], {"a": {"b": 1, "c": {"d": 1, "e": 2}}}),
    ([{"a": [1, 2]}, {"a": [3]}], {"a": [3]}),
    ([{"a": {"b": 1}}, {"a": [1]}], {"a": [1]}),
    ([{"a": [1]}, {"a": {"b": 1}}], {"a": {"b": 1}}),
    ([{"a": {"b": 1}}, {"a": None}], {"a": None}),
    ([{"a": None}, {"a": {"b": 1}}], {"a": {"b": 1}}),
    ([{"a": {"b": 1}}, {"a": {}}], {"a": {"b": 1}}),
    ([{1: "a"}, {1: "b"}], {1: "b"}),
])
def test_mappings_merge_and_the_rest_is_replaced(layers, merged):
    assert merge(*layers) == merged


def test_the_layers_stay_as_they_are():
    layers = [{"a": {"b": [1]}}, {"a": {"c": [2]}}]
    before = copy.deepcopy(layers)
    result = merge(*layers)
    result["a"]["b"].append(9)
    result["a"]["c"].append(9)
    assert layers == before


def test_the_order_of_keys_is_that_of_the_layers():
    assert list(merge({"b": 1, "a": 2}, {"c": 3, "a": 4})) == ["b", "a", "c"]


class Text(str):
    """Like ansible-core's own texts."""


class Number(int):
    """Like ansible-core's own numbers."""


class Mapping(dict):
    """Like ansible-core's own mappings."""


@pytest.mark.parametrize(("value", "kind"), [
    (Text("a"), str), (Number(3), int), (True, bool), (1.5, float), (None, type(None)), (Mapping(a=1), dict), ((1, 2), list),
])
def test_values_become_plain_python(value, kind):
    result = plain(value)
    assert (result).__class__ is kind
    assert result == (list(value) if isinstance(value, tuple) else value)


def test_values_become_plain_at_every_depth():
    result = plain(Mapping({Text("a"): [Text("b"), Mapping({Text("c"): Number(1)})]}))
    assert result == {"a": ["b", {"c": 1}]}
    assert (next(iter(result))).__class__ is str
    assert (result["a"][1]).__class__ is dict
    json.dumps(result)


def test_what_is_unknown_is_handed_on():
    thing = object()
    assert plain({"a": thing})["a"] is thing


def test_texts_of_ansible_itself_become_plain():
    from ansible.utils.unsafe_proxy import wrap_var

    result = plain(wrap_var({"a": ["b"]}))
    assert (result["a"][0]).__class__ is str
    assert result == {"a": ["b"]}

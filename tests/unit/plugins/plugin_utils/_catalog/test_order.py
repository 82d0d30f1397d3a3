# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Order and cycles."""

from __future__ import annotations

import itertools
import random

import pytest

from ansible_collections.unifiedmeta.platform.plugins.plugin_utils._catalog.order import WAVES, arrange, cycles


@pytest.mark.parametrize(("graph", "found"), [
    ({}, []),
    ({"a": []}, []),
    ({"a": ["b"], "b": []}, []),
    ({"a": ["a"]}, [["a", "a"]]),
    ({"a": ["b"], "b": ["a"]}, [["a", "b", "a"]]),
    ({"c": ["a"], "a": ["b"], "b": ["c"]}, [["a", "b", "c", "a"]]),
    ({"x": ["a"], "a": ["b"], "b": ["a"]}, [["a", "b", "a"]]),
    ({"a": ["b"], "b": ["a"], "c": ["d"], "d": ["c"]}, [["a", "b", "a"], ["c", "d", "c"]]),
    ({"a": ["unknown"]}, []),
    ({"a": ["b", "c"], "b": ["d"], "c": ["d"], "d": []}, []),
])
def test_cycles(graph, found):
    assert cycles(graph) == found


def test_a_cycle_is_the_same_whatever_the_order_of_the_graph():
    pairs = [("a", ["b"]), ("b", ["c"]), ("c", ["a"]), ("d", ["a"])]
    assert {str(cycles(dict(order))) for order in itertools.permutations(pairs)} == {"[['a', 'b', 'c', 'a']]"}


def test_a_long_chain_is_no_matter_of_recursion():
    graph = {f"n{number:05}": [f"n{number + 1:05}"] for number in range(20000)}
    assert cycles({**graph, "n20000": []}) == []
    assert len(cycles({**graph, "n20000": ["n00000"]})[0]) == 20002


@pytest.mark.parametrize(("waves", "graph", "ordered"), [
    ({}, {}, []),
    ({"b": "platform", "a": "platform"}, {}, ["a", "b"]),
    ({"a": "platform", "b": "foundation"}, {}, ["b", "a"]),
    ({"a": "platform", "b": "platform"}, {"a": ["b"]}, ["b", "a"]),
    ({"a": "platform", "b": "platform", "c": "platform"}, {"a": ["c"]}, ["b", "c", "a"]),
    ({"a": "platform", "z": "foundation", "y": "foundation"}, {"y": ["z"], "a": ["y"]}, ["z", "y", "a"]),
    ({"a": "platform"}, {"a": ["elsewhere"]}, ["a"]),
])
def test_arrange(waves, graph, ordered):
    assert arrange(waves, graph) == ordered


def test_all_waves_come_in_their_order():
    names = {wave: wave for wave in WAVES}
    assert arrange(names, {}) == list(WAVES)


def test_the_order_does_not_depend_on_the_order_of_the_input():
    choose = random.Random(7)
    names = [f"c{number}" for number in range(40)]
    waves = {name: WAVES[index * len(WAVES) // 40] for index, name in enumerate(names)}
    graph = {name: choose.sample(names[:index], min(index, 3)) for index, name in enumerate(names)}
    first = arrange(waves, graph)
    for _number in range(5):
        shuffled = choose.sample(names, len(names))
        assert arrange({name: waves[name] for name in shuffled}, {name: graph[name][::-1] for name in shuffled}) == first


def test_needs_always_come_before():
    choose = random.Random(11)
    names = [f"c{number}" for number in range(60)]
    graph = {name: choose.sample(names[:index], min(index, 4)) for index, name in enumerate(names)}
    place = {name: number for number, name in enumerate(arrange(dict.fromkeys(names, "platform"), graph))}
    assert all(place[other] < place[name] for name, before in graph.items() for other in before)
    assert len(place) == 60


def test_waves_are_the_phases_that_install():
    assert WAVES[0] == "rke2" and WAVES.index("secrets") < WAVES.index("identity") < WAVES.index("platform")

# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Faults: how they read, how they are sorted, what advice they carry."""

from __future__ import annotations

import pytest

from ansible_collections.unifiedmeta.platform.plugins.plugin_utils._catalog.faults import CatalogError, Fault, did_you_mean


@pytest.mark.parametrize(("fault", "text"), [
    (Fault("a.yml", 3, "it is wrong", "mend it"), "a.yml:3: it is wrong; mend it"),
    (Fault("a.yml", 3, "it is wrong"), "a.yml:3: it is wrong"),
    (Fault("inventory variable platform_tier", 0, "it is wrong", "mend it"), "inventory variable platform_tier: it is wrong; mend it"),
])
def test_a_fault_is_one_sentence_with_its_place(fault, text):
    assert str(fault) == text


def test_faults_are_sorted_by_file_then_line_and_told_once():
    faults = [Fault("b.yml", 1, "one"), Fault("a.yml", 10, "two"), Fault("a.yml", 9, "three"), Fault("b.yml", 1, "one")]
    error = CatalogError(faults)
    assert [fault.what for fault in error.faults] == ["three", "two", "one"]
    assert str(error).splitlines() == [
        "The catalogue has 3 faults; nothing was changed:",
        "  a.yml:9: three",
        "  a.yml:10: two",
        "  b.yml:1: one",
    ]


def test_one_fault_is_told_in_the_singular():
    assert str(CatalogError([Fault("a.yml", 1, "x")])).startswith("The catalogue has 1 fault;")


@pytest.mark.parametrize(("word", "known", "advice"), [
    ("nedds", ["needs", "name"], "did you mean 'needs'?"),
    ("Needs", ["needs"], "did you mean 'needs'?"),
    ("zzz", ["b", "a"], "known are a, b"),
    ("zzz", ["one"], "there is only 'one'"),
    ("zzz", [], ""),
    ("zzz", [f"name{number}" for number in range(13)], ""),
    (4, [1, 2, 3], "known are 1, 2, 3"),
])
def test_advice_is_the_closest_word_or_all_words_when_they_are_few(word, known, advice):
    assert did_you_mean(word, known) == advice


def test_how_close_a_word_must_be():
    known = ["AGPL-3.0-only", *(f"other-{number}" for number in range(12))]
    assert did_you_mean("AGPLv3", known) == ""
    assert did_you_mean("AGPLv3", known, cutoff=0.5) == "did you mean 'AGPL-3.0-only'?"

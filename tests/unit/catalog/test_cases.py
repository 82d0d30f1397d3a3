# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Every file of valid/ and invalid/: the plan that comes out, or exactly the faults that stand in it."""

from __future__ import annotations

import functools

import pytest

from tests.unit.catalog import cases

VALID, INVALID = cases.load("valid"), cases.load("invalid")


def at(plan, path):
    """The part of a plan at a dotted path."""
    return functools.reduce(lambda data, part: data[int(part)] if isinstance(data, list) else data[part], path.split("."), plan)


@pytest.mark.parametrize("name", VALID)
def test_valid(name, tmp_path):
    plan = cases.build(VALID[name], tmp_path)
    assert {path: at(plan, path) for path in VALID[name]["expected"]} == VALID[name]["expected"]


@pytest.mark.parametrize("name", VALID)
def test_the_same_input_gives_the_same_plan(name, tmp_path):
    assert cases.build(VALID[name], tmp_path / "one") == cases.build(VALID[name], tmp_path / "two")


@pytest.mark.parametrize("name", INVALID)
def test_invalid(name, tmp_path):
    assert cases.faults(INVALID[name], tmp_path) == INVALID[name]["expected"]


@pytest.mark.parametrize("name", INVALID)
def test_each_fault_names_a_place_and_what_to_do(name):
    for fault in INVALID[name]["expected"]:
        place, what = fault.split(": ", 1)
        assert place.startswith(("catalog/", "inventory variable ", "the lookup's option ")), fault
        assert len(what) > 15, fault

# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Changes, comparison, guard, waves, results."""

from __future__ import annotations

import concurrent.futures
import json
import os
import stat
import threading

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.unifiedmeta.platform.plugins.module_utils import _plan
from ansible_collections.unifiedmeta.platform.plugins.module_utils._plan import Change, Outcome, Refused


def change(name: str, action: str = "create", **more) -> Change:
    return Change(action, "policy", name, **{"before": None, "after": {"policy": "x"}, **more})


# --- changes ---------------------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("before", "after", "fields"),
    [
        (None, {"b": 1, "a": 2}, ["a", "b"]),
        ({"a": 1, "b": 2}, {"a": 1, "b": 3}, ["b"]),
        ({"a": 1}, {"c": 1}, ["a", "c"]),
        ({"exists": True}, None, ["exists"]),
        ({}, {}, []),
    ],
)
def test_an_entry_names_the_fields_that_change(before, after, fields):
    assert Change("update", "policy", "a", before, after).as_dict() == {"action": "update", "kind": "policy", "name": "a", "fields": fields}


def test_an_entry_tells_the_reason_and_a_change_has_a_key():
    made = Change("delete", "policy", "a", {"exists": True}, None, "no longer declared")
    assert made.as_dict()["reason"] == "no longer declared"
    assert made.key == "policy:a"


# --- comparison ------------------------------------------------------------------------------------------------------------------
def test_only_declared_fields_count():
    assert _plan.compare({"a": 1, "b": 2}, {"a": 1, "b": 3, "c": 4}) == {"b": (3, 2)}
    assert _plan.compare({"a": 1}, {}) == {"a": (None, 1)}
    assert _plan.compare({}, {"a": 1}) == {}


def test_ignored_fields_are_not_compared():
    assert _plan.compare({"a": 1, "c": 3}, {}, ignored=("a",)) == {"c": (None, 3)}


@pytest.mark.parametrize("there", [{}, {"a": None}, {"a": ""}, {"a": []}, {"a": {}}])
@pytest.mark.parametrize("empty", [None, "", [], {}])
def test_what_is_empty_is_the_same_as_what_is_missing(empty, there):
    assert _plan.compare({"a": empty}, there) == {}


@pytest.mark.parametrize("value", [0, False, [0], [""], {"a": []}])
def test_nothing_else_is_empty(value):
    assert _plan.compare({"a": value}, {}) == {"a": (None, value)} and _plan.compare({"a": []}, {"a": value}) == {"a": (value, [])}


@given(st.dictionaries(st.text(max_size=5), st.integers()))
def test_nothing_differs_from_itself(fields):
    assert _plan.compare(fields, dict(fields)) == {}


@pytest.mark.parametrize(("word", "text"), [("polices", "; did you mean policies?"), ("zzz", ""), (3, "")])
def test_suggestions(word, text):
    assert _plan.suggestion(word, ["policies", "mounts"]) == text


# --- refusals --------------------------------------------------------------------------------------------------------------------
def test_a_refusal_lists_its_faults():
    error = Refused("It is wrong", ["a: x", "b: y"])
    assert str(error) == "It is wrong:\n- a: x\n- b: y" and error.faults == ["a: x", "b: y"] and error.headline == "It is wrong"
    assert str(Refused("It is wrong", [])) == "It is wrong"


def test_prunable_is_owned_undeclared_and_covered():
    owned = ["policy:c", "policy:a", "policy:b", "role:r"]
    assert _plan.prunable(owned, {"policy:a"}, lambda key: key.startswith("policy")) == ["policy:b", "policy:c"]


def test_the_guard_lets_pass_up_to_the_limit():
    deletes = [change(f"p{n}", "delete") for n in range(3)]
    _plan.guard(deletes, 3)
    _plan.guard([], 0)
    with pytest.raises(Refused, match="3 objects would be deleted, but max_deletes is 2; nothing was done") as refused:
        _plan.guard(deletes, 2)
    assert refused.value.faults == ["policy p0", "policy p1", "policy p2"]
    with pytest.raises(Refused) as refused:
        _plan.guard([change(f"p{n}", "delete") for n in range(230)], 10)
    assert len(refused.value.faults) == 21 and refused.value.faults[19:] == ["policy p19", "and 210 more: --check --diff with a higher max_deletes shows them"]


# --- execution -------------------------------------------------------------------------------------------------------------------
def test_waves_are_in_order():
    done = []
    outcomes = _plan.execute([change("c", wave=2), change("a", wave=0), change("b", wave=1)], lambda item: done.append(item.name))
    assert done == ["a", "b", "c"] and {outcome.state for outcome in outcomes} == {"done"}


def test_a_failure_stops_what_needs_it_and_nothing_else():
    def apply(item):
        if item.name == "bad":
            raise ValueError("broken")

    work = [
        change("bad"),
        change("good"),
        change("child", wave=1, needs=("policy:bad",)),
        change("grandchild", wave=2, needs=("policy:child",)),
        change("other", wave=1, needs=("policy:good", "mount:elsewhere")),
    ]
    outcomes = {outcome.change.name: outcome for outcome in _plan.execute(work, apply)}
    assert {name: outcome.state for name, outcome in outcomes.items()} == {
        "bad": "failed",
        "good": "done",
        "child": "skipped",
        "grandchild": "skipped",
        "other": "done",
    }
    assert outcomes["bad"].sentence() == "policy bad: create failed: broken"
    assert outcomes["child"].sentence() == "policy child: create skipped: it needs policy bad, which failed"
    assert outcomes["good"].sentence() == "policy good: create done"


def test_what_needs_another_waits_for_it_whatever_their_wave():
    """Nested groups have one kind and any depth: a chain in one wave, its middle fails."""
    done = []

    def apply(item):
        if item.name == "b":
            raise ValueError("broken")
        done.append(item.name)

    chain = [change("d", needs=("policy:c",)), change("c", needs=("policy:b",)), change("b", needs=("policy:a",)), change("a", needs=("policy:elsewhere",))]
    outcomes = _plan.execute(chain, apply)
    assert [(outcome.change.name, outcome.state) for outcome in outcomes] == [("a", "done"), ("b", "failed"), ("c", "skipped"), ("d", "skipped")]
    assert done == ["a"]


@pytest.mark.parametrize(("wave", "needs", "level"), [(0, (), 0), (3, (), 3), (0, ("policy:late",), 6), (9, ("policy:late",), 9), (2, ("policy:me",), 2)])
def test_the_wave_is_a_minimum(wave, needs, level):
    assert _plan.levels([change("late", wave=5), change("me", wave=wave, needs=needs)]) == [5, level]


def test_a_circle_keeps_its_waves_and_ends():
    circle = [change("a", wave=1, needs=("policy:b",)), change("b", wave=2, needs=("policy:a",)), change("c", needs=("policy:b",))]
    assert _plan.levels(circle) == [1, 2, 0]
    assert {outcome.state for outcome in _plan.execute(circle, lambda item: None)} == {"done"}


def test_levels_of_a_long_chain():
    chain = [change(f"{n:05}", needs=(f"policy:{n - 1:05}",)) for n in range(5000)]
    assert _plan.levels(chain) == list(range(5000))


def test_an_error_without_a_text_has_a_name():
    def apply(_item):
        raise KeyError

    assert _plan.execute([change("a")], apply)[0].error == "KeyError"


def test_errors_that_nobody_expects_are_raised():
    def apply(_item):
        raise TypeError("a bug")

    with pytest.raises(TypeError):
        _plan.execute([change("a")], apply, errors=(ValueError,))


def test_a_wave_runs_concurrently():
    barrier = threading.Barrier(3, timeout=5)
    with concurrent.futures.ThreadPoolExecutor(3) as pool:
        outcomes = _plan.execute([change(str(n)) for n in range(3)], lambda _item: barrier.wait(), lambda work, items: list(pool.map(work, items)))
    assert [outcome.state for outcome in outcomes] == ["done"] * 3


def test_nothing_to_do():
    assert _plan.execute([], lambda item: None) == []


# --- results ---------------------------------------------------------------------------------------------------------------------
def test_a_result_of_a_few_changes():
    made = _plan.result([change("a"), change("b", "delete", before={"exists": True}, after=None)], {"requests": 1}, ["careful"])
    assert made["changed"] and len(made["plan"]) == 2 and made["stats"] == {"requests": 1} and made["warnings"] == ["careful"]
    assert made["diff"] == {"before": {"policy a": None, "policy b": {"exists": True}}, "after": {"policy a": {"policy": "x"}, "policy b": None}}
    assert "plan_file" not in made


def test_no_change_is_no_change():
    assert _plan.result([], {}) == {"changed": False, "plan": [], "diff": {"before": {}, "after": {}}, "stats": {}}


def test_a_large_plan_lies_in_a_file_of_its_owner(tmp_path, monkeypatch):
    """One file a name in the user's state folder: large plans don't pile up."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    for size in (201, 300):
        made = _plan.result([change(f"p{n:04}") for n in range(size)], {}, name="vault_config-default")
        assert made["plan_file"] == str(tmp_path / "state/unifiedmeta/vault_config-default.json")
        assert len(made["plan"]) == 200 and made["plan_size"] == size
        assert made["diff"]["after"]["…"] == f"{size - 200} more objects: see plan_file"
        with open(made["plan_file"], encoding="utf-8") as stream:
            assert len(json.load(stream)) == size
        assert stat.S_IMODE(os.stat(made["plan_file"]).st_mode) == 0o600
    assert os.listdir(tmp_path / "state/unifiedmeta") == ["vault_config-default.json"]
    assert stat.S_IMODE(os.stat(tmp_path / "state/unifiedmeta").st_mode) == 0o700


def test_without_a_state_folder_the_home_has_one(tmp_path, monkeypatch):
    monkeypatch.delenv("XDG_STATE_HOME", raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    assert _plan._place("plan") == str(tmp_path / ".local/state/unifiedmeta/plan.json")


def test_a_named_plan_file_is_replaced_in_one_step(tmp_path):
    path = tmp_path / "plan.json"
    path.write_text("old")
    made = _plan.result([change("a")], {}, plan_file=str(path))
    assert made["plan_file"] == str(path) and json.loads(path.read_text())[0]["name"] == "a"
    assert os.listdir(tmp_path) == ["plan.json"]
    assert "plan_file" not in _plan.result([], {}, plan_file=str(path))


def test_a_failure_names_each_object():
    outcomes = [Outcome(change("a"), "done"), Outcome(change("b"), "failed", "x"), Outcome(change("c"), "skipped", "y")]
    text = _plan.failure(outcomes)
    assert text.startswith("1 of 3 changes were made; run again after repairing the rest:")
    assert "- policy b: create failed: x" in text and "- policy c: create skipped: y" in text and "policy a" not in text


def test_failures_of_one_reason_are_told_together():
    """A token that ends in mid-run fails hundreds of objects: one sentence, not hundreds."""
    text = _plan.failure([Outcome(change(f"p{n}"), "failed", "the token has ended") for n in range(250)])
    assert len(text.splitlines()) == 2
    assert "- 250 objects failed: the token has ended (policy p0, policy p1" in text and text.endswith("and 240 more)")
    assert _plan.failure([Outcome(change(f"p{n}"), "failed", "x") for n in range(2)]).endswith("- 2 objects failed: x (policy p0, policy p1)")


def test_a_failure_of_very_many_reasons_is_cut():
    text = _plan.failure([Outcome(change(f"p{n}"), "failed", f"x{n}") for n in range(250)])
    assert len(text.splitlines()) == 202 and text.endswith("- and 50 more")

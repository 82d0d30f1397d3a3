"""The arithmetic of the benchmark. No time is asserted anywhere."""
from __future__ import annotations

import types

import pytest

from tests.bench import __main__ as bench
from tests.bench import objects, plays, report
from tests.bench.measure import fit


def test_500_objects_are_those_of_the_target():
    assert objects.counts(500) == {"secrets": 200, "policies": 100, "kubernetes": 100, "approle": 100}


@pytest.mark.parametrize("size", [10, 100, 1000, 5000, 7])
def test_everyone_gets_the_same_objects(size):
    made, config = objects.objects(size), objects.config(size)
    assert sum(len(members) for members in made.values()) == size
    assert config["policies"] == made["policies"] and config["auth"]["approle"]["roles"] == made["approle"]
    assert {path.removeprefix("platform/"): body["data"] for path, body in config["secrets"].items()} == made["secrets"]
    assert objects.objects(size) == made


def test_fit():
    line = fit([(10, 1.1), (100, 2.0), (1000, 11.0), (5000, 51.0)])
    assert (round(line.slope, 6), round(line.intercept, 6), round(line.r_squared, 6)) == (0.01, 1.0, 1.0)
    bent = fit([(0, 0.0), (1, 1.0), (2, 4.0)])
    assert bent.r_squared < 0.95 and [round(value, 2) for value in bent.residuals] == [0.33, -0.67, 0.33]


def test_scaled_leaves_ansibles_start_alone():
    assert report.scaled(31.5, 1.5, 60, 500) == 251.5


WHOLE = report.Sizes(500, "500 objects", 500, "500 objects")


def test_a_missed_target_is_said():
    times = {"empty": [1.0], **{f"{who} {run}": [value] for run in ("first", "second") for who, value in (("peer", 60.0), ("floor", 0.5), ("ours", 2.0))}}
    times["peer first"] = times["peer second"] = [150.0]
    assert "missed" not in report.peers(times, WHOLE, report.VAULT)
    times["ours second"] = [2.8]
    table = report.peers(times, WHOLE, report.VAULT)
    assert table.count("missed") == 2 and "**54 times** faster than the loop (target: 60): missed" in table


def marked(part, content):
    begin, end = (report.MARK.format(part=part, end=end) for end in ("begin", "end"))
    return f"{begin}\n{content}\n{end}\n"


def test_insert_replaces_what_was_measured_and_leaves_the_other_parts():
    kept = f"b\n{marked('keycloak-sizes', 'kept')}z\n"
    document = f"a\n{marked('sizes', 'old')}{kept}"
    once = report.insert(document, "sizes", "new")
    assert once == f"a\n{marked('sizes', 'new')}{kept}" == report.insert(once, "sizes", "new")
    with pytest.raises(ValueError, match="the document has no place for plan: it needs the lines «<!-- measured: plan: begin -->»"):
        report.insert(document, "plan", "new")


def test_the_document_has_a_place_for_each_part():
    text = bench.DOCUMENT.read_text("utf-8")
    for part in bench.PARTS:
        assert report.insert(text, part, "x") != text


def test_what_the_numbers_were_taken_on_is_said_and_other_work_too():
    options = types.SimpleNamespace(runs=3)
    quiet = bench.head(options, [0.2, 2.5], [0.01, 0.02])
    assert "medians of 3" in quiet and "Load average 0.2 before and 2.5 after.\n" in quiet
    assert "**other work ran on this machine meanwhile** (40% of it)" in bench.head(options, [0.2, 2.5], [0.01, 0.4])


def test_plays_have_one_task_for_us_and_one_a_kind_for_the_loop(tmp_path):
    assert len(plays.ours()) == len(plays.empty()) == 1
    assert sorted(task["loop"] for task in plays.peer() if "loop" in task) == [
        f"{{{{ {kind} | dict2items }}}}" for kind in ("approle", "kubernetes", "policies", "secrets")]
    assert plays.write(tmp_path, "x", plays.empty(), {"a": 1}).exists() and (tmp_path / "x.vars.json").read_text() == '{"a": 1}'

"""The arithmetic of the benchmark. No time is asserted anywhere."""
from __future__ import annotations

import pytest

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


def test_a_missed_target_is_said():
    times = {"empty": [1.0], **{f"{who} {run}": [value] for run in ("first", "second") for who, value in (("peer", 60.0), ("floor", 0.5), ("ours", 2.0))}}
    assert "missed" not in report.peers(times, 500, 500)
    times["ours second"] = [2.8]
    assert report.peers(times, 500, 500).count("missed") == 1 and "**21 times**" in report.peers(times, 500, 500)


def test_insert_replaces_what_was_measured():
    document = f"a\n{report.BEGIN}\nold\n{report.END}\nz\n"
    once = report.insert(document, "new")
    assert once == f"a\n{report.BEGIN}\nnew\n{report.END}\nz\n" == report.insert(once, "new")


def test_plays_have_one_task_for_us_and_one_a_kind_for_the_loop(tmp_path):
    assert len(plays.ours()) == len(plays.empty()) == 1
    assert sorted(task["loop"] for task in plays.peer() if "loop" in task) == [
        f"{{{{ {kind} | dict2items }}}}" for kind in ("approle", "kubernetes", "policies", "secrets")]
    assert plays.write(tmp_path, "x", plays.empty(), {"a": 1}).exists() and (tmp_path / "x.vars.json").read_text() == '{"a": 1}'

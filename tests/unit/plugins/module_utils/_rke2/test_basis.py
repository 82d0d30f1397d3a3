# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What a plan rests on: what makes it another, and what doesn't."""

from __future__ import annotations

import copy

import pytest

from ansible_collections.unifiedmeta.platform.plugins.module_utils._rke2.basis import basis, digest, moved
from tests.unit.plugins.module_utils._rke2 import fleet

DESIRED = fleet.wanted()


def of(facts, desired=DESIRED, limit=("s1", "s2", "s3", "a1", "a2"), fingerprints=fleet.FINGERPRINTS):
    return basis(desired, facts, fingerprints, limit)


@pytest.fixture
def facts():
    return fleet.running(DESIRED)


def test_the_same_is_the_same_in_any_order(facts):
    assert of(facts) == of(dict(reversed(list(copy.deepcopy(facts).items()))), limit=("a2", "a1", "s3", "s2", "s1"))


@pytest.mark.parametrize(
    "change", [{"memory": 1}, {"disk": {}}, {"clock_offset": 9.0}, {"boot_id": "other"}, {"time": 2.0}, {"fsync_ms": 3.0}, {"listening": [{"port": 1}]}]
)
def test_what_changes_all_the_time_does_not_count(facts, change):
    before = of(facts)
    facts["s1"].update(change)
    assert of(facts) == before


def test_labels_and_when_a_service_was_started_do_not_count(facts):
    before = of(facts)
    facts["s1"]["cluster"]["nodes"][0]["labels"]["x"] = "y"
    facts["s1"]["service"]["server"].update(since=99.0, invocation="other")
    assert of(facts) == before


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"installed": "v1.35.5+rke2r1"}, "s1: installed"),
        ({"reachable": False}, "s1: reachable"),
        ({"config": {}}, "s1: config"),
        ({"files": {"x": 1}}, "s1: files"),
        ({"ca": "d"}, "s1: ca"),
        ({"token": "t"}, "s1: token"),
        ({"datastore": False}, "s1: datastore"),
        ({"images": {"x": "y"}}, "s1: images"),
        ({"started": None}, "s1: started"),
        ({"service": {"server": {"active": "failed"}}}, "s1: service"),
        ({"cluster": None}, "s1: cluster"),
        ({"hostname": "x"}, "s1: hostname"),
        ({"staged": {"v": {}}}, "s1: staged"),
    ],
)
def test_what_counts(facts, change, named):
    before = of(facts)
    facts["s1"].update(change)
    assert moved({"basis": before}, of(facts)) == [
        f"the cluster or the site is not any more what the plan was made for ({named}); look at a new plan, and run that"
    ]


@pytest.mark.parametrize("part", ["ready", "version", "etcd_voter"])
def test_a_node_that_changed(facts, part):
    before = of(facts)
    facts["s1"]["cluster"]["nodes"][2][part] = "other"
    assert "s1: cluster" in moved({"basis": before}, of(facts))[0]


def test_members_that_changed(facts):
    before = of(facts)
    facts["s2"]["cluster"]["members"].pop()
    assert "s2: cluster" in moved({"basis": before}, of(facts))[0]


def test_other_wishes_hosts_and_secrets(facts):
    before = of(facts)
    assert "(wanted)" in moved({"basis": before}, of(facts, fleet.wanted({"tls_san": ["x"]})))[0]
    assert "(wanted)" in moved({"basis": before}, of(facts, fingerprints={}))[0]
    assert "(hosts of the run)" in moved({"basis": before}, of(facts, limit=["s1"]))[0]


def test_many_changes_are_counted(facts):
    said = moved({"basis": of(facts)}, of(fleet.bares(DESIRED)))[0]
    assert said.count(",") >= 8 and "more)" in said


def test_a_plan_that_holds(facts):
    assert moved({"basis": of(facts), "refusals": []}, of(facts)) == []


@pytest.mark.parametrize("against", [{}, {"basis": "x"}, {"basis": {}, "refusals": ["no"]}])
def test_what_is_no_plan(against, facts):
    assert "holds no plan that can be carried out" in moved(against, of(facts))[0]


def test_a_digest_has_one_order():
    assert digest({"a": 1, "b": [1, 2]}) == digest({"b": [1, 2], "a": 1}) != digest({"b": [2, 1], "a": 1})

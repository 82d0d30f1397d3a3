# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Declared against what is there, for a system that isn't Vault. More of it, on Vault's objects: _vault/test_plan.py."""

from __future__ import annotations

import pytest

from ansible_collections.unifiedmeta.platform.plugins.module_utils._plan import Work
from ansible_collections.unifiedmeta.platform.plugins.module_utils._planner import UNKNOWN
from tests.unit.plugins.module_utils.shelf import PRINTS, plan

SECRET = {"box": {"a": {"password": "vault:m/a#x", "hint": "h"}}}
HMAC = PRINTS.of("box:a.password", "hunter22")


def seen(*arguments, **options):
    """«action key» of each change."""
    made = plan(*arguments, **options)
    assert made.faults == made.conflicts == []
    return [f"{change.action} {change.key}" for change in made.changes]


def test_what_is_missing_is_made_in_the_order_of_waves_and_needs():
    made = plan({"lid": {"한국/a": {}}, "box": {"한국/platform admins": {"colour": "red"}}, "room": {"한국": {}}})
    assert [change.key for change in made.changes] == ["room:한국", "box:한국/platform admins", "lid:한국/a"]
    change = made.changes[1]
    assert (change.action, change.before, change.after, change.reason) == ("create", None, {"colour": "red"}, "it doesn't exist")
    assert change.needs == ("room:한국",) and change.work == Work({"colour": "red"}, {}, {}, ())


def test_the_plan_is_in_the_order_of_the_run():
    """What needs another comes after it, also inside a wave."""
    assert seen({"room": {"b": {}, "b/a": {}, "c": {}}}) == ["create room:b", "create room:c", "create room:b/a"]


@pytest.mark.parametrize("owned", [(), ("box:a",)])
def test_what_is_as_declared_needs_nothing(owned):
    assert seen({"box": {"a": {"colour": "red"}}}, {"box:a": {"colour": "red", "description": "theirs"}}, owned) == []


def test_a_difference_in_ours_is_an_update_of_that_field_alone():
    made = plan({"box": {"a": {"colour": "red", "description": "d"}}}, {"box:a": {"colour": "blue", "description": "d"}}, ["box:a"])
    change = made.changes[0]
    assert (change.action, change.before, change.after, change.reason) == ("update", {"colour": "blue"}, {"colour": "red"}, "it differs")
    assert change.work == Work({"colour": "red"}, None)


def test_in_others_it_is_a_conflict_and_with_adopt_taken_over():
    config, there = {"box": {"b": {"colour": "red"}, "a": {"colour": "red"}}}, {"box:a": {"colour": "blue"}, "box:b": {"colour": "green"}}
    made = plan(config, there)
    assert made.conflicts == ["black box a exists, isn't ours and differs in colour", "black box b exists, isn't ours and differs in colour"]
    assert made.changes == []
    made = plan(config, there, adopt=True)
    assert [(change.action, change.work.ahead, change.reason) for change in made.changes] == [("adopt", {}, "it was made by somebody else")] * 2
    assert seen(config, {key: {"colour": "red"} for key in there}, ["box:a", "box:b"], adopt=True) == [], "once"


def test_what_is_set_at_birth_can_not_be_changed():
    made = plan({"box": {"a": {"sealed": True}}}, {"box:a": {"sealed": False}}, ["box:a"])
    assert made.changes == [] and made.faults == [
        "config.box.a.sealed: the black box a has False, and it can't be changed to True; "
        "declare what is there, choose another name, or remove the object by hand"]


def test_a_part_is_ours_where_what_it_belongs_to_is():
    config, there = {"lid": {"r/a": {"colour": "red"}}}, {"lid:r/a": {"colour": "blue"}, "room:r": {}}
    assert seen(config, there, ["room:r"]) == ["update lid:r/a"]
    assert plan(config, there).conflicts


# --- secrets ---------------------------------------------------------------------------------------------------------------------
def test_a_write_only_field_is_compared_by_its_fingerprint():
    assert seen(SECRET, {"box:a": {}}, {"box:a": {"hmac_password": HMAC}}) == []
    made = plan(SECRET, {"box:a": {}}, {"box:a": {"hmac_password": "other"}})
    change = made.changes[0]
    assert (change.before, change.after) == ({"password": "(secret)"}, {"password": "(secret) changed"})
    assert change.work == Work({"password": "vault:m/a#x", "hint": "h"}, None, {}, ("password",)), "the unseen field goes with it"
    assert seen(SECRET, {"box:a": {}}, {"box:a": {"hmac_password": HMAC}}, prints=None) == ["update box:a"]


def test_a_secret_that_is_yet_to_be_made_is_unknown():
    made = plan({"box": {"a": {"password": "vault:m/new#x", "colour": "vault:m/new#y"}}}, {"box:a": {"colour": "hunter22"}}, {"box:a": {}})
    change = made.changes[0]
    assert change.needs == () and change.before["colour"] == "(secret)"
    assert repr(UNKNOWN) == "(secret)" and "hunter22" not in repr(made)


def test_one_that_is_missing_is_a_fault_of_its_field():
    assert plan({"box": {"a": {"colour": "vault:m/none#x"}}}).faults == ["config.box.a.colour: the secret m/none doesn't exist"]


def test_a_malformed_one_is_a_fault_of_its_field_beside_all_others():
    config = {"box": {"a": {"colour": "vault:bad", "sealed": True}, "b": {"password": "kubernetes:x"}, "c": {"colour": "vault:m/none#x"}}}
    assert [fault.partition(";")[0] for fault in plan(config, {"box:a": {"sealed": False}}, ["box:a"]).faults] == [
        "config.box.a.colour: «vault:bad» isn't a reference",
        "config.box.a.sealed: the black box a has False, and it can't be changed to True",
        "config.box.b.password: «kubernetes:x» isn't a reference",
        "config.box.c.colour: the secret m/none doesn't exist"]


@pytest.mark.parametrize("value", ["in-clear", "", 7])
def test_a_secret_in_clear_is_a_fault_and_not_shown(value):
    for there in ({}, {"box:a": {"colour": "blue"}}):
        made = plan({"box": {"a": {"password": value, "colour": "red"}}}, there, ["box:a"])
        assert made.faults == ["config.box.a.password: must be a reference such as vault:<mount>/<path>#<key>, since it is a secret"]
        assert "in-clear" not in repr(made.changes[0].as_dict()) + repr(made.faults)


def test_unless_the_kind_takes_it_in_clear():
    change = plan({"safe": {"s": {"password": "in-clear"}}}).changes[0]
    assert change.after == {"password": "(secret)"} and change.work.prints == ("password",)


def test_a_write_only_map_may_hold_a_reference():
    """Such as an access key beside its secret: hidden, compared and sent whole."""
    config = {"safe": {"s": {"credential": {"access_secret": "vault:m/a#x", "access_key": "k"}}}}
    change = plan(config).changes[0]
    assert change.after == {"credential": "(secret)"} and change.work.prints == ("credential",) and change.work.send == config["safe"]["s"]
    same = PRINTS.of("safe:s.credential", {"access_key": "k", "access_secret": "hunter22"})
    assert seen(config, {"safe:s": {}}, {"safe:s": {"hmac_credential": same}}) == [], "in whatever order"
    assert seen({"safe": {"s": {"credential": {"access_key": "j", "access_secret": "vault:m/a#x"}}}}, {"safe:s": {}}, {"safe:s": {"hmac_credential": same}})
    assert plan({"safe": {"s": {"credential": {"access_key": "k"}}}}).faults, "none of it is one"


def test_what_is_set_at_birth_and_comes_from_a_secret_is_not_told():
    made = plan({"safe": {"s": {"colour": "vault:m/a#x"}}}, {"safe:s": {"colour": "their-secret"}}, ["safe:s"])
    assert made.faults == ["config.safe.s.colour: the safe s has (secret), and it can't be changed to (secret) of vault:m/a#x; "
                           "declare what is there, choose another name, or remove the object by hand"]


def test_a_reference_inside_a_field_hides_it_whole():
    config = {"box": {"a": {"nested": {"name": "n", "key": "vault:m/a#x"}}}}
    assert seen(config, {"box:a": {"nested": {"name": "n", "key": "hunter22"}}}, ["box:a"]) == []
    change = plan(config, {"box:a": {"nested": {"name": "other"}}}, ["box:a"]).changes[0]
    assert (change.before, change.after) == ({"nested": "(secret)"}, {"nested": "(secret) of vault:m/a#x"})
    assert plan(config).changes[0].after == {"nested": "(secret)"}


# --- a step besides ----------------------------------------------------------------------------------------------------------------
WHEEL = {"wheel": {"w": {"colour": "red", "password": "vault:m/a#x"}}}


def test_a_step_is_noted_before_and_after():
    change = plan(WHEEL).changes[0]
    assert change.after["turned"] is True and (change.work.ahead, change.work.facts) == ({"turned": "started"}, {"turned": "done"})
    assert change.work.prints == ("password",)


def test_one_that_was_cut_is_repeated_without_what_must_not_be_sent():
    change = plan(WHEEL, {"wheel:w": {"colour": "red"}}, {"wheel:w": {"turned": "started"}}).changes[0]
    assert (change.action, change.before, change.after) == ("rotate", {"turned": False}, {"turned": True}) and change.work.send == {}
    assert seen(WHEEL, {"wheel:w": {"colour": "red"}}, {"wheel:w": {"turned": "done"}}) == []


# --- prune -----------------------------------------------------------------------------------------------------------------------
def test_what_is_ours_there_undeclared_and_spoken_about_is_pruned():
    there = {"box:a": {}, "box:theirs": {}, "room:r": {}, "wheel:w": {}, "lid:r/l": {}}
    owned = ["box:a", "box:gone", "room:r", "wheel:w", "lid:r/l", "unheard:of"]
    config = {"box": {}, "room": {}, "lid": {}}
    assert seen(config, there, owned) == []
    made = plan(config, there, owned, prune="owned")
    assert [(change.action, change.key, change.reason) for change in made.changes] == [
        ("delete", "box:a", "no longer declared"), ("delete", "room:r", "no longer declared")], "the other way round: boxes before their room"
    assert min(change.wave for change in made.changes) > 2, "after everything was made"


def test_planning_is_linear():
    """Ten times the objects are no hundred times the steps: each object is looked at once."""
    looks = []

    class Counting(dict):
        def get(self, key, default=None):
            looks.append(key)
            return super().get(key, default)

    plan({"box": {str(number): {"colour": "red"} for number in range(300)}}, Counting())
    assert len(looks) == 300

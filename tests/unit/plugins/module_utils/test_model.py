# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Objects and the desired state they make."""

from __future__ import annotations

import pytest

from ansible_collections.unifiedmeta.platform.plugins.module_utils._model import Desired, Item, any_text, named


@pytest.mark.parametrize(
    ("item", "key", "leaf"),
    [
        (Item("policy", "grafana", "x"), "policy:grafana", "grafana"),
        (Item("auth_role", "kubernetes/grafana", "x", parent="kubernetes"), "auth_role:kubernetes/grafana", "grafana"),
        (Item("secret", "team/kv/a/b", "x", parent="team/kv"), "secret:team/kv/a/b", "a/b"),
    ],
)
def test_keys_and_leaves(item, key, leaf):
    assert item.key == key
    assert item.leaf == leaf


def test_the_second_of_a_name_is_a_fault_that_names_the_first():
    desired = Desired()
    desired.add(Item("policy", "a", "config.policies.A"))
    desired.add(Item("policy", "b", "config.policies.b"))
    desired.add(Item("policy", "a", "config.policies.a"))
    assert desired.faults == ["config.policies.a: policy a is declared at config.policies.A already; a name stands for one object"]
    assert [item.name for item in desired.of("policy")] == ["a", "b"]
    assert desired.of("mount") == []


@pytest.mark.parametrize("name", ["a", "a/b", "/a", "platform admins", "운영자", "q?x#y", "50%", "..", "a:b"])
def test_names_of_most_systems_are_any_text(name):
    desired = Desired()
    assert list(named(desired, {name: 1}, "config.x")) == [(name, 1, f"config.x.{name}")] and desired.faults == []


@pytest.mark.parametrize("given", ["", " a", "a ", "a\nb", "a\x00", "\x7f"])
def test_what_can_not_be_a_name(given):
    desired = Desired()
    assert list(named(desired, {given: 1, "good": 2}, "config.x")) == [("good", 2, "config.x.good")]
    assert desired.faults == [f"config.x: «{given}» can't be a name; give a text without spaces at its ends and without control characters"]


def test_a_system_has_a_rule_of_its_own():
    def rule(given):
        if given.isdigit():
            raise ValueError("begin with a letter")
        return given.lower()

    desired = Desired()
    assert [name for name, _value, _where in named(desired, {"A": 1, 3: 2}, "config.x", rule)] == ["a"]
    assert desired.faults == ["config.x: «3» can't be a name; begin with a letter"] and any_text("x") == "x"


@pytest.mark.parametrize(
    ("key", "covered"), [("role:r", True), ("group:a/b", True), ("group:b/a", False), ("scope:r/a/b/c", True), ("scope:x/a", False), ("client:a", False)]
)
def test_what_a_call_speaks_about(key, covered):
    assert Desired(sections={"role", "group:a", "scope:r/a"}).covers(key) is covered


def test_a_malformed_reference_is_a_fault_with_its_place():
    desired = Desired()
    desired.add(Item("box", "a", "config.a", {"plain": "text", "good": "vault:m/a#x", "bad": {"inside": ["vault:m"]}, "worse": "kubernetes:a#b"}))
    desired.check_references()
    assert [fault.split(":", 1)[0] for fault in desired.faults] == ["config.a.bad", "config.a.worse"] and "isn't a reference" in desired.faults[0]

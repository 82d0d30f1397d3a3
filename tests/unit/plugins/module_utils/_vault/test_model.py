# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Objects and the desired state they make."""

from __future__ import annotations

import pytest

from ansible_collections.unifiedmeta.platform.plugins.module_utils._vault.model import Desired, Item, named


@pytest.mark.parametrize(
    ("item", "key", "leaf"),
    [
        (Item("policy", "grafana", "x"), "policy:grafana", "grafana"),
        (Item("auth_role", "kubernetes/grafana", "x", mount="kubernetes"), "auth_role:kubernetes/grafana", "grafana"),
        (Item("secret", "team/kv/a/b", "x", mount="team/kv"), "secret:team/kv/a/b", "a/b"),
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
    assert desired.faults == ["config.policies.a: policy a is declared at config.policies.A already; Vault holds one of that name"]
    assert [item.name for item in desired.of("policy")] == ["a", "b"]
    assert desired.of("mount") == []


@pytest.mark.parametrize(("given", "name"), [("a", "a"), ("/a/", "a"), ("a/b", "a/b"), (" a ", "a"), (3, "3"), ("한국", "한국")])
def test_names(given, name):
    desired = Desired()
    assert list(named(desired, {given: 1}, "config.x")) == [(name, 1, f"config.x.{given}")]
    assert desired.faults == []


@pytest.mark.parametrize("given", ["", "/", "a//b", "a b", "a\nb", "..", "a/../b", "a/.", "../../sys/policies/acl/evil"])
def test_what_can_not_be_a_name(given):
    desired = Desired()
    assert list(named(desired, {given: 1, "good": 2}, "config.x")) == [("good", 2, "config.x.good")]
    assert len(desired.faults) == 1 and "can't be a name" in desired.faults[0]

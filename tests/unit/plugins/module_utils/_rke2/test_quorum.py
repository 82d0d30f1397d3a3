# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Quorum arithmetic, also as a property of all plans of steps."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.unifiedmeta.platform.plugins.module_utils._rke2.quorum import Members, needed, spare


def members(voters, down=""):
    return Members(voters, set(voters) - set(down))


@pytest.mark.parametrize(("voters", "quorum"), [(0, 0), (1, 1), (2, 2), (3, 2), (4, 3), (5, 3), (7, 4)])
def test_needed(voters, quorum):
    assert needed(voters) == quorum


@pytest.mark.parametrize(("voters", "healthy", "left"), [(3, 3, 1), (3, 2, 0), (3, 1, -1), (2, 2, 0), (1, 1, 0), (5, 5, 2)])
def test_spare(voters, healthy, left):
    assert spare(voters, healthy) == left


@pytest.mark.parametrize(
    ("voters", "down", "refused"),
    [
        ("abc", "", None),
        ("abc", "b", "would take etcd's quorum away (2 of 3 voters are up, 2 are needed)"),
        ("ab", "", "would take etcd's quorum away"),
        ("a", "", None),
        ("abcde", "b", None),
        ("abcde", "bc", "quorum away"),
    ],
)
def test_restart(voters, down, refused):
    why = members(voters, down).restart_fault("a")
    assert why is None if refused is None else refused in why


def test_restart_of_one_that_is_down_takes_nothing_away():
    assert members("abc", "a").restart_fault("a") is None


@pytest.mark.parametrize(
    ("voters", "down", "refused"),
    [
        ("abc", "", None),
        ("a", "", None),
        ("abc", "b", "b of etcd's voters is down; a new member now"),
        ("abc", "bc", "etcd has no quorum (1 of 3 voters are up)"),
        ("", "", "etcd has no quorum"),
    ],
)
def test_join(voters, down, refused):
    found = members(voters, down)
    why = found.join_fault("x")
    assert (why is None and {"x"} <= found.healthy) if refused is None else (refused in why and "x" not in found.voters)


@pytest.mark.parametrize(
    ("voters", "down", "name", "refused"),
    [
        ("abc", "", "a", None),
        ("abc", "a", "a", None),
        ("abc", "b", "a", "1 of 2 voters would be up and 2 are needed"),
        ("ab", "b", "b", "etcd has no quorum"),
        ("ab", "", "b", None),
        ("a", "", "a", "only voter"),
        ("abc", "bc", "b", "it removes no member"),
        ("abcde", "de", "d", None),
        ("abc", "", "x", None),
    ],
)
def test_remove(voters, down, name, refused):
    found = members(voters, down)
    why = found.remove_fault(name)
    assert (why is None and name not in found.voters) if refused is None else refused in why


def test_a_first_server_and_those_that_come_back():
    found = members("")
    found.found("a")
    assert found.has_quorum and found.voters == {"a"}
    found = members("abc", "abc")
    assert [found.rejoin(name) for name in "abc"] == [False, True, True] and found.tally() == "3 of 3 voters are up"


@given(st.lists(st.tuples(st.sampled_from(["join", "restart", "remove"]), st.sampled_from("abcdefg")), max_size=12), st.sets(st.sampled_from("abc")))
def test_no_step_that_is_let_through_takes_the_quorum_away(steps, down):
    found = members("abc", down)
    had = found.has_quorum
    for what, name in steps:
        if what == "join" and name not in found.voters:
            found.join_fault(name)
        elif what == "remove":
            found.remove_fault(name)
        elif what == "restart" and name in found.healthy and len(found.voters) > 1 and found.restart_fault(name) is None:
            assert spare(len(found.voters), len(found.healthy) - 1) >= 0
        assert found.has_quorum == had

# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What people are shown of a Vault, and what check mode foresees."""

from __future__ import annotations

from ansible_collections.unifiedmeta.platform.plugins.module_utils._vault.init_plan import Action, Known, Node, Wanted
from ansible_collections.unifiedmeta.platform.plugins.module_utils._vault.init_view import foresee, foresee_store, picture

WANTED = Wanted(shares=3, threshold=2)


def act(kind, node="cluster"):
    return Action(kind, node, "because")


def test_servers_after_a_plan():
    after = foresee([Node("a"), Node("b")], [act("initialise", "a"), act("unseal", "a"), act("join", "b"), act("unseal", "b")], WANTED)
    assert [(node.initialised, node.sealed, node.shares, node.threshold) for node in after] == [(True, False, 3, 2)] * 2


def test_a_member_takes_the_split_of_its_cluster():
    leader = Node("a", initialised=True, sealed=False, shares=5, threshold=3)
    after = foresee([leader, Node("b")], [act("join", "b")], WANTED)
    assert (after[1].shares, after[1].threshold, after[1].sealed) == (5, 3, True)


def test_servers_after_a_wipe_and_a_rekey():
    before = [Node("a", initialised=True, sealed=False, shares=5, threshold=3), Node("b", fault="silent")]
    assert foresee(before, [act("reset")], WANTED)[0] == Node("a", sealed=True)
    assert foresee(before, [act("rekey")], WANTED)[0].shares == 3
    assert foresee(before, [act("reset"), act("initialise", "a"), act("await", "a")], WANTED)[0].sealed is False
    assert foresee(before, [act("revoke_root"), act("archive")], WANTED) == before


def test_the_store_after_a_plan():
    fresh = foresee_store(Known(mark="x"), [act("initialise", "a")], WANTED)
    assert fresh == Known(answered=True, shares=3, threshold=2, root_token=True)
    assert not foresee_store(Known(), [act("initialise", "a")], Wanted(root_encrypted=True)).root_token
    assert not foresee_store(fresh, [act("revoke_root")], WANTED).root_token
    assert foresee_store(Known(answered=True), [act("generate_root")], WANTED).root_token
    split = foresee_store(fresh, [act("rekey")], Wanted(shares=5, threshold=3, encrypted=True))
    assert (split.shares, split.threshold, split.encrypted) == (5, 3, True)
    assert foresee_store(fresh, [act("unseal", "a")], WANTED) == fresh


def test_a_picture_has_a_line_for_each_server_and_one_for_the_store():
    nodes = [Node("a"), Node("b", initialised=True, shares=3, threshold=2), Node("c", initialised=True, sealed=False, seal="static", shares=1, threshold=1),
             Node("d", fault="x")]
    known = Known(answered=True, shares=3, encrypted=True, root_token=True)
    assert picture(nodes, known).splitlines() == [
        "a: empty, seal shamir", "b: initialised, sealed, seal shamir, 2 of 3 shares", "c: initialised, open, seal static, 1 of 1 shares", "d: no answer",
        "bootstrap store: 3 encrypted shares and a root token"]
    assert picture([], Known()) == "bootstrap store: nothing\n"

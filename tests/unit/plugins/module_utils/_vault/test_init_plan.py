# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The planner of vault_init: what servers are and what the store knows -> ordered steps, or a refusal."""

from __future__ import annotations

import itertools

import pytest

from ansible_collections.unifiedmeta.platform.plugins.module_utils._vault.init_plan import Known, Node, Wanted, plan
from tests.unit.plugins.module_utils._vault.servers import KNOWN, LOST, THREE, done, empty, refusal, silent, steps


# --- a new Vault ------------------------------------------------------------------------------------------------------------------
def test_one_empty_server():
    made = plan([empty()], Known(), THREE)
    assert steps(made) == [("initialise", "a"), ("unseal", "a")]
    assert [action.reason for action in made.actions] == ["no server of this Vault has been initialised", "a new Vault is sealed; 2 share(s) open it"]


def test_three_empty_servers():
    made = plan([empty("a"), empty("b"), empty("c")], Known(), THREE)
    assert steps(made) == [("initialise", "a"), ("unseal", "a"), ("join", "b"), ("unseal", "b"), ("join", "c"), ("unseal", "c")]


@pytest.mark.parametrize("seal", ["static", "transit", "awskms"])
def test_servers_that_unseal_themselves(seal):
    made = plan([empty("a", seal=seal), empty("b", seal=seal)], Known(), THREE)
    assert steps(made) == [("initialise", "a"), ("await", "a"), ("join", "b"), ("await", "b")]


def test_no_unsealing_and_no_joining_where_it_is_not_wanted():
    assert steps(plan([empty("a"), empty("b")], Known(), Wanted(unseal=False))) == [("initialise", "a")]
    assert steps(plan([empty("a"), empty("b")], Known(), Wanted(join=False))) == [("initialise", "a"), ("unseal", "a")]


def test_shares_for_people():
    made = plan([empty("a"), empty("b")], Known(), Wanted(shares=3, threshold=2, encrypted=True))
    assert steps(made) == [("initialise", "a")]
    assert "hand them out; 2 of 3" in made.warnings[0]


def test_a_read_only_store_forbids_it():
    assert "the bootstrap store is read-only" in refusal(plan([empty()], Known(), Wanted(writable=False)))


def test_a_mark_of_a_run_that_never_asked():
    made = plan([empty()], LOST, THREE)
    assert steps(made) == [("initialise", "a"), ("unseal", "a")] and "ended before the server was asked" in made.actions[0].reason


def test_every_server_must_be_seen_empty_before_one_is_initialised():
    for nodes in itertools.permutations([empty("a"), silent("b"), empty("c")]):
        assert refusal(plan(list(nodes), Known(), THREE)) == "b doesn't answer"


def test_no_server_answers():
    made = plan([silent("a"), silent("b")], KNOWN, THREE)
    assert made.faults == ["a doesn't answer", "b doesn't answer"] and made.actions == []


# --- one that is there ------------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("nodes", [[done()], [done("a"), done("b"), done("c")]])
def test_nothing_to_do(nodes):
    made = plan(nodes, KNOWN, THREE)
    assert steps(made) == [] and made.warnings == []


def test_a_sealed_one():
    made = plan([done("a"), done("b", sealed=True)], KNOWN, THREE)
    assert steps(made) == [("unseal", "b")] and made.actions[0].reason == "it is sealed; 2 of 3 share(s) open it"
    assert steps(plan([done("a", sealed=True)], KNOWN, Wanted(unseal=False, shares=3, threshold=2))) == []


def test_a_sealed_one_that_opens_itself():
    made = plan([done("a", sealed=True, seal="static")], KNOWN, THREE)
    assert steps(made) == [("await", "a")] and "«static»" in made.actions[0].reason


def test_an_empty_one_joins_whichever_its_place():
    for nodes in itertools.permutations([empty("a"), done("b"), done("c")]):
        made = plan(list(nodes), KNOWN, THREE)
        assert steps(made) == [("join", "a"), ("unseal", "a")] and "belongs to the cluster of" in made.actions[0].reason


def test_sealed_ones_are_opened_before_others_join():
    assert steps(plan([empty("a"), done("b", sealed=True)], KNOWN, THREE)) == [("unseal", "b"), ("join", "a"), ("unseal", "a")]


def test_a_silent_one_beside_an_open_one_is_a_warning():
    made = plan([silent("a"), done("b"), done("c")], KNOWN, THREE)
    assert steps(made) == [] and made.warnings == ["a doesn't answer"]


def test_a_silent_one_beside_a_sealed_one_is_an_error():
    assert refusal(plan([silent("a"), done("b", sealed=True)], KNOWN, THREE)) == "a doesn't answer"


def test_only_raft_has_members():
    said = refusal(plan([Node("a", storage="postgresql"), done("b", storage="postgresql")], KNOWN, THREE))
    assert said.startswith("a: ") and "«postgresql»" in said


def test_a_stranger_by_the_id_in_the_store():
    said = refusal(plan([done("a"), done("b", cluster_id="two")], KNOWN, THREE))
    assert said.startswith("b: it belongs to another cluster (id two, ours is one)")
    assert refusal(plan([done("a", cluster_id="two")], KNOWN, THREE)).startswith("a: ")


def test_a_stranger_by_the_others():
    said = refusal(plan([done("a"), done("b"), done("c", cluster_id="two")], Known(), Wanted(shares=3, threshold=2, foreign=True)))
    assert said.startswith("c: ")


@pytest.mark.parametrize(("found", "wanted", "fine"), [
    ("shamir", "", True), ("shamir", "shamir", True), ("shamir", "static", False), ("static", "shamir", False)])
def test_the_type_of_seal(found, wanted, fine):
    made = plan([empty("a", seal=found)], Known(), Wanted(seal=wanted))
    assert (made.faults == []) is fine
    if not fine:
        assert f"its seal is «{found}», wanted is «{wanted}»" in refusal(made)


def test_each_wrong_seal_is_named():
    made = plan([empty("a", seal="static"), empty("b", seal="transit")], Known(), Wanted(seal="shamir"))
    assert len(made.faults) == 2 and made.actions == []


# --- shares -----------------------------------------------------------------------------------------------------------------------
def test_somebody_elses_vault_needs_their_shares():
    said = refusal(plan([done("a", sealed=True)], Known(), THREE))
    assert "initialised by somebody else" in said and "2 of its 3" in said
    assert steps(plan([done("a", sealed=True)], Known(), Wanted(given=2))) == [("unseal", "a")]


def test_somebody_elses_open_vault_is_left_as_it_is():
    made = plan([done("a")], Known(), Wanted(foreign=True))
    assert steps(made) == [] and made.warnings == [], "its split is none of our business"


@pytest.mark.parametrize("node", [done("a"), done("a", seal="static"), done("a", seal="static", sealed=True)])
def test_whoever_was_first_is_not_taken_for_us(node):
    said = refusal(plan([node], Known(), Wanted(root_token="absent")))
    assert said.startswith("a: somebody else initialised it") and "vault_foreign" in said
    assert plan([node], Known(), Wanted(foreign=True)).faults == []
    assert plan([node], Known(cluster_id="one"), Wanted()).faults == [], "noted by an earlier run"


def test_too_few_shares():
    few = Known(answered=True, shares=1, threshold=2)
    assert "2 of 3 shares are needed to unseal it, 1 are there" in refusal(plan([done("a", sealed=True)], few, THREE))
    assert "1 are there" in refusal(plan([done("a", sealed=True)], Known(), Wanted(given=1)))
    assert steps(plan([done("a", sealed=True)], few, Wanted(shares=3, threshold=2, given=2))) == [("unseal", "a")]


def test_encrypted_shares_need_people():
    known = Known(answered=True, shares=3, threshold=2, encrypted=True)
    said = refusal(plan([done("a", sealed=True)], known, THREE))
    assert "2 of them have to decrypt theirs" in said and "unseal_keys has 0" in said
    assert steps(plan([done("a", sealed=True)], known, Wanted(shares=3, threshold=2, given=2))) == [("unseal", "a")]


def test_joining_needs_shares_too():
    encrypted = Known(answered=True, shares=3, threshold=2, encrypted=True)
    assert "have to decrypt theirs" in refusal(plan([done("a"), empty("b")], encrypted, THREE))
    assert steps(plan([done("a"), empty("b")], encrypted, Wanted(shares=3, threshold=2, given=2))) == [("join", "b"), ("unseal", "b")]
    assert "are needed to unseal it, 0 are there" in refusal(plan([done("a"), empty("b")], Known(cluster_id="one"), THREE))


# --- an answer that was lost ------------------------------------------------------------------------------------------------------
def test_the_loss_is_explained():
    said = refusal(plan([done("a", sealed=True)], LOST, THREE))
    assert said.startswith("a: initialised, but the answer was lost: the unseal shares exist nowhere") and LOST.mark in said and "reinitialise_empty" in said


def test_it_is_begun_again_where_it_is_proven_empty():
    made = plan([done("a", sealed=True), empty("b")], LOST, Wanted(shares=3, threshold=2, reinitialise_empty=True, can_reset=True), [])
    assert steps(made) == [("reset", "cluster"), ("initialise", "a"), ("unseal", "a"), ("join", "b"), ("unseal", "b")]
    assert "proven empty" in made.actions[0].reason


def test_without_a_command_it_tells_what_to_do():
    said = refusal(plan([done("a", sealed=True)], LOST, Wanted(shares=3, threshold=2, reinitialise_empty=True), []))
    assert "no reset_command" in said and "storage.raft.path" in said


@pytest.mark.parametrize(("node", "proof", "reason"), [
    (done("a", sealed=True), None, "nothing shows whether it was ever used"),
    (done("a", sealed=True), ["the log is full"], "the log is full"),
    (done("a"), [], "a is unsealed, so somebody holds its shares"),
    (done("a", sealed=True, shares=5, threshold=3), [], "a is split 3 of 5, our run would have split it 2 of 3"),
])
def test_what_may_hold_data_is_never_wiped(node, proof, reason):
    said = refusal(plan([node], LOST, Wanted(shares=3, threshold=2, reinitialise_empty=True, can_reset=True), proof))
    assert "reinitialise_empty is refused" in said and reason in said


def test_a_silent_member_may_hold_data():
    said = refusal(plan([done("a", sealed=True), silent("b")], LOST, Wanted(shares=3, threshold=2, reinitialise_empty=True, can_reset=True), []))
    assert "b doesn't answer" in said


@pytest.mark.parametrize("nodes", [
    [done("a", seal="static"), done("b", seal="static", cluster_id="two")],
    [done("a", sealed=True), done("b", sealed=True)],
    [empty("a"), done("b", sealed=True)],
])
def test_the_proof_of_one_server_wipes_no_other(nodes):
    """Two controllers, or a person, initialised two servers of one list at about the same time."""
    known = Known(mark=LOST.mark, asked="a")
    made = plan(nodes, known, Wanted(shares=3, threshold=2, reinitialise_empty=True, can_reset=True), [])
    assert made.actions == [] and any("b" in fault and "reinitialise_empty is refused" in fault for fault in made.faults)


def test_one_that_unseals_itself_is_open_by_nature():
    made = plan([done("a", seal="static")], LOST, Wanted(shares=3, threshold=2, reinitialise_empty=True, can_reset=True), [])
    assert steps(made) == [("reset", "cluster"), ("initialise", "a"), ("await", "a")]


def test_given_shares_contradict_a_loss():
    assert "somebody else initialised it" in refusal(plan([done("a", sealed=True)], LOST, Wanted(given=2)))


def test_a_mark_beside_an_answer_is_no_loss():
    known = Known(mark="x", answered=True, shares=3, threshold=2)
    assert steps(plan([done("a", sealed=True)], known, THREE)) == [("unseal", "a")]


def test_an_emptied_storage_is_refused_until_it_is_given_up():
    said = refusal(plan([empty()], KNOWN, THREE))
    assert "the wrong disk may be mounted" in said
    made = plan([empty()], KNOWN, Wanted(shares=3, threshold=2, reinitialise_empty=True), [])
    assert steps(made) == [("archive", "cluster"), ("initialise", "a"), ("unseal", "a")]


def test_reinitialise_empty_touches_nothing_that_works():
    wanted = Wanted(shares=3, threshold=2, reinitialise_empty=True, can_reset=True)
    assert steps(plan([done("a")], KNOWN, wanted, [])) == []
    assert steps(plan([done("a", sealed=True)], KNOWN, wanted, [])) == [("unseal", "a")]
    assert plan([done("a", sealed=True)], Known(), wanted, []).actions == [], "somebody else's is never wiped"

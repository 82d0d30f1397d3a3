# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The planner of vault_init, continued: root token, another split of the key, and the rules that hold for every input."""

from __future__ import annotations

import itertools

import pytest

from ansible_collections.unifiedmeta.platform.plugins.module_utils._vault.init_plan import Known, Wanted, plan
from tests.unit.plugins.module_utils._vault.servers import KNOWN, LOST, THREE, done, empty, refusal, silent, steps


# --- root token and rekey ---------------------------------------------------------------------------------------------------------
def test_the_root_token_goes():
    known = Known(answered=True, shares=3, threshold=2, root_token=True)
    assert steps(plan([done()], known, Wanted(shares=3, threshold=2, root_token="absent"))) == [("revoke_root", "cluster")]
    assert steps(plan([done()], KNOWN, Wanted(shares=3, threshold=2, root_token="absent"))) == []
    assert steps(plan([done()], known, THREE)) == []


def test_the_root_token_of_a_new_vault_goes_at_the_end():
    wanted = Wanted(root_token="absent")
    assert steps(plan([empty()], Known(), wanted))[-1] == ("revoke_root", "cluster")
    assert steps(plan([empty("a", seal="static")], Known(), wanted))[-1] == ("revoke_root", "cluster")
    assert steps(plan([empty()], Known(), Wanted(root_token="absent", root_encrypted=True)))[-1] == ("unseal", "a")
    assert steps(plan([empty()], Known(), Wanted(root_token="absent", encrypted=True))) == [("initialise", "a")], "sealed, nothing can be revoked"


def test_a_root_token_is_made():
    wanted = Wanted(shares=3, threshold=2, root_token="present")
    assert steps(plan([done()], KNOWN, wanted)) == [("generate_root", "cluster")]
    assert steps(plan([empty()], Known(), wanted)) == [("initialise", "a"), ("unseal", "a")], "a new Vault has one"
    assert "a root token needs 2 shares, 0 are there" in refusal(plan([done()], Known(cluster_id="one"), wanted))
    assert steps(plan([done()], Known(), Wanted(root_token="present", given=2))) == [("generate_root", "cluster")]


def test_another_split_is_a_warning_until_it_is_asked_for():
    made = plan([done()], KNOWN, Wanted(shares=5, threshold=3))
    assert steps(made) == [] and made.warnings == ["the root key is split 2 of 3, wanted is 3 of 5; set rekey to change it"]
    assert steps(plan([done()], KNOWN, Wanted(shares=5, threshold=3, rekey=True, token=True))) == [("rekey", "cluster")]
    root = Known(answered=True, shares=3, threshold=2, root_token=True)
    assert steps(plan([done()], root, Wanted(shares=5, threshold=3, rekey=True))) == [("rekey", "cluster")]
    assert "rekey needs a token" in refusal(plan([done()], KNOWN, Wanted(shares=5, threshold=3, rekey=True)))
    assert steps(plan([done()], KNOWN, Wanted(shares=3, threshold=2, rekey=True))) == []


# --- properties -------------------------------------------------------------------------------------------------------------------
STATES = [empty, done, lambda name: done(name, sealed=True), silent, lambda name: done(name, cluster_id="two"), lambda name: empty(name, seal="static")]
STORES = [Known(), KNOWN, LOST, Known(answered=True, shares=3, threshold=2, root_token=True), Known(answered=True, shares=3, threshold=2, encrypted=True)]
WISHES = [THREE, Wanted(), Wanted(shares=3, threshold=2, reinitialise_empty=True, can_reset=True), Wanted(shares=3, threshold=2, root_token="absent"),
          Wanted(shares=3, threshold=2, root_token="present", given=2)]


@pytest.mark.parametrize("states", list(itertools.product(range(len(STATES)), repeat=2)))
def test_no_rule_is_broken_by_any_combination(states):
    nodes = [STATES[state](name) for state, name in zip(states, "ab")]
    for known, wanted, proof in itertools.product(STORES, WISHES, (None, [], ["used"])):
        made = plan(nodes, known, wanted, proof)
        kinds = [action.kind for action in made.actions]
        assert not (made.faults and made.actions), "a refusal does nothing"
        assert kinds.count("initialise") <= 1 and kinds.count("reset") <= 1
        if "initialise" in kinds:
            assert all(not node.fault for node in nodes), "all were seen"
            assert "reset" in kinds or not any(node.initialised for node in nodes), "nothing that is initialised is initialised again"
        if "reset" in kinds:
            assert proof == [] and known.mark and not known.answered and wanted.reinitialise_empty and all(node.sealed or node.auto for node in nodes)
        assert plan(nodes, known, wanted, proof) == made, "the same input gives the same plan"

# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The run after the plan, for a system that isn't Vault: ledger, objects, ledger."""

from __future__ import annotations

import json
import re

import pytest

from ansible_collections.unifiedmeta.platform.plugins.module_utils import _http_effect, _secrets
from ansible_collections.unifiedmeta.platform.plugins.module_utils._http import ApiError
from ansible_collections.unifiedmeta.platform.plugins.module_utils._kind import Step
from ansible_collections.unifiedmeta.platform.plugins.module_utils._ledger import Ledger
from ansible_collections.unifiedmeta.platform.plugins.module_utils._plan import Change, Outcome, Planned, Refused
from ansible_collections.unifiedmeta.platform.plugins.module_utils._planner import UNKNOWN, Options, Planner
from ansible_collections.unifiedmeta.platform.plugins.module_utils._reconcile import Apply, Failed, carry_out, refuse, scope_faults, settle, values
from tests.unit.plugins.module_utils.shelf import KINDS, PRINTS, ROLE, Shelf, parse, value

RESOLVER = _secrets.Resolver({"vault": lambda path: {"x": "hunter22"} if path == "m/a" else None})


class Store:
    """A ledger's place; ``documents``: all that was written."""

    def __init__(self):
        self.documents = []

    def read(self, _path):
        return (self.documents[-1] if self.documents else None), len(self.documents)

    def write(self, _path, data, _cas):
        self.documents.append(data)
        return len(self.documents)


def run(config, there, store, prints=PRINTS, kinds=KINDS, **options):
    """One run; the Apply. ``there`` is changed."""
    ledger, desired, made = Ledger(store, "shelf", "x").load(), parse(config), []
    world = Shelf({key: dict(fields) for key, fields in there.items()})
    planned = Planner(kinds, desired, world, ledger, value, prints, Options(**options)).plan()
    refuse(planned, 10)
    apply = Apply(there, kinds, desired, world, ledger, RESOLVER, prints)
    carry_out(planned.changes, apply, lambda work, items: list(map(work, items)), lambda: made.append(1) or PRINTS)
    apply.keys_made = len(made)
    return apply


def test_the_ledger_is_written_before_and_after():
    store, there = Store(), {}
    config = {"box": {"a": {"colour": "red", "password": "vault:m/a#x"}}, "wheel": {"w": {}}}
    apply = run(config, there, store)
    assert there == {"box:a": {"colour": "red", "password": "hunter22"}, "wheel:w": {"turns": 1}}
    texts = [document["objects"] for document in store.documents]
    claimed = [re.fullmatch('{"box:a":{},"wheel:w":{"claim":"([0-9a-f]{16})","turned":"started"}}', text) for text in texts[:3]]
    assert len({found[1] for found in claimed}) == 3, "noted ahead, and a sign of life before each step: who waits sees that we are at it"
    assert texts[3] == '{"box:a":{},"wheel:w":{"turned":"done"}}' and len(texts) == 5, "who waits for a step sees it at once"
    assert apply.notes == {"box:a": {"hmac_password": PRINTS.of("box:a.password", "hunter22")}, "wheel:w": {"turned": "done"}}
    assert "hunter22" not in repr(store.documents)


class Marked(type(KINDS["box"])):
    """Facts are noted of what somebody else had made, and that is all there is to it."""

    def step(self, item, actual, ledger):
        return Step(ahead={"password": "theirs"}, exclusive=False) if actual is not None and not ledger.owns(item.key) else None


def test_facts_alone_cost_one_write_of_the_ledger_however_many_objects():
    names = [f"a{number}" for number in range(40)]
    store, there = Store(), {f"box:{name}": {"colour": "blue"} for name in names}
    run({"box": {name: {"colour": "red"} for name in names}}, there, store, kinds={"box": Marked("box", ROLE)}, adopt=True)
    assert len(store.documents) == 1 and there["box:a7"] == {"colour": "red"}
    assert json.loads(store.documents[0]["objects"]) == {f"box:{name}": {"password": "theirs"} for name in names}


def test_a_second_run_does_nothing():
    store, there = Store(), {}
    config = {"box": {"a": {"colour": "red", "password": "vault:m/a#x"}}}
    run(config, there, store)
    known = dict(there)
    run(config, there, store)
    assert there == known and len(store.documents) == 2


def test_only_what_differs_is_sent_unless_the_kind_wants_all(monkeypatch):
    there, store = {"box:a": {"colour": "blue", "description": "d"}}, Store()
    store.documents.append({"objects": '{"box:a":{}}'})
    run({"box": {"a": {"colour": "red", "description": "d"}}}, there, store)
    assert there["box:a"] == {"colour": "red", "description": "d"}
    monkeypatch.setattr(KINDS["box"], "whole", True)
    run({"box": {"a": {"colour": "green", "description": "d"}}}, there, store)
    assert there["box:a"]["all"] == ["colour", "description"]


def test_the_fingerprints_key_is_made_when_it_is_needed_first():
    assert run({"box": {"a": {"colour": "red"}}}, {}, Store(), prints=None).keys_made == 0
    apply = run({"box": {"a": {"password": "vault:m/a#x"}}}, {}, Store(), prints=None)
    assert apply.keys_made == 1 and apply.notes["box:a"]["hmac_password"] == PRINTS.of("box:a.password", "hunter22")


def test_what_is_pruned_leaves_the_ledger():
    there, store = {"box:a": {}, "box:b": {}}, Store()
    store.documents.append({"objects": '{"box:a":{},"box:b":{}}'})
    run({"box": {"b": {}}}, there, store, prune="owned")
    assert there == {"box:b": {}} and store.documents[-1]["objects"] == '{"box:b":{}}'


def test_what_lay_in_it_leaves_the_ledger_too(monkeypatch):
    there, store = {"room:r": {}, "box:r/a": {}, "lid:s": {}}, Store()
    store.documents.append({"objects": '{"room:r":{},"box:r/a":{},"box:rs/b":{},"lid:r/l":{},"safe:r":{}}'})
    monkeypatch.setattr(KINDS["room"], "holds", ("box/", "lid/"))
    run({"room": {}}, there, store, prune="owned")
    assert json.loads(store.documents[-1]["objects"]) == {"box:rs/b": {}, "safe:r": {}}


def test_a_failure_finishes_the_rest_and_tells_every_outcome():
    store, there = Store(), {}
    with pytest.raises(Failed, match="1 of 3 changes were made; run again") as failed:
        run({"box": {"bad": {"colour": "broken"}, "good": {"colour": "red"}}, "lid": {"x": {"description": "vault:m/new#x"}}}, there, store)
    result = failed.value.result
    assert there == {"box:good": {"colour": "red"}} and result["changed"] and len(result["plan"]) == len(result["outcomes"]) == 3
    assert "no such colour" in str(failed.value) and {outcome.state for outcome in failed.value.outcomes} == {"done", "failed"}
    assert store.documents[0]["objects"] == '{"box:bad":{},"box:good":{},"lid:x":{}}', "a name without an object is harmless"


# --- what was never made -------------------------------------------------------------------------------------------------------------
def owned(store):
    return sorted(json.loads(store.documents[-1]["objects"]))


ROOMS = {"box": {"bad/broken": {"colour": "broken"}, "good": {"colour": "red"}}, "wheel": {"bad/w": {}}}


def test_what_was_refused_or_never_tried_is_not_ours(monkeypatch):
    """Else what somebody makes by that name would be changed, or pruned, by the next run."""
    def refused(client, item, body):
        raise ApiError("Shelf", status=400, detail="no such room")

    store, there = Store(), {}
    monkeypatch.setattr(KINDS["room"], "create", refused)
    with pytest.raises(Failed) as failed:
        run({"room": {"bad": {}}, **ROOMS}, there, store)
    assert [outcome.state for outcome in failed.value.outcomes].count("skipped") == 2 and owned(store) == ["box:good"]
    assert "room:bad" in store.documents[0]["objects"], "noted ahead all the same: a run may be killed"
    there["room:bad"] = there["box:bad/broken"] = {"colour": "theirs"}
    monkeypatch.undo()
    with pytest.raises(Refused, match="black box bad/broken exists, isn't ours"):
        run({"room": {"bad": {}}, **ROOMS}, there, store)
    run({"box": {}, "room": {}}, there, store, prune="owned")
    assert there == {"room:bad": {"colour": "theirs"}, "box:bad/broken": {"colour": "theirs"}}


def test_what_may_have_been_made_stays_ours(monkeypatch):
    def cut(client, item, body):
        _http_effect.note(201)
        raise ApiError("Shelf", status=400, detail="its second half is wrong")

    store = Store()
    monkeypatch.setattr(KINDS["box"], "create", cut)
    with pytest.raises(Failed):
        run({"box": {"a": {}}}, {}, store)
    assert owned(store) == ["box:a"]


def test_what_was_ours_before_the_run_stays_ours():
    """An earlier run may have made it, and been killed."""
    store = Store()
    store.documents.append({"objects": '{"box:bad":{}}'})
    with pytest.raises(Failed):
        run({"box": {"bad": {"colour": "broken"}}}, {}, store)
    assert owned(store) == ["box:bad"]


def test_an_adoption_that_was_refused_is_none(monkeypatch):
    def refused(client, item, body, actual):
        raise ApiError("Shelf", status=403, detail="permission denied")

    store, there = Store(), {"box:a": {"colour": "blue"}}
    monkeypatch.setattr(KINDS["box"], "update", refused)
    with pytest.raises(Failed):
        run({"box": {"a": {"colour": "red"}}}, there, store, adopt=True)
    assert owned(store) == []


def test_outcomes_settle_when_all_is_done():
    done = [Outcome(Change("create", "box", "a"), "done")]
    assert settle(done) is done and settle([]) == []
    with pytest.raises(Failed, match="box b: update failed: no"):
        settle([*done, Outcome(Change("update", "box", "b"), "failed", "no")])


# --- what fails besides --------------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(("error", "raised"), [(ValueError("odd value"), Failed), (RuntimeError("a fault of ours"), RuntimeError)])
def test_what_was_made_is_noted_whatever_else_happens(monkeypatch, error, raised):
    store, there = Store(), {}

    def breaks(*_args):
        raise error

    monkeypatch.setattr(KINDS["lid"], "create", breaks)
    with pytest.raises(raised, match=str(error)) as found:
        run({"box": {"a": {"password": "vault:m/a#x"}}, "lid": {"l": {}}}, there, store)
    assert json.loads(store.documents[-1]["objects"])["box:a"]["hmac_password"], "the fingerprint of what was sent"
    assert found.value.result["changed"] if raised is Failed else there


# --- refusals --------------------------------------------------------------------------------------------------------------------
def test_what_refuses_a_plan():
    deletes = [Change("delete", "box", str(number)) for number in range(3)]
    refuse(Planned(deletes), 3)
    with pytest.raises(Refused, match="3 objects would be deleted, but max_deletes is 2"):
        refuse(Planned(deletes), 2)
    with pytest.raises(Refused, match="can't be applied; nothing was done:\n- one\n- two"):
        refuse(Planned(deletes, ["conflict"], ["one", "two"]), 0)
    with pytest.raises(Refused, match="not ours and differ; nothing was done. Set adopt: true"):
        refuse(Planned(deletes, ["conflict"]), 0)


@pytest.mark.parametrize(("scope", "good"), [("a", True), ("site-1.b_c", True), ("", False), ("a/b", False), ("..", False), ("-a", False), ("a b", False)])
def test_a_scope_becomes_a_part_of_a_path(scope, good):
    assert (scope_faults(scope) == []) is good


# --- values ----------------------------------------------------------------------------------------------------------------------
THERE, NOWHERE = _secrets.Reference("m/a", "x"), _secrets.Reference("m/b", "x")


def test_a_value_is_read_unless_this_run_makes_it_or_nobody_can_know_it_yet():
    assert values(RESOLVER)(THERE) == "hunter22"
    assert values(RESOLVER, born=lambda reference: reference == THERE)(THERE) is UNKNOWN
    with pytest.raises(_secrets.SecretError, match="m/b doesn't exist"):
        values(RESOLVER)(NOWHERE)
    assert values(RESOLVER, unforeseen=lambda reference, error: reference.path == "m/b")(NOWHERE) is UNKNOWN

    def refused(_path):
        raise ApiError("Vault", status=403, detail="permission denied")

    closed = _secrets.Resolver({"vault": refused})
    with pytest.raises(ApiError, match="denied"):
        values(closed)(THERE)
    assert values(closed, unforeseen=lambda reference, error: error.status == 403)(THERE) is UNKNOWN

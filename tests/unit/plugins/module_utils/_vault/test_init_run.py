# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The store around each step that can't be repeated: in which order things are written, and what a broken run leaves.

The servers answer by script; real ones are met in tests/lab/test_vault_init*.py.
"""

from __future__ import annotations

import base64

import pytest

from ansible_collections.unifiedmeta.platform.plugins.module_utils._bootstrap import Store
from ansible_collections.unifiedmeta.platform.plugins.module_utils._http import ApiError
from ansible_collections.unifiedmeta.platform.plugins.module_utils._vault import init_run
from ansible_collections.unifiedmeta.platform.plugins.module_utils._vault.init_api import InitError
from ansible_collections.unifiedmeta.platform.plugins.module_utils._vault.init_plan import Action, Known, Node, Wanted
from ansible_collections.unifiedmeta.platform.plugins.module_utils._vault.init_run import Runner


class Fake:
    """A server as Runner sees one. ``order`` collects what happened, the store's writes too."""

    def __init__(self, name, order, **answers):
        self.name, self.order, self.answers, self.join_address = name, order, answers, f"https://{name}"

    def status(self):
        self.order.append("status")
        return self.answers.get("status") or Node(self.name)

    def active(self):
        return True

    def __getattr__(self, name):
        def call(*args, **_options):
            self.order.append((name, *[arg for arg in args if not isinstance(arg, (dict, float))]))
            answer = self.answers.get(name)
            if isinstance(answer, list):
                answer = answer.pop(0)
            if isinstance(answer, Exception):
                raise answer
            return answer

        return call


@pytest.fixture
def world(tmp_path):
    """Factory of (runner, order, store)."""
    def make(entry=None, wanted=None, **answers):
        order = []
        options = {key: answers.pop(key) for key in ("given", "pgp", "token", "reset", "successor", "audit_log", "seconds") if key in answers}

        class Watched(Store):
            def write(self, data):
                found = data["vaults"].get("openbao") or {}
                order.append(("written", *sorted(found)))
                super().write(data)

        store = Watched(str(tmp_path / "s" / "store"), encrypt=False)
        data = store.read()
        if entry:
            data["vaults"]["openbao"] = entry
        server = Fake("a", order, **answers)
        return Runner({"a": server}, store, data, "openbao", wanted or Wanted(shares=3, threshold=2), **{"seconds": 0.2, **options}), order, store

    return make


def do(runner, kind, node="a"):
    runner.do(Action(kind, node, "because"))


def kept(store):
    return store.read()["vaults"]["openbao"]


def test_what_the_store_knows(world):
    assert world()[0].known() == Known()
    runner, _order, _store = world({"mark": {"time": "now"}, "cluster_id": "x", "answer": {
        "keys": ["1", "2"], "threshold": 2, "root_token": "t", "encrypted": True}})
    assert runner.known() == Known(mark="now", answered=True, shares=2, threshold=2, encrypted=True, root_token=True, cluster_id="x")


def test_mark_request_answer_in_this_order(world):
    runner, order, store = world(initialise={"keys_base64": ["1", "2", "3"], "root_token": "root"})
    do(runner, "initialise")
    assert order == [("written", "mark"), "status", ("initialise",), ("written", "answer")]
    answer = kept(store)["answer"]
    assert (answer["keys"], answer["root_token"], answer["shares"], answer["threshold"], answer["recovery"]) == (["1", "2", "3"], "root", 3, 2, False)


def test_a_broken_connection_leaves_the_mark(world):
    runner, order, store = world(initialise=ApiError("Vault", detail="cut", fault="reset"))
    with pytest.raises(ApiError):
        do(runner, "initialise")
    mark = kept(store)["mark"]
    assert order[-1] == ("initialise",) and (mark["servers"], mark["server"], mark["audit"]) == (["a"], "a", None)


def test_a_clear_no_takes_the_mark_away(world):
    runner, _order, store = world(initialise=ApiError("Vault", status=400, detail="bad key"))
    with pytest.raises(ApiError):
        do(runner, "initialise")
    assert kept(store) == {}


def test_a_no_of_a_server_that_is_initialised_is_not_clear(world):
    runner, _order, store = world(initialise=ApiError("Vault", status=400, detail="Vault is already initialized"), status=Node("a", initialised=True))
    with pytest.raises(ApiError):
        do(runner, "initialise")
    assert "mark" in kept(store)


def test_the_mark_holds_the_audit_log_as_it_was(world, tmp_path):
    log = tmp_path / "audit.log"
    log.write_text("old\n", "utf-8")
    runner, _order, store = world(initialise=ApiError("Vault", detail="cut"), audit_log=str(log))
    with pytest.raises(ApiError):
        do(runner, "initialise")
    assert kept(store)["mark"]["audit"]["size"] == 4
    assert "shows no initialisation" in runner.proof()[0]
    runner.servers["b"] = runner.servers["a"]
    assert "the run that was ended was for a" in runner.proof()[0]


def test_recovery_shares_and_keys_of_people(world):
    runner, _order, store = world(status=Node("a", seal="static"), initialise={"recovery_keys_base64": ["r"], "root_token": "for one"},
                                  pgp={"shares": ["k1", "k2", "k3"], "root": "k"})
    do(runner, "initialise")
    answer = kept(store)["answer"]
    assert answer["recovery"] and answer["encrypted"] and answer["keys"] == ["r"]
    assert answer["root_token"] is None and answer["encrypted_root_token"] == "for one"


def test_old_shares_are_kept(world):
    runner, _order, store = world({"answer": {"keys": ["old"]}, "cluster_id": "x"})
    do(runner, "archive")
    assert kept(store) == {"previous": [{"keys": ["old"], "root_token": None, "cluster_id": "x"}]}


def test_a_reset_waits_until_the_server_is_empty(world):
    called = []
    runner, _order, _store = world(reset=lambda: called.append(1))
    do(runner, "reset")
    assert called == [1]
    runner, _order, _store = world(reset=lambda: None, status=Node("a", initialised=True))
    with pytest.raises(InitError, match="the server is not empty: still initialised"):
        do(runner, "reset")


def test_shares_given_by_people_come_first(world):
    entry = {"answer": {"keys": ["1"]}}
    runner, order, _store = world(entry, given=["g"])
    do(runner, "unseal")
    assert order[0] == ("unseal", ["g"])
    runner, order, _store = world(entry)
    do(runner, "unseal")
    assert order[0] == ("unseal", ["1"])


def test_joining_names_the_leader(world):
    runner, order, _store = world()
    do(runner, "join")
    assert ("join", "https://a", None) in order


def test_the_cluster_is_remembered_once(world):
    runner, order, store = world({"answer": {"keys": ["1"]}})
    runner.remember([Node("a"), Node("a", cluster_id="one")])
    runner.remember([Node("a", cluster_id="two")])
    assert kept(store)["cluster_id"] == "one" and order == [("written", "answer", "cluster_id")]
    runner, order, _store = world()
    runner.remember([Node("a", cluster_id="one")])
    assert order == [], "nothing of ours is there"


def test_somebody_elses_cluster_is_noted_when_it_is_accepted(world):
    runner, _order, store = world(wanted=Wanted(foreign=True))
    runner.remember([Node("a", cluster_id="theirs")])
    assert kept(store) == {"cluster_id": "theirs"}


# --- root token -------------------------------------------------------------------------------------------------------------------
def test_the_root_token_is_proven_needless_revoked_and_forgotten(world):
    proven = []
    runner, order, store = world({"answer": {"root_token": "t"}}, token_works=True, successor=lambda leader: proven.append(leader.name))
    do(runner, "revoke_root", "cluster")
    assert proven == ["a"] and order[-3:] == [("token_works", "t"), ("revoke", "t"), ("written", "answer")]
    assert kept(store)["answer"]["root_token"] is None


def test_the_root_token_stays_where_nobody_could_follow(world):
    def fails(_leader):
        raise InitError("no login")

    runner, order, store = world({"answer": {"root_token": "t"}}, successor=fails)
    runner.save()
    with pytest.raises(InitError, match="no login"):
        do(runner, "revoke_root", "cluster")
    assert kept(store)["answer"]["root_token"] == "t" and not any(step[0] == "revoke" for step in order)


def test_a_token_that_is_revoked_already_is_forgotten(world):
    runner, order, store = world({"answer": {"root_token": "t"}}, token_works=False)
    do(runner, "revoke_root", "cluster")
    assert kept(store)["answer"]["root_token"] is None and ("revoke", "t") not in order


HIDDEN = base64.b64encode(bytes(ord(one) ^ ord("a") for one in "root")).decode().rstrip("=")


@pytest.fixture(autouse=True)
def known_password(monkeypatch):
    """A one-time password of «aaaa…», so that HIDDEN comes out as «root»."""
    monkeypatch.setattr(init_run.secrets, "choice", lambda _letters: "a")


def test_a_root_token_is_made_of_shares(world):
    runner, order, store = world({"answer": {"keys": ["1", "2", "3"]}}, root_attempt={"started": False, "otp_length": 4}, root_begin="nonce",
                                 root_share=[{"complete": False, "progress": 1, "required": 2}, {"complete": True, "encoded_token": HIDDEN}])
    do(runner, "generate_root", "cluster")
    assert [step for step in order if step[0] == "root_share"] == [("root_share", "nonce", "1"), ("root_share", "nonce", "2")]
    assert order.index(("written", "answer", "pending")) < next(number for number, step in enumerate(order) if step[0] == "root_begin")
    assert kept(store)["answer"]["root_token"] == "root" and "pending" not in kept(store)


def test_an_attempt_of_somebody_else_is_left_alone(world):
    started = {"started": True, "progress": 1, "required": 3, "otp_length": 4}
    runner, order, _store = world({"answer": {"keys": ["1"]}}, root_attempt=started)
    with pytest.raises(InitError, match=r"somebody else is making a root token \(1 of 3"):
        do(runner, "generate_root", "cluster")
    assert not any(step[0] == "root_cancel" for step in order)


def test_an_attempt_of_ours_that_was_ended_is_begun_again(world):
    started = {"started": True, "progress": 1, "required": 3, "otp_length": 4}
    runner, order, _store = world({"answer": {"keys": ["1"]}, "pending": {"kind": "root"}}, root_attempt=started, root_begin="n",
                                  root_share={"complete": True, "encoded_root_token": HIDDEN})
    do(runner, "generate_root", "cluster")
    assert ("root_cancel",) in order


def test_too_few_shares_for_a_root_token(world):
    runner, order, _store = world({"answer": {"keys": ["1"]}}, root_attempt={"started": False, "otp_length": 4}, root_begin="n",
                                  root_share={"complete": False, "progress": 1, "required": 2})
    with pytest.raises(InitError, match="1 of 2 shares were given"):
        do(runner, "generate_root", "cluster")
    assert order[-1] == ("root_cancel",)


# --- rekey ------------------------------------------------------------------------------------------------------------------------
MADE = {"complete": True, "keys_base64": ["n1", "n2", "n3"], "verification_nonce": "v"}


def test_new_shares_are_kept_before_the_server_switches_over(world):
    runner, order, store = world({"answer": {"keys": ["old"], "root_token": "t"}}, rotate=[{}, {"nonce": "n"}, MADE, {}, {"complete": True}])
    do(runner, "rekey", "cluster")
    told = [step if step[0] == "written" else step[3] for step in order if step != "status"]
    assert told == ["init", ("written", "answer", "pending"), "init", "update", ("written", "answer", "pending"), "verify", "verify", ("written", "answer")]
    assert {key: kept(store)["answer"][key] for key in ("keys", "shares")} == {"keys": ["n1", "n2", "n3"], "shares": 3}


def test_shares_for_people_can_not_be_given_back(world):
    runner, order, store = world({"answer": {"keys": ["old"], "root_token": "t"}}, pgp={"shares": ["k"] * 3}, rotate=[{}, {"nonce": "n"}, MADE])
    do(runner, "rekey", "cluster")
    assert kept(store)["answer"]["encrypted"] and not any(step[-1] == "verify" for step in order if step[0] == "rotate")


def test_a_rekey_of_somebody_else(world):
    runner, _order, _store = world({"answer": {"keys": ["old"], "root_token": "t"}}, rotate=[{"started": True}])
    with pytest.raises(InitError, match="somebody else is splitting"):
        do(runner, "rekey", "cluster")


def test_a_rekey_of_ours_that_was_ended(world):
    runner, order, _store = world({"answer": {"keys": ["old"], "root_token": "t", "recovery": True}, "pending": {"kind": "rekey"}},
                                  rotate=[{"started": True}, {}, {"nonce": "n"}, MADE, {"complete": True}])
    do(runner, "rekey", "cluster")
    assert [step for step in order if step[0] == "rotate"][:2] == [("rotate", "t", "recovery", "init")] * 2


def test_too_few_shares_for_a_rekey(world):
    runner, _order, _store = world({"answer": {"keys": ["old"]}}, token="given", rotate=[{}, {"nonce": "n"}, {"complete": False}])
    with pytest.raises(InitError, match="not enough shares"):
        do(runner, "rekey", "cluster")


@pytest.mark.parametrize(("split", "keys"), [((3, 2), ["new"]), ((1, 1), ["old"])])
def test_what_counts_after_a_rekey_that_was_ended(world, split, keys):
    pending = {"kind": "rekey", "keys": ["new"], "shares": 3, "threshold": 2, "encrypted": False}
    runner, _order, _store = world({"answer": {"keys": ["old"], "shares": 1, "threshold": 1}, "pending": pending})
    assert runner.settle([Node("x"), Node("a", initialised=True, shares=split[0], threshold=split[1])])
    assert runner.entry["answer"]["keys"] == keys and "pending" not in runner.entry


def test_nothing_to_settle(world):
    assert not world({"answer": {}})[0].settle([Node("a", initialised=True)])
    assert not world({"answer": {}, "pending": {"kind": "rekey"}})[0].settle([Node("a")]), "nobody answers for it"
    assert not world({"answer": {}, "pending": {"kind": "root"}})[0].settle([Node("a", initialised=True)])

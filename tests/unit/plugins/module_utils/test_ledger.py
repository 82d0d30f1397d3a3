# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The ledger: ownership under check-and-set. Its store here is a dictionary with versions; the real one is in tests/lab."""

from __future__ import annotations

import json
import threading

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.unifiedmeta.platform.plugins.module_utils import _ledger
from ansible_collections.unifiedmeta.platform.plugins.module_utils._ledger import CasMismatch, ForeignLedger, Ledger, pack, unpack


class Memory:
    """A store with check-and-set, as KV v2 has it. ``interfere``: called before each write, to be somebody else."""

    def __init__(self):
        self.documents, self.writes, self.interfere, self.lock = {}, 0, None, threading.Lock()

    def read(self, path):
        with self.lock:
            return self.documents.get(path, (None, 0))

    def write(self, path, data, cas):
        if self.interfere:
            self.interfere()
        with self.lock:
            if self.documents.get(path, (None, 0))[1] != cas:
                raise CasMismatch(path)
            self.documents[path] = (json.loads(json.dumps(data)), cas + 1)
            self.writes += 1
            return cas + 1


@pytest.fixture
def store():
    return Memory()


def ledger(store, scope="default") -> Ledger:
    return Ledger(store, "vault", scope).load()


def test_an_empty_ledger_owns_nothing(store):
    made = ledger(store)
    assert made.objects == {} and not made.owns("policy:a") and made.fact("policy:a", "x", "none") == "none"
    assert made.path == "vault/default"


def test_without_a_store_nothing_is_known_and_nothing_can_be_written():
    made = Ledger(None, "vault", "x").load()
    assert made.objects == {} and made.update() is False
    with pytest.raises(RuntimeError):
        made.update({"policy:a": {}})


def test_what_is_noted_is_found_again(store):
    made = ledger(store)
    assert made.update({"policy:a": {}, "secret:b": {"stamp": "1@x", "keys": ["k"]}})
    again = ledger(store)
    assert again.owns("policy:a") and again.fact("secret:b", "keys") == ["k"] and again.version == made.version == 1


def test_facts_are_merged_and_removed(store):
    made = ledger(store)
    made.update({"a": {"x": 1, "y": 2}})
    made.update({"a": {"y": 3, "z": None}})
    assert ledger(store).objects == {"a": {"x": 1, "y": 3}}
    made.update({"a": {"x": None}})
    assert ledger(store).objects == {"a": {"y": 3}}


def test_names_are_dropped(store):
    made = ledger(store)
    made.update({"a": {}, "b": {}})
    assert made.update(forget=["a", "never"])
    assert list(ledger(store).objects) == ["b"]


def test_nothing_new_is_not_written(store):
    made = ledger(store)
    made.update({"a": {"x": 1}})
    assert not made.update({"a": {"x": 1}}) and not made.update({"a": {}}) and not made.update(forget=["b"]) and not made.update()
    assert store.writes == 1


def test_scopes_are_apart(store):
    ledger(store, "one").update({"a": {}})
    assert ledger(store, "two").objects == {}


def test_two_writers_merge(store):
    one, two = ledger(store), ledger(store)
    one.update({"a": {"x": 1}})
    two.update({"b": {}})
    one.update({"a": {"y": 2}}, forget=["b"])
    assert ledger(store).objects == {"a": {"x": 1, "y": 2}}
    assert two.objects == {"a": {"x": 1}, "b": {}}


def test_what_another_wrote_alike_needs_no_second_write(store):
    one, two = ledger(store), ledger(store)
    one.update({"a": {}})
    assert two.update({"a": {}}) is True
    assert store.writes == 1


def test_a_claim_leaves_alone_what_another_has_noted_meanwhile(store):
    first, second = ledger(store), ledger(store)
    first.update({"database_connection:a": {"root": "done"}, "policy:x": {}})
    assert second.claim({"database_connection:a": {"root": "started"}, "database_connection:b": {"root": "started"}}) == ["database_connection:a"]
    assert ledger(store).objects == {"database_connection:a": {"root": "done"}, "database_connection:b": {"root": "started"}, "policy:x": {}}
    assert second.objects == ledger(store).objects


def test_a_claim_of_what_was_known_is_an_update(store):
    ledger(store).update({"database_connection:a": {"root": "done"}})
    made = ledger(store)
    ledger(store).update({"policy:x": {}})
    assert made.claim({"database_connection:a": {"root": "started"}}) == [] and made.fact("database_connection:a", "root") == "started"
    assert made.claim({"database_connection:a": {"root": "started"}}) == [] and ledger(store).owns("policy:x")


def test_a_claim_whose_answer_was_lost_is_ours():
    """The write arrives, its repetition is refused: what is there is what we wrote."""
    class Lossy(Memory):
        def write(self, path, data, cas):
            version = super().write(path, data, cas)
            if version == 1:
                raise CasMismatch("the repetition")
            return version

    found = Lossy()
    assert ledger(found).claim({"wheel:w": {"turned": "started", "claim": "ours"}}) == []
    assert ledger(found).claim({"wheel:w": {"turned": "started", "claim": "next"}}) == [] and ledger(found).fact("wheel:w", "claim") == "next"


def test_many_writers_lose_nothing(store):
    def work(number):
        made = ledger(store)
        for turn in range(5):
            made.update({f"{number}-{turn}": {}})

    threads = [threading.Thread(target=work, args=(number,)) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(ledger(store).objects) == 30


def test_endless_interference_ends_with_a_sentence(store, monkeypatch):
    monkeypatch.setattr(_ledger.time, "sleep", lambda seconds: None)
    count = iter(range(10_000))

    def somebody():
        version = store.documents.get("vault/default", (None, 0))[1]
        store.documents["vault/default"] = (pack({f"other-{next(count)}": {}}), version + 1)

    store.interfere = somebody
    with pytest.raises(CasMismatch, match="changed by others 12 times in a row; run one at a time"):
        ledger(store).update({"a": {}})


# --- the document ----------------------------------------------------------------------------------------------------------------
OBJECTS = st.dictionaries(
    st.text(min_size=1, max_size=30), st.dictionaries(st.sampled_from(["stamp", "keys", "root"]), st.text(max_size=10), max_size=3), max_size=20
)


@given(OBJECTS)
def test_packing_and_unpacking_are_inverse(objects):
    assert unpack(pack(objects)) == objects


def test_a_small_document_can_be_read_by_people():
    document = pack({"b": {"x": 1}, "a": {}})
    assert document == {"objects": '{"a":{},"b":{"x":1}}'}


def test_a_large_document_is_packed_far_below_the_storages_limit():
    objects = {
        f"secret:platform/application-{n:05}/credentials": {"stamp": f"1@2026-01-01T00:00:{n % 60:02}.{n:09}Z", "keys": ["password", "username"]}
        for n in range(10_000)
    }
    document = pack(objects)
    assert list(document) == ["packed"] and len(document["packed"]) < 400_000
    assert unpack(document) == objects


def test_documents_of_nobody():
    assert unpack(None) == {} and unpack({}) == {}
    with pytest.raises(ValueError):
        unpack({"objects": "no json"})


# --- sites -----------------------------------------------------------------------------------------------------------------------
def test_a_site_writes_its_name_and_another_is_refused(store):
    Ledger(store, "vault", "x", "blue").load().update({"a": {}})
    assert store.documents["vault/x"][0]["site"] == "blue"
    assert Ledger(store, "vault", "x", "blue").load().owns("a")
    with pytest.raises(ForeignLedger, match="the ledger vault/x belongs to the site blue, and this is green"):
        Ledger(store, "vault", "x", "green").load()


def test_without_a_name_the_sites_stays(store):
    Ledger(store, "vault", "x", "blue").load().update({"a": {}})
    Ledger(store, "vault", "x").load().update({"b": {}})
    assert store.documents["vault/x"][0]["site"] == "blue"
    Ledger(store, "vault", "y").load().update({"b": {}})
    assert "site" not in store.documents["vault/y"][0]


# --- what was never made -------------------------------------------------------------------------------------------------------------
def test_only_what_we_added_is_withdrawn(store):
    ledger(store).update({"old": {}})
    made = ledger(store)
    made.claim({"old": {"x": 1}, "new": {}})
    assert made.update(withdraw=["old", "new", "never"])
    assert ledger(store).objects == {"old": {"x": 1}}


def test_what_another_run_has_noted_since_is_not_withdrawn(store):
    made = ledger(store)
    made.update({"a": {}, "b": {}})
    made.update({"a": {"claim": "1"}})
    other = ledger(store)
    other.update({"b": {"id": "7"}})
    made.update({"z": {}}, withdraw=["a", "b"])
    assert ledger(store).objects == {"b": {"id": "7"}, "z": {}}


def test_what_another_run_was_faster_to_note_is_not_withdrawn(store):
    made = ledger(store)
    ledger(store).update({"a": {}})
    assert made.claim({"a": {}, "b": {}}) == []
    made.update(withdraw=["a", "b"])
    assert ledger(store).objects == {"a": {}}

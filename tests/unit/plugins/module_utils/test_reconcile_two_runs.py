# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Two runs at once at an object that is made in steps: only the one whose claim stands goes on."""

from __future__ import annotations

import json
import secrets
import threading

import pytest

from ansible_collections.unifiedmeta.platform.plugins.module_utils import _reconcile
from ansible_collections.unifiedmeta.platform.plugins.module_utils._http import ApiError
from ansible_collections.unifiedmeta.platform.plugins.module_utils._ledger import CasMismatch, Ledger
from ansible_collections.unifiedmeta.platform.plugins.module_utils._plan import Refused
from ansible_collections.unifiedmeta.platform.plugins.module_utils._planner import Options, Planner
from ansible_collections.unifiedmeta.platform.plugins.module_utils._reconcile import Apply, Failed, carry_out
from tests.unit.plugins.module_utils.shelf import PRINTS, ROLE, Shelf, Turning, parse, value
from tests.unit.plugins.module_utils.test_reconcile import RESOLVER, Store


class Once(Turning):
    """Takes its first password once; ``before`` happens just before that."""

    before = staticmethod(lambda client: None)

    def read(self, client, item):
        return client.get(item.key)

    def create(self, client, item, body):
        self.before(client)
        if item.key in client or body.get("colour") == "broken":
            raise ApiError("Shelf", what=self.what(item), status=400, detail="the password is wrong")
        client[item.key] = dict(body)


class Cas(Store):
    """One with check-and-set, for threads."""

    def __init__(self):
        super().__init__()
        self.lock = threading.Lock()

    def write(self, path, data, cas):
        with self.lock:
            if cas != len(self.documents):
                raise CasMismatch("somebody was faster")
            return super().write(path, data, cas)


def two(store, there, kind, monkeypatch, colour="red"):
    """A run that may look again; the outcomes, and how often it looked."""
    monkeypatch.setattr(_reconcile, "PATIENCE", 0.0)
    kinds, ledger, looks = {"wheel": kind}, Ledger(store, "shelf", "x").load(), []
    desired = parse({"wheel": {"w": {"colour": colour, "password": "vault:m/a#x"}}})

    def look(made=()):
        looks.append(made)
        world = Shelf({key: dict(fields) for key, fields in there.items()})
        planned = Planner(kinds, desired, world, ledger, value, PRINTS, Options()).plan()
        return planned.changes, Apply(there, kinds, desired, world, ledger, RESOLVER, PRINTS)

    changes, apply = look()

    def carry():
        return carry_out(changes, apply, lambda work, items: list(map(work, items)), lambda: PRINTS, look), len(looks)

    return carry


def faster(store, there):
    """The other run, from its beginning to its end."""
    there["wheel:w"] = {"colour": "red", "turns": 1}
    store.write("", {"objects": '{"wheel:w":{"turned":"done"}}'}, len(store.documents))


def test_what_another_run_has_noted_since_we_looked_is_looked_at_again(monkeypatch):
    store, there = Cas(), {}
    carry = two(store, there, Once("wheel", ROLE, wave=2, write_only=("password",)), monkeypatch)
    faster(store, there)
    assert carry() == ([], 2) and there == {"wheel:w": {"colour": "red", "turns": 1}}
    assert store.documents[-1]["objects"] == '{"wheel:w":{"turned":"done"}}', "what is done isn't begun again"


def test_what_another_run_made_first_is_looked_at_again(monkeypatch):
    store, there, kind = Cas(), {}, Once("wheel", ROLE, wave=2, write_only=("password",))
    kind.before = lambda client: faster(store, client) if not client else None
    outcomes, looks = two(store, there, kind, monkeypatch, colour="blue")()
    assert [outcome.change.action for outcome in outcomes] == ["update"] and looks == 2
    assert there == {"wheel:w": {"colour": "blue", "turns": 1}}, "our colour, its turn, and the first password isn't sent again"


def test_one_that_was_begun_and_is_not_there_is_waited_for_once(monkeypatch):
    store, there = Cas(), {}
    store.write("", {"objects": '{"wheel:w":{"turned":"started"}}'}, 0)
    outcomes, looks = two(store, there, Once("wheel", ROLE, wave=2, write_only=("password",)), monkeypatch)()
    assert [outcome.state for outcome in outcomes] == ["done"] and looks == 2 and there["wheel:w"]["turns"] == 1


def test_what_is_refused_for_a_reason_of_its_own_fails(monkeypatch):
    carry = two(Cas(), {}, Once("wheel", ROLE, wave=2, write_only=("password",)), monkeypatch, colour="broken")
    with pytest.raises(Failed, match="the password is wrong"):
        carry()


# --- the wait is too short ------------------------------------------------------------------------
class System(dict):
    """Objects, and the password that the database behind them has."""

    real = "hunter22"


class Loose(Turning):
    """Takes any password at any time, as without ``verify_connection``; turned, it has one that nobody else knows. ``made`` happens after its creation."""

    def __init__(self, made=lambda: None):
        super().__init__("wheel", ROLE, wave=2, write_only=("password",))
        self.made = made

    def read(self, client, item):
        return client.get(item.key)

    def create(self, client, item, body):
        client[item.key] = dict(body)
        self.made()

    def finish(self, client, item, change):
        if client[item.key]["password"] != client.real:
            raise ApiError("Shelf", what=self.what(item), status=400, detail="the password is lost for good")
        client[item.key]["password"] = client.real = secrets.token_hex(8)


class Gate(Turning):
    """Made before the wheel; ``reached`` happens before that."""

    def __init__(self, reached=lambda: None):
        super().__init__("room", wave=0)
        self.reached = reached

    def step(self, item, actual, ledger):
        return None

    def create(self, client, item, body):
        self.reached()
        client[item.key] = {}


class Run(threading.Thread):
    """A run from its first look on: with a Planner, an Apply and a Ledger of its own. ``error``: what it raised."""

    def __init__(self, store, there, reached=lambda: None, made=lambda: None):
        super().__init__(daemon=True)
        self.there, self.kinds, self.ledger = there, {"room": Gate(reached), "wheel": Loose(made)}, Ledger(store, "shelf", "x")
        self.outcomes, self.error = [], None

    def look(self, _made=()):
        desired = parse({"room": {"r": {}}, "wheel": {"w": {"password": "vault:m/a#x"}}})
        world = Shelf({key: dict(fields) for key, fields in self.there.items()})
        planned = Planner(self.kinds, desired, world, self.ledger, value, PRINTS, Options()).plan()
        return planned.changes, Apply(self.there, self.kinds, desired, world, self.ledger, RESOLVER, PRINTS)

    def run(self):
        try:
            self.ledger.load()
            self.outcomes = carry_out(*self.look(), lambda work, items: list(map(work, items)), lambda: PRINTS, self.look)
        except Exception as error:  # pylint: disable=broad-exception-caught
            self.error = error

    def end(self):
        self.join(30)
        return self.error


def once(action):
    """``action``, the first time."""
    left = [action]
    return lambda: left.pop()() if left else None


def is_whole(store, there):
    """The object knows its database's password, which isn't the first one any more; the ledger says so, and a third run finds nothing to do."""
    assert there["wheel:w"]["password"] == there.real != "hunter22"
    assert json.loads(store.documents[-1]["objects"])["wheel:w"].get("turned") == "done" and "claim" not in store.documents[-1]["objects"]
    last = Run(store, there)
    last.start()
    assert last.end() is None and last.outcomes == []


@pytest.fixture
def impatient(monkeypatch):
    monkeypatch.setattr(_reconcile, "PATIENCE", 0.2)


@pytest.mark.parametrize("moment", ["reached", "made"])
def test_one_that_is_slower_than_the_wait_loses_its_claim(impatient, moment):
    """Held before it makes the object, or between that and its turn, until the other run has ended."""
    store, there = Cas(), System()
    other = Run(store, there)

    def held():
        other.start()
        assert other.end() is None

    first = Run(store, there, **{moment: once(held)})
    first.start()
    assert first.end() is None
    is_whole(store, there)


def test_one_that_waited_in_vain_does_not_put_the_first_password_back(impatient):
    """The first is held until the second has taken over, and the second, which saw no object, until the first has ended."""
    store, there, second_is_near = Cas(), System(), threading.Event()
    first = Run(store, there, once(lambda: second.start() or second_is_near.wait(30)))
    second = Run(store, there, once(lambda: second_is_near.set() or first.join(30)))
    first.start()
    assert (first.end(), second.end()) == (None, None) and second_is_near.is_set()
    is_whole(store, there)


def test_who_shows_life_is_waited_for(impatient):
    """The wait begins anew with each step of the other run."""
    store, there, steps = Cas(), System(), []
    ledger = Ledger(store, "shelf", "x")
    ledger.update({"wheel:w": {"turned": "started", "claim": "0"}})

    def live():
        for step in range(1, 8):
            threading.Event().wait(0.1)
            ledger.update({"wheel:w": {"claim": str(step)}})
            steps.append(dict(there))
        there["wheel:w"] = {"password": "turned"}
        there.real = "turned"
        ledger.update({"wheel:w": {"turned": "done", "claim": None}})

    other, ours = threading.Thread(target=live), Run(store, there)
    other.start()
    ours.start()
    other.join()
    assert ours.end() is None and steps == [{}] * 7, "longer than the wait"
    assert [outcome.change.key for outcome in ours.outcomes] == ["room:r"]
    is_whole(store, there)


def test_one_that_is_overtaken_at_its_last_look_says_so(impatient):
    """Somebody takes it over again and again."""
    store, there = Cas(), System()
    thief = Ledger(store, "shelf", "x")

    class Robbed(Run):
        def look(self, _made=()):
            there.pop("room:r", None)
            return super().look()

    robbed = Robbed(store, there, lambda: thief.load().update({"wheel:w": {"claim": secrets.token_hex(2)}}))
    robbed.start()
    failed = robbed.end()
    assert isinstance(failed, Failed) and "another run is at it too and has come further; run again once that one has ended" in str(failed)
    assert failed.result["changed"] and there == {"room:r": {}}, "nothing is made without the claim"


def test_what_was_made_before_another_look_counts(impatient):
    """One look makes the room, the next one fails: the run has changed something, and its outcomes say what."""
    there, store, told = {}, Cas(), []
    kind = Once("wheel", ROLE, wave=2, write_only=("password",))
    kind.before = lambda client: faster(store, client) if "wheel:w" not in client else None
    kinds, ledger = {"room": Gate(), "wheel": kind}, Ledger(store, "shelf", "x").load()
    desired = parse({"room": {"r": {}}, "wheel": {"w": {"colour": "red", "password": "vault:m/a#x"}}})

    def planned():
        world = Shelf({key: dict(fields) for key, fields in there.items()})
        made = Planner(kinds, desired, world, ledger, value, PRINTS, Options()).plan()
        return made.changes, Apply(there, kinds, desired, world, ledger, RESOLVER, PRINTS)

    def again(made):
        told.append([(change.action, change.key) for change in made])
        raise error

    for error in (Refused("no", ["fault"]), ApiError("Vault", detail="gone")):
        there.clear()
        store.documents.clear()
        ledger.load()
        with pytest.raises(type(error)) as raised:
            carry_out(*planned(), lambda work, items: list(map(work, items)), lambda: PRINTS, again)
        assert raised.value.result == {"changed": True}
    assert told == [[("create", "room:r")]] * 2

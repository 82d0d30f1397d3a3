"""Every fault on the wire, at a request of every kind: retried, or reported by name; and the next run finishes.

Which requests there are is asked of the product: an undisturbed run through the wire is recorded, and of each method and path of the API
one request is spoilt, the last of its kind (the first ones run before anything exists).
"""
from __future__ import annotations

import re

import pytest

from tests.contract.openapi import Api, recorded
from tests.lab.bao import running
from tests.support.state import changes, portable, snapshot
from tests.support.target import Target
from tests.support.wire import At, Fault, Storm, Wire

FAULTS = {
    "reset-before": Fault("reset-before"), "reset-after": Fault("reset-after"), "cut": Fault("cut"),
    "429": Fault("answer", 429, retry_after=1), "500": Fault("answer", 500), "500-after": Fault("answer-after", 500),
    "503": Fault("answer", 503), "slow": Fault("slow", seconds=1.5), "black-hole": Fault("black-hole", seconds=8),
}
FOR_READS = ("cut", "500", "429")  # to a read a reset before and after are the same


@pytest.fixture(name="target")
def _target(bao_server, tmp_path):
    server = bao_server(storage="inmem")
    with Wire(server.addr, server.ca_file, tmp_path / "wire") as wire:
        yield Target(server, wire, tmp_path)


@pytest.fixture(scope="module", name="census")
def _census(bao_binary, tmp_path_factory):
    """Of an undisturbed run: its end state, and one request of each kind as (method, path, number)."""
    folder = tmp_path_factory.mktemp("census")
    with running(folder, bao_binary, storage="inmem") as server, Wire(server.addr, server.ca_file, folder / "wire") as wire:
        target = Target(server, wire, folder)
        found = target.run()
        assert found["changed"], found
        first = list(wire.events)
        return {"state": portable(snapshot(server)), "requests": kinds(first), "total": len(first)}


def kinds(events) -> dict[str, tuple[str, str, int]]:
    """One request of each method and path of the API as (method, path, how often it was asked until then), by a name that stays the same."""
    api, found = Api(recorded()), {}
    for event in events:
        path = event.path.removeprefix("/v1")
        template = (api.find(event.method, path) or [(path, [])])[0][0].replace("{kv_mount_path}", path.split("/")[1])
        # The ledger is written before the objects and after them: two kinds.
        suffix = ", again" if event.count and "platform-ledger" in path else ""
        found[f"{event.method} {template}{suffix}"] = (event.method, event.path, event.count + 1)
    return found


def pytest_generate_tests(metafunc):
    if "fault" in metafunc.fixturenames:
        metafunc.parametrize("fault", list(FAULTS))


def test_each_request_once(fault, census, bao_server, tmp_path):
    """One fault, at one request of each kind in turn, on a fresh server each."""
    troubles = []
    for number, (name, (method, path, nth)) in enumerate(sorted(census["requests"].items())):
        if method in ("GET", "LIST") and fault not in FOR_READS:
            continue
        server = bao_server(storage="inmem")
        with Wire(server.addr, server.ca_file, tmp_path / f"wire{number}") as wire:
            wire.script = At(FAULTS[fault], method, f"^{re.escape(path)}$", nth=nth)
            target = Target(server, wire, tmp_path / f"target{number}")
            try:
                broken = target.run()
                assert wire.spoilt(), "the request did not come"
                state = target.repaired(broken)
                assert changes(census["state"], portable(state)) == []
            except AssertionError as error:
                troubles.append(f"{name}: {error}")
        server.stop()
    assert not troubles, "\n\n".join(troubles)


@pytest.mark.parametrize("seed", range(1, 7))
def test_storm(seed, target, census):
    """A fifth of all requests is spoilt, by every kind of fault."""
    target.wire.script = Storm(seed, rate=0.2, limit=60, faults=[
        *(fault for name, fault in FAULTS.items() if name not in ("slow", "black-hole", "429")),
        Fault("answer", 429, retry_after=0.2), Fault("slow", seconds=0.2)])
    broken = target.run()
    print(f"\nseed {seed}: {len(target.wire.spoilt())} of {len(target.wire.events)} requests spoilt; failed: {broken.get('failed', False)}")
    assert len(target.wire.spoilt()) > 10 or broken.get("failed")
    target.wire.script = lambda event: None
    assert changes(census["state"], portable(target.repaired(broken))) == []


def test_retry_after_is_waited_for(target):
    target.wire.script = At(Fault("answer", 429, retry_after=2), "LIST|GET", "/v1/sys/", nth=2)
    assert target.run()["changed"]
    spoilt = target.wire.spoilt()[0]
    again = next(event for event in target.wire.events if event.path == spoilt.path and event.count == spoilt.count + 1)
    assert again.at - spoilt.at >= 2


def test_a_server_that_stays_busy_is_named(target):
    target.wire.script = At(Fault("answer", 503), times=10**6)
    found = target.run()
    assert found["failed"] and "HTTP 503" in found["msg"] and "tried" in found["msg"] and not found["changed"], found["msg"]
    assert len(target.wire.events) <= 12


def test_nobody_is_there(target):
    url = target.wire.url
    target.wire.__exit__()
    found = target.run(url=url)
    assert found["failed"] and url in found["msg"] and not found["changed"], found["msg"]

"""The faulty wire must really be faulty, and otherwise transparent: proven in front of a real server."""
from __future__ import annotations

import collections
import threading
import time

import pytest
import requests

from tests.support.wire import At, Event, Fault, Storm, Wire


@pytest.fixture(name="server")
def _server(shared_server):
    shared_server.call("DELETE", "sys/policies/acl/a")
    return shared_server


@pytest.fixture(name="wire")
def _wire(server, tmp_path):
    with Wire(server.addr, server.ca_file, tmp_path / "wire") as wire:
        yield wire


def ask(wire, server, method, path, json=None, timeout=5.0):
    session = requests.Session()
    session.trust_env = False
    return session.request(method, f"{wire.url}/v1/{path}", json=json, verify=wire.ca_file, timeout=timeout,
                           headers={"X-Vault-Token": server.root_token})


def policies(server):
    return server.call("LIST", "sys/policies/acl")["data"]["keys"]


def test_calm_wire_is_transparent(wire, server):
    assert ask(wire, server, "PUT", "sys/policies/acl/a", {"policy": 'path "x" {}'}).status_code == 204
    assert "a" in ask(wire, server, "LIST", "sys/policies/acl").json()["data"]["keys"]
    assert ask(wire, server, "GET", "sys/policies/acl/none").status_code == 404
    assert ask(wire, server, "HEAD", "sys/health").status_code == 200
    assert [event.status for event in wire.events] == [204, 200, 404, 200]
    assert not wire.spoilt()


def test_its_certificate_is_verified(wire):
    with pytest.raises(requests.exceptions.SSLError):
        requests.get(wire.url + "/v1/sys/health", timeout=5)


@pytest.mark.parametrize(("kind", "done"), [("reset-before", False), ("reset-after", True), ("cut", True)])
def test_resets(wire, server, kind, done):
    server.call("PUT", "sys/policies/acl/long", {"policy": 'path "x" {}'})
    wire.script = At(Fault(kind), "PUT|GET", "/acl/")
    method, name = ("GET", "long") if kind == "cut" else ("PUT", "a")
    with pytest.raises(requests.exceptions.RequestException):
        ask(wire, server, method, "sys/policies/acl/" + name, None if kind == "cut" else {"policy": 'path "x" {}'})
    assert wire.spoilt()[0].status == (0 if not done else 200 if kind == "cut" else 204)
    if kind != "cut":
        assert ("a" in policies(server)) is done
    assert ask(wire, server, "GET", "sys/policies/acl/long").ok  # the script was for one request


@pytest.mark.parametrize(("kind", "done"), [("answer", False), ("answer-after", True)])
@pytest.mark.parametrize("status", [429, 500, 503])
def test_gateway_answers(wire, server, kind, done, status):
    wire.script = At(Fault(kind, status, retry_after=1.0))
    answer = ask(wire, server, "PUT", "sys/policies/acl/a", {"policy": 'path "x" {}'})
    assert (answer.status_code, answer.headers["Retry-After"]) == (status, "1")
    assert ("a" in policies(server)) is done


def test_slow(wire, server):
    wire.script = At(Fault("slow", seconds=0.6))
    begin = time.monotonic()
    assert ask(wire, server, "GET", "sys/health").ok
    assert time.monotonic() - begin >= 0.6
    wire.script = At(Fault("slow", seconds=2))
    with pytest.raises(requests.exceptions.ReadTimeout):
        ask(wire, server, "GET", "sys/health", timeout=0.2)


def test_black_hole(wire, server):
    wire.script = At(Fault("black-hole"))
    with pytest.raises(requests.exceptions.ReadTimeout):
        ask(wire, server, "GET", "sys/health", timeout=0.3)
    assert wire.events[0].status == 0


def test_black_hole_ends_by_itself(wire, server):
    wire.script = At(Fault("black-hole", seconds=0.2))
    with pytest.raises(requests.exceptions.ConnectionError):
        ask(wire, server, "GET", "sys/health")


def test_at_counts(wire, server):
    wire.script = At(Fault("answer", 503), "GET", "health", nth=2, times=2)
    assert [ask(wire, server, "GET", "sys/health").status_code for _unused in range(4)] == [200, 503, 503, 200]
    assert [event.count for event in wire.spoilt()] == [1, 2]


def storm(seed, paths, **options):
    """The faults that these requests meet, in their order."""
    made = Storm(seed, **{"limit": 10**6, **options})
    return [made(Event("GET", path, 0)) for path in paths]


def test_storm_is_the_same_again_whatever_the_names():
    """Paths hold ids that chance makes: what is met is the same, as often, by the requests of the same number."""
    one = storm(7, [f"/v1/{number}" for number in range(600)])
    assert one == storm(7, [f"/other/{number * 7}" for number in range(600)]) != storm(8, [f"/v1/{number}" for number in range(600)])
    assert 90 < len([fault for fault in one if fault]) < 150
    assert {fault.kind for fault in one if fault} == {"reset-before", "answer", "slow"}


def test_storm_leaves_each_request_a_chance():
    """Two faults a method and path; those that would be too many go to the requests after it."""
    paths = ["/busy" if number % 3 else f"/v1/{number}" for number in range(600)]
    found = storm(7, paths)
    assert len([path for path, fault in zip(paths, found, strict=True) if fault and path == "/busy"]) == 2
    assert len([fault for fault in found if fault]) > 90


def test_storm_counts_right_with_many_threads():
    made, found = Storm(7, limit=10**6, each=10**6), []
    threads = [threading.Thread(target=lambda: found.extend(made(Event("GET", "/", 0)) for _unused in range(500))) for _unused in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    wanted = storm(7, ["/"] * 4000, each=10**6)
    assert made.number == 4000 and collections.Counter(found) == collections.Counter(wanted)


def test_storm_is_bounded():
    storm = Storm(1, rate=1.0, limit=5)
    assert len([1 for number in range(50) if storm(Event("GET", str(number), 0))]) == 5


def test_unknown_fault_is_refused():
    with pytest.raises(ValueError, match="unknown fault 'rset'"):
        Fault("rset")


def test_watch_sees_both_stages(server, tmp_path):
    seen = []
    with Wire(server.addr, server.ca_file, tmp_path / "w", watch=lambda event, stage: seen.append(stage)) as wire:
        ask(wire, server, "GET", "sys/health")
    assert seen == ["arrived", "done"]


def test_many_at_once(wire, server):
    results = []
    threads = [threading.Thread(target=lambda: results.append(ask(wire, server, "GET", "sys/mounts").status_code))
               for _unused in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert results == [200] * 16

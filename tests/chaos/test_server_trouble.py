"""The server itself is in the way: sealed, a standby, restarted or sealed in mid-run, a token that ends in mid-run."""
from __future__ import annotations

import json
import pathlib
import signal
import threading
import time

import pytest

from tests.lab.bao import Node
from tests.support.audit import mark, vault_writes
from tests.support.state import changes, portable, snapshot
from tests.support.target import Target, answer
from tests.support.wire import At, Fault, Wire

WRITE = 30  # the write in mid-run at which trouble begins


@pytest.fixture(name="make")
def _make(bao_server, tmp_path):
    """Factory of targets: keyword arguments go to bao_server."""
    wires = []

    def make(node=0, same_ca=False, **options):
        server = bao_server(**options)
        where = server.nodes[node]
        tls = [pathlib.Path(where.ca_file).with_name(name) for name in ("ca.crt", "tls.crt", "tls.key")] if same_ca else None
        wire = Wire(where.addr, where.ca_file, tmp_path / f"wire{len(wires)}", tls=tls).__enter__()
        wires.append(wire)
        return Target(server, wire, tmp_path / f"target{len(wires)}")

    yield make
    for wire in wires:
        wire.__exit__()


@pytest.fixture(name="reference")
def _reference(make):
    """The end state of an undisturbed run."""
    target = make(storage="inmem")
    assert target.run()["changed"]
    return portable(snapshot(target.server))


def at_write(target, number=WRITE):
    """An event that is set when the given write passes the wire."""
    reached, seen = threading.Event(), []

    def watch(event, stage):
        if stage == "arrived" and event.method in ("POST", "PUT", "PATCH"):
            seen.append(event)
            if len(seen) == number:
                reached.set()

    target.wire.watch = watch
    return reached


def finish(target, broken, reference):
    """Trouble is over: the next run finishes, changes no secret, and ends in the state of an undisturbed run."""
    print("\n" + str(broken.get("msg", "went through")))
    assert changes(reference, portable(target.repaired(broken))) == []


def test_sealed(make, reference):
    target = make(storage="raft")
    target.server.call("PUT", "sys/seal")
    found = target.run()
    assert found["failed"] and not found["changed"] and "sealed" in found["msg"] and "unseal it" in found["msg"], found["msg"]
    target.server.unseal()
    target.server.wait_active(standby=False)
    finish(target, found, reference)


def test_not_initialised(make):
    target = make(initialised=False, storage="inmem")
    found = target.run(token="none")
    assert found["failed"] and "not initialised" in found["msg"] and "vault_init" in found["msg"], found["msg"]
    assert target.server.seal_status()["initialized"] is False


def test_sealed_in_mid_run(make, reference):
    target = make(storage="raft")
    reached = at_write(target)
    run = target.start()
    assert reached.wait(30)
    target.server.call("PUT", "sys/seal")
    broken = answer(run.wait(120))
    assert broken["failed"] and "sealed" in json.dumps(broken), broken
    target.server.unseal()
    target.server.wait_active(standby=False)
    finish(target, broken, reference)


@pytest.mark.parametrize("how", ["stop", "kill"])
def test_restarted_in_mid_run(how, make, reference):
    target = make(storage="raft")
    reached = at_write(target)
    run = target.start()
    assert reached.wait(30)
    getattr(target.server, how)()
    target.server.start()
    target.server.unseal()
    target.server.wait_active(standby=False)
    finish(target, answer(run.wait(120)), reference)


def writes(target):
    return [event for event in target.wire.events if event.method == "POST"]


def test_a_standby_is_left_for_the_active_node(make, reference):
    """Where the active node can be reached and verified, the standby is asked for nothing but the way."""
    target = make(node=1, same_ca=True, nodes=2)
    assert target.server.nodes[1].request("GET", "sys/health").status_code == 429
    found = target.run()
    assert found.get("changed"), found.get("msg")
    assert len(target.wire.events) <= 3 and not writes(target), target.wire.events
    finish(target, found, reference)


def test_a_standby_that_is_all_there_is_forwards(make, reference):
    """The active node's own address has a certificate of a CA that we don't know, as behind a load balancer."""
    target = make(node=1, nodes=2)
    found = target.run()
    assert found.get("changed"), found.get("msg")
    assert len(writes(target)) > 50
    finish(target, found, reference)


def test_the_active_node_steps_down_in_mid_run(make, reference):
    target = make(nodes=3)
    reached = at_write(target)
    run = target.start()
    assert reached.wait(30)
    target.server.call("PUT", "sys/step-down")
    broken = answer(run.wait(120))
    active = wait_for_leader(target.server)
    target.server.addr, target.server.audit_log = active.addr, active.audit_log
    finish(target, broken, reference)


def test_the_active_node_dies_in_mid_run(make, reference):
    """The run talks to the active node by its own address. Without it the cluster elects another, and the given address leads there."""
    target = make(node=1, same_ca=True, nodes=3)
    # A member that has just joined votes after ten seconds (autopilot); until then the loss of the first one stops the cluster.
    wait_for_voters(target.server, 3)
    begin = mark(target.server.audit_log)
    run = target.start(timeout=30)
    while len(vault_writes(target.server.audit_log, begin)) < WRITE and run.process.poll() is None:
        time.sleep(0.01)
    Node.stop(target.server, signal.SIGKILL)
    found = answer(run.wait(120))
    assert found.get("changed") and not found.get("failed"), found.get("msg")
    active = wait_for_leader(target.server)
    target.server.addr, target.server.audit_log = active.addr, active.audit_log
    finish(target, found, reference)


def wait_for_voters(cluster, number):
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        servers = cluster.call("GET", "sys/storage/raft/configuration")["data"]["config"]["servers"]
        if len([one for one in servers if one["voter"]]) == number:
            return
        time.sleep(0.5)
    raise AssertionError("the members do not vote")


def wait_for_leader(cluster):
    """The node that is active now."""
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        for node in [node for node in cluster.nodes if node.process.poll() is None]:
            if node.request("GET", "sys/health").status_code == 200:
                return node
        time.sleep(0.1)
    raise AssertionError("no node became active")


def test_a_token_that_ends_in_mid_run(make, reference):
    """It is gone from one moment to the next, as at its end: what was done is said, and nothing is lost."""
    target = make(storage="inmem")
    token = target.server.call("POST", "auth/token/create", {"policies": ["root"], "ttl": "1h", "renewable": False})["auth"]["client_token"]
    target.wire.script = At(Fault("slow", seconds=0.5), "POST", ".*", nth=1, times=10**6)
    reached = at_write(target)
    run = target.start(token=token)
    assert reached.wait(60)
    target.server.call("POST", "auth/token/revoke", {"token": token})
    broken = answer(run.wait(120))
    assert broken["failed"] and broken["changed"], broken
    assert "token" in broken["msg"] or "403" in broken["msg"], broken["msg"]
    assert token not in json.dumps(broken)
    target.wire.script = lambda event: None
    finish(target, broken, reference)


def test_a_wrong_token(make):
    target = make(storage="inmem")
    before = snapshot(target.server)
    found = target.run(token="wrong-token-value")
    assert found["failed"] and not found["changed"] and "wrong-token-value" not in json.dumps(found), found
    assert "token" in found["msg"], found["msg"]
    assert changes(before, snapshot(target.server)) == []


def test_a_token_that_may_not_do_all(make, reference):
    """What it may do is done, the rest is reported by name; a better token finishes."""
    target = make(storage="inmem")
    target.server.call("PUT", "sys/policies/acl/weak", {"policy": 'path "*" { capabilities = ["create", "read", "update", "list", "sudo", "patch", "scan"] }\n'
                                                                  'path "transit/*" { capabilities = ["read", "list"] }'})
    token = target.server.call("POST", "auth/token/create", {"policies": ["weak"], "ttl": "1h"})["auth"]["client_token"]
    broken = target.run(token=token)
    assert broken["failed"] and broken["changed"] and "transit/" in broken["msg"] and "403" in broken["msg"], broken
    target.server.call("DELETE", "sys/policies/acl/weak")
    finish(target, broken, reference)


def test_an_answer_that_never_comes(make, reference):
    """Every request after the tenth write falls into a hole: the run ends by itself, soon, and says so."""
    target = make(storage="inmem")
    target.wire.script = At(Fault("black-hole", seconds=60), nth=40, times=10**6)
    begin = time.monotonic()
    broken = target.run(timeout=1)
    assert (broken["failed"] and "no answer" in json.dumps(broken).lower()) or "within" in json.dumps(broken), broken["msg"]
    assert time.monotonic() - begin < 60
    target.wire.script = lambda event: None
    finish(target, broken, reference)

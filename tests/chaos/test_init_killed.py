"""SIGKILL around the one request that can't be repeated: sys/init."""
from __future__ import annotations

import time

import pytest

from tests.support.site import fault, killed_at, recap
from tests.support.wire import At, Fault


def is_init(event):
    return event.path.endswith("/sys/init") and event.method in ("PUT", "POST")


def begin_again(site, **options):
    """The task that may wipe: its command asks this test to do what a human would do, and waits until it is done."""
    wipe = site.folder / "wipe"
    wipe.write_text(f"#!/bin/sh\ntouch {site.folder}/wipe-please\nwhile [ ! -e {site.folder}/wiped ]; do sleep 0.1; done\n")
    wipe.chmod(0o700)
    return site.init(**{"audit_log": str(site.server.audit_log), "reinitialise_empty": True, "reset_command": [str(wipe)], **options})


def kill(site, stage, delay=0.0):
    run = site.start([site.init(audit_log=str(site.server.audit_log))])
    with killed_at(run, site.wire, is_init, stage, delay) as fired:
        result = run.wait()
    return fired, result


def test_killed_before_the_server_saw_it(site):
    """The request never arrives: the next run begins again, without a word."""
    site.wire.script = At(Fault("reset-before"), "PUT|POST", "/sys/init$")
    fired, result = kill(site, "arrived")
    assert fired and result.rc == -9 and site.server.seal_status()["initialized"] is False
    assert "mark" in site.read_store()
    assert recap(site.play(site.init()).check())["changed"] == 1
    assert site.operator().call("GET", "auth/token/lookup-self")["data"]["policies"] == ["root"]


@pytest.mark.parametrize("stage", ["arrived", "done"])
def test_killed_while_the_answer_is_on_its_way(site, stage):
    """The keys are gone for good. The next run must say so, change nothing, and begin again only when told."""
    fired, result = kill(site, stage)
    assert fired and result.rc == -9 and site.server.seal_status()["initialized"] is True
    assert "answer" not in site.read_store()

    said = fault(site.play(site.init()))
    assert "reinitialise_empty" in said and "initialis" in said, said
    assert "answer" not in site.read_store()

    assert "not proven" in fault(site.play(begin_again(site, audit_log=None))).replace("isn't", "not"), "nothing shows that it was never used"
    assert site.server.seal_status()["initialized"] is True
    run = site.start([begin_again(site)])
    while not (site.folder / "wipe-please").exists() and run.process.poll() is None:
        time.sleep(0.05)
    site.server.wipe()
    site.server.start()
    (site.folder / "wiped").touch()
    assert recap(run.wait().check())["changed"] == 1
    assert site.operator().call("GET", "auth/token/lookup-self")["data"]["policies"] == ["root"]
    assert recap(site.play(site.init()).check())["changed"] == 0


def test_a_vault_that_was_used_is_never_wiped(site):
    """As above, but the audit log shows more than the lost initialisation."""
    kill(site, "done")
    with site.server.audit_log.open("a") as log:
        log.write('{"time":"2099-01-01T00:00:00Z","type":"request","request":{"operation":"update","path":"platform/data/x"}}\n')
    said = fault(site.play(begin_again(site)))
    assert "reinitialise_empty is refused" in said and not (site.folder / "wipe-please").exists()
    assert site.server.seal_status()["initialized"] is True


@pytest.mark.parametrize("delay", [0.005, 0.02, 0.05, 0.1, 0.2, 0.4])
def test_killed_just_after_the_answer(site, delay):
    """Either the answer is safe and the next run goes on, or it is not and the next run says so: never in between."""
    _fired, _result = kill(site, "done", delay)
    store = site.read_store()
    if "answer" in store:
        assert "mark" not in store
        site.play(site.init()).check()
        assert site.operator().call("GET", "auth/token/lookup-self")["data"]["policies"] == ["root"]
        assert recap(site.play(site.init()).check())["changed"] == 0
    else:
        assert "reinitialise_empty" in fault(site.play(site.init()))


def test_the_answer_is_lost_without_a_kill(site):
    """The connection breaks after the server has done it: the run itself says what happened, and so does the next."""
    site.wire.script = At(Fault("reset-after"), "PUT|POST", "/sys/init$")
    said = fault(site.play(site.init()))
    assert "sys/init" in said or "initialis" in said, said
    assert [event.method for event in site.wire.events if is_init(event)] == ["PUT"] or \
        [event.method for event in site.wire.events if is_init(event)] == ["POST"], "sys/init was asked twice"
    assert "reinitialise_empty" in fault(site.play(site.init()))

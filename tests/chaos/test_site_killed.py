"""SIGKILL at ten random points of a whole run (initialise, unseal, configure), then run again: the same state, no secret changed.

The seed is printed; CHAOS_SEED replays it. The points are spread over the time that an undisturbed run took, one in each tenth of it.
"""
from __future__ import annotations

import time

import pytest

from tests.chaos.strike import KILLS, SEED, strike
from tests.support.audit import mark, vault_writes
from tests.support.site import Site, fault, recap
from tests.support.state import changes, portable, secrets_changed, snapshot


@pytest.fixture(scope="module", name="reference")
def _reference():
    """What an undisturbed run gives, and how long it took: filled by the first test that needs it."""
    return {}


def undisturbed(reference, bao_server, tmp_path):
    """Runs a site of its own without chaos, once."""
    if not reference:
        site = Site(bao_server(initialised=False), tmp_path / "reference")
        site.play(site.init()).check()  # also warms the disk's cache
        site.server.wipe()
        site.server.start()
        site.store_file.unlink()
        begin = time.monotonic()
        result = site.play().check()
        assert recap(result)["changed"] == 2
        reference.update(seconds=time.monotonic() - begin, state=portable(snapshot(site.operator())))
        print(f"\nCHAOS_SEED={SEED}: an undisturbed run takes {reference['seconds']:.1f} s")
    return reference


def finish(site):
    """Runs again until done. Only the lost answer of sys/init needs a human, and is said: that one is wiped here."""
    result = site.play()
    if result.rc and "reinitialise_empty" in fault(result):
        assert "answer" not in site.read_store()
        site.server.wipe()
        site.server.start()
        return site.play(site.init(reinitialise_empty=True), site.configure())
    return result


def steady(site, reference):
    """The state is the reference's, a further run changes nothing and writes nothing."""
    state = snapshot(site.operator())
    assert changes(reference["state"], portable(state)) == []
    begin = mark(site.server.audit_log)
    assert recap(site.play().check())["changed"] == 0
    assert vault_writes(site.server.audit_log, begin) == []
    assert changes(state, snapshot(site.operator())) == []


@pytest.mark.timeout(600)
@pytest.mark.parametrize("number", range(KILLS))
@pytest.mark.parametrize("parent_only", [False, True], ids=["all", "parent"])
def test_killed_anywhere(number, parent_only, reference, bao_server, tmp_path):
    if parent_only and number % 3:
        pytest.skip("the kill of the parent alone is tried at every third point")
    wanted = undisturbed(reference, bao_server, tmp_path)
    sites = []

    def begin():
        sites.append(Site(bao_server(initialised=False), tmp_path / f"site{len(sites)}"))
        return sites[-1].start([sites[-1].init(), sites[-1].configure()])

    run = strike(begin, number, wanted["seconds"], parent_only)
    site = sites[-1]
    while run.members():  # workers that outlived their parent: the next run may not begin on top of them in this test
        time.sleep(0.05)
    before = snapshot(site.operator()) if (site.read_store().get("answer") or {}).get("root_token") and not site.server.seal_status()["sealed"] else {}
    finish(site).check()
    assert secrets_changed(before, snapshot(site.operator())) == []
    steady(site, wanted)


def test_the_orphans_of_a_killed_run_do_no_harm(reference, bao_server, tmp_path):
    """The parent alone is killed in the middle of the configuration, and the next run begins while the orphan is still writing."""
    wanted = undisturbed(reference, bao_server, tmp_path)
    site = Site(bao_server(initialised=False), tmp_path / "site")
    site.play(site.init()).check()
    begin = mark(site.server.audit_log)
    run = site.start([site.configure()])
    while run.process.poll() is None and len(vault_writes(site.server.audit_log, begin)) < 5:
        time.sleep(0.01)
    run.kill(parent_only=True)
    finish(site).check()
    steady(site, wanted)


def test_two_runs_at_once(reference, bao_server, tmp_path):
    """Both end well, or one says by name what was in its way; the state is whole, and no secret is written twice."""
    wanted = undisturbed(reference, bao_server, tmp_path)
    site = Site(bao_server(initialised=False), tmp_path / "site")
    results = [run.wait() for run in [site.start([site.init(), site.configure()]) for _unused in range(2)]]
    assert any(result.rc == 0 for result in results), "\n".join(result.stdout for result in results)
    for result in results:
        if result.rc:
            print(fault(result))
            assert "Traceback" not in result.stdout
    values = {name: body for name, body in snapshot(site.operator()).items() if name.startswith("kv platform/")}
    assert values and {body["version"] for body in values.values()} == {1}, "a secret was written twice"
    site.play().check()
    steady(site, wanted)

"""Phase «identity» in trouble: its token ends in mid-run, Keycloak is restarted or dies, the wire is bad, another run is at it. The end state is the same."""
from __future__ import annotations

import os
import signal
import time

import pytest

from tests.chaos.identity_site import REALM
from tests.chaos.test_identity_killed import drift, through
from tests.support.site import fault, recap
from tests.support.state import changes
from tests.support.wire import At, Fault, Storm, Wire

pytestmark = pytest.mark.timeout(600)
LIFE = 60  # seconds that a token of the realm master lives, by Keycloak's own default


@pytest.fixture
def wire(identity, tmp_path):
    with Wire(identity.keycloak("first").url, identity.lab.ca_file, tmp_path / "wire") as made:
        yield made


def tokens(wire: Wire) -> list:
    """The logins and renewals that were answered."""
    return [event for event in wire.events if event.path.endswith("/protocol/openid-connect/token") and event.status == 200]


def work(wire: Wire) -> list:
    return [event for event in wire.events if "/admin/realms" in event.path]


def test_the_token_of_60_seconds_ends_in_mid_run(identity, undisturbed, wire):
    """On a slow wire the first run takes longer than its token lives: a person's, which is renewed before its end, once a life."""
    identity.renew()
    wire.script = At(Fault("slow", seconds=1.3), times=10**6)
    result = identity.play(**through(wire)).check()
    lasted = work(wire)[-1].at - work(wire)[0].at
    print(f"\n{len(work(wire))} requests in {lasted:.0f} s of {result.seconds:.0f} s, {len(tokens(wire))} tokens")
    assert lasted > LIFE, "the run was over before its token"
    assert not [event for event in work(wire) if event.status == 401], "a token was used beyond its end"
    # The run's own, one a life; and the module that takes the first account away has its own, and one of each heir.
    assert 1 + lasted // LIFE <= len(tokens(wire)) - 3 <= 1 + lasted // (0.9 * LIFE)
    identity.done(undisturbed["state"])


def test_automations_token_ends_in_mid_run(identity, undisturbed, wire):
    """A service account has no session to renew: it logs in anew. The token lives so short, and the answer to the login takes so long, that it also ends
    in between, from one request to the next."""
    identity.renew()
    identity.finish()
    keycloak = identity.keycloak()
    life = keycloak.get("master")["accessTokenLifespan"]
    keycloak.call("PUT", "master", {"accessTokenLifespan": 4})
    drift(keycloak)
    wire.script = At(Fault("slow", seconds=0.7), times=10**6)
    assert recap(identity.play(**through(wire)).check())["changed"] == 1
    lasted = work(wire)[-1].at - work(wire)[0].at
    late = [event for event in work(wire) if event.status == 401]
    print(f"\n{len(work(wire))} requests in {lasted:.0f} s, {len(tokens(wire))} tokens, {len(late)} requests after their end")
    assert 3 <= len(tokens(wire)) <= 3 + lasted // 3 < len(work(wire)) / 3
    keycloak.forget()
    keycloak.call("PUT", "master", {"accessTokenLifespan": life})
    identity.done(undisturbed["state"])


@pytest.mark.parametrize("how", ["restart", "kill"])
def test_keycloak_comes_back_in_mid_run(how, identity, undisturbed):
    """In the midst of the writes it is stopped and started, or dies and the supervisor starts it: the run waits for it and ends well, without a wire
    in between, so with refused connections."""
    identity.renew()
    keycloak = identity.keycloak("first")
    run = identity.start()
    while REALM not in [realm["realm"] for realm in keycloak.get("?briefRepresentation=true")]:
        assert run.process.poll() is None, run.stdout()
        time.sleep(0.05)
    if how == "restart":
        identity.supervise("restart")
    else:
        os.kill(identity.lab.processes()["keycloak"][0], signal.SIGKILL)
    down = time.monotonic()
    identity.lab.wait_for_keycloak()
    print(f"\nready again after {time.monotonic() - down:.0f} s")
    result = run.wait()
    assert result.rc == 0 and recap(result)["changed"] == 4, result.stdout[-3000:]
    identity.done(undisturbed["state"])


@pytest.mark.parametrize("seed", [1])
def test_a_storm(seed, identity, undisturbed, wire, tmp_path):
    """A quarter of all requests to Keycloak and Vault is spoilt, by every fault."""
    faults = (Fault("reset-before"), Fault("reset-after"), Fault("cut"), Fault("answer", 503), Fault("answer", 500), Fault("answer-after", 502),
              Fault("answer", 429, retry_after=0.1), Fault("slow", seconds=0.3))
    identity.renew()
    wire.script = Storm(seed, rate=0.25, limit=100, faults=faults)
    with Wire(identity.lab.vault_addr, identity.lab.ca_file, tmp_path / "vault", script=Storm(seed + 10, rate=0.25, limit=100, faults=faults)) as vault:
        known = {f"{prefix}{name}": value for prefix in ("vault_", "keycloak_vault_") for name, value in (("url", vault.url), ("ca_file", vault.ca_file))}
        result = identity.play(**through(wire), **known)
        print(f"\nseed {seed}: of Keycloak {len(wire.spoilt())} of {len(wire.events)} requests, of Vault {len(vault.spoilt())} of {len(vault.events)}; "
              f"{fault(result)[:2000] if result.rc else 'went through'}")
        assert len(wire.spoilt()) >= 20 and len(vault.spoilt()) >= 10
    assert "Traceback" not in result.stdout
    identity.finish()
    identity.done(undisturbed["state"])


def test_two_runs_at_once(identity, undisturbed):
    identity.renew()
    results = [run.wait() for run in [identity.start() for _unused in range(2)]]
    assert any(result.rc == 0 for result in results), "\n".join(fault(result)[:3000] for result in results)
    for result in results:
        assert "Traceback" not in result.stdout
        print(fault(result)[:2000] if result.rc else "went through")
    identity.finish()
    identity.done(undisturbed["state"])


def test_what_these_tests_look_at_shows_a_change(identity, undisturbed):
    """One write past the playbook in each of what is compared, and the events that count it."""
    identity.renew()
    identity.finish()
    keycloak, events = identity.keycloak(), identity.events()
    grafana = keycloak.client(REALM, "grafana")
    keycloak.call("PUT", f"{REALM}/clients/{grafana['id']}", {**grafana, "secret": "another-secret-than-the-one-in-vault"})
    keycloak.call("POST", f"{REALM}/groups", {"name": "planted"})
    keycloak.call("POST", "master/users", {"username": "planted", "enabled": True})
    identity.lab.kubectl("patch", "clusterrole", "platform-operator", "--type=json", "-p", '[{"op": "remove", "path": "/rules/0"}]')
    found = "\n".join(changes(undisturbed["state"], identity.look()))
    for planted in (f"{REALM} secret grafana", f"new: {REALM} group /planted", "new: master user planted", "ClusterRole platform-operator"):
        assert planted in found, found
    assert {realm: identity.events()[realm] - number for realm, number in events.items()} == {REALM: 2, "master": 1}
    with pytest.raises(AssertionError, match="grafana"):
        identity.clients()

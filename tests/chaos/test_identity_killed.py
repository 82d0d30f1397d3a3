"""Phase «identity» of `site.yml`, killed at ten moments of its first run and around each request that counts: the next run ends it as if nothing had been,
no secret is made anew, and at no time is anybody locked out."""
from __future__ import annotations

import re
import time

import pytest

from tests.chaos.identity_site import REALM
from tests.chaos.strike import KILLS, strike
from tests.lab.keycloak_login import Person, code
from tests.support.site import killed_at
from tests.support.wire import Fault, Wire

pytestmark = pytest.mark.timeout(600)
# Requests of the first run on which others depend, in their order: method, path, a field of the body.
PEOPLE = {
    "the realm is made": ("POST", "/admin/realms/?$", ""),
    "a flow is being built": ("POST", f"/{REALM}/authentication/flows/[^/]*/executions/flow$", ""),
    "a flow gets its name": ("PUT", f"/{REALM}/authentication/flows/[^/]*$", ""),
    "the realm is bound to the flows": ("PUT", f"/admin/realms/{REALM}$", "browserFlow"),
}
ADMINISTRATORS = {
    "automation's client is made": ("POST", "/master/clients$", "secret"),
    "the named administrator is made": ("POST", "/master/users$", "credentials"),
    "one of them gets their rights": ("POST", "/master/users/[^/]*/role-mappings/realm$", ""),
    "the first account is taken away": ("DELETE", "/master/users/[^/]*$", ""),
}
# Of a run that exchanges a flow which people log in by.
EXCHANGE = {
    "the new flow is being built": ("POST", f"/{REALM}/authentication/executions$", ""),
    "the realm is bound to it": ("PUT", f"/admin/realms/{REALM}$", "browserFlow"),
    "the old one is taken away": ("DELETE", f"/{REALM}/authentication/flows/[^/]*$", ""),
    "it gets the old one's name": ("PUT", f"/{REALM}/authentication/flows/[^/]*$", ""),
}


@pytest.mark.parametrize("number", range(KILLS))
def test_killed_anywhere(number, identity, undisturbed):
    def begin():
        identity.renew()
        return identity.start()

    strike(begin, number, undisturbed["seconds"])
    assert identity.administrators() & {"first", "break-glass"}, "nobody could administer Keycloak after the kill"
    identity.finish()
    identity.done(undisturbed["state"])


def through(wire: Wire) -> dict:
    """The variables with which the playbook reaches Keycloak through the wire. Vault and people still go to the address that is in the tokens."""
    return {"keycloak_url": wire.url, "keycloak_ca_file": wire.ca_file}


def meant(event, method: str, path: str, field: str = "") -> bool:
    return event.method == method and bool(re.search(path, event.path)) and (not field or field in event.fields)


def kill_at(site, wire: Wire, point: tuple[str, str, str], stage: str) -> bool:
    """Kills a run at the first request of that kind: «before» Keycloak has seen it, or when it is «done» and the answer on its way. Tells whether the
    run sent such a request."""
    wire.script = (lambda event: Fault("reset-before") if meant(event, *point) else None) if stage == "before" else (lambda event: None)
    run = site.start(**through(wire))
    with killed_at(run, wire, lambda event: meant(event, *point), "arrived" if stage == "before" else "done") as fired:
        result = run.wait()
    assert result.rc == (-9 if fired else 0), result.stdout[-3000:]
    time.sleep(0.5)  # what else was on its way may still be done
    return bool(fired)


@pytest.mark.parametrize("points", [PEOPLE, ADMINISTRATORS], ids=["people", "administrators"])
def test_killed_at_the_requests_that_count(points, identity, undisturbed, tmp_path):
    """One after the other on the same site: each run begins with what the kill before left. Automation, once its client is there and has no rights yet,
    doesn't stand in the way of the first account."""
    identity.renew()
    with Wire(identity.keycloak("first").url, identity.lab.ca_file, tmp_path / "wire") as wire:
        for name, point in points.items():
            for stage in ("before", "done"):
                assert kill_at(identity, wire, point, stage), name
                administrators = identity.administrators()
                print(f"\nkilled: {name}, {stage}; {', '.join(sorted(administrators))} get in")
                assert administrators & {"first", "break-glass"}, name
    identity.finish()
    identity.done(undisturbed["state"])


def test_killed_while_people_log_in_by_a_flow_that_is_exchanged(identity, undisturbed, tmp_path):
    """The flow of the realm differs, and is built anew, bound and taken away: after each kill a person with a code gets in, and nobody without."""
    identity.renew()
    identity.finish()
    keycloak = identity.keycloak()
    keycloak.call("POST", f"{REALM}/clients", {"clientId": "probe", "publicClient": True, "redirectUris": ["http://127.0.0.1/back"]})
    codes = {f"kim{number}": enrol(keycloak, f"kim{number}") for number in range(2 * len(EXCHANGE) + 1)}
    enrolled, people = time.time(), list(codes)
    drift(keycloak)
    with Wire(keycloak.url, identity.lab.ca_file, tmp_path / "wire") as wire:
        for name, point in EXCHANGE.items():
            for stage in ("before", "done"):
                assert kill_at(identity, wire, point, stage), name
                person = people.pop()
                assert gets_in(keycloak, person, codes[person], enrolled)
                print(f"\nkilled: {name}, {stage}; {person} got in")
    identity.finish()
    assert gets_in(keycloak, people[0], codes[people[0]], enrolled)
    for name in codes:
        keycloak.call("DELETE", f"{REALM}/users/{keycloak.one(f'{REALM}/users?max=100', username=name)['id']}")
    keycloak.call("DELETE", f"{REALM}/clients/{keycloak.client(REALM, 'probe')['id']}")
    identity.done(undisturbed["state"])


def drift(keycloak) -> None:
    """Somebody has switched security keys off in the realm's flow, which the next run therefore builds anew."""
    at = f"{REALM}/authentication/flows/platform%20browser/executions"
    row = next(step for step in keycloak.get(at) if step.get("providerId") == "webauthn-authenticator")
    keycloak.call("PUT", at, {**row, "requirement": "DISABLED"})


def enrol(keycloak, name: str) -> str:
    """A person with a password and a code: the code's secret. One person logs in once, since a code works once."""
    keycloak.call("POST", f"{REALM}/users", {"username": name, "enabled": True, "email": f"{name}@example.com", "firstName": name, "lastName": name,
                                             "credentials": [{"type": "password", "value": f"first-password-of-{name}"}]})
    return Person(keycloak, REALM).log_in(name, f"first-password-of-{name}").enrol()


def gets_in(keycloak, name: str, otp: str, enrolled: float) -> bool:
    """With a code; with the password alone one is only asked for it."""
    person = Person(keycloak, REALM).log_in(name, f"first-password-of-{name}")
    assert not person.inside and "otp" in person.asked, person.told
    assert person.send(otp=code(otp, max(time.time(), enrolled + 30))).inside, person.told
    return True

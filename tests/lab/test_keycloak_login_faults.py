# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Faults on the way to a real Keycloak while flows, identity providers and directories are made and changed: what may be there twice is there once."""

from __future__ import annotations

import pytest

from tests.lab.keycloak_flows import BROWSER, SIMPLE, WHOLE, config, ours
from tests.lab.keycloak_runs import Runs, put_secret
from tests.lab.test_keycloak_federation import corp, directory
from tests.support.wire import Fault, Storm, Wire


@pytest.fixture
def runs(keycloak, shared_server, tmp_path):
    """Runs through a wire; ``runs.realm`` isn't there yet."""
    put_secret(shared_server, "keycloak/ldap", password="first-password-of-the-directory")
    put_secret(shared_server, "keycloak/corp", client_secret="first-secret-of-corp")
    with Wire(keycloak.url, keycloak.ca_file, tmp_path / "wire") as wire:
        yield Runs.apart(keycloak, shared_server, tmp_path, "k2", wire)


def whole(runs, executions: list) -> dict:
    made = config(runs.realm, executions)
    made["realms"][runs.realm].update(identity_providers={"corp": corp(firstBrokerLoginFlowAlias="first broker login")},
                                      user_federation={"ldap": directory("ldap://127.0.0.1:9")})
    return made


def settled(runs, executions: list, flows: list) -> None:
    """Everything is there once, and another run finds nothing to do."""
    keycloak, realm = runs.keycloak, runs.realm
    runs.wire.script = lambda event: None
    again = runs(whole(runs, executions))
    assert again["plan"] == [] and again["stats"]["writes"] == 0, again["diff"]
    assert ours(keycloak, realm) == flows and keycloak.get(realm)["browserFlow"] == "platform browser"
    assert [mapper["name"] for mapper in keycloak.get(f"{realm}/identity-provider/instances/corp/mappers")] == ["e mail/주소"]
    names = [entry["name"] for entry in keycloak.get(f"{realm}/components") if "torage" in entry["providerType"]]
    assert sorted(names) == sorted(set(names)) and {"ldap", "groups", "first name"} <= set(names)


def test_every_answer_to_a_post_is_lost_once(runs):
    runs.wire.script = lambda event: Fault("reset-after") if event.method == "POST" and not event.count and "/protocol/" not in event.path else None
    runs(whole(runs, BROWSER))
    assert len(runs.wire.spoilt()) >= 10
    settled(runs, BROWSER, WHOLE)


@pytest.mark.parametrize("seed", [1, 2])
def test_a_storm(runs, seed):
    faults = (Fault("reset-before"), Fault("reset-after"), Fault("answer", 503), Fault("answer", 429, retry_after=0.1), Fault("cut"))
    runs.wire.script = Storm(seed, rate=0.3, limit=60, faults=faults)
    runs(whole(runs, BROWSER))
    settled(runs, BROWSER, WHOLE)
    runs.wire.script = Storm(seed, rate=0.3, limit=60, faults=faults)
    runs(whole(runs, SIMPLE))
    assert len(runs.wire.spoilt()) >= 10
    settled(runs, SIMPLE, WHOLE[:2])

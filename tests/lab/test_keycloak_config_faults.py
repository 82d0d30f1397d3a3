# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Faults on the way to a real Keycloak: answers that are lost, a gateway in a bad mood, a session that ends in mid-run, two runs at once. The end
state is the same, each object is there once, and no secret is made anew."""

from __future__ import annotations

import copy

import pytest

from ansible_collections.unifiedmeta.platform.plugins.module_utils._http import ApiError
from ansible_collections.unifiedmeta.platform.plugins.module_utils._reconcile import Failed
from tests.lab.keycloak_runs import Runs, changes, put_secret
from tests.support.wire import Fault, Storm, Wire

AUDIENCE = {"protocolMapper": "oidc-audience-mapper", "config": {"included.client.audience": "app"}}
CONFIG = {
    "settings": {"adminEventsEnabled": True, "displayName": "Storm"},
    "localization": {"ko": {"a": "가"}},
    "roles": {"operator": {}, "reader": {"composites": ["operator"]}},
    "client_scopes": {"ours": {"mappers": {"aud": AUDIENCE}}},
    "clients": {f"app{number}": {"secret": "vault:platform/app/sso#client_secret", "roles": {"admin": {}}, "mappers": {"aud": AUDIENCE},
                                 "service_account": {"realm_roles": ["reader"]}} for number in range(3)},
    "groups": {"top": {"realm_roles": ["reader"], "subgroups": {"a/b": {"client_roles": {"app1": ["admin"]}}}}},
    "users": {"kim": {"password": "vault:platform/kim/login#password", "groups": ["top/a~/b"], "realm_roles": ["reader"]}},
}


@pytest.fixture
def runs(keycloak, shared_server, tmp_path):
    """Runs through a wire; ``runs.realm`` isn't there yet."""
    put_secret(shared_server, "app/sso", client_secret="secret-of-the-client-app")
    put_secret(shared_server, "kim/login", password="first-password-of-kim")
    with Wire(keycloak.url, keycloak.ca_file, tmp_path / "wire") as wire:
        yield Runs.apart(keycloak, shared_server, tmp_path, wire=wire)


def config(runs) -> dict:
    return {"realms": {runs.realm: copy.deepcopy(CONFIG)}}


def settled(runs) -> None:
    """Everything is there once, and another run finds nothing to do."""
    keycloak, realm = runs.keycloak, runs.realm
    runs.wire.script = lambda event: None
    again = runs(config(runs))
    assert again["plan"] == [] and again["stats"]["writes"] == 0, again["diff"]
    for number in range(3):
        client = keycloak.client(realm, f"app{number}")
        assert client["secret"] == "secret-of-the-client-app" and [mapper["name"] for mapper in client["protocolMappers"]] == ["aud"]
    assert sorted(group["name"] for group in keycloak.get(f"{realm}/groups?search=*&populateHierarchy=false")) == ["a/b", "top"]
    assert [user["username"] for user in keycloak.get(f"{realm}/users")] == ["kim"]


def test_every_answer_to_a_post_is_lost_once(runs):
    runs.wire.script = lambda event: Fault("reset-after") if event.method == "POST" and not event.count and "/protocol/" not in event.path else None
    result = runs(config(runs))
    assert len(runs.wire.spoilt()) >= 15 and result["changed"]
    settled(runs)


@pytest.mark.parametrize("seed", [1, 2])
def test_a_storm(runs, seed):
    faults = (Fault("reset-before"), Fault("reset-after"), Fault("answer", 503), Fault("answer", 500), Fault("answer", 429, retry_after=0.1), Fault("cut"))
    runs.wire.script = Storm(seed, rate=0.3, limit=60, faults=faults)
    runs(config(runs))
    assert len(runs.wire.spoilt()) >= 10
    settled(runs)


def test_a_refusal_in_the_middle_and_the_run_after_it(runs):
    runs.wire.script = lambda event: Fault("answer", 403) if event.method == "POST" and event.path.endswith(f"/{runs.realm}/groups") else None
    with pytest.raises(Failed) as failed:
        runs(config(runs))
    said = str(failed.value)
    assert f"group {runs.realm}/top: create failed: Keycloak at {runs.wire.url}" in said and f"user {runs.realm}/kim: create skipped: it needs group" in said
    runs.wire.script = lambda event: None
    assert [change for change in changes(runs(config(runs))) if " group " not in change and " user " not in change] == [], "all else was done"
    settled(runs)


def test_a_session_that_ends_in_mid_run(runs):
    keycloak = runs.keycloak
    admin = next(user for user in keycloak.get("master/users") if user["username"] == keycloak.username)

    def watch(event, stage):
        if stage == "arrived" and event.method == "POST" and event.path.endswith(f"/{runs.realm}/clients") and event.count == 1:
            keycloak.call("POST", f"master/users/{admin['id']}/logout")
            keycloak.forget()

    runs.wire.watch = watch
    assert runs(config(runs))["changed"]
    logins = [event for event in runs.wire.events if event.path.endswith("/token")]
    assert len(logins) >= 2
    settled(runs)


def test_two_runs_at_once(runs):
    """The other one begins and ends while the first is about to make its second client."""
    other = Runs(runs.keycloak, runs.vault, {"scope": runs.options["scope"]})
    made = []

    def watch(event, stage):
        if stage == "arrived" and event.method == "POST" and event.path.endswith(f"/{runs.realm}/clients") and not made:
            made.append(None)
            made.append(other(config(runs)))

    runs.wire.watch = watch
    assert runs(config(runs))["changed"] and made[1]["changed"]
    settled(runs)
    gone = config(runs)
    gone["realms"][runs.realm]["clients"].pop("app2")
    assert changes(runs(gone, True, prune="owned")) == [f"delete client {runs.realm}/app2"], "it is known as ours, whoever of the two made it"


def test_another_address_and_another_realm(runs):
    """Vault's port, a path that this Keycloak isn't served under: said once, whatever ways in there are. A realm that isn't there is a way that is refused."""
    here = {"method": "password", "username": runs.keycloak.username, "password": runs.keycloak.password}
    nowhere = {**here, "realm": runs.keycloak.realm("nowhere")}
    for url, ca_file in ((runs.vault.addr, runs.vault.ca_file), (f"{runs.wire.url}/auth", runs.wire.ca_file)):
        with pytest.raises(ApiError) as raised:
            runs(config(runs), url=url, ca_file=ca_file, login=[nowhere, here])
        said = str(raised.value)
        assert "there is no Keycloak at this address (HTTP 404); correct the address" in said and said.count("HTTP 404") == 1 and "password" not in said
    assert runs(config(runs), True, login=[nowhere, here])["changed"]
    with pytest.raises(ApiError, match="Realm does not exist; give username and password"):
        runs(config(runs), True, login=[nowhere])

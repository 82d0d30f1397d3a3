# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Whose an object is, on a real Keycloak: refused, lost, pruned with what lay in it, adopted."""

from __future__ import annotations

import json

import pytest

from ansible_collections.unifiedmeta.platform.plugins.module_utils._plan import Refused
from ansible_collections.unifiedmeta.platform.plugins.module_utils._reconcile import Failed
from tests.lab.keycloak_runs import Runs, changes, put_secret
from tests.support.wire import Fault, Wire

PASSWORD = "vault:platform/kim/login#password"
AUDIENCE = {"protocolMapper": "oidc-audience-mapper", "config": {"included.client.audience": "gone"}}


@pytest.fixture
def runs(keycloak, shared_server, tmp_path):
    put_secret(shared_server, "kim/login", password="first-password-of-kim")
    return Runs.apart(keycloak, shared_server, tmp_path)


def realm(runs, **sections) -> dict:
    return {"realms": {runs.realm: {"settings": {}, **sections}}}


def ledger(runs) -> tuple[list[str], int]:
    """The keys below the realm, and how often the document was written."""
    found = runs.vault.call("GET", f"platform-ledger/data/keycloak/{runs.options['scope']}")["data"]
    return sorted(key for key in json.loads(found["data"]["objects"]) if f":{runs.realm}/" in key), found["metadata"]["version"]


def test_who_was_refused_and_is_made_by_hand_afterwards_is_not_ours(runs):
    keycloak = runs.keycloak
    runs(realm(runs))
    keycloak.call("POST", f"{runs.realm}/users", {"username": "holder", "email": "held@example.com", "enabled": True})
    with pytest.raises(Failed, match="user berta of realm .*same email"):
        runs(realm(runs, users={"berta": {"email": "held@example.com", "password": PASSWORD}}))
    assert ledger(runs)[0] == []
    theirs = {"username": "berta", "email": "own@example.com", "enabled": True, "credentials": [{"type": "password", "value": "of-berta-herself"}]}
    keycloak.call("POST", f"{runs.realm}/users", theirs)
    with pytest.raises(Refused, match=r"user .*/berta exists, isn't ours and differs in email"):
        runs(realm(runs, users={"berta": {"email": "b2@example.com", "password": PASSWORD}}))
    assert runs(realm(runs, users={}), prune="owned")["plan"] == []
    login = {"grant_type": "password", "client_id": "admin-cli", "username": "berta", "password": "of-berta-herself", "scope": "openid"}
    assert keycloak.token(runs.realm, **login).status_code == 400, "not set up in full, so no token"
    assert keycloak.one(f"{runs.realm}/users", username="berta")["email"] == "own@example.com"


def test_what_needs_something_refused_is_not_ours_either(runs):
    with pytest.raises(Failed, match="client_role .*bad/a: create skipped"):
        runs(realm(runs, clients={"bad": {"protocol": "nonsense", "roles": {"a": {}}}}))
    assert ledger(runs)[0] == []


def test_what_was_made_and_whose_answers_were_all_lost_stays_ours(runs, tmp_path):
    keycloak = runs.keycloak
    runs(realm(runs))
    with Wire(keycloak.url, keycloak.ca_file, tmp_path / "wire") as wire:
        wire.script = lambda event: Fault("reset-after") if event.method == "POST" and event.path.endswith("/users") else None
        with pytest.raises(Failed, match="connection was cut"):
            runs(realm(runs, users={"kim": {"firstName": "Kim"}}), url=wire.url, ca_file=wire.ca_file)
    assert keycloak.one(f"{runs.realm}/users", username="kim")["firstName"] == "Kim" and ledger(runs)[0] == [f"user:{runs.realm}/kim"]
    assert changes(runs(realm(runs, users={"kim": {"firstName": "Kimin"}}))) == [f"update user {runs.realm}/kim"]


def test_what_lay_in_a_pruned_client_is_not_ours_when_it_comes_again(runs):
    keycloak, inside = runs.keycloak, {"roles": {"admin": {"description": "ours"}}, "mappers": {"m": AUDIENCE}, "service_account": {"realm_roles": []}}
    runs(realm(runs, clients={"gone": inside}, groups={"a": {"subgroups": {"b": {}}}}))
    assert len(ledger(runs)[0]) == 6
    assert len(runs(realm(runs, clients={}, groups={}), prune="owned")["plan"]) == 3
    assert ledger(runs)[0] == []
    keycloak.call("POST", f"{runs.realm}/clients", {"clientId": "gone"})
    id_ = keycloak.one(f"{runs.realm}/clients", clientId="gone")["id"]
    keycloak.call("POST", f"{runs.realm}/clients/{id_}/roles", {"name": "admin", "description": "theirs"})
    with pytest.raises(Refused, match="client role .*admin exists, isn't ours and differs in description"):
        runs(realm(runs, clients={"gone": {"roles": {"admin": {"description": "ours"}}}}))
    assert runs(realm(runs, clients={"gone": {"roles": {}, "mappers": {}}}), prune="owned")["plan"] == []


def test_adopting_users_writes_the_ledger_once(runs):
    runs(realm(runs))
    names = [f"person{number}" for number in range(30)]
    for name in names:
        runs.keycloak.call("POST", f"{runs.realm}/users", {"username": name, "enabled": True})
    before = ledger(runs)[1]
    config = realm(runs, users={name: {"firstName": "Kim", "password": PASSWORD} for name in names})
    assert len(runs(config, adopt=True)["plan"]) == 30
    assert ledger(runs) == ([f"user:{runs.realm}/{name}" for name in sorted(names)], before + 1)
    assert runs(config)["plan"] == [], "they keep their passwords"

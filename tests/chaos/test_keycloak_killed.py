"""SIGKILL in the middle of keycloak_config, ten times in a row at another write of the same first run: the run after that ends it, as if nothing
had been."""
from __future__ import annotations

import random

import pytest

from tests.chaos.strike import KILLS, SEED
from tests.lab.bao import shared_server  # noqa: F401  # pylint: disable=unused-import
from tests.lab.keycloak import keycloak  # noqa: F401  # pylint: disable=unused-import
from tests.lab.keycloak_runs import Runs, put_secret
from tests.lab.test_keycloak_config_faults import AUDIENCE, CONFIG
from tests.lab.test_keycloak_config_play import play  # noqa: F401  # pylint: disable=unused-import
from tests.support.wire import Wire


@pytest.fixture
def wire(keycloak, tmp_path):  # noqa: F811
    with Wire(keycloak.url, keycloak.ca_file, tmp_path / "wire") as made:
        yield made


def killer(run, number: int, moment: str):
    """Kills the run at this write of its, before Keycloak has seen it or after it was done."""
    left = [number]

    def watch(event, stage):
        if event.method != "GET" and "/protocol/" not in event.path and stage == moment:
            left[0] -= 1
            if not left[0]:
                run.kill()

    return watch


def grown(realm: str, number: int) -> dict:
    """What is declared at the run of this number: more each time, so that each has more writes ahead than it takes to be killed."""
    secret = {"secret": "vault:platform/app/sso#client_secret"}
    more = {f"more{count}": {**secret, "roles": {"admin": {}, "reader": {}}, "mappers": {"aud": AUDIENCE}} for count in range(3 * number)}
    return {"realms": {realm: {**CONFIG, "clients": {**CONFIG["clients"], "login": {**secret, "directAccessGrantsEnabled": True}, **more}}}}


def test_ten_kills_in_a_row(keycloak, shared_server, play, wire):  # noqa: F811
    put_secret(shared_server, "app/sso", client_secret="secret-of-the-client-app")
    put_secret(shared_server, "kim/login", password="first-password-of-kim")
    realm, dice = keycloak.realm("killed"), random.Random(SEED)
    for number in range(KILLS):
        run, _folder = play(grown(realm, number), url=wire.url, ca_file=wire.ca_file)
        wire.watch = killer(run, dice.randrange(1, 6), dice.choice(("arrived", "done")))
        assert run.wait(240).rc == -9, f"run {number} wasn't killed"
    wire.watch = None
    config = grown(realm, KILLS - 1)
    play(config, url=wire.url, ca_file=wire.ca_file)[0].wait(240).check()

    again = Runs(keycloak, shared_server)(config)
    assert again["plan"] == [] and again["stats"]["writes"] == 0, again["diff"]
    declared = config["realms"][realm]["clients"]
    clients = [client for client in keycloak.get(f"{realm}/clients?max=500") if client["clientId"] in declared]
    assert len(clients) == len(declared) and {client["secret"] for client in clients} == {"secret-of-the-client-app"}
    assert sorted(group["name"] for group in keycloak.get(f"{realm}/groups?search=*&populateHierarchy=false")) == ["a/b", "top"]
    answer = keycloak.token(realm, grant_type="password", client_id="login", client_secret="secret-of-the-client-app", username="kim",
                            password="first-password-of-kim")
    assert answer.status_code == 200 or "not fully set up" in answer.text
    gone = {"realms": {realm: {**config["realms"][realm], "clients": {}}}}
    deleted = [change["name"] for change in Runs(keycloak, shared_server)(gone, True, prune="owned", max_deletes=100)["plan"]]
    assert len(deleted) == len(declared), "everything is known as ours"

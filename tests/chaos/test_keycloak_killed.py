"""SIGKILL in the middle of keycloak_config, ten times in a row at another write of the same first run: the run after that ends it, as if nothing
had been."""
from __future__ import annotations

import random

import pytest

from tests.chaos.strike import KILLS, SEED
from tests.lab.bao import shared_server  # noqa: F401  # pylint: disable=unused-import
from tests.lab.keycloak import keycloak  # noqa: F401  # pylint: disable=unused-import
from tests.lab.keycloak_runs import Runs, put_secret
from tests.lab.test_keycloak_config_faults import CONFIG
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


def test_ten_kills_in_a_row(keycloak, shared_server, play, wire):  # noqa: F811
    put_secret(shared_server, "app/sso", client_secret="secret-of-the-client-app")
    put_secret(shared_server, "kim/login", password="first-password-of-kim")
    realm, dice, struck = keycloak.realm("killed"), random.Random(SEED), 0
    config = {"realms": {realm: {**CONFIG, "clients": {
        **CONFIG["clients"], "login": {"secret": "vault:platform/app/sso#client_secret", "directAccessGrantsEnabled": True}}}}}
    for _number in range(KILLS):
        run, _folder = play(config, url=wire.url, ca_file=wire.ca_file)
        wire.watch = killer(run, dice.randrange(1, 6), dice.choice(("arrived", "done")))
        struck += run.wait(240).rc == -9
    assert struck >= 3, "the first runs at least are struck before they are done"
    wire.watch = None
    play(config, url=wire.url, ca_file=wire.ca_file)[0].wait(240).check()

    again = Runs(keycloak, shared_server)(config)
    assert again["plan"] == [] and again["stats"]["writes"] == 0, again["diff"]
    clients = [client for client in keycloak.get(f"{realm}/clients") if client["clientId"] in config["realms"][realm]["clients"]]
    assert len(clients) == 4 and {client["secret"] for client in clients} == {"secret-of-the-client-app"}
    assert sorted(group["name"] for group in keycloak.get(f"{realm}/groups?search=*&populateHierarchy=false")) == ["a/b", "top"]
    answer = keycloak.token(realm, grant_type="password", client_id="login", client_secret="secret-of-the-client-app", username="kim",
                            password="first-password-of-kim")
    assert answer.status_code == 200 or "not fully set up" in answer.text
    gone = {"realms": {realm: {**config["realms"][realm], "clients": {}}}}
    assert len(Runs(keycloak, shared_server)(gone, True, prune="owned")["plan"]) == 4, "everything is known as ours"

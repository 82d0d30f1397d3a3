# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
"""keycloak_config in a play, as people run it: the ways in, no secret in any output, argument, file or cache, a request budget."""

from __future__ import annotations

import re

import pytest

from tests.lab.keycloak_runs import put_secret
from tests.support.canary import Watch, files, needles, sweep, vault_secrets
from tests.support.task import Task


@pytest.fixture
def play(keycloak, shared_server, tmp_path):
    put_secret(shared_server, "keycloak/admin", password=keycloak.password, name=keycloak.username)
    put_secret(shared_server, "app/sso", client_secret="canary-secret-of-the-client")
    put_secret(shared_server, "kim/login", password="canary-password-of-kim")
    put_secret(shared_server, "mail/login", password="canary-password-of-mail")
    return Task(tmp_path, "keycloak_config", {
        "KEYCLOAK_URL": keycloak.url, "KEYCLOAK_USERNAME": keycloak.username, "KEYCLOAK_PASSWORD": "vault:platform/keycloak/admin#password",
        **({"KEYCLOAK_CA_FILE": keycloak.ca_file} if keycloak.ca_file else {}),
        "VAULT_ADDR": shared_server.addr, "VAULT_TOKEN": shared_server.root_token, "VAULT_CACERT": shared_server.ca_file})


def everything(realm: str) -> dict:
    mail = {"host": "127.0.0.1", "from": "sso@example.com", "auth": True, "user": "sso", "password": "vault:platform/mail/login#password"}
    return {"realms": {realm: {
        "settings": {"adminEventsEnabled": True, "smtpServer": mail},
        "clients": {"app": {"secret": "vault:platform/app/sso#client_secret", "service_account": {"client_roles": {"realm-management": ["realm-admin"]}}}},
        "users": {"kim": {"password": "vault:platform/kim/login#password"}}}}}


def test_secrets_are_nowhere_but_in_the_servers(play, keycloak, shared_server):
    realm = keycloak.realm()
    for flags, changed in ((("--check", "--diff", "-vvv"), 1), (("--diff", "-vvv"), 1), (("--diff", "-vvv"), 0), (("--diff", "-vvv"), 1)):
        if changed and "--check" not in flags and keycloak.request("GET", realm).ok:
            put_secret(shared_server, "app/sso", client_secret="canary-second-secret-of-the-client")
        run, folder = play(everything(realm), *flags)
        with Watch(run, folders=[folder / "out"]) as watch:
            result = run.wait(240).check()
        assert f"changed={changed}" in result.stdout
        evidence = watch.evidence() | {path: text for path, text in files([folder]).items() if not str(path).endswith("play.json")}
        found = sweep(evidence, needles(vault_secrets(shared_server, public=[keycloak.username])))
        # VAULT_TOKEN is how this test hands the token over.
        found = [leak for leak in found if not leak.startswith("root token stands in environment")]
        assert not found, "\n".join(found)
    assert keycloak.client(realm, "app")["secret"] == "canary-second-secret-of-the-client"


def test_a_service_account_is_a_way_in_and_a_second_run_has_a_budget(play, keycloak):
    realm = keycloak.realm()
    play(everything(realm))[0].wait(240).check()
    config = everything(realm)
    config["realms"][realm]["clients"].update({f"more{number}": {"name": "same"} for number in range(30)})
    ways = [{"method": "client_credentials", "realm": realm, "client_id": "app", "client_secret": "vault:platform/absent#client_secret"},
            {"method": "client_credentials", "realm": realm, "client_id": "app", "client_secret": "vault:platform/app/sso#client_secret"}]
    play(config, login=ways)[0].wait(240).check()
    before = keycloak.events(realm)
    run, _folder = play(config, "-v", login=ways)
    result = run.wait(240).check()
    assert "changed=0" in result.stdout and keycloak.events(realm) == before
    requests, writes = (int(re.search(rf'"?{name}"?: (\d+)', result.stdout)[1]) for name in ("requests", "writes"))
    # Login, realm, roles, client scopes, clients, roles of realm-management, user, service account, its roles.
    assert writes == 0 and requests <= 10


def test_failures_name_the_system_and_what_to_do(play, keycloak):
    run, _folder = play({"realms": {keycloak.realm(): {}}}, url="http://127.0.0.1:9")
    result = run.wait(120)
    assert result.rc != 0 and "Keycloak at http://127.0.0.1:9" in result.stdout and "nothing listens on 127.0.0.1:9" in result.stdout
    run, _folder = play({"realms": {keycloak.realm(): {}}}, login=[{"method": "password", "username": "admin", "password": "wrong-password"}])
    result = run.wait(120)
    assert result.rc != 0 and "password of admin: Invalid user credentials" in result.stdout and "wrong-password" not in result.stdout
    nobody = [{"method": "client_credentials", "client_id": "nobody", "client_secret": "vault:platform/absent#x"}]
    assert "the secret platform/absent doesn't exist" in play({"realms": {"x": {}}}, login=nobody)[0].wait(120).stdout
    # An earlier task of the same run would make it.
    run, _folder = play({"realms": {"x": {}}}, "--check", login=nobody)
    assert "can't be foreseen before an earlier task of the run makes it" in " ".join(run.wait(120).check().stdout.split())

# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Options of the role keycloak and of Vault's login by it, each with something other than its default, and what it does: a site's own names for everything.

The tests of this file follow each other on one Vault, in a realm of their own. The first account that they take away is one that they made.
"""

from __future__ import annotations

import secrets
import time

import pytest

from tests.lab.bao import running
from tests.lab.keycloak_runs import put_secret
from tests.lab.test_site_options import Phase

REALM = "options-of-identity"
NAMESPACE, SCOPE = "west-ops", "west-people"
# Nothing listens there: who goes where the endpoints of the platform say, fails.
NOWHERE = {"url": "https://localhost:9", "ca_file": "/nowhere/ca.crt"}


def account(name):
    """A named administrator, as a site declares one."""
    return {"enabled": True, "password": f"vault:platform/{name}/login#password", "realm_roles": ["admin"]}


ROBOT = {"name": "Robot of the site", "publicClient": False, "standardFlowEnabled": False, "serviceAccountsEnabled": True, "fullScopeAllowed": True,
         "secret": "vault:platform/site-robot/login#client_secret", "service_account": {"realm_roles": ["admin"]}}


@pytest.fixture(scope="module")
def phase(lab, keycloak, bao_binary, tmp_path_factory):
    """Phase «identity» after «secrets», with names of the site's own for everything that has one."""
    with running(tmp_path_factory.mktemp("identity"), bao_binary, initialised=False) as server:
        made = Phase(lab, server, tmp_path_factory.mktemp("store"))
        made.variables.update(platform_name=REALM, platform_endpoints={"openbao": NOWHERE, "keycloak": NOWHERE})
        well, said = made()
        assert well, said[-3000:]
        server.root_token = made.kept()["answer"]["root_token"]
        for name, key in (("site-first", "password"), ("site-keeper", "password"), ("site-robot", "client_secret")):
            put_secret(server, f"{name}/login", **{key: secrets.token_urlsafe(24)})
        made.variables.update(
            keycloak_url=f"https://127.0.0.1:{keycloak.url.rpartition(':')[2]}", keycloak_ca_file=keycloak.ca_file,
            keycloak_bootstrap={"username": "site-first", "password": "vault:platform/site-first/login#password"},
            keycloak_break_glass={"username": "site-keeper", "password": "vault:platform/site-keeper/login#password"},
            keycloak_automation={"client_id": "site-robot", "client_secret": "vault:platform/site-robot/login#client_secret"},
            keycloak_vault_url=server.addr, keycloak_vault_ca_file=server.ca_file,
            keycloak_vault_login=[{"method": "kubernetes", "role": "robot", "namespace": NAMESPACE, "service_account": "robot", "audiences": ["vault"]}],
            keycloak_kubeconfig=lab.kubeconfig, keycloak_kubernetes_client="cluster", keycloak_kubernetes_redirects=["http://localhost:7777"],
            keycloak_kubernetes_prefix="people:", keycloak_locale="ko", keycloak_scope=SCOPE,
            keycloak_config={"realms": {"master": {"users": {"site-keeper": account("site-keeper")}, "clients": {"site-robot": ROBOT}},
                                        REALM: {"groups": {"gone-1": {}, "gone-2": {}}}}},
            vault_oidc_url=keycloak.url, vault_oidc_ca_file=keycloak.ca_file,
            vault_oidc_config={"auth": {"oidc": {"roles": {"platform": {"token_ttl": 1260}}}}})
        first_account(keycloak, server.call("GET", "platform/data/site-first/login")["data"]["data"]["password"])
        try:
            yield made
        finally:
            clean(keycloak, lab)


def first_account(keycloak, password):
    """An administrator with the mark that Keycloak gives the one of its first start. Through the API only a policy of the realm lets it be set."""
    profile = keycloak.get("master/users/profile")
    keycloak.call("PUT", "master/users/profile", {**profile, "unmanagedAttributePolicy": "ADMIN_EDIT"})
    try:
        keycloak.call("POST", "master/users", {"username": "site-first", "enabled": True, "attributes": {"is_temporary_admin": ["true"]},
                                               "credentials": [{"type": "password", "value": password}]})
    finally:
        keycloak.call("PUT", "master/users/profile", profile)
    admin = keycloak.get("master/roles/admin")
    keycloak.call("POST", f"master/users/{person(keycloak, 'site-first')['id']}/role-mappings/realm", [admin])


def person(keycloak, name):
    """Who has this name in the realm master, or None."""
    return next(iter(keycloak.get(f"master/users?username={name}&exact=true")), None)


def clean(keycloak, lab):
    """Takes away what these tests leave on servers that others use too."""
    keycloak.request("DELETE", REALM)
    for name in ("site-first", "site-keeper", "break-glass"):
        if person(keycloak, name):
            keycloak.call("DELETE", f"master/users/{person(keycloak, name)['id']}")
    for client in [entry for entry in keycloak.get("master/clients?max=500") if entry["clientId"] in ("site-robot", "platform-automation")]:
        keycloak.call("DELETE", f"master/clients/{client['id']}")
    names = lab.kubectl("get", "clusterrolebinding,clusterrole", "-o", "name").split()
    lab.kubectl("delete", "--ignore-not-found", "clusterrolebinding/vault-token-reviewer",
                *[name for name in names if "/oidc:platform-" in name or name.endswith("/platform-operator")])
    lab.kubectl("delete", "namespace", NAMESPACE, "--ignore-not-found", "--timeout=60s")


def identity(phase, **more):
    """Phase «identity» alone."""
    return phase(playbook="identity", **more)


def test_it_is_waited_for_as_long_as_the_site_says(phase):
    begun = time.monotonic()
    well, said = identity(phase, keycloak_url="https://127.0.0.1:9", keycloak_wait=5)
    assert not well and "Wait until Keycloak answers" in said and "Connection refused" in said, said[-3000:]
    assert time.monotonic() - begun < 90, "five minutes is the default"
    assert "Keycloak at https://127.0.0.1:9 " in said and "within 5 s (keycloak_wait): [Errno 111] Connection refused; start it, or look at its log" in said


def test_what_others_made_is_refused(phase, keycloak):
    keycloak.call("POST", "master/clients", {"clientId": "site-robot", "name": "theirs", "publicClient": True})
    well, said = identity(phase)
    assert not well and "site-robot exists, isn't ours and differs" in said, said[-3000:]
    assert REALM not in [realm["realm"] for realm in keycloak.get("")], "nothing was done"


def test_nobody_is_taken_away_whose_heir_can_not_log_in(phase, keycloak):
    well, said = identity(phase, keycloak_adopt=True, keycloak_break_glass={"username": "site-nobody", "password": "vault:platform/site-keeper/login#password"})
    assert not well and "site-nobody" in said, said[-3000:]
    assert person(keycloak, "site-first") and keycloak.client("master", "site-robot")["name"] == ROBOT["name"]


def test_the_sites_own_names_are_used(phase, keycloak, lab, monkeypatch):
    monkeypatch.setenv("ANSIBLE_CALLBACKS_ENABLED", "unifiedmeta.platform.phases")
    well, said = identity(phase, keycloak_adopt=True)
    assert well, said[-3000:]
    assert "site-keeper: platform/site-keeper/login in Vault" in said, "the table tells who gets in when nothing else does"
    assert person(keycloak, "site-first") is None
    assert keycloak.get(REALM)["defaultLocale"] == "ko"
    assert keycloak.client(REALM, "cluster")["redirectUris"] == ["http://localhost:7777"] and keycloak.get(f"{REALM}/clients?clientId=kubernetes") == []
    subject = lab.kubectl("get", "clusterrolebinding", "oidc:platform-admins:cluster-admin", "-o", "jsonpath={.subjects[0].name}")
    assert subject == "people:/platform-admins"
    server = phase.server
    assert server.call("LIST", "platform-ledger/metadata/keycloak")["data"]["keys"] == [SCOPE]
    config = server.call("GET", "auth/oidc/config")["data"]
    assert config["oidc_discovery_url"] == f"{keycloak.url}/realms/{REALM}" and "BEGIN CERTIFICATE" in config["oidc_discovery_ca_pem"]
    assert server.call("GET", "auth/oidc/role/platform")["data"]["token_ttl"] == 1260


def test_the_sites_own_client_is_the_way_in(phase, keycloak):
    keycloak.call("DELETE", f"master/clients/{keycloak.client('master', 'platform-automation')['id']}")
    well, said = identity(phase)
    assert well and keycloak.client("master", "platform-automation"), said[-3000:]


def test_no_more_is_deleted_than_allowed(phase, keycloak):
    phase.variables["keycloak_config"]["realms"].pop(REALM)
    phase.variables.update(keycloak_prune="owned", keycloak_kubernetes_client="")
    well, said = identity(phase, keycloak_max_deletes=2)
    assert not well and "3 objects would be deleted, but max_deletes is 2" in said and "gone-1" in said, said[-3000:]
    assert {"gone-1", "gone-2"} <= {group["name"] for group in keycloak.get(f"{REALM}/groups")}
    well, said = identity(phase, keycloak_max_deletes=3)
    assert well, said[-3000:]
    assert not {"gone-1", "gone-2"} & {group["name"] for group in keycloak.get(f"{REALM}/groups")}
    assert keycloak.get(f"{REALM}/clients?clientId=cluster") == []

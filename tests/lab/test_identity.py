# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Phase «identity» on the lab, seen by public clients, plain requests and a browser: people with two factors reach OpenBao and Kubernetes, as far as their
group may.

The tests of this file follow each other on one instance of the lab.
"""
# ruff: noqa: F811 (the fixtures are imported)

from __future__ import annotations

import json
import re
import secrets
import time

import pytest
import yaml

from tests.lab.bao_login import BaoLogin
from tests.lab.browser import ACCOUNT, browser, copied  # noqa: F401  # pylint: disable=unused-import
from tests.lab.identity import (  # noqa: F401  # pylint: disable=unused-import
    REALM,
    from_vault,
    keycloak,
    known_as,
    kubernetes_token,
    lab,
    may,
    people,
    to_vault,
    token,
)
from tests.lab.instance import ROOT
from tests.lab.keycloak_login import code
from tests.lab.test_site import Run, value
from tests.support import audit, canary

# The second run sends 25.
BUDGET = 35


def test_check_mode_foresees_the_run(lab):
    foreseen = Run(lab, "--check", "-v")
    assert foreseen.rc == 0, foreseen.output[-3000:]
    done = Run(lab, "-v")
    assert done.rc == 0, done.output[-3000:]
    assert foreseen.plans == done.plans and foreseen.recap == done.recap


def test_every_client_has_the_secret_that_is_in_vault(lab, keycloak, token):
    clients = [client for client in keycloak.get(f"{REALM}/clients?max=500") if not client["publicClient"] and client.get("name") == client["clientId"]]
    assert {client["clientId"] for client in clients} == {"argo-cd", "grafana", "harbor", "openbao", "pomerium", "rancher"}
    for client in clients:
        kept = value(lab, token, f"platform/{client['clientId']}/oidc")
        assert keycloak.get(f"{REALM}/clients/{client['id']}/client-secret")["value"] == kept["client_secret"], client["clientId"]
        assert kept["client_id"] == client["clientId"]


def test_the_first_account_is_gone(lab, keycloak):
    first = json.loads((lab.state_dir / "credentials/keycloak.json").read_text("utf-8"))
    answer = keycloak.token(grant_type="password", client_id="admin-cli", username=first["username"], password=first["password"])
    assert answer.json()["error"] == "invalid_grant" and keycloak.get(f"master/users?username={first['username']}") == []


def test_automation_logs_in_as_itself(lab, keycloak, token):
    known = value(lab, token, "platform/keycloak/automation")
    answer = keycloak.token(grant_type="client_credentials", client_id=known["client_id"], client_secret=known["client_secret"])
    assert answer.status_code == 200 and "refresh_token" not in answer.json()


def test_a_password_alone_opens_nothing(lab, keycloak, people):
    visitor, _nonce = to_vault(lab)
    visitor.log_in("kim", people["kim"]["password"])
    assert not visitor.inside and "totp" in visitor.asked
    answer = keycloak.token(REALM, grant_type="password", client_id="admin-cli", username="kim", password=people["kim"]["password"])
    assert answer.status_code == 401 and "access_token" not in answer.text


@pytest.mark.parametrize(("name", "policy"), [("kim", "platform-admin"), ("lee", "platform-operator")])
def test_a_person_with_a_code_lands_in_the_policy_of_their_group(lab, people, name, policy):
    visitor, nonce = to_vault(lab)
    people[name]["otp"] = visitor.log_in(name, people[name]["password"]).enrol()
    people[name]["visitor"] = visitor
    assert visitor.inside
    status, found = from_vault(lab, visitor, nonce)
    assert status == 200, found
    assert found["auth"]["identity_policies"] == [policy] and found["auth"]["metadata"]["username"] == name
    token = found["auth"]["client_token"]
    secret = value(lab, token, "platform/keycloak/admin")
    assert (secret is not None) == (policy == "platform-admin"), "operators see no secret's value"
    assert lab.bao("secrets", "list", token=token, check=False).returncode == 0


def test_a_wrong_code_is_refused(lab, people):
    visitor, _nonce = to_vault(lab)
    visitor.log_in("kim", people["kim"]["password"])
    assert not visitor.inside and "otp" in visitor.asked
    assert not visitor.send(otp="000000").inside and not visitor.answer
    # A code works once: the next one, which Keycloak's look-ahead takes.
    assert visitor.send(otp=code(people["kim"]["otp"], time.time() + 30)).inside


@pytest.mark.parametrize("name", ["park", "choi"])
def test_who_is_in_no_group_of_vaults_gets_no_token(lab, people, name):
    visitor, nonce = to_vault(lab)
    visitor.log_in(name, people[name]["password"]).enrol()
    people[name]["visitor"] = visitor
    assert visitor.inside
    status, found = from_vault(lab, visitor, nonce)
    assert status == 400 and "auth" not in found and "claim" in str(found["errors"]), found


@pytest.mark.parametrize(("name", "yes", "no"), [
    ("kim", [("*", "*")], []),
    ("lee", [("get", "pods"), ("delete", "pods"), ("patch", "nodes"), ("patch", "deployments", "--subresource=scale")],
     # Whoever makes or changes a workload reads Secrets through it.
     [("get", "secrets"), ("create", "pods"), ("create", "pods", "--subresource=exec"), ("create", "jobs"), ("patch", "deployments"), ("patch", "daemonsets"),
      ("create", "clusterrolebindings"), ("impersonate", "users")]),
    ("park", [("get", "pods"), ("list", "deployments")], [("get", "secrets"), ("delete", "pods"), ("get", "nodes")]),
    ("choi", [], [("get", "pods"), ("list", "namespaces")]),
])
def test_kubectl_may_what_the_group_may(lab, keycloak, people, name, yes, no):
    token = kubernetes_token(lab, keycloak, people[name]["visitor"])
    for question in yes:
        assert may(lab, token, *question, "-A"), question
    for question in no:
        assert not may(lab, token, *question, "-A"), question


def test_kubectl_s_client_needs_pkce(lab, keycloak, people):
    assert kubernetes_token(lab, keycloak, people["kim"]["visitor"], code_challenge="", code_challenge_method="") is None


@pytest.mark.parametrize(("name", "policy", "languages", "greeting"), [
    ("jung", "platform-admin", "en", "Sign in to your account"), ("kang", "platform-operator", "ko-KR,ko;q=0.9", "계정에 로그인")])
def test_in_a_browser_a_person_with_a_code_lands_in_the_policy_of_their_group(lab, people, browser, name, policy, languages, greeting):
    with BaoLogin(lab) as going:
        browser.visit(going.url, languages)
        assert browser.await_text(greeting)
        browser.log_in(name, people[name]["password"])
        people[name]["otp"] = browser.enrol_code()
        found = going.result()
    assert found["identity_policies"] == [policy] and found["metadata"]["username"] == name
    assert browser.await_text("Signed in")
    secret = value(lab, found["client_token"], "platform/keycloak/admin")
    assert (secret is not None) == (policy == "platform-admin"), "operators see no secret's value"
    assert lab.bao("secrets", "list", token=found["client_token"], check=False).returncode == 0


def test_in_a_browser_nobody_gets_in_without_the_code(lab, people, browser):
    with BaoLogin(lab) as going:
        browser.visit(going.url).log_in("jung", people["jung"]["password"])
        assert browser.await_one("#otp") and going.waits
        browser.give("000000")
        assert browser.await_text("Invalid authenticator code") and going.waits
        # Nothing else was wrong. A code works once: the next one, which Keycloak's look-ahead takes.
        browser.give(code(people["jung"]["otp"], time.time() + 30))
        assert going.result()["identity_policies"] == ["platform-admin"]


def test_in_a_browser_who_is_in_no_group_of_vaults_gets_no_token(lab, people, browser):
    with BaoLogin(lab) as going:
        browser.visit(going.url).log_in("shin", people["shin"]["password"])
        browser.enrol_code()
        assert going.result() is None and "claim" in going.said and browser.await_text("claim")


def test_in_a_browser_a_security_key_stands_in_for_the_code(lab, keycloak, people, browser):
    browser.plug_in()
    browser.visit(f"{keycloak.url}/realms/{REALM}/{ACCOUNT}").log_in("yoon", people["yoon"]["password"])
    browser.enrol_code()
    browser.enrol_key("key of yoon")
    with BaoLogin(lab) as going:
        browser.visit(going.url).log_in("yoon", people["yoon"]["password"])
        browser.another_way("Passkey")
        browser.touch()
        assert going.result()["identity_policies"] == ["platform-operator"]
    path = f"{REALM}/users/{keycloak.one(f'{REALM}/users', username='yoon')['id']}/credentials"
    keycloak.call("DELETE", f"{path}/{keycloak.one(path, type='otp')['id']}")
    with BaoLogin(lab) as going:
        browser.visit(going.url).log_in("yoon", people["yoon"]["password"])
        browser.touch()
        assert going.result()["identity_policies"] == ["platform-operator"]
    people["yoon"]["key"] = browser.credential()


@pytest.mark.parametrize("plugged", ["none", "another", "forged", "stale"])
def test_in_a_browser_nobody_gets_in_without_the_key(lab, people, browser, plugged):
    key = people["yoon"]["key"]
    copies = {"forged": [copied(key, key.sign_count + 100, forged=True)], "stale": [copied(key, 0)]}
    told = {"another": "Failed to authenticate", "forged": "result is invalid", "stale": "result is invalid"}
    with BaoLogin(lab) as going:
        browser.plug_in(*copies.get(plugged, []))
        if plugged == "none":
            browser.pull_out()
        browser.visit(going.url).log_in("yoon", people["yoon"]["password"])
        # Whoever has a key is asked for that, and isn't led to set up a code with a password that may be stolen.
        assert browser.await_one("#authenticateWebAuthnButton") and not browser.find("#mode-manual, #try-another-way")
        browser.touch()
        if plugged == "none":
            time.sleep(1.5)
            assert browser.find("#authenticateWebAuthnButton")
        else:
            browser.await_one("#kc-try-again")
            assert browser.await_text(told[plugged])
        assert going.waits
        if plugged == "forged":
            # Only the private key was wrong.
            browser.plug_in(copied(key, key.sign_count + 100))
            browser.press("#kc-try-again")
            browser.touch()
            assert going.result()["identity_policies"] == ["platform-operator"]


def test_second_run_changes_nothing_and_sends_no_write(lab, keycloak):
    declared = {"bruteForceProtected": True, "eventsEnabled": True, "adminEventsEnabled": True}
    taken = Run(lab, keycloak_adopt=True, keycloak_config={"realms": {"master": {"settings": declared}}})
    assert taken.recap == (1, 0) and {name: keycloak.get("master")[name] for name in declared} == declared, taken.output[-3000:]
    events, before = [keycloak.events(realm) for realm in (REALM, "master")], audit.mark(lab.state_dir / "audit/openbao.log")
    done = Run(lab, "-v")
    assert done.rc == 0 and done.recap == (0, 0), done.output[-3000:]
    sent = int(re.search(r"TASK \[\S*keycloak : Bring realm.*?requests: (\d+)", done.output, re.S)[1])
    assert 0 < sent <= BUDGET, sent
    assert [keycloak.events(realm) for realm in (REALM, "master")] == events and audit.vault_writes(lab.state_dir / "audit/openbao.log", before) == []
    assert Run(lab, "--check", "--diff").recap == (0, 0)


def test_check_mode_tells_a_secret_that_nobody_makes(lab):
    path, known = "platform/people/noh", yaml.safe_load((ROOT / "inventories/local/group_vars/all/vault.yml").read_text("utf-8"))["vault_config"]
    wanted = {"playbook": "playbooks/identity.yml", "keycloak_config": {"realms": {REALM: {"users": {"noh": {"password": f"vault:{path}#password"}}}}}}
    foreseen = Run(lab, "--check", **wanted)
    assert foreseen.recap[1] == 1 and f"the secret {path} doesn't exist; declare it, or write it first" in foreseen.output, foreseen.output[-3000:]
    foreseen = Run(lab, "--check", **wanted, vault_config={**known, "secrets": {path: {"generate": {"password": 24}}}})
    assert foreseen.recap == (1, 0) and "taken to be made by an earlier task of the run" in foreseen.output, foreseen.output[-3000:]


def test_what_is_rotated_in_vault_follows_in_keycloak(lab, keycloak, people, token):
    """The secret of automation too, with which the run would have logged in. None of it is told, however loud the run, nor written into any log."""
    paths = ("platform/keycloak/automation", "platform/grafana/oidc")
    before = [value(lab, token, path)["client_secret"] for path in paths]
    done = Run(lab, "-vvv", "--diff", playbook="playbooks/rotate.yml", vault_rotate=[f"{path}#client_secret" for path in paths])
    assert done.rc == 0, done.output[-3000:]
    after = [value(lab, token, path)["client_secret"] for path in paths]
    assert not set(before) & set(after)
    test_every_client_has_the_secret_that_is_in_vault(lab, keycloak, token)
    test_automation_logs_in_as_itself(lab, keycloak, token)
    kept = {**{f"password of {name}": person["password"] for name, person in people.items()}, "break-glass": keycloak.password,
            **{f"client {number}": secret for number, secret in enumerate([*before, *after])}}
    left = canary.files([lab.state_dir / "log", lab.state_dir / "audit"])
    assert any(name.endswith("log/keycloak.log") for name in left) and len(done.output) > 10**4
    assert canary.sweep({**left, "output of the run": done.output.encode()}, canary.needles(kept)) == []


def test_drift_is_repaired_and_people_stay(lab, keycloak, people):
    grafana = keycloak.client(REALM, "grafana")
    mapper = next(entry for entry in grafana["protocolMappers"] if entry["name"] == "roles")
    keycloak.call("DELETE", f"{REALM}/clients/{grafana['id']}/protocol-mappers/models/{mapper['id']}")
    keycloak.call("PUT", f"{REALM}/clients/{grafana['id']}", {**grafana, "protocolMappers": None, "redirectUris": ["https://evil.example.com/*"]})
    keycloak.call("PUT", REALM, {"browserFlow": "browser"})
    developers, guests = (next(group for group in keycloak.get(f"{REALM}/groups") if group["name"] == name) for name in ("platform-developers", "guests"))
    rights = f"{REALM}/groups/{developers['id']}/role-mappings/clients/{keycloak.client(REALM, 'realm-management')['id']}"
    keycloak.call("POST", rights, [role for role in keycloak.get(f"{rights}/available") if role["name"] == "realm-admin"])
    keycloak.call("POST", f"{REALM}/groups/{guests['id']}/children", developers)
    foreseen, done = Run(lab, "--check", "-v"), Run(lab, "-v")
    assert foreseen.plans == done.plans and done.recap == (1, 0), done.output[-3000:]
    assert keycloak.client(REALM, "grafana")["redirectUris"] == grafana["redirectUris"] and keycloak.get(REALM)["browserFlow"] == "platform browser"
    assert keycloak.get(rights) == [] and keycloak.get(f"{REALM}/groups/{developers['id']}")["path"] == "/platform-developers"
    assert "/guests/platform-admins" in [group["path"] for group in keycloak.get(f"{REALM}/groups/{guests['id']}/children")], "theirs is left alone"
    assert {user["username"] for user in keycloak.get(f"{REALM}/users")} == set(people)


def test_the_api_server_knows_the_people_of_the_realm_that_the_lab_is_told(lab, keycloak, people):
    """The last one: after it the instance is another realm's."""
    ours = kubernetes_token(lab, keycloak, people["kim"]["visitor"])
    assert known_as(lab, ours) == "oidc:kim"
    password = secrets.token_urlsafe(24)
    keycloak.call("POST", "", {
        "realm": "others", "enabled": True, "clients": [{"clientId": "kubernetes", "publicClient": True, "directAccessGrantsEnabled": True}],
        "users": [{"username": "yun", "enabled": True, "email": "yun@example.com", "firstName": "yun", "lastName": "yun",
                   "credentials": [{"type": "password", "value": password}]}]})
    theirs = keycloak.token("others", grant_type="password", client_id="kubernetes", username="yun", password=password, scope="openid").json()["id_token"]
    assert known_as(lab, theirs) == ""
    lab.playbook(lab_realm="others")
    # The API server looks for its issuer in the background.
    deadline = time.monotonic() + 60
    while known_as(lab, theirs) != "oidc:yun" and time.monotonic() < deadline:
        time.sleep(1)
    assert known_as(lab, theirs) == "oidc:yun" and known_as(lab, ours) == ""

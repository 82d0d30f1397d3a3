# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Phase «identity» on the lab, seen by public clients and plain requests: people with two factors reach OpenBao and Kubernetes, as far as their group may.

The tests of this file follow each other on one instance of the lab.
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
import secrets
import time
import urllib.parse

import pytest
import requests

from tests.lab.instance import fresh
from tests.lab.keycloak import Keycloak
from tests.lab.keycloak_login import Person, code
from tests.lab.test_site import Run, login, value
from tests.support import audit

REALM, BACK = "lab", {"openbao": "http://localhost:8250/oidc/callback", "kubernetes": "http://localhost:8000"}
# The second run sends 25.
BUDGET = 35
PEOPLE = {"kim": "platform-admins", "lee": "platform-operators", "park": "platform-developers", "choi": None}


class Visitor(Person):
    """A person who comes from somewhere with a redirect address of its own; ``answer``: what Keycloak sends them back with."""

    def __init__(self, lab, start, back):
        self.session = requests.Session()
        self.session.trust_env, self.session.verify = False, lab.ca_file
        self.go(start, back)

    def go(self, start, back):
        self.start, self.back, self.answer = start, back, {}
        self.open()
        return self

    def _show(self, answer):
        self.inside = False
        for _hop in range(8):
            target = answer.headers.get("Location", "")
            if target.startswith(self.back):
                self.answer = dict(urllib.parse.parse_qsl(urllib.parse.urlsplit(target).query))
                self.inside = "code" in self.answer
            if not target or target.startswith(self.back):
                break
            answer = self._get(target)
        self.page, self.status = answer.text, answer.status_code


@pytest.fixture(scope="module")
def lab():
    """An instance of its own, with the platform on it."""
    with fresh("identity") as found:
        yield found


@pytest.fixture(scope="module")
def token(lab):
    """Automation's token of Vault, which reads what the tests compare with."""
    return login(lab, "platform-system", "platform-automation", "platform-automation")


@pytest.fixture(scope="module")
def keycloak(lab, token):
    """As the named administrator, whose password is in Vault."""
    known = value(lab, token, "platform/keycloak/admin")
    return Keycloak(f"https://localhost:{lab.port_base + 343}", known["username"], known["password"], lab.ca_file)


@pytest.fixture(scope="module")
def people(keycloak):
    """Names with a password each, in a group each; none has a second factor yet."""
    groups = {group["name"]: group["id"] for group in keycloak.get(f"{REALM}/groups")}
    made = {}
    for name, group in PEOPLE.items():
        made[name] = {"password": f"{secrets.token_urlsafe(24)}", "otp": ""}
        keycloak.call("POST", f"{REALM}/users", {
            "username": name, "enabled": True, "email": f"{name}@example.com", "emailVerified": True, "firstName": name, "lastName": name,
            "credentials": [{"type": "password", "value": made[name]["password"]}]})
        if group:
            keycloak.call("PUT", f"{REALM}/users/{keycloak.one(f'{REALM}/users', username=name)['id']}/groups/{groups[group]}")
    return made


def vault(lab, method, path, **body):
    """A request to Vault without a token."""
    answer = requests.request(method, f"{lab.vault_addr}/v1/{path}", verify=lab.ca_file, timeout=30, **body)
    return answer.status_code, answer.json()


def to_vault(lab, visitor=None):
    """Where `bao login -method=oidc` sends a browser. Returns the visitor and what proves to Vault that it is the same client."""
    nonce = secrets.token_hex(16)
    status, found = vault(lab, "POST", "auth/oidc/oidc/auth_url", json={"role": "platform", "redirect_uri": BACK["openbao"], "client_nonce": nonce})
    assert status == 200, found
    start = found["data"]["auth_url"]
    return (visitor.go(start, BACK["openbao"]) if visitor else Visitor(lab, start, BACK["openbao"])), nonce


def from_vault(lab, visitor, nonce):
    """What Vault makes of the code that Keycloak sent the browser back with."""
    return vault(lab, "GET", "auth/oidc/oidc/callback", params={**visitor.answer, "client_nonce": nonce})


def kubernetes_token(lab, keycloak, visitor, **changed):
    """The ID token that kubelogin gets, by PKCE, with the session that the browser has."""
    verifier = secrets.token_urlsafe(48)
    challenge = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()
    asked = {"client_id": "kubernetes", "response_type": "code", "scope": "openid", "redirect_uri": BACK["kubernetes"], "code_challenge": challenge,
             "code_challenge_method": "S256", **changed}
    visitor.go(f"{keycloak.url}/realms/{REALM}/protocol/openid-connect/auth?{urllib.parse.urlencode(asked)}", BACK["kubernetes"])
    if not visitor.inside:
        return None
    answer = keycloak.token(REALM, grant_type="authorization_code", client_id="kubernetes", code=visitor.answer["code"], redirect_uri=BACK["kubernetes"],
                            code_verifier=verifier)
    assert answer.status_code == 200, answer.text
    return answer.json()["id_token"]


def with_token(lab, token, *words):
    """kubectl by whoever has this token."""
    place = ["--server", lab.url("kube-apiserver"), "--certificate-authority", lab.ca_file]
    return lab.run(lab.tool("kubectl"), "--kubeconfig", "/dev/null", *place, "--token", token, *words, check=False)


def may(lab, token, *question):
    """What the API server answers to whoever has this token."""
    done = with_token(lab, token, "auth", "can-i", *question)
    assert done.stdout.strip() in ("yes", "no"), done.stdout + done.stderr
    return done.stdout.strip() == "yes"


def known_as(lab, token):
    """The name under which the API server knows who has this token; empty where it knows nobody."""
    return with_token(lab, token, "auth", "whoami", "-o", "jsonpath={.status.userInfo.username}").stdout


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
    ("lee", [("get", "pods"), ("delete", "pods"), ("patch", "nodes"), ("patch", "deployments")],
     [("get", "secrets"), ("create", "pods"), ("create", "pods/exec"), ("create", "clusterrolebindings"), ("impersonate", "users")]),
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


def test_second_run_changes_nothing_and_sends_no_write(lab, keycloak):
    events, before = keycloak.events(REALM), audit.mark(lab.state_dir / "audit/openbao.log")
    done = Run(lab, "-v")
    assert done.rc == 0 and done.recap == (0, 0), done.output[-3000:]
    sent = int(re.search(r"TASK \[\S*keycloak : Bring realm.*?requests: (\d+)", done.output, re.S)[1])
    assert 0 < sent <= BUDGET, sent
    assert keycloak.events(REALM) == events and audit.vault_writes(lab.state_dir / "audit/openbao.log", before) == []
    assert Run(lab, "--check", "--diff").recap == (0, 0)


def test_drift_is_repaired_and_people_stay(lab, keycloak, people):
    grafana = keycloak.client(REALM, "grafana")
    mapper = next(entry for entry in grafana["protocolMappers"] if entry["name"] == "roles")
    keycloak.call("DELETE", f"{REALM}/clients/{grafana['id']}/protocol-mappers/models/{mapper['id']}")
    keycloak.call("PUT", f"{REALM}/clients/{grafana['id']}", {**grafana, "protocolMappers": None, "redirectUris": ["https://evil.example.com/*"]})
    keycloak.call("PUT", REALM, {"browserFlow": "browser"})
    foreseen, done = Run(lab, "--check", "-v"), Run(lab, "-v")
    assert foreseen.plans == done.plans and done.recap == (1, 0), done.output[-3000:]
    assert keycloak.client(REALM, "grafana")["redirectUris"] == grafana["redirectUris"] and keycloak.get(REALM)["browserFlow"] == "platform browser"
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

# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The lab with phase «identity»: people in groups, and how they reach Vault and Kubernetes by plain requests and public clients."""

from __future__ import annotations

import base64
import hashlib
import secrets
import urllib.parse

import pytest
import requests

from tests.lab.instance import fresh
from tests.lab.keycloak import Keycloak
from tests.lab.keycloak_login import Person
from tests.lab.test_site import login, value

REALM, BACK = "lab", {"openbao": "http://localhost:8250/oidc/callback", "kubernetes": "http://localhost:8000"}
# The second half comes with a browser.
# Who is in a group of others that is called as one of ours is nobody's administrator; choi has no address of mail either.
NAMESAKE = "guests/platform-admins"
PEOPLE = {"kim": "platform-admins", "lee": "platform-operators", "park": "platform-developers", "choi": NAMESAKE,
          "jung": "platform-admins", "kang": "platform-operators", "yoon": "platform-operators", "shin": None}


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
    keycloak.call("POST", f"{REALM}/groups", {"name": NAMESAKE.partition("/")[0]})
    groups = {group["name"]: group["id"] for group in keycloak.get(f"{REALM}/groups")}
    children = f"{REALM}/groups/{groups['guests']}/children"
    keycloak.call("POST", children, {"name": NAMESAKE.rpartition("/")[2]})
    groups[NAMESAKE] = keycloak.get(children)[0]["id"]
    made = {}
    for name, group in PEOPLE.items():
        made[name] = {"password": f"{secrets.token_urlsafe(24)}", "otp": ""}
        keycloak.call("POST", f"{REALM}/users", {
            "username": name, "enabled": True, "firstName": name, "lastName": name,
            **({"email": f"{name}@example.com", "emailVerified": True} if name != "choi" else {}),
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

# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A real Keycloak for tests: the one that KEYCLOAK_URL, KEYCLOAK_USERNAME, KEYCLOAK_PASSWORD and KEYCLOAK_CA_FILE name, else one of the lab's.

The fixture ``keycloak`` speaks to it with plain requests, and none of our code. ``keycloak.realm()`` gives the name of a realm that is
removed at the end of the test.
"""

from __future__ import annotations

import itertools
import os
import time
import typing as t
import urllib.parse

import pytest
import requests

from tests.lab.instance import Lab, fresh

_NUMBERS = itertools.count(1)


class Keycloak:
    """``url``, ``username``, ``password``, ``ca_file``; calls by path below ``/admin/realms/``."""

    def __init__(self, url: str, username: str, password: str, ca_file: str | None = None):
        self.url, self.username, self.password, self.ca_file = url.rstrip("/"), username, password, ca_file
        self.session = requests.Session()
        self.session.trust_env, self.session.verify = False, ca_file or True
        self._until, self.realms = 0.0, []

    def token(self, realm: str = "master", **body: str) -> requests.Response:
        """A token request; by default of the administrator."""
        body = body or {"grant_type": "password", "client_id": "admin-cli", "username": self.username, "password": self.password}
        return self.session.post(f"{self.url}/realms/{realm}/protocol/openid-connect/token", data=body, headers={"Authorization": None}, timeout=60)

    def request(self, method: str, path: str, json: t.Any = None) -> requests.Response:
        if time.monotonic() > self._until:
            answer = self.token()
            answer.raise_for_status()
            self.session.headers["Authorization"] = f"Bearer {answer.json()['access_token']}"
            self._until = time.monotonic() + 30
        return self.session.request(method, f"{self.url}/admin/realms/{path}", json=json, timeout=120)

    def forget(self) -> None:
        """The administrator's sessions were ended: log in again."""
        self._until = 0.0

    def call(self, method: str, path: str, json: t.Any = None) -> t.Any:
        """The answer's body; an error is raised."""
        answer = self.request(method, path, json)
        assert answer.status_code < 300, f"{method} {path}: {answer.status_code} {answer.text}"
        return answer.json() if answer.content else None

    def get(self, path: str) -> t.Any:
        return self.call("GET", path)

    def realm(self, name: str = "t") -> str:
        """The name of a realm that isn't there yet."""
        made = f"{name}-{os.getpid()}-{next(_NUMBERS)}"
        self.realms.append(made)
        return made

    def one(self, path: str, **wanted: str) -> dict:
        """The entry of a list with these values."""
        return next(entry for entry in self.get(path) if all(entry.get(key) == value for key, value in wanted.items()))

    def client(self, realm: str, client_id: str) -> dict:
        return self.get(f"{realm}/clients?clientId={urllib.parse.quote(client_id, safe='')}")[0]

    def events(self, realm: str) -> int:
        """How many admin events the realm has noted; noting must be on (``adminEventsEnabled``)."""
        found = self.get(f"{realm}/admin-events?max=100000")
        assert self.get(realm)["adminEventsEnabled"], "admin events are off, so nothing is proven"
        return len(found)


@pytest.fixture(scope="session")
def keycloak_alone() -> t.Iterator[Lab]:
    """An instance of the lab for those who want nothing but Keycloak: they don't wait for those who share the whole one, nor these for them."""
    with fresh("keycloak", lab_servers=["keycloak"], lab_nodes=0) as found:
        found.run(*found.supervisorctl(), "stop", *(name for name in found.processes() if name not in ("postgres", "keycloak")))
        yield found


@pytest.fixture(scope="module")
def keycloak(request: pytest.FixtureRequest) -> t.Iterator[Keycloak]:
    """See the module."""
    if os.environ.get("KEYCLOAK_URL"):
        made = Keycloak(os.environ["KEYCLOAK_URL"], os.environ.get("KEYCLOAK_USERNAME", "admin"), os.environ["KEYCLOAK_PASSWORD"],
                        os.environ.get("KEYCLOAK_CA_FILE"))
    else:
        lab = request.getfixturevalue("lab" if "lab" in request.fixturenames else "keycloak_alone")
        found = lab.credentials("keycloak")
        made = Keycloak(found["url"], found["username"], found["password"], str(lab.ca_file))
    yield made
    for realm in made.realms:
        made.request("DELETE", realm)

# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
"""From options to a client."""

from __future__ import annotations

import types

import pytest

from ansible_collections.unifiedmeta.platform.plugins.module_utils import _secrets
from ansible_collections.unifiedmeta.platform.plugins.module_utils._http import ApiError
from ansible_collections.unifiedmeta.platform.plugins.module_utils._keycloak import session
from ansible_collections.unifiedmeta.platform.plugins.module_utils._plan import Unforeseeable


def params(**given):
    return {**{name: option.get("default") for name, option in session.SPEC.items()}, "concurrency": 4, **given}


class Store:
    """What a session needs of VaultStore."""

    def __init__(self, resolve=lambda value: value):
        self.seen = []
        self.resolver, self.session = types.SimpleNamespace(resolve=resolve), types.SimpleNamespace(register=self.seen.append, seen=set())


def made(check=False, **given):
    return session.Session(params(url="http://127.0.0.1:9", **given), Store(), check)


def test_the_environment_stands_in_for_options():
    spec = session.spec(lambda *names: names, config={"type": "dict"})
    assert {name: option["fallback"][1] for name, option in spec.items() if "fallback" in option} == {
        "url": ["KEYCLOAK_URL"], "username": ["KEYCLOAK_USERNAME"], "password": ["KEYCLOAK_PASSWORD"], "ca_file": ["KEYCLOAK_CA_FILE"]}
    assert spec["config"] == {"type": "dict"} and spec["password"]["no_log"]


def test_an_address_is_needed():
    with pytest.raises(ApiError, match=r"Keycloak: no address is given; set url \(or KEYCLOAK_URL\)"):
        session.Session(params(), Store())


def test_name_and_password_are_the_way_in_where_no_other_is_given():
    assert made(username="admin", password="p").login.ways == [{"method": "password", "username": "admin", "password": "p"}]
    way = {"method": "client_credentials", "client_id": "x", "client_secret": "y"}
    assert made(username="admin", password="p", login=[way]).login.ways == [way]
    assert made().keycloak.http.concurrency == 4


@pytest.mark.parametrize(("given", "said"), [
    ({"url": "u", "username": "a", "password": "p"}, []),
    ({"url": "u", "login": [{"method": "client_credentials", "client_id": "x", "client_secret": "y"}], "username": "a"}, []),
    ({"username": "a", "password": "p"}, ["url: is missing; give it, or KEYCLOAK_URL"]),
    ({"url": "u"}, ["login: no way in is given; give username and password (or KEYCLOAK_USERNAME and KEYCLOAK_PASSWORD), or login"]),
    ({"url": "u", "username": "a"}, ["password: is missing; the login as a person needs it (or KEYCLOAK_PASSWORD)"]),
    ({"url": "u", "password": "p"}, ["username: is missing; the login as a person needs it (or KEYCLOAK_USERNAME)"]),
    ({"url": "u", "login": [{"method": "password", "username": "a"}]}, ["login[0].password: is missing; the method password needs it"]),
])
def test_a_way_in_that_is_not_given_is_a_fault(given, said):
    assert session.faults(params(**given)) == said


def test_no_way_in_is_no_secret_that_is_yet_to_be_made():
    with pytest.raises(ApiError, match="no way in is given"), made(check=True) as found:
        found.keycloak.get("master")


def test_plain_http_is_for_this_machine():
    with pytest.raises(ApiError, match="plain http:// would show passwords and tokens to everybody on the way; give its https:// address"):
        session.Session(params(url="http://sso.example.com"), Store())
    assert session.Session(params(url="http://localhost:8080"), Store()).keycloak.http.base_url == "http://localhost:8080"


def test_a_server_that_is_not_there_is_named():
    said = "Keycloak at http://127.0.0.1:9: login to realm master .*nothing listens on 127.0.0.1:9"
    with pytest.raises(ApiError, match=said), made(username="admin", password="p") as found:
        found.keycloak.get("master")


def absent(_value):
    raise _secrets.SecretError("the secret a/b doesn't exist")


def test_check_mode_before_the_way_in_is_made():
    given = params(url="http://127.0.0.1:9", username="admin", password="vault:a/b#c")
    for check, kind in ((True, Unforeseeable), (False, ApiError)):
        with pytest.raises(kind, match="the secret a/b doesn't exist"), session.Session(given, Store(absent), check) as found:
            found.keycloak.get("master")


def test_secrets_are_taken_out_of_errors():
    store = Store(lambda value: f"{value}-resolved")
    found = session.Session(params(url="http://127.0.0.1:9"), store)
    found.register("very-secret")
    found.login.resolve("client")
    store.session.seen.add("of-the-declaration")
    assert found.keycloak.http._redact("x of-the-declaration") == "x (secret)"
    assert store.seen == ["very-secret"] and found.keycloak.http._redact("x very-secret y client-resolved") == "x (secret) y (secret)"

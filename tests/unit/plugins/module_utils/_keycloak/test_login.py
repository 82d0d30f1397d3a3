# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Ways into Keycloak."""

from __future__ import annotations

import pytest

from ansible_collections.unifiedmeta.platform.plugins.module_utils import _secrets
from ansible_collections.unifiedmeta.platform.plugins.module_utils._http import ApiError
from ansible_collections.unifiedmeta.platform.plugins.module_utils._keycloak.login import Login, faults

PERSON = {"method": "password", "realm": "master", "username": "admin", "password": "vault:a/b#password"}
ROBOT = {"method": "client_credentials", "realm": "ops", "client_id": "robot", "client_secret": "vault:a/b#secret"}
TOKEN = {"access_token": "acc", "expires_in": 60}


class Server:
    """Answers token requests with what a test gives, one after the other."""

    system = "Keycloak at test"

    def __init__(self, *answers, rights=200):
        self.answers, self.asked, self.rights = list(answers), [], rights

    def post(self, path, *, data, **_more):
        self.asked.append((path, data))
        answer = self.answers.pop(0)
        if isinstance(answer, (int, tuple)):
            status, detail = answer if isinstance(answer, tuple) else (answer, "refused")
            raise ApiError(self.system, "POST", path, status, detail, "check the address and that the object's parent exists")
        return answer

    def request(self, method, path, *, data=None, headers=None, **_more):
        self.asked.append((path, data or headers))
        if method == "GET" and self.rights != 200:
            raise ApiError(self.system, method, path, self.rights, "Forbidden")


def resolve(value):
    if value == "vault:a/none#x":
        raise _secrets.SecretError("the secret a/none doesn't exist")
    return {"vault:a/b#password": "pw", "vault:a/b#secret": "cs"}.get(value, value)


def test_a_persons_password():
    seen, server = [], Server({**TOKEN, "refresh_token": "ref"})
    grant = Login([PERSON], resolve, seen.append)(server)
    assert grant.headers == {"Authorization": "Bearer acc"} and grant.seconds == 60 and seen == ["acc", "ref"]
    body = {"client_id": "admin-cli", "grant_type": "password", "username": "admin", "password": "pw"}
    assert server.asked == [("realms/master/protocol/openid-connect/token", body)]


def test_a_clients_secret():
    server = Server(TOKEN)
    Login([ROBOT], resolve)(server)
    assert server.asked == [("realms/ops/protocol/openid-connect/token", {"client_id": "robot", "client_secret": "cs", "grant_type": "client_credentials"})]


def test_the_ways_are_tried_in_order():
    server = Server(401, TOKEN)
    assert Login([ROBOT, PERSON], resolve)(server).headers["Authorization"] == "Bearer acc"
    absent = {**ROBOT, "client_secret": "vault:a/none#x"}
    assert Login([absent, PERSON], resolve)(Server(TOKEN)).seconds == 60
    with pytest.raises(ApiError, match="login: client_credentials of robot: refused; password of admin: refused; give username and password"):
        Login([ROBOT, PERSON], resolve)(Server(401, 400))


def test_no_way_in():
    with pytest.raises(ApiError, match="login: no way in is given; give username and password"):
        Login([], resolve)(Server())
    assert faults([PERSON, ROBOT]) == []
    assert faults([{**PERSON, "username": ""}, {"method": "client_credentials", "client_id": None}], "heirs") == [
        "heirs[0].username: is missing; the method password needs it", "heirs[1].client_id: is missing; the method client_credentials needs it",
        "heirs[1].client_secret: is missing; the method client_credentials needs it"]
    absent = Login([{**ROBOT, "client_secret": "vault:a/none#x"}], resolve)
    with pytest.raises(ApiError, match="the secret a/none doesn't exist"):
        absent(Server())
    assert absent.absent and not Login([ROBOT], resolve).absent


def test_a_way_that_may_do_nothing_is_left_for_the_next():
    """A run was cut off between making automation's client and giving it its rights."""
    server = Server(TOKEN, TOKEN, rights=403)
    Login([ROBOT, PERSON], resolve)(server)
    assert [path for path, _body in server.asked] == ["realms/ops/protocol/openid-connect/token", "admin/realms",
                                                      "realms/master/protocol/openid-connect/token"]
    assert server.asked[1][1] == {"Authorization": "Bearer acc"}
    with pytest.raises(ApiError, match="client_credentials of robot: it may do nothing yet; password of admin: refused"):
        Login([ROBOT, PERSON], resolve)(Server(TOKEN, 401, rights=403))
    person = Server({**TOKEN, "refresh_token": "r1"}, TOKEN, rights=403)
    Login([PERSON, ROBOT], resolve)(person)
    assert person.asked[2] == ("realms/master/protocol/openid-connect/logout", {"client_id": "admin-cli", "refresh_token": "r1"}), "its session is closed"


def test_rights_are_asked_for_once_and_not_of_the_last_way():
    server = Server(TOKEN, TOKEN)
    login = Login([ROBOT, PERSON], resolve)
    login(server)
    login(server)
    assert [path for path, _body in server.asked].count("admin/realms") == 1 and len(server.asked) == 3
    last = Server(401, TOKEN, rights=403)
    Login([ROBOT, PERSON], resolve)(last)
    assert len(last.asked) == 2
    with pytest.raises(ApiError, match="HTTP 503"):
        Login([ROBOT, PERSON], resolve)(Server(TOKEN, TOKEN, rights=503))


def test_silence_ends_the_search():
    with pytest.raises(ApiError, match="HTTP 503"):
        Login([ROBOT, PERSON], resolve)(Server(503, TOKEN))


@pytest.mark.parametrize("told", ['{"errors":[]}', "Unable to find matching target resource method", "<html>404</html>"])
def test_another_server_is_told_once(told):
    """Vault's port, Keycloak without the path that it is served under, a proxy's page."""
    server = Server((404, told), TOKEN)
    with pytest.raises(ApiError) as raised:
        Login([ROBOT, PERSON], resolve)(server)
    assert str(raised.value) == (
        "Keycloak at test: POST realms/ops/protocol/openid-connect/token: there is no Keycloak at this address (HTTP 404); "
        "correct the address; the path that Keycloak is served under, if any, belongs to it")
    assert len(server.asked) == 1 and raised.value.fault == "answer", "no other way in would find one"


def test_a_realm_that_is_not_there_is_a_refused_way():
    unknown = (404, "Realm does not exist")
    assert Login([ROBOT, PERSON], resolve)(Server(unknown, TOKEN)).seconds == 60
    with pytest.raises(ApiError, match="login: client_credentials of robot: Realm does not exist; password of admin: refused; give username and password"):
        Login([ROBOT, PERSON], resolve)(Server(unknown, 401))


def test_a_session_is_renewed_by_its_refresh_token_and_closed():
    server = Server({**TOKEN, "refresh_token": "r1"}, {**TOKEN, "refresh_token": "r2"}, 400, {**TOKEN, "refresh_token": "r3"})
    login = Login([PERSON], resolve)
    login(server)
    login(server)
    assert server.asked[1][1] == {"client_id": "admin-cli", "grant_type": "refresh_token", "refresh_token": "r1"}
    login(server)
    assert server.asked[3][1]["grant_type"] == "password", "a session that has ended is opened anew"
    login.end(server)
    login.end(server)
    assert server.asked[4:] == [("realms/master/protocol/openid-connect/logout", {"client_id": "admin-cli", "refresh_token": "r3"})]


def test_a_client_has_no_session_to_close():
    server = Server(TOKEN)
    login = Login([ROBOT], resolve)
    login(server)
    login.end(server)
    assert len(server.asked) == 1

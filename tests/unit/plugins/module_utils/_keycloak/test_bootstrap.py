# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The end of the first account: what comes before it, and what proves it. On a real server: tests/lab/test_identity.py."""

from __future__ import annotations

import types

import pytest

from ansible_collections.unifiedmeta.platform.plugins.module_utils import _secrets
from ansible_collections.unifiedmeta.platform.plugins.module_utils._http import ApiError
from ansible_collections.unifiedmeta.platform.plugins.module_utils._keycloak import bootstrap
from ansible_collections.unifiedmeta.platform.plugins.module_utils._plan import Refused

ROBOT = {"method": "client_credentials", "realm": "master", "username": None, "password": None, "client_id": "robot", "client_secret": "vault:a/b#secret"}
PERSON = {"method": "password", "realm": "master", "username": "named", "password": "vault:a/b#password", "client_id": None, "client_secret": None}
FIRST = {"id": "1", "username": "first", "enabled": True, "attributes": {"is_temporary_admin": ["true"]}}


class Http:
    """Answers logins by name: the statuses of a test, else a token. Notes what is sent."""

    system = "Keycloak at test"

    def __init__(self, **logins):
        self.logins, self.sent, self.said = logins, [], "invalid_grant"
        self.access = {"manage": True, "mapRoles": True}
        self.stats = types.SimpleNamespace(as_dict=lambda: {"requests": len(self.sent)})

    def _status(self, data):
        return self.logins.get(data.get("username") or data.get("client_id"), 200)

    def post(self, path, *, data, **_more):
        self.sent.append(f"login {data.get('username') or data['client_id']}")
        if self._status(data) != 200:
            raise ApiError(self.system, "POST", path, self._status(data), "refused")
        return {"access_token": f"of {data.get('username') or data['client_id']}", "expires_in": 60}

    def request(self, method, path, *, data=None, headers=None, accept=(), **_more):
        if data and data.get("grant_type") == "password":
            self.sent.append(f"login {data['username']}")
            return types.SimpleNamespace(status_code=self._status(data), json=lambda: {"error": self.said})
        self.sent.append(f"{method} {path} {(headers or {}).get('Authorization', '')}".strip())
        if self.logins.get(path, 200) != 200:
            raise ApiError(self.system, method, path, self.logins[path], "forbidden")
        return types.SimpleNamespace(json=lambda: {"id": "1", "access": self.access})


class Keycloak:
    """The users of a realm; deletions go away with them."""

    def __init__(self, *users, **logins):
        self.users, self.http = list(users), Http(**logins)

    def get(self, path, _what="", **params):
        self.http.sent.append(f"GET {path} {params['username']}")
        return [user for user in self.users if user["username"] == params["username"]]

    def delete(self, path, _what=""):
        self.http.sent.append(f"DELETE {path}")
        self.users.clear()


def resolve(value):
    """A secret of Vault."""
    if value == "vault:a/none#x":
        raise _secrets.SecretError("the secret a/none doesn't exist")
    return {"vault:a/b#secret": "cs", "vault:a/b#password": "pw"}.get(value, value)


def end(keycloak, check=False, **params):
    """One run."""
    options = {"name": "first", "secret": "old", "realm": "master", "heirs": [ROBOT, PERSON], **params}
    return bootstrap.end(keycloak, options, resolve, lambda value: None, check)


def test_others_get_in_first_then_it_goes_then_its_login_fails():
    keycloak = Keycloak(FIRST, first=401)
    result = end(keycloak)
    assert keycloak.http.sent == [
        "GET master/users first", "login robot", "GET admin/realms/master/users/1 Bearer of robot", "login named",
        "GET admin/realms/master/users/1 Bearer of named", "DELETE master/users/1", "login first"]
    assert result["changed"] and [(change["action"], change["name"]) for change in result["plan"]] == [("delete", "master/first")]
    assert result["diff"] == {"before": {"user master/first": {"enabled": True}}, "after": {"user master/first": None}}
    assert "warnings" not in result


def test_where_it_is_gone_the_others_are_tried():
    keycloak = Keycloak()
    result = end(keycloak)
    assert not result["changed"] and "warnings" not in result and keycloak.http.sent == ["GET master/users first", "login robot", "login named"]
    assert not end(Keycloak(), check=True)["changed"]


def test_a_way_in_that_is_lost_is_told_before_it_is_needed():
    keycloak = Keycloak(named=401)
    result = end(keycloak)
    assert not result["changed"] and len(result["warnings"]) == 1
    assert result["warnings"][0].startswith("named gets in no more (") and "Rotate it by name" in result["warnings"][0]
    gone = end(Keycloak(), heirs=[{**ROBOT, "client_secret": "vault:a/none#x"}])
    assert "robot gets in no more" in gone["warnings"][0] and "the secret a/none doesn't exist" in gone["warnings"][0]


def test_a_server_that_fails_meanwhile_is_no_lost_way_in():
    with pytest.raises(ApiError, match="refused"):
        end(Keycloak(robot=503))


def test_check_mode_foresees_it_and_tries_nothing():
    keycloak = Keycloak(FIRST, robot=401)
    assert end(keycloak, check=True)["plan"][0]["action"] == "delete" and keycloak.http.sent == ["GET master/users first"] and keycloak.users


@pytest.mark.parametrize("heirs", [{"robot": 401}, {"named": 400}, {"admin/realms/master/users/1": 403}], ids=str)
def test_it_stays_while_somebody_who_stays_cannot_get_in(heirs):
    keycloak = Keycloak(FIRST, **heirs)
    with pytest.raises(ApiError, match="nothing was deleted: make this login an administrator's first, or take it out of heirs"):
        end(keycloak)
    assert keycloak.users == [FIRST]


@pytest.mark.parametrize("access", [{}, None, {"view": True}, {"manage": True, "mapRoles": False}, {"manage": False, "mapRoles": True}], ids=str)
def test_an_heir_who_only_looks_is_none(access):
    keycloak = Keycloak(FIRST)
    keycloak.http.access = access
    with pytest.raises(ApiError, match="heir robot: it gets in, but may not manage accounts and their roles; nothing was deleted"):
        end(keycloak)
    assert keycloak.users == [FIRST]


@pytest.mark.parametrize(("heir", "account"), [("First", FIRST), ("Kim@Example.com", {**FIRST, "email": "kim@example.com"})])
def test_the_account_by_another_name_is_no_heir(heir, account):
    keycloak = Keycloak(account)
    with pytest.raises(Refused, match=f"heirs: {heir} is the account that is to go"):
        end(keycloak, heirs=[{**PERSON, "username": heir}])
    assert keycloak.users == [account]
    assert bootstrap.faults({"heirs": [{**PERSON, "username": "first", "realm": "other"}], "name": "first", "realm": "master"}) == [], "a namesake"


def test_a_refusal_for_another_reason_proves_nothing():
    keycloak = Keycloak(FIRST, first=401)
    keycloak.http.said = "unauthorized_client"
    assert end(keycloak)["warnings"] == ["first is deleted; its login was refused for another reason (unauthorized_client), so that proves nothing"]


def test_an_heir_whose_secret_is_not_there():
    keycloak = Keycloak(FIRST)
    with pytest.raises(ApiError, match="the secret a/none doesn't exist"):
        end(keycloak, heirs=[{**ROBOT, "client_secret": "vault:a/none#x"}])
    assert keycloak.users == [FIRST]


@pytest.mark.parametrize("attributes", [{}, {"attributes": {"is_temporary_admin": []}}, {"attributes": None}], ids=str)
def test_an_account_that_is_not_the_temporary_one_is_never_deleted(attributes):
    keycloak = Keycloak({"id": "1", "username": "first", **attributes})
    for check in (True, False):
        with pytest.raises(Refused, match="account first of realm master isn't the temporary one .* so somebody may need it; delete it by hand"):
            end(keycloak, check=check)
    assert keycloak.users


def test_one_that_still_gets_in_is_a_failure():
    with pytest.raises(ApiError, match="it was deleted, and still gets in; look for a user federation"):
        end(Keycloak(FIRST))


@pytest.mark.parametrize("secret", [None, "vault:a/none#x"])
def test_without_its_password_no_login_is_tried(secret):
    keycloak = Keycloak(FIRST)
    assert end(keycloak, secret=secret)["warnings"] == ["first is deleted; its password isn't known, so no login with it was tried"]
    assert keycloak.http.sent[-1] == "DELETE master/users/1"


def test_options_that_would_leave_nobody():
    options = {"name": "x", "realm": "master"}
    assert bootstrap.faults({"heirs": [], **options}) == ["heirs: name at least one login that stays, or nobody could administer Keycloak afterwards"]
    assert bootstrap.faults({"heirs": [{**PERSON, "username": "x"}], **options}) == ["heirs: x is the account that is to go"]
    assert bootstrap.faults({"heirs": [ROBOT, PERSON], **options}) == []
    keycloak = Keycloak(FIRST)
    with pytest.raises(Refused, match="The options are wrong; nothing was done"):
        end(keycloak, heirs=[])
    assert keycloak.http.sent == []

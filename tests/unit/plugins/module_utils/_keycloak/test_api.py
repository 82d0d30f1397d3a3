# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The client: error bodies, ids, 409."""

from __future__ import annotations

import types

import pytest

from ansible_collections.unifiedmeta.platform.plugins.module_utils._http import ApiError
from ansible_collections.unifiedmeta.platform.plugins.module_utils._keycloak import api
from ansible_collections.unifiedmeta.platform.plugins.module_utils._keycloak.api import Keycloak
from tests.unit.plugins.module_utils._keycloak.paper import Paper


def answer(body=None, status=400, text=""):
    def parsed():
        if body is None:
            raise ValueError
        return body
    return types.SimpleNamespace(json=parsed, status_code=status, text=text)


@pytest.mark.parametrize("body,said", [
    ({"errorMessage": "Client a already exists"}, "Client a already exists"),
    ({"error": "invalid_grant", "error_description": "Invalid user credentials"}, "Invalid user credentials"),
    ({"error": "role has no name"}, "role has no name"),
    ({"field": "username", "errorMessage": "error-invalid-length"}, "username: error-invalid-length"),
    ({"errors": [{"field": "username", "errorMessage": "bad"}, {"field": "username", "errorMessage": "bad"}, {"field": "email", "errorMessage": "worse"}]},
     "username: bad; email: worse"),
    ([], None), (None, None), ({}, None), ({"errors": ["a gateway's"]}, "a gateway's"),
])
def test_what_an_error_body_says(body, said):
    assert api._errors(answer(body)) == said


def test_what_is_worth_repeating():
    def worth(status, text, method="POST"):
        return api._retry(types.SimpleNamespace(status_code=status, text=text, request=types.SimpleNamespace(method=method)))

    assert worth(409, "Concurrent modification") and not worth(409, "Client a already exists")
    assert worth(409, "Realm with same name exists", "PUT") and not worth(409, "Realm with same name exists")
    assert worth(400, "Could not add user role or group mappings!") and not worth(400, "unknown_error")


def test_a_rule_of_the_user_profile():
    assert "user_profile" in api._refuse(answer({}, 400, '{"field":"lastName","errorMessage":"error-person-name-invalid-character"}'))
    assert api._refuse(answer({}, 400, '{"error":"unknown_error"}')) is None and api._refuse(answer({}, 409, '"field"')) is None


def test_an_address_that_is_none():
    with pytest.raises(ApiError, match="Keycloak at nonsense: «nonsense» isn't an address"):
        api.connect("nonsense")
    made = api.connect("https://sso.example.com/auth/")
    assert made.system == "Keycloak at https://sso.example.com/auth" and made.base_url == "https://sso.example.com/auth"


def test_calls_are_below_admin_realms():
    paper = Paper({"r/roles": [{"name": "a"}], "r": {"realm": "r"}})
    keycloak = Keycloak(paper)
    assert keycloak.get("r") == {"realm": "r"} and keycloak.get("gone") is None and list(keycloak.pages("r/roles")) == [{"name": "a"}]
    keycloak.put("r", {"enabled": True})
    keycloak.post("r/x", {})
    keycloak.delete("r/x", body=[1])
    assert paper.sent == [("PUT r", {"enabled": True}), ("POST r/x", {}), ("DELETE r/x", [1])]


def test_a_realm_is_put_with_all_that_it_has_but_the_masked_mail_server():
    paper = Paper({"r": {"realm": "r", "id": "1", "oauth2DeviceCodeLifespan": 430, "smtpServer": {"password": "**********"}}})
    Keycloak(paper).change_realm("r", {"displayName": "R"}, "realm r")
    Keycloak(paper).change_realm("r", {"smtpServer": {"host": "h"}})
    assert paper.sent == [("PUT r", {"realm": "r", "id": "1", "oauth2DeviceCodeLifespan": 430, "displayName": "R"}),
                          ("PUT r", {"realm": "r", "id": "1", "oauth2DeviceCodeLifespan": 430, "smtpServer": {"host": "h"}})]


def test_what_is_made_has_the_id_of_its_address():
    assert Keycloak(Paper()).make("r/clients", {}, lambda: None) == ("new-1", None)


def test_what_is_there_already_is_found():
    keycloak = Keycloak(Paper({"POST r/clients": 409}))
    assert keycloak.make("r/clients", {}, lambda: {"id": "7", "clientId": "a"}) == ("7", {"id": "7", "clientId": "a"})
    with pytest.raises(ApiError, match="HTTP 409"):
        keycloak.make("r/clients", {}, lambda: None)
    refused = Keycloak(Paper({"POST r/clients": 400}))
    with pytest.raises(ApiError, match="HTTP 400"):
        refused.make("r/clients", {}, lambda: pytest.fail("only a 409 means that it is there"))


def test_ids():
    keycloak = Keycloak(Paper({"r/roles/a%2Fb": {"id": "1", "name": "a/b"}, "r/clients/c1/roles/v": {"id": "2", "name": "v"}}))
    keycloak.world.ids["client:r/app"] = "c1"
    assert keycloak.role("r", "a/b") == {"id": "1", "name": "a/b"} and keycloak.role("r", "v", "app") == {"id": "2", "name": "v"}
    keycloak.role("r", "a/b")
    assert keycloak.http.asked == ["r/roles/a%2Fb", "r/clients/c1/roles/v"], "once a role"
    with pytest.raises(ApiError, match="client gone of realm r: it isn't there; correct its name, or declare it"):
        keycloak.id_of("client", "r", "gone")
    with pytest.raises(ApiError, match="role none of realm r: it isn't there"):
        keycloak.role("r", "none")


def test_maps_of_a_realm_that_are_ours_in_part():
    keycloak = Keycloak(Paper({"r": {"realm": "r", "attributes": {"theirs": "1", "ours": "0"}, "supportedLocales": ["de"], "smtpServer": {"host": "x"}}}))
    keycloak.change_realm("r", {"attributes": {"ours": "1"}, "supportedLocales": ["ko"]}, "realm r", ("attributes", "browserSecurityHeaders"))
    assert keycloak.http.sent == [("PUT r", {"realm": "r", "attributes": {"theirs": "1", "ours": "1"}, "supportedLocales": ["ko"]})]


def test_an_address_that_somebody_else_has():
    answer = types.SimpleNamespace(status_code=409, text='{"errorMessage":"User exists with same email"}')
    assert "another account has that e-mail address" in api._refuse(answer)
    assert api._refuse(types.SimpleNamespace(status_code=409, text='{"errorMessage":"User exists with same username"}')) is None


class Shelf(Paper):
    """A list of numbered entries, in pages as they are asked for."""

    def __init__(self, size):
        super().__init__()
        self.entries, self.pages_asked = [{"n": number} for number in range(size)], []

    def pages(self, path, following, *, params, **_options):
        params = dict(params)
        while True:
            self.pages_asked.append((params["first"], params["max"]))
            found = self.entries[params["first"]:params["first"] + params["max"]]
            yield from found
            after = following(None, found, params)
            if after is None:
                return
            params.update(after)


@pytest.mark.parametrize("there,about,pages", [
    (6, 6, [(0, 500)]),
    (0, 0, [(0, 500)]),
    (106, 106, [(0, 25), (25, 25), (50, 25), (75, 25), (100, 500)]),
    (90, 106, [(0, 25), (25, 25), (50, 25), (75, 25), (100, 500)]),
    (1200, 60, [(0, 25), (25, 25), (50, 500), (550, 500), (1050, 500)]),
    (5000, 5000, [*((first, 500) for first in range(0, 5000, 500)), (5000, 500)]),
])
def test_a_list_in_shares(there, about, pages):
    keycloak, found = Keycloak(Shelf(there)), []
    for job in keycloak.shares("r/clients", about, found.append):
        job()
    assert keycloak.http.pages_asked == pages and found == keycloak.http.entries, "each entry once, whatever was expected"

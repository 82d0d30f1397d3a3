"""The reader of realms must see what differs, and nothing else: on answers in Keycloak's own form. On a real server: tests/chaos."""
from __future__ import annotations

import copy

from tests.support.realm import plain, snapshot
from tests.support.state import changes

ID = "0a1b2c3d-0000-4000-8000-{:012}"
CLIENT = {"id": ID.format(1), "clientId": "app", "name": "app", "serviceAccountsEnabled": True, "secret": "secret-of-the-app", "redirectUris": ["b", "a"],
          "attributes": {"client.secret.creation.time": "1"}, "authenticationFlowBindingOverrides": {"browser": ID.format(2)},
          "protocolMappers": [{"id": ID.format(4), "name": "z"}, {"id": ID.format(5), "name": "a"}]}
FLOW = {"id": ID.format(2), "alias": "ours", "authenticationExecutions": [{"authenticator": "b"}, {"authenticator": "a"}]}
ANSWERS = {
    "r/partial-export?exportClients=true&exportGroupsAndRoles=true": {
        "id": ID.format(9), "displayName": "R", "clients": [{**CLIENT, "secret": "**********"}], "authenticationFlows": [FLOW],
        "roles": {"realm": [{"id": ID.format(6), "name": "reader"}], "client": {"app": [{"id": ID.format(7), "name": "admin"}]}},
        "groups": [{"id": ID.format(8), "path": "/top", "name": "top", "realmRoles": ["reader"]}],
        "components": {"keys": [{"id": ID.format(3), "name": "rsa", "config": {"kid": [ID.format(3)]}}]}},
    "r/clients?max=1000": [CLIENT],
    "r/users?max=1000": [{"id": ID.format(10), "username": "kim", "createdTimestamp": 1}],
    f"r/clients/{ID.format(1)}/service-account-user": {"id": ID.format(11), "username": "service-account-app"},
    **{f"r/users/{ID.format(number)}/{name}": answer for number in (10, 11) for name, answer in {
        "role-mappings": {"realmMappings": [{"name": "reader"}], "clientMappings": {"app": {"mappings": [{"name": "admin"}]}}},
        "groups": [{"path": "/top"}], "credentials": [{"type": "password", "id": "x"}]}.items()},
}


class Server:
    """Answers as they are written above."""

    def __init__(self, answers):
        self.answers = answers

    def get(self, path):
        return copy.deepcopy(self.answers[path])

    def call(self, _method, path):
        return self.get(path)


def look(**changed):
    return snapshot(Server({**ANSWERS, **changed}), ["r"])


def test_it_is_all_there_by_name():
    assert sorted(look()) == ["r authenticationFlows ours", "r clients app", "r components", "r group /top", "r role app/admin", "r role reader",
                              "r secret app", "r settings", "r user kim", "r user service-account-app"]
    assert look()["r user kim"] == {"username": "kim", "roles": ["app/admin", "reader"], "groups": ["/top"], "credentials": ["password"]}
    assert look()["r clients app"]["authenticationFlowBindingOverrides"] == {"browser": "<ours>"} and "secret-of" not in str(look())


def test_what_chance_makes_and_order_are_no_difference():
    def other(value):
        if isinstance(value, dict):
            return {key.replace("0a1b2c3d", "ffffffff"): other(item) for key, item in reversed(value.items())}
        if isinstance(value, list):
            return [other(item) for item in (value if value and "authenticator" in value[0] else reversed(value))]
        return value.replace("0a1b2c3d", "ffffffff") if isinstance(value, str) else value

    assert changes(look(), snapshot(Server(other(ANSWERS)), ["r"])) == []


def test_what_differs_is_named():
    users = [{"id": ID.format(10), "username": "kim", "requiredActions": ["CONFIGURE_TOTP"]}]
    clients = [{**CLIENT, "secret": "another-secret-of-the-app"}]
    assert [line.split(":")[1].strip() for line in changes(look(), look(**{"r/users?max=1000": users, "r/clients?max=1000": clients}))] == [
        "r secret app", "r user kim"]
    turned = copy.deepcopy(ANSWERS)
    next(iter(turned.values()))["authenticationFlows"][0]["authenticationExecutions"].reverse()
    assert [line.split(":")[1].strip() for line in changes(look(), snapshot(Server(turned), ["r"]))] == ["r authenticationFlows ours"]


def test_an_id_that_means_nothing_is_masked():
    assert plain({"a": f"x {ID.format(1)}", "b": "ours otp 0a1b2c3d"}, {}) == {"a": "x <by chance>", "b": "ours otp <part>"}

"""Keycloak's side of the benchmark: everyone makes the same objects. No time is asserted anywhere."""
from __future__ import annotations

import types

import pytest

from ansible_collections.unifiedmeta.platform.plugins.module_utils._keycloak.desired import parse
from tests.bench import keycloak, keycloak_floor, keycloak_objects, report
from tests.bench.objects import password

ENV = {"KEYCLOAK_URL": "https://sso.example.com", "KEYCLOAK_USERNAME": "admin", "KEYCLOAK_PASSWORD": "a-password"}


def test_100_clients_are_those_of_the_target():
    assert keycloak_objects.counts(100) == {"clients": 100, "mappers": 300, "groups": 50, "roles": 30} and keycloak_objects.tasks(100) == 180
    assert keycloak_objects.tasks(10) == 18


@pytest.mark.parametrize("size", [1, 10, 100])
def test_ours_declares_the_same(size):
    made, desired = keycloak_objects.objects(size), parse(keycloak_objects.config("r", size))
    assert not desired.faults
    for kind, label in (("clients", "client"), ("groups", "group"), ("roles", "role")):
        assert {item.name.removeprefix("r/") for item in desired.of(label)} == set(made[kind])
    assert len(list(desired.of("mapper"))) == keycloak_objects.counts(size)["mappers"]
    for item in desired.of("client"):
        name = item.name.removeprefix("r/")
        same = {key: value for key, value in made["clients"][name].items() if key not in ("mappers", "secret")}
        assert item.fields == {**same, "secret": f"vault:bench/{name}#client_secret"}


def test_the_floor_sends_the_same():
    made = keycloak_objects.objects(2)
    sent = keycloak_floor.body("clients", "client-00001", made["clients"]["client-00001"])
    assert sent["clientId"] == "client-00001" and sent["secret"] == password(1) and "mappers" not in sent
    assert {mapper["name"]: {key: value for key, value in mapper.items() if key != "name"} for mapper in sent["protocolMappers"]} \
        == made["clients"]["client-00001"]["mappers"]
    assert keycloak_floor.body("groups", "g", {"attributes": {"a": ["b"]}}) == {"name": "g", "attributes": {"a": ["b"]}}


def test_the_floor_compares_what_is_wanted():
    assert keycloak_floor.same({"a": {"b": 1}}, {"a": {"b": 1, "c": 2}, "d": 3})
    assert not keycloak_floor.same({"a": {"b": 1}}, {"a": {"b": 2}}) and not keycloak_floor.same({"a": 1}, {}) and not keycloak_floor.same({"a": {}}, {"a": 1})


def test_the_peer_gets_the_same_and_a_task_a_kind():
    made = keycloak.listed(keycloak_objects.objects(3))
    assert [mapper["name"] for mapper in made["clients"]["client-00002"]["protocolMappers"]] == list(keycloak_objects.CLAIMS)
    block, = keycloak.loop("r", ENV)
    assert block["module_defaults"]["group/community.general.keycloak"]["auth_password"] == "a-password"
    assert {task["loop"] for task in block["block"]} == {f"{{{{ made.{kind} | dict2items }}}}" for kind in made}
    client = block["block"][2]["community.general.keycloak_client"]
    given = {value.removeprefix("{{ item.value.").removesuffix(" }}") for value in client.values() if "item.value" in value}
    assert given == set(made["clients"]["client-00000"]) - {"mappers"}, "every field that the others write"
    assert len(keycloak.ours("r")) == 1


class Server:
    """Takes secrets once its mounts are ready."""

    def __init__(self):
        self.calls, self.puts, self.slow = [], {}, 2

    def call(self, method, path, _body):
        self.calls.append(f"{method} {path}")

    def request(self, _method, path, body):
        self.slow -= 1
        if self.slow < 0:
            self.puts[path] = body["data"]
        return types.SimpleNamespace(ok=self.slow < 0, text="Upgrading from non-versioned to versioned data")


def test_secrets_are_there_beforehand():
    server = Server()
    keycloak_objects.put_secrets(server, 3)
    assert server.calls == ["POST sys/mounts/bench", "POST sys/mounts/platform-ledger"]
    assert server.puts == {f"bench/data/client-0000{number}": {"client_secret": password(number)} for number in range(3)}


def test_each_run_has_a_target_of_its_own():
    times = {"empty": [1.0], **{f"{who} {run}": [value] for run in keycloak.RUNS for who, value in (("peer", 19.0), ("floor", 2.0), ("ours", 4.9))}}
    table = report.peers(times, report.Sizes(180, "the whole realm", 18, "a sample of 18 tasks"), keycloak.RULES)
    assert "| the same for the whole realm, scaled up | 181 | 180 tasks |" in table and "1.00 s a task" in table
    assert "**37 times** faster than the loop (target: 30) |" in table and "**37 times** faster than the loop (target: 40): missed |" in table
    assert table.count("at most 1.5 × floor + 1 s = 4.00: met") == 2


def test_the_line_is_of_ours_less_the_floor():
    points = {"first": [(10, 0.1), (100, 0.2)]}
    table = report.sizes(points, {"first": types.SimpleNamespace(slope=0.001, intercept=0.1, r_squared=1.0, residuals=(0.0, 0.0))}, "client")
    assert table.startswith("| clients |") and "1.00 ms a client" in table

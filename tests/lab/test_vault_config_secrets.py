# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Secrets on a real server: born once, never overwritten, completed, rotated by name, never shown."""

from __future__ import annotations

import json
import threading

import pytest

from ansible_collections.unifiedmeta.platform.plugins.module_utils._plan import Refused
from tests.lab.vault_runs import Runs, changes

KV = {"platform": {"type": "kv", "options": {"version": "2"}}}


def seeds(secrets: dict, **more) -> dict:
    return {"mounts": KV, "secrets": secrets, **more}


def value(server, path: str) -> dict:
    mount, _slash, rest = path.partition("/")
    return server.call("GET", f"{mount}/data/{rest}")["data"]["data"]


def test_every_generator_in_its_own_form(run, server):
    kinds = {
        "a": 20,
        "b": {"kind": "hex", "length": 33},
        "c": {"kind": "base64", "bytes": 16},
        "d": {"kind": "uuid"},
        "e": {"kind": "rsa", "bits": 2048, "public": "e.pub"},
        "f": {"kind": "ed25519", "public": "f.pub"},
        "g": {"alphabet": "01", "length": 50},
    }
    run.twice(seeds({"platform/x": {"data": {"n": 1, "t": True}, "generate": kinds}}))
    found = value(server, "platform/x")
    assert len(found["a"]) == 20 and len(found["b"]) == 33 and set(found["g"]) == {"0", "1"} and found["n"] == "1" and found["t"] == "true"
    assert "PRIVATE KEY" in found["e"] and "PUBLIC KEY" in found["f.pub"]


@pytest.mark.parametrize("many", [1, 9], ids=["one by one", "by one listing"])
def test_what_is_there_is_never_overwritten(run, server, many):
    """Above SCAN_FROM secrets a mount is read by one recursive listing, else secret by secret: the same plan."""
    config = seeds({f"platform/app{n}/x": {"data": {"user": "admin"}, "generate": {"password": 24}} for n in range(many)})
    run.twice(config)
    before = [value(server, path) for path in config["secrets"]]
    server.call("POST", "platform/data/app0/x", {"data": {"user": "somebody else", "password": before[0]["password"], "more": "theirs"}})
    assert not run(config)["changed"]
    server.call("POST", "platform/data/app0/x", {"data": {"password": before[0]["password"], "more": "theirs"}})
    result = run.twice(config)
    assert changes(result) == ["update secret platform/app0/x"] and result["plan"][0]["fields"] == ["user"]
    assert value(server, "platform/app0/x") == {"password": before[0]["password"], "more": "theirs", "user": "admin"}
    assert [value(server, path) for path in list(config["secrets"])[1:]] == before[1:]


def test_keys_are_added_to_a_secret_of_others_without_taking_it(run, server):
    run({"mounts": KV})
    server.call("POST", "platform/data/theirs", {"data": {"old": "1"}})
    run.twice(seeds({"platform/theirs": {"generate": {"new": 20}}}))
    assert value(server, "platform/theirs")["old"] == "1"
    assert not run(seeds({}), prune="owned")["changed"], "a secret of others is not pruned"


@pytest.mark.parametrize("many", [1, 9])
def test_a_deleted_secret_is_reported_and_not_made_anew(run, server, many):
    config = seeds({f"platform/app{n}": {"generate": {"password": 24}} for n in range(many)})
    run(config)
    server.call("DELETE", "platform/data/app0")
    result = run.twice(config)
    assert not result["changed"] and "platform/app0" in result["warnings"][0] and "undelete" in result["warnings"][0]
    with pytest.raises(Refused, match="deleted"):
        run(config, rotate=["platform/app0#password"])
    server.call("DELETE", "platform/metadata/app0")
    assert changes(run(config)) == ["create secret platform/app0"]


def test_a_secret_destroyed_and_made_by_others_is_looked_into(run, server):
    """Same version, other birth: the ledger's note about its keys doesn't count any more."""
    config = seeds({f"platform/app{n}": {"generate": {"password": 24}} for n in range(9)})
    run(config)
    server.call("DELETE", "platform/metadata/app0")
    server.call("POST", "platform/data/app0", {"data": {"other": "x"}})
    assert changes(run(config)) == ["update secret platform/app0"]


def test_rotation_is_by_name(run, server):
    config = seeds({"platform/a": {"generate": {"x": 24, "y": 24}}, "platform/b": {"generate": {"x": 24}}})
    run(config)
    before, other = value(server, "platform/a"), value(server, "platform/b")
    predicted = run(config, True, rotate=["platform/a#x"])
    result = run(config, rotate=["platform/a#x"])
    assert changes(result) == ["rotate secret platform/a"] and result["plan"] == predicted["plan"]
    after = value(server, "platform/a")
    assert after["x"] != before["x"] and after["y"] == before["y"] and value(server, "platform/b") == other
    assert not run(config)["changed"]
    with pytest.raises(Refused, match="«platform/a#z» is no declared key"):
        run(config, rotate=["platform/a#z"])


def test_a_reference_to_a_secret_of_the_same_plan(run, server):
    user = {"userpass": {"type": "userpass", "users": {"kim": {"password": "vault:platform/kim#password", "token_policies": ["default"]}}}}
    config = seeds({"platform/kim": {"generate": {"password": 24}}}, auth=user)
    run.twice(config)
    for turn in ([], ["platform/kim#password"]):
        result = run(config, rotate=turn)
        assert changes(result) == (["rotate secret platform/kim", "update auth_role userpass/kim"] if turn else [])
        server.call("POST", "auth/userpass/login/kim", {"password": value(server, "platform/kim")["password"]})
    server.call("POST", "platform/data/kim", {"data": {"password": "changed by hand in Vault"}})
    assert changes(run(config)) == ["update auth_role userpass/kim"]
    server.call("POST", "auth/userpass/login/kim", {"password": "changed by hand in Vault"})


def test_missing_references_are_told_together_before_any_write(run, server):
    users = {"kim": {"password": "vault:platform/nobody#password"}, "lee": {"password": "vault:nowhere/x#y", "token_policies": ["opps"]}}
    with pytest.raises(Refused) as refused:
        run(
            seeds(
                {"platforn/x": {"generate": {"a": 20}}},
                policies={"ops": 'path "a" { capabilities = ["read"] }'},
                auth={"userpass": {"type": "userpass", "users": users}},
            )
        )
    text = str(refused.value)
    for part in (
        "config.secrets.platforn/x",
        "did you mean platform?",
        "users.kim.password: the secret platform/nobody doesn't exist",
        "nowhere/x",
        "the policy opps",
        "did you mean ops?",
    ):
        assert part in text, text
    assert "platform/" not in server.call("GET", "sys/mounts")["data"]


def test_two_runs_at_once_agree(server):
    """Both end well, every secret is born once, the ledger knows everything."""
    config = seeds(
        {f"platform/app{n}": {"generate": {"password": 24}} for n in range(30)},
        policies={f"p{n}": 'path "a" { capabilities = ["read"] }' for n in range(30)},
        auth={"approle": {"type": "approle", "roles": {f"r{n}": {"token_policies": [f"p{n}"]} for n in range(30)}}},
    )
    errors = []

    def work():
        try:
            Runs(server)(config)
        except Exception as error:
            errors.append(error)

    threads = [threading.Thread(target=work) for _index in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not errors, errors
    assert {server.call("GET", f"platform/metadata/app{n}")["data"]["current_version"] for n in range(30)} == {1}
    assert not Runs(server)(config)["changed"]
    known = json.loads(server.call("GET", "platform-ledger/data/vault/default")["data"]["data"]["objects"])
    assert len(known) == 30 * 3 + 2


def test_no_value_is_in_result_or_ledger(run, server):
    config = seeds(
        {"platform/x": {"data": {"user": "canary-user"}, "generate": {"password": 40}}},
        auth={"userpass": {"type": "userpass", "users": {"kim": {"password": "vault:platform/x#password"}}}},
    )
    result = run(config, rotate=[])
    rotated = run(config, rotate=["platform/x#password"])
    text = json.dumps([result, rotated]) + json.dumps(server.call("GET", "platform-ledger/data/vault/default"))
    for secret in value(server, "platform/x").values():
        assert secret not in text

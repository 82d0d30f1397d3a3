# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Vault's API in one-liners, and its traps."""

from __future__ import annotations

import base64
import json

import pytest

from ansible_collections.unifiedmeta.platform.plugins.module_utils._http import ApiError, Grant
from ansible_collections.unifiedmeta.platform.plugins.module_utils._ledger import CasMismatch
from ansible_collections.unifiedmeta.platform.plugins.module_utils._plan import Unforeseeable
from ansible_collections.unifiedmeta.platform.plugins.module_utils._vault.api import connect, quoted
from tests.unit.plugins.module_utils._vault.conftest import data

HEALTHY = {"initialized": True, "sealed": False, "standby": False}


def test_reads_lists_and_writes(vault):
    client, table = vault({"GET sys/mounts": data(a=1), "LIST auth/x/role": data(keys=["a", "b"]), "POST x/y": data(made=True), "DELETE x/y": 204})
    assert client.read("sys/mounts") == {"a": 1} and client.read("nothing") is None
    assert client.names("auth/x/role") == ["a", "b"] and client.names("nothing") == []
    assert client.listing("nothing") is None
    assert client.write("x/y", {"k": 1}) == {"made": True} and client.write("x/z", {}) == {}
    client.delete("x/y")
    assert table.body("POST x/y") == {"k": 1}
    assert table.asked()[0] == "GET sys/mounts"


def test_headers_tell_who_asks_and_where(vault):
    client, table = vault({}, namespace="/team/")
    client.read("x")
    headers = table.server.seen[0][2]
    assert headers["X-Vault-Request"] == "true" and headers["X-Vault-Namespace"] == "team/"


def test_a_patch_is_a_merge_patch(vault):
    client, table = vault()
    client.write("x", {"a": 1}, method="PATCH")
    assert table.server.seen[0][2]["Content-Type"] == "application/merge-patch+json"


@pytest.mark.parametrize(("path", "sent"), [("a/b", "a/b"), ("a b", "a%20b"), ("a?b#c%d", "a%3Fb%23c%25d"), ("á", "%C3%A1")])
def test_names_are_encoded(path, sent):
    assert quoted(path) == sent


@pytest.mark.parametrize("path", ["a/../b", "..", "kv/data/../../sys/policies/acl/evil", "a/./b"])
def test_a_path_that_leads_elsewhere_is_never_sent(vault, path):
    client, table = vault()
    for call in (client.read, client.names, client.delete, lambda wanted: client.write(wanted, {})):
        with pytest.raises(ValueError, match="would lead elsewhere"):
            call(path)
    assert table.asked() == []


def test_a_leader_without_tls_is_not_followed_from_tls(vault):
    client, _table = vault({"GET sys/health": (429, {**HEALTHY, "standby": True}), "GET sys/leader": {"leader_address": "HTTPS://127.0.0.1:1"}})
    before = client.http.base_url
    client.find_active()
    assert client.http.base_url == before, "nor the other way: the scheme stays"


@pytest.mark.parametrize(
    ("body", "sentence"),
    [
        ({"errors": ["permission denied"]}, "permission denied"),
        ({"errors": ["1 error occurred:\n\t* a\n\n", "b"]}, "1 error occurred: a; b"),
        ({"errors": []}, "Forbidden"),
        (b"<html>proxy</html>", "<html>proxy</html>"),
    ],
)
def test_error_bodies_become_one_text(vault, body, sentence):
    client, _table = vault({"GET x": (403, body), "GET auth/token/lookup-self": data()})
    with pytest.raises(ApiError) as error:
        client.read("x", "the thing")
    assert sentence in str(error.value) and "the thing (GET x)" in str(error.value)


@pytest.mark.parametrize(
    ("status", "body", "hint"),
    [
        (503, {"errors": ["Vault is sealed"]}, "unseal it"),
        (503, {"errors": ["OpenBao is sealed"]}, "unseal it"),
        (400, {"errors": ["server is not yet initialized"]}, "run vault_init first"),
    ],
)
def test_states_are_named_at_once(vault, status, body, hint):
    client, table = vault({"GET x": (status, body)})
    with pytest.raises(ApiError, match=hint):
        client.read("x")
    assert len(table.server.seen) == 1


@pytest.mark.parametrize(
    ("status", "text"),
    [
        (412, "required index state not present"),
        (400, "Upgrading from non-versioned to versioned data. This backend will be unavailable for a brief period"),
        (503, "no upstream"),
        (500, "context deadline exceeded"),
    ],
)
def test_what_passes_is_repeated(vault, status, text):
    client, table = vault({"POST x": [(status, {"errors": [text]}), (status, {"errors": [text]}), data(ok=1)]})
    assert client.write("x", {}) == {"ok": 1} and len(table.server.seen) == 3


def test_an_election_is_waited_for_longer_than_anything_else(vault):
    """Nine answers are more than the five repetitions of other faults."""
    between = (500, {"errors": ["local node not active but active cluster node not found"]})
    client, table = vault({"GET x": [between] * 9 + [data(ok=1)]})
    assert client.read("x") == {"ok": 1} and len(table.server.seen) == 10


def test_an_election_without_an_end_is_told_by_name(vault):
    client, _table = vault({"GET x": [(500, {"errors": ["local node not active but active cluster node not found"]})]})
    client.http.patience = 1.2
    with pytest.raises(ApiError, match="no node of the cluster is active .*most of its members run and reach each other .tried [0-9]+ times in 1 s"):
        client.read("x")


# --- what we have written is there for us -----------------------------------------------------------------------------------------
def _at(value):
    return base64.b64encode(json.dumps({"cluster": "c", "value": str(value)}).encode()).decode()


def test_the_newest_index_goes_along(vault):
    steps = [(200, {"data": {}}, {"X-Vault-Index": _at(9)}), (200, {"data": {}}, {"X-Vault-Index": _at(10)}), (200, {"data": {}}, {"X-Vault-Index": _at(7)})]
    client, table = vault({"GET x": [*steps, (200, {"data": {}})]})
    for _number in range(4):
        client.read("x")
    sent = [(headers.get("X-Vault-Index"), headers.get("X-Vault-Inconsistent")) for _method, _path, headers, _body in table.server.seen]
    assert sent == [(None, None), (_at(9), "forward-active-node"), (_at(10), "forward-active-node"), (_at(10), "forward-active-node")]


def test_an_index_of_another_kind_is_handed_back_as_it_came(vault):
    client, table = vault({"GET x": [(200, {"data": {}}, {"X-Vault-Index": "djE6c29tZXRoaW5n"}), (200, {"data": {}})]})
    client.read("x")
    client.read("x")
    assert table.server.seen[1][2]["X-Vault-Index"] == "djE6c29tZXRoaW5n"


# --- health ----------------------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("status", [200, 429, 472, 473, 501, 503])
def test_every_status_of_health_is_an_answer(vault, status):
    client, table = vault({"GET sys/health": (status, HEALTHY)})
    assert client.health() == HEALTHY and len(table.server.seen) == 1


def test_a_gateways_503_is_no_health(vault):
    client, _table = vault({"GET sys/health": [(503, {"message": "no upstream"}), (429, b"slow down"), (200, HEALTHY)]})
    assert client.health() == HEALTHY


def test_a_standby_is_left_for_the_active_node(vault):
    active, other = vault({"GET sys/health": HEALTHY})
    standby = {**HEALTHY, "standby": True}
    client, _table = vault({"GET sys/health": (429, standby), "GET sys/leader": {"leader_address": other.url + "/"}})
    assert client.find_active() == HEALTHY
    assert client.http.base_url == active.http.base_url


@pytest.mark.parametrize("leader", ["", "http://127.0.0.1:1"])
def test_a_leader_that_can_not_be_reached_leaves_us_where_we_are(vault, leader):
    client, _table = vault({"GET sys/health": (429, {**HEALTHY, "standby": True}), "GET sys/leader": {"leader_address": leader}})
    before = client.http.base_url
    assert client.find_active()["standby"] is True and client.http.base_url == before


# --- tokens ----------------------------------------------------------------------------------------------------------------------
def test_a_403_is_looked_into_once_and_only_a_dead_token_is_replaced(vault):
    logins = []

    def auth(_http):
        logins.append(1)
        return Grant({"X-Vault-Token": f"t{len(logins)}"})

    client, table = vault({"GET x": (403, {"errors": ["permission denied"]}), "GET auth/token/lookup-self": data()}, auth=auth)
    for _round in range(3):
        with pytest.raises(ApiError):
            client.read("x")
    assert len(logins) == 1 and table.asked().count("GET auth/token/lookup-self") == 1
    client, table = vault({"GET x": [(403, {"errors": ["permission denied"]}), data(ok=1)], "GET auth/token/lookup-self": (403, {"errors": []})}, auth=auth)
    assert client.read("x") == {"ok": 1} and len(logins) == 3


def test_invalid_token_needs_no_question(vault):
    client, table = vault({"GET x": [(403, {"errors": ["invalid token"]}), data(ok=1)]}, auth=lambda _http: {"X-Vault-Token": "t"})
    assert client.read("x") == {"ok": 1} and table.asked() == ["GET x", "GET x"]


def test_a_wrong_address_is_refused_at_once():
    with pytest.raises(ApiError, match="isn't an address"):
        connect("vault.example:8200")
    with pytest.raises(ApiError, match="isn't an address"):
        connect("")


# --- KV v2 -----------------------------------------------------------------------------------------------------------------------
def test_a_secret_and_its_version(vault):
    client, _table = vault(
        {"GET kv/data/a": data(data={"x": "1"}, metadata={"version": 3}), "GET kv/data/gone": (404, data(data=None, metadata={"version": 2}))}
    )
    assert client.secret("kv", "a") == ({"x": "1"}, 3)
    assert client.secret("kv", "gone") == (None, 2)
    assert client.secret("kv", "never") == (None, 0)


def test_names_of_keys_without_their_values(vault):
    meta = {"version": 1, "created_time": "t"}
    client, _table = vault(
        {
            "GET kv/subkeys/a": data(subkeys={"x": None, "y": None}, metadata=meta),
            "GET kv/subkeys/old": (403, {"errors": ["permission denied"]}),
            "GET kv/data/old": data(data={"z": "value"}, metadata=meta),
            "GET kv/subkeys/gone": (404, data(subkeys=None, metadata=meta)),
        }
    )
    assert client.subkeys("kv", "a") == (["x", "y"], meta)
    assert client.subkeys("kv", "old") == (["z"], meta), "an older policy may read the data only"
    assert client.subkeys("kv", "gone") == (None, meta) and client.subkeys("kv", "never") == (None, {})


def test_check_and_set(vault):
    mismatch = (400, {"errors": ["check-and-set parameter did not match the current version"]})
    client, table = vault({"POST kv/data/a": data(version=1), "PATCH kv/data/a": mismatch, "POST kv/data/b": (400, {"errors": ["other"]})})
    assert client.put_secret("kv", "a", {"x": "1"}, 0) == {"version": 1}
    assert table.body("POST kv/data/a") == {"data": {"x": "1"}, "options": {"cas": 0}}
    with pytest.raises(CasMismatch):
        client.put_secret("kv", "a", {"x": "1"}, 1, patch=True)
    with pytest.raises(ApiError):
        client.put_secret("kv", "b", {}, 0)


# --- for other systems -----------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(("answer", "mount"), [(data(path="team/kv/"), "team/kv"), ((403, {"errors": ["preflight"]}), None), (404, None)])
def test_the_mount_of_a_path(vault, answer, mount):
    client, table = vault({"GET sys/internal/ui/mounts/team/kv/a": answer})
    assert client.mount_of("team/kv/a") == mount and table.asked() == ["GET sys/internal/ui/mounts/team/kv/a"]


@pytest.mark.parametrize(("health", "check", "outcome"), [
    ((501, {"initialized": False, "sealed": True}), True, True), ((501, {"initialized": False, "sealed": True}), False, ApiError),
    ((503, {"initialized": True, "sealed": True}), True, Unforeseeable), ((503, {"initialized": True, "sealed": True}), False, ApiError),
    ({"initialized": True, "sealed": False}, True, False), ({"initialized": True, "sealed": False}, False, False)])
def test_is_it_empty(vault, health, check, outcome):
    client, _table = vault({"GET sys/health": health})
    if isinstance(outcome, bool):
        assert client.is_empty(check) is outcome
    else:
        with pytest.raises(outcome, match="it is not initialised; run vault_init|sealed"):
            client.is_empty(check)

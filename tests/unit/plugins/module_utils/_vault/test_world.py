# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What is read, and what is not."""

from __future__ import annotations

import pytest

from ansible_collections.unifiedmeta.platform.plugins.module_utils._http import ApiError
from ansible_collections.unifiedmeta.platform.plugins.module_utils._ledger import Ledger
from ansible_collections.unifiedmeta.platform.plugins.module_utils._vault import world as worlds
from ansible_collections.unifiedmeta.platform.plugins.module_utils._vault.desired import parse
from ansible_collections.unifiedmeta.platform.plugins.module_utils._vault.world import World
from tests.unit.plugins.module_utils._vault.conftest import data

POLICY = 'path "a" { capabilities = ["read"] }'
KV = {"type": "kv", "options": {"version": "2"}, "running_plugin_version": "v2.7.2+builtin.bao"}
MOUNTS = data(**{"kv/": KV, "team/kv/": KV, "old/": {"type": "kv", "options": None}})
DENIED = (403, {"errors": ["permission denied"]})
ALIVE = {"GET auth/token/lookup-self": data()}


def ledger(**objects) -> Ledger:
    made = Ledger(None, "vault", "default")
    made.objects = {key.replace("__", ":"): facts for key, facts in objects.items()}
    return made


def read(client, config, known=None, hidden=None) -> World:
    desired = parse(config)
    assert desired.faults == []
    return worlds.fill(client, desired, known or ledger(), worlds.base(client, desired), hidden)


# --- the first round -------------------------------------------------------------------------------------------------------------
def test_mounts_and_methods_are_two_reads(vault):
    client, table = vault({"GET sys/mounts": MOUNTS, "GET sys/auth": data(**{"token/": {"type": "token"}})})
    found = worlds.base(client, parse({"mounts": {}}))
    assert set(found.mounts) == {"kv", "team/kv", "old"} and set(found.auths) == {"token"} and found.policies == {} and found.audits == {}
    assert sorted(table.asked()) == ["GET sys/auth", "GET sys/mounts"] and found.openbao


def test_vault_is_no_openbao():
    assert not World(mounts={"sys": {"running_plugin_version": "v1.20.0+builtin.vault"}}).openbao
    assert not World(mounts={"sys": {}}).openbao


def test_policies_come_in_one_answer_where_the_server_can(vault):
    client, table = vault({"LIST sys/policies/detailed/acl": data(key_info={"a": {"policy": POLICY}, "default": {"policy": "x"}})})
    found = read(client, {"policies": {"a": POLICY, "b": POLICY}})
    assert found.objects == {"policy:a": {"policy": POLICY}} and "GET sys/policies/acl/a" not in table.asked()


@pytest.mark.parametrize("refusal", [(405, {"errors": ["unsupported operation"]}), DENIED, 404])
def test_policies_are_read_one_by_one_where_it_can_not(vault, refusal):
    client, table = vault(
        {
            "LIST sys/policies/detailed/acl": refusal,
            "LIST sys/policies/acl": data(keys=["a", "default"]),
            "GET sys/policies/acl/a": data(policy=POLICY),
            **ALIVE,
        }
    )
    assert read(client, {"policies": {"a": POLICY, "b": POLICY}}).objects == {"policy:a": {"policy": POLICY}}
    assert "GET sys/policies/acl/b" not in table.asked(), "what is in no list needs no GET"


def test_names_of_policies_are_needed_for_references_alone(vault):
    roles = {"auth": {"ap": {"type": "approle", "roles": {"r": {"token_policies": ["a"]}}}}}
    client, table = vault({"LIST sys/policies/acl": data(keys=["a"])})
    assert worlds.base(client, parse(roles)).policies == {"a": None} and "LIST sys/policies/detailed/acl" not in table.asked()
    client, _table = vault({"LIST sys/policies/acl": DENIED, **ALIVE})
    assert worlds.base(client, parse(roles)).policies is None, "not to be seen: not to be checked"
    client, _table = vault({"LIST sys/policies/detailed/acl": DENIED, "LIST sys/policies/acl": DENIED, **ALIVE})
    with pytest.raises(ApiError, match="policy list"):
        worlds.base(client, parse({"policies": {"a": POLICY}}))
    client, _table = vault({"LIST sys/policies/detailed/acl": (500, {"errors": ["broken"]})})
    with pytest.raises(ApiError, match="broken"):
        worlds.base(client, parse({"policies": {"a": POLICY}}))


def test_audit_devices_are_read_when_spoken_about(vault):
    client, _table = vault({"GET sys/audit": data(**{"file/": {"type": "file"}})})
    assert worlds.base(client, parse({"audit": {}})).audits == {"file": {"type": "file"}}


# --- lists and objects -----------------------------------------------------------------------------------------------------------
ROLES = {"auth": {"ap": {"type": "approle", "roles": {"r": {}, "new": {}}}}}


def test_only_what_a_list_names_is_read(vault):
    client, table = vault(
        {"GET sys/auth": data(**{"ap/": {"type": "approle"}}), "LIST auth/ap/role": data(keys=["r", "theirs"]), "GET auth/ap/role/r": data(token_ttl=3)}
    )
    found = read(client, ROLES)
    assert found.names["auth_role:ap"] == {"ap/r", "ap/theirs"} and found.objects["auth_role:ap/r"]["token_ttl"] == 3
    assert not [asked for asked in table.asked() if asked in ("GET auth/ap/role/new", "GET auth/ap/role/theirs")]


def test_nothing_is_read_in_what_is_not_there(vault):
    client, table = vault()
    config = {
        **ROLES,
        "mounts": {"kv": {**{key: KV[key] for key in ("type", "options")}, "config": {"max_versions": 1}}, "t": {"type": "transit"}},
        "transit": {"t": {"keys": {"k": {}}}},
        "secrets": {"kv/a": {"generate": {"x": 20}}},
    }
    found = read(client, config)
    assert found.objects == {} and found.seeds == {} and sorted(table.asked()) == ["GET sys/auth", "GET sys/mounts"]


def test_connections_are_listed_for_the_roles_that_name_them(vault):
    client, _table = vault({"GET sys/mounts": data(**{"d/": {"type": "database"}}), "LIST d/config": data(keys=["pg"])})
    assert read(client, {"database": {"d": {"roles": {"r": {"db_name": "pg"}}}}}).names["database_connection:d"] == {"d/pg"}


def test_identity_is_listed_by_name(vault):
    client, table = vault({"LIST identity/group/name": data(keys=["a"]), "GET identity/group/name/a": data(type="internal", policies=["p"])})
    found = read(client, {"identity": {"groups": {"a": {}, "b": {}}}})
    assert found.objects["identity_group:a"]["policies"] == ["p"] and "GET identity/group/name/b" not in table.asked()


@pytest.mark.parametrize(("path", "mount"), [("kv/a/b", "kv"), ("team/kv/a", "team/kv"), ("old/a", None), ("new/a", "new"), ("none/a", None), ("kv", None)])
def test_the_mount_of_a_path(path, mount):
    found = World(mounts={"kv": KV, "team/kv": KV, "old": {"type": "kv", "options": None}})
    assert found.kv_mount(path, parse({"mounts": {"new": {"type": "kv-v2"}, "none": {"type": "transit"}}})) == mount


# --- what can't be seen ----------------------------------------------------------------------------------------------------------
def secrets(count: int) -> dict:
    return {"secrets": {f"kv/s{n}": {"generate": {"x": 20}} for n in range(count)}}


def test_what_can_not_be_seen_counts_as_declared_when_that_is_wanted(vault):
    answers = {
        "GET sys/mounts": MOUNTS,
        "GET sys/auth": data(**{"ap/": {"type": "approle"}}),
        "LIST auth/ap/role": DENIED,
        "GET auth/ap/role/r": DENIED,
        "GET auth/ap/role/new": DENIED,
        "GET kv/subkeys/s0": DENIED,
        "GET kv/data/s0": DENIED,
        **ALIVE,
    }
    client, _table = vault(answers)
    with pytest.raises(ApiError, match="permission denied"):
        read(client, {**ROLES, **secrets(1)})
    hidden: list[str] = []
    found = read(client, {**ROLES, **secrets(1)}, hidden=hidden)
    assert found.objects["auth_role:ap/r"]["token_ttl"] == 0 and found.seeds["kv/s0"].keys == ["x"]
    assert sorted(hidden) == ["role ap/new", "role ap/r", "secret kv/s0", "the list of auth_role of ap"]

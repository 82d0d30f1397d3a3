# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Changes, one by one: what is sent, what is noted."""

from __future__ import annotations

import base64

import pytest

from ansible_collections.unifiedmeta.platform.plugins.module_utils import _secrets
from ansible_collections.unifiedmeta.platform.plugins.module_utils._http import ApiError
from ansible_collections.unifiedmeta.platform.plugins.module_utils._ledger import CasMismatch, Ledger
from ansible_collections.unifiedmeta.platform.plugins.module_utils._plan import Change
from ansible_collections.unifiedmeta.platform.plugins.module_utils._vault.api import LedgerStore
from ansible_collections.unifiedmeta.platform.plugins.module_utils._vault.apply import Apply, fingerprints, is_write_only
from ansible_collections.unifiedmeta.platform.plugins.module_utils._vault.desired import parse
from ansible_collections.unifiedmeta.platform.plugins.module_utils._vault.plan import Options, plan
from ansible_collections.unifiedmeta.platform.plugins.module_utils._vault.world import Seed, World
from tests.unit.plugins.module_utils._vault.conftest import data

KV = {"type": "kv", "options": {"version": "2"}}
PRINTS = _secrets.Fingerprints(b"k" * 32)
MISMATCH = (400, {"errors": ["check-and-set parameter did not match the current version"]})
SEEDS = {"mounts": {"kv": KV}, "secrets": {"kv/a": {"data": {"user": "admin"}, "generate": {"password": 20}}}}


def applied(client, config, world=None, owned=(), only="", **options):
    """The plan's changes made (or those of ``only`` a kind); the Apply."""
    desired, world = parse(config), world or World(mounts={"kv": KV})
    ledger = Ledger(None, "vault", "x")
    ledger.objects = {key: {} for key in owned}
    resolver = _secrets.Resolver({"vault": lambda path: {"password": "hunter22"}})
    work = plan(desired, world, ledger, resolver.get, PRINTS, Options(**options))
    assert work.planned.faults == [] and work.planned.conflicts == []
    apply = Apply(client, desired, world, ledger, work, resolver, PRINTS)
    for change in work.planned.changes:
        if not only or change.kind == only:
            apply(change)
    return apply


# --- secrets ---------------------------------------------------------------------------------------------------------------------
def test_a_secret_is_born_with_cas_zero(vault):
    client, table = vault({"POST kv/data/a": data(version=1, created_time="t")})
    apply = applied(client, SEEDS, only="secret")
    body = table.body("POST kv/data/a")
    assert body["options"] == {"cas": 0} and body["data"]["user"] == "admin" and len(body["data"]["password"]) == 20
    assert apply.notes == {"secret:kv/a": {"stamp": "1@t", "keys": ["password", "user"]}}


def test_keys_are_added_under_the_version_that_was_seen(vault):
    client, table = vault({"PATCH kv/data/a": data(version=4, created_time="t")})
    world = World(mounts={"kv": KV}, seeds={"kv/a": Seed(3, "3@s", False, ["user"])})
    apply = applied(client, SEEDS, world, only="secret")
    body = table.body("PATCH kv/data/a")
    assert body["options"] == {"cas": 3} and set(body["data"]) == {"password"}
    assert apply.notes == {}, "a secret of others stays theirs"
    assert applied(client, SEEDS, world, owned=["secret:kv/a"], only="secret").notes["secret:kv/a"]["stamp"] == "4@t"


def test_when_another_run_was_faster_what_is_there_stays(vault):
    meta = {"version": 1, "created_time": "t"}
    client, table = vault({"POST kv/data/a": MISMATCH, "GET kv/subkeys/a": data(subkeys={"user": None, "password": None}, metadata=meta)})
    apply = applied(client, SEEDS, only="secret")
    assert table.asked() == ["POST kv/data/a", "GET kv/subkeys/a"]
    assert apply.notes == {"secret:kv/a": {"stamp": "1@t", "keys": ["user", "password"]}}


def test_when_it_made_a_part_the_rest_is_added(vault):
    meta = {"version": 1, "created_time": "t"}
    client, table = vault({"POST kv/data/a": MISMATCH, "GET kv/subkeys/a": data(subkeys={"user": None}, metadata=meta), "PATCH kv/data/a": data(version=2)})
    applied(client, SEEDS, only="secret")
    assert table.body("PATCH kv/data/a")["options"] == {"cas": 1} and set(table.body("PATCH kv/data/a")["data"]) == {"password"}


def test_a_secret_deleted_meanwhile_is_named(vault):
    client, _table = vault({"POST kv/data/a": MISMATCH, "GET kv/subkeys/a": (404, data(subkeys=None, metadata={"version": 2}))})
    with pytest.raises(ApiError, match="secret kv/a: it was deleted in Vault meanwhile; undelete it"):
        applied(client, SEEDS, only="secret")


def test_endless_interference_ends(vault):
    client, _table = vault({"POST kv/data/a": MISMATCH, "PATCH kv/data/a": MISMATCH, "GET kv/subkeys/a": data(subkeys={}, metadata={"version": 1})})
    with pytest.raises(CasMismatch, match="the secret kv/a was changed by others 5 times in a row"):
        applied(client, SEEDS, only="secret")


def test_a_rotation_replaces_the_named_key_only(vault):
    client, table = vault({"PATCH kv/data/a": data(version=4)})
    world = World(mounts={"kv": KV}, seeds={"kv/a": Seed(3, "3@s", False, ["user", "password"])})
    applied(client, SEEDS, world, owned=["secret:kv/a"], only="secret", rotate=("kv/a#password",))
    assert set(table.body("PATCH kv/data/a")["data"]) == {"password"}


def test_a_missing_public_half_is_made_of_the_private_one(vault):
    spec = {"kind": "ed25519", "public": "pub"}
    pair = _secrets.generate("key", spec)
    client, table = vault({"GET kv/data/a": data(data={"key": pair["key"]}, metadata={"version": 1}), "PATCH kv/data/a": data(version=2)})
    world = World(mounts={"kv": KV}, seeds={"kv/a": Seed(1, "1@t", False, ["key"])})
    applied(client, {"secrets": {"kv/a": {"generate": {"key": spec}}}}, world)
    assert table.body("PATCH kv/data/a")["data"] == {"pub": pair["pub"]}


# --- objects ---------------------------------------------------------------------------------------------------------------------
PEOPLE = {"auth": {"up": {"type": "userpass", "users": {"kim": {"password": "vault:kv/a#password", "token_ttl": "1h"}}}}}


def test_references_are_resolved_and_fingerprints_noted(vault):
    client, table = vault()
    apply = applied(client, PEOPLE, only="auth_role")
    assert table.body("POST auth/up/users/kim") == {"password": "hunter22", "token_ttl": 3600}
    assert apply.notes == {"auth_role:up/kim": {"hmac_password": PRINTS.of("auth_role:up/kim.password", "hunter22")}}


def test_a_reference_inside_a_map_or_list_is_resolved(vault):
    client, table = vault()
    provider = {"provider": "gsuite", "key": "vault:kv/a#password"}
    config = {"auth": {"oidc": {"type": "oidc", "config": {"provider_config": provider}}}}
    apply = applied(client, config, only="auth_config")
    assert table.body("POST auth/oidc/config") == {"provider_config": {"provider": "gsuite", "key": "hunter22"}}
    change = next(change for change in apply.work.planned.changes if change.kind == "auth_config")
    assert change.after == {"provider_config": "(secret)"} and change.needs == ("auth:oidc", "secret:kv/a")
    statements = {
        "mounts": {"d": {"type": "database"}},
        "database": {
            "d": {"connections": {"pg": {"plugin_name": "p"}}, "roles": {"r": {"db_name": "pg", "creation_statements": ["CREATE", "vault:kv/a#password"]}}}
        },
    }
    applied(client, statements, World(), only="database_role")
    assert table.body("POST d/roles/r")["creation_statements"] == ["CREATE", "hunter22"]


def test_a_new_connection_is_turned_at_once(vault):
    client, table = vault()
    connection = {"plugin_name": "p", "password": "vault:kv/a#password", "rotate_root": True, "verify_connection": False}
    apply = applied(
        client, {"mounts": {"d": {"type": "database"}}, "database": {"d": {"connections": {"pg": connection}}}}, World(), only="database_connection"
    )
    assert table.asked() == ["POST d/config/pg", "POST d/rotate-root/pg"]
    assert table.body("POST d/config/pg") == {"plugin_name": "p", "password": "hunter22", "verify_connection": False}
    assert apply.notes["database_connection:d/pg"]["root"] == "done"


def test_an_adoption_without_a_difference_writes_nothing(vault):
    client, table = vault()
    world = World(policies={"a": "x"}, objects={"policy:a": {"policy": 'path "a" {}'}})
    applied(client, {"policies": {"a": 'path "a" {}'}}, world, adopt=True)
    assert table.asked() == []


def test_audit_devices(vault):
    client, table = vault()
    applied(client, {"audit": {"file": {"type": "file", "options": {"file_path": "/x"}}}}, World())
    assert table.body("PUT sys/audit/file") == {"type": "file", "options": {"file_path": "/x"}}
    applied(client, {"audit": {"file": {"type": "file"}}}, World(audits={"file": {"type": "file"}}), adopt=True)
    assert table.asked() == ["PUT sys/audit/file"]


@pytest.mark.parametrize(
    ("key", "request_"),
    [
        ("secret:kv/a/b", "DELETE kv/data/a/b"),
        ("policy:a", "DELETE sys/policies/acl/a"),
        ("mount:team/kv", "DELETE sys/mounts/team/kv"),
        ("auth:oidc", "DELETE sys/auth/oidc"),
        ("auth_role:ap/r", "DELETE auth/ap/role/r"),
        ("auth_role:up/kim", "DELETE auth/up/users/kim"),
        ("audit:file", "DELETE sys/audit/file"),
        ("transit_key:team/t/k", "DELETE team/t/keys/k"),
        ("identity_group:a", "DELETE identity/group/name/a"),
        ("database_role:d/r", "DELETE d/roles/r"),
        ("pki_role:pki/web", "DELETE pki/roles/web"),
        ("identity_group_alias:a@oidc", "DELETE identity/group-alias/id/9"),
    ],
)
def test_what_is_pruned_is_deleted_where_it_lives(vault, key, request_):
    alias = {"id": "9", "mount_path": "auth/oidc/"}
    client, table = vault({"GET identity/group/name/a": data(alias=alias)})
    world = World(mounts={"kv": KV}, auths={"ap": {"type": "approle"}, "up": {"type": "userpass"}})
    desired, ledger = parse({}), Ledger(None, "vault", "x")
    apply = Apply(client, desired, world, ledger, plan(desired, world, ledger, None, None, Options()), _secrets.Resolver({}), None)
    kind, _colon, name = key.partition(":")
    apply(Change("delete", kind, name, {"exists": True}, None))
    assert table.asked()[-1] == request_ and apply.gone == [key]


# --- fingerprints ----------------------------------------------------------------------------------------------------------------
def test_the_fingerprints_key_is_born_once(vault):
    key = base64.b64encode(b"k" * 32).decode()
    there = (200, data(data={"key": key}, metadata={"version": 1}))
    client, table = vault({"GET platform-ledger/data/fingerprint-key": [404, 404, there], "POST platform-ledger/data/fingerprint-key": MISMATCH})
    store = LedgerStore(client, mounted=True)
    assert fingerprints(store, make=False) is None
    assert fingerprints(store, make=True).of("a", "b") == PRINTS.of("a", "b"), "another run was faster: its key counts"
    assert table.body("POST platform-ledger/data/fingerprint-key")["options"] == {"cas": 0}
    assert len(table.body("POST platform-ledger/data/fingerprint-key")["data"]["key"]) == 44


def test_who_needs_fingerprints():
    desired = parse({**PEOPLE, "policies": {"a": 'path "a" {}'}})
    assert [item.key for item in desired.items.values() if is_write_only(item)] == ["auth_role:up/kim"]

# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Where each kind of object lives, the form of its requests, and what is noted of it."""

from __future__ import annotations

import pytest

from ansible_collections.unifiedmeta.platform.plugins.module_utils import _secrets
from ansible_collections.unifiedmeta.platform.plugins.module_utils._http import ApiError
from ansible_collections.unifiedmeta.platform.plugins.module_utils._ledger import Ledger
from ansible_collections.unifiedmeta.platform.plugins.module_utils._model import Item
from ansible_collections.unifiedmeta.platform.plugins.module_utils._plan import Change, Work
from ansible_collections.unifiedmeta.platform.plugins.module_utils._reconcile import Apply
from ansible_collections.unifiedmeta.platform.plugins.module_utils._vault.desired import parse
from ansible_collections.unifiedmeta.platform.plugins.module_utils._vault.world import KINDS, World
from tests.unit.plugins.module_utils._vault.conftest import data
from tests.unit.plugins.module_utils._vault.test_secret import KV, PRINTS, applied

POLICY = 'path "a" { capabilities = ["read"] }'


def item(kind: str, name: str, mount: str = "", type_: str = "", **fields) -> Item:
    return Item(kind, name, "here", fields, mount, (), {"type": type_} if type_ else {})


@pytest.mark.parametrize(
    ("made", "path", "what"),
    [
        (item("mount", "team/kv"), "sys/mounts/team/kv", "mount team/kv"),
        (item("auth", "oidc"), "sys/auth/oidc", "auth method oidc"),
        (item("policy", "grafana"), "sys/policies/acl/grafana", "policy grafana"),
        (item("kv_config", "team/kv"), "team/kv/config", "settings of mount team/kv"),
        (item("auth_role", "k8s/r", "k8s", "kubernetes"), "auth/k8s/role/r", "role k8s/r"),
        (item("auth_role", "people/kim", "people", "userpass"), "auth/people/users/kim", "role people/kim"),
        (item("auth_config", "k8s", type_="kubernetes"), "auth/k8s/config", "configuration of auth method k8s"),
        (item("transit_key", "t/k", "t"), "t/keys/k", "transit key t/k"),
        (item("database_connection", "d/pg", "d"), "d/config/pg", "database connection d/pg"),
        (item("database_role", "d/r", "d"), "d/roles/r", "database role d/r"),
        (item("database_static_role", "d/s", "d"), "d/static-roles/s", "database static role d/s"),
        (item("pki_role", "pki/web", "pki"), "pki/roles/web", "pki role pki/web"),
        (item("pki_urls", "pki"), "pki/config/urls", "URLs of PKI pki"),
    ],
)
def test_objects_are_read_where_they_live(vault, made, path, what):
    client, table = vault()
    assert KINDS[made.kind].read(client, made) is None
    assert table.asked() == [f"GET {path}"] and KINDS[made.kind].what(made) == what


def test_an_answer_is_reduced_to_the_kinds_fields(vault):
    client, _table = vault({"GET auth/ap/role/r": data(token_policies=["b", "a"], token_ttl=60, other=1)})
    found = KINDS["auth_role"].read(client, item("auth_role", "ap/r", "ap", "approle"))
    assert found["token_policies"] == ["a", "b"] and found["token_ttl"] == 60 and found["secret_id_ttl"] == 0 and "other" not in found


# --- mounts ----------------------------------------------------------------------------------------------------------------------
def test_a_mount_is_made_with_its_tuning_and_tuned_apart(vault):
    client, table = vault()
    made, kind = item("mount", "kv", type="kv", options={"version": "2"}, max_lease_ttl=60), KINDS["mount"]
    kind.create(client, made, made.fields)
    assert table.body("POST sys/mounts/kv") == {"type": "kv", "options": {"version": "2"}, "config": {"max_lease_ttl": 60}}
    kind.update(client, made, {"max_lease_ttl": 90, "description": "d"}, {})
    assert table.body("POST sys/mounts/kv/tune") == {"max_lease_ttl": 90, "description": "d"}


def test_a_mounts_answer_has_its_tuning_inside():
    found = KINDS["mount"].view(item("mount", "kv"), {"type": "kv", "config": {"max_lease_ttl": 60}, "options": None, "description": "d"})
    assert found["max_lease_ttl"] == 60 and found["options"] == {} and found["type"] == "kv"


@pytest.mark.parametrize(("found", "tuned"), [({"type": "kv", "config": {"max_lease_ttl": 60}}, False), ({"type": "kv", "config": {}}, True)])
def test_a_mount_that_another_run_made_is_ours_too(vault, found, tuned):
    client, table = vault({"POST sys/mounts/kv": (400, {"errors": ["path is already in use at kv/"]}), "GET sys/mounts": data(**{"kv/": found})})
    made = item("mount", "kv", type="kv", max_lease_ttl=60)
    KINDS["mount"].create(client, made, made.fields)
    assert ("POST sys/mounts/kv/tune" in table.asked()) is tuned


@pytest.mark.parametrize("answer", [(400, {"errors": ["unknown plugin"]}), (400, {"errors": ["path is already in use at kv/"]})])
def test_a_mount_of_another_type_is_an_error(vault, answer):
    client, _table = vault({"POST sys/mounts/kv": answer, "GET sys/mounts": data(**{"kv/": {"type": "pki"}})})
    with pytest.raises(ApiError):
        KINDS["mount"].create(client, item("mount", "kv", type="kv"), {"type": "kv"})


# --- the others ------------------------------------------------------------------------------------------------------------------
def test_a_policys_white_space_is_no_difference():
    kind, made = KINDS["policy"], item("policy", "a", policy=POLICY)
    assert kind.view(made, {"policy": POLICY.replace(" ", "\n")}) == {"policy": POLICY}
    assert kind.view(made, {"policy": POLICY.replace("read", "list")}) == {"policy": POLICY.replace("read", "list")}


def test_a_write_that_merges_sends_the_difference_alone(vault):
    client, table = vault()
    made = item("auth_role", "ap/r", "ap", "approle", token_ttl=60, token_policies=["a"])
    KINDS["auth_role"].update(client, made, {"token_ttl": 60}, {"token_max_ttl": 99})
    assert table.body("POST auth/ap/role/r") == {"token_ttl": 60}


@pytest.mark.parametrize(
    ("kind", "made", "path"),
    [
        ("auth_config", item("auth_config", "k8s", type_="kubernetes", kubernetes_host="h"), "POST auth/k8s/config"),
        ("auth_role", item("auth_role", "jwt/r", "jwt", "jwt", user_claim="sub"), "POST auth/jwt/role/r"),
    ],
)
def test_a_write_that_replaces_sends_what_is_set_along(vault, kind, made, path):
    client, table = vault()
    KINDS[kind].update(client, made, {"x": 2}, {"x": 1, "kept": "k", "empty": "", "none": [], "no": {}, "zero": 0})
    assert table.body(path) == {"kept": "k", "zero": 0, **made.fields, "x": 2}


def test_a_pki_role_is_patched(vault):
    client, table = vault()
    KINDS["pki_role"].update(client, item("pki_role", "pki/web", "pki"), {"max_ttl": 1}, {})
    assert table.body("PATCH pki/roles/web") == {"max_ttl": 1}


def test_a_database_connection(vault):
    client, table = vault(
        {
            "GET d/config/pg": data(
                plugin_name="p", allowed_roles=["b", "a"], connection_details={"username": "u", "connection_url": "c"}, root_credentials_rotate_statements=["x"]
            )
        }
    )
    made, kind = item("database_connection", "d/pg", "d"), KINDS["database_connection"]
    found = kind.read(client, made)
    assert found["username"] == "u" and found["allowed_roles"] == ["a", "b"] and found["root_rotation_statements"] == ["x"]
    kind.update(client, made, {"allowed_roles": ["a"]}, found)
    assert table.body("POST d/config/pg") == {"plugin_name": "p", "allowed_roles": ["a"]}
    kind.finish(client, made, Change("update", made.kind, made.name, work=Work(facts={"root": "done"})))
    assert table.asked()[-1] == "POST d/rotate-root/pg"


def test_a_transit_key_is_made_and_then_set(vault):
    client, table = vault()
    made, kind = item("transit_key", "t/k", "t"), KINDS["transit_key"]
    kind.create(client, made, {"type": "aes256-gcm96", "exportable": True, "deletion_allowed": True})
    assert table.body("POST t/keys/k") == {"type": "aes256-gcm96", "exportable": True} and table.body("POST t/keys/k/config") == {"deletion_allowed": True}
    kind.create(client, made, {"type": "aes256-gcm96"})
    assert table.asked() == ["POST t/keys/k", "POST t/keys/k/config", "POST t/keys/k"]


def test_objects_are_deleted_where_they_live(vault):
    client, table = vault({"DELETE d/roles/gone": (404, {"errors": []})})
    KINDS["database_role"].delete(client, item("database_role", "d/r", "d"))
    KINDS["database_role"].delete(client, item("database_role", "d/gone", "d"))
    assert table.asked() == ["DELETE d/roles/r", "DELETE d/roles/gone"]


# --- written by a plan -----------------------------------------------------------------------------------------------------------
PEOPLE = {"auth": {"up": {"type": "userpass", "users": {"kim": {"password": "vault:kv/a#password", "token_ttl": "1h"}}}}}


def test_what_a_kind_holds_is_a_kind():
    assert {name.rstrip("/") for kind in KINDS.values() for name in kind.holds} <= set(KINDS)
    keys = ["secret:kv/a/b", "kv_config:kv", "database_role:kv/x", "auth_role:kv/r", "secret:kv2/a"]
    assert KINDS["mount"].held("kv", keys) == keys[:3] and KINDS["auth"].held("kv", keys) == keys[3:4]


def test_references_are_resolved_and_fingerprints_noted(vault):
    client, table = vault()
    apply = applied(client, PEOPLE, only="auth_role")
    assert table.body("POST auth/up/users/kim") == {"password": "hunter22", "token_ttl": 3600}
    assert apply.notes == {"auth_role:up/kim": {"hmac_password": PRINTS.of("auth_role:up/kim.password", "hunter22")}}


def test_a_reference_inside_a_map_or_list_is_resolved(vault):
    client, table = vault()
    provider = {"provider": "gsuite", "key": "vault:kv/a#password"}
    config = {"auth": {"oidc": {"type": "oidc", "config": {"provider_config": provider}}}}
    applied(client, config, only="auth_config")
    assert table.body("POST auth/oidc/config") == {"provider_config": {"provider": "gsuite", "key": "hunter22"}}
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
    assert table.asked() == ["GET d/config/pg", "POST d/config/pg", "POST d/rotate-root/pg"], "nothing is written over what is there"
    assert table.body("POST d/config/pg") == {"plugin_name": "p", "password": "hunter22", "verify_connection": False}
    assert apply.notes["database_connection:d/pg"]["root"] == "done"


def test_an_adoption_without_a_difference_writes_nothing(vault):
    client, table = vault()
    world = World(policies={"a": "x"}, objects={"policy:a": {"policy": 'path "a" {}'}})
    applied(client, {"policies": {"a": 'path "a" {}'}}, world, adopt=True)
    assert table.asked() == []


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
    apply = Apply(client, KINDS, parse({}), world, Ledger(None, "vault", "x"), _secrets.Resolver({}))
    kind, _colon, name = key.partition(":")
    apply(Change("delete", kind, name, {"exists": True}, None))
    assert table.asked()[-1] == request_ and apply.gone == [key]

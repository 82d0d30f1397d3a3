# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The planner: what is declared against what is there."""

from __future__ import annotations

import pytest

from ansible_collections.unifiedmeta.platform.plugins.module_utils import _secrets
from ansible_collections.unifiedmeta.platform.plugins.module_utils._ledger import Ledger
from ansible_collections.unifiedmeta.platform.plugins.module_utils._planner import UNKNOWN
from ansible_collections.unifiedmeta.platform.plugins.module_utils._vault.desired import parse
from ansible_collections.unifiedmeta.platform.plugins.module_utils._vault.plan import Options, plan
from ansible_collections.unifiedmeta.platform.plugins.module_utils._vault.world import KINDS, Seed, World

POLICY = 'path "a" { capabilities = ["read"] }'
PRINTS = _secrets.Fingerprints(b"k" * 32)
KV = {"type": "kv", "options": {"version": "2"}}
SECRETS = {"m/db": {"password": "hunter22", "user": "vault"}}


def values(reference):
    """The test's Vault."""
    if reference.path == "m/new":
        return UNKNOWN
    if reference.path not in SECRETS:
        raise _secrets.SecretError(f"the secret {reference.path} doesn't exist")
    return SECRETS[reference.path][reference.key]


def work(config, world=None, owned=None, prints=PRINTS, **options):
    """``owned``: ledger keys with facts."""
    desired = parse(config)
    assert desired.faults == []
    ledger = Ledger(None, "vault", "default")
    ledger.objects = owned if isinstance(owned, dict) else {key: {} for key in owned or ()}
    return plan(desired, world or World(), ledger, values, prints, Options(**options))


def of(planned, key):
    """What the run needs of the change of that object."""
    return next(change.work for change in planned.changes if change.key == key)


def ahead(planned):
    """What the ledger notes first."""
    return {change.key: change.work.ahead for change in planned.changes if change.work.ahead is not None}


def seen(config, world=None, owned=None, **options):
    """«action key» of each change."""
    made = work(config, world, owned, **options)
    assert made.faults == [] and made.conflicts == []
    return [f"{change.action} {change.key}" for change in made.changes]


def with_objects(config, **more) -> World:
    """A world that is exactly as declared."""
    desired = parse(config)
    objects = {}
    for item in desired.items.values():
        if item.kind in KINDS:
            kind = KINDS[item.kind]
            objects[item.key] = kind.view(item, {name: value for name, value in item.fields.items() if name not in kind.write_only})
    return World(
        objects=objects,
        policies={item.name: "" for item in desired.of("policy")},
        mounts={item.name: item.fields for item in desired.of("mount")},
        auths={item.name: item.fields for item in desired.of("auth")},
        **more,
    )


CONFIG = {
    "policies": {"a": POLICY},
    "mounts": {"m": {**KV, "tune": {"max_lease_ttl": "1h"}}},
    "auth": {"ap": {"type": "approle", "roles": {"r": {"token_policies": ["a"], "token_ttl": "1h"}}}},
}


# --- create, update, nothing -----------------------------------------------------------------------------------------------------
def test_everything_is_created_in_order():
    made = work(CONFIG)
    assert [(change.wave, change.action, change.key) for change in made.changes] == [
        (0, "create", "auth:ap"),
        (0, "create", "mount:m"),
        (0, "create", "policy:a"),
        (1, "create", "auth_role:ap/r"),
    ]
    assert made.changes[-1].needs == ("auth:ap",)
    assert set(ahead(made)) == {"auth:ap", "mount:m", "policy:a", "auth_role:ap/r"}, "written to the ledger before anything is made"


@pytest.mark.parametrize("owned", [(), ("policy:a",)])
def test_what_is_as_declared_needs_nothing_whoever_made_it(owned):
    assert seen(CONFIG, with_objects(CONFIG), owned) == []


def test_a_difference_in_ours_is_an_update_of_that_field_alone():
    world = with_objects(CONFIG)
    world.objects["auth_role:ap/r"]["token_ttl"] = 60
    made = work(CONFIG, world, ["auth_role:ap/r"])
    change = made.changes[0]
    assert (change.action, change.before, change.after) == ("update", {"token_ttl": 60}, {"token_ttl": 3600})
    assert of(made, "auth_role:ap/r").send == {"token_ttl": 3600} and ahead(made) == {}


def test_undeclared_fields_are_not_managed():
    world = with_objects(CONFIG)
    world.objects["auth_role:ap/r"]["token_max_ttl"] = 99
    assert seen(CONFIG, world) == []


# --- others --------------------------------------------------------------------------------------------------------------------
def test_others_objects_that_differ_are_conflicts_all_at_once():
    world = with_objects(CONFIG)
    world.objects["auth_role:ap/r"]["token_ttl"] = 60
    world.objects["policy:a"]["policy"] = "x"
    made = work(CONFIG, world)
    assert made.conflicts == ["policy a exists, isn't ours and differs in policy", "role ap/r exists, isn't ours and differs in token_ttl"]
    assert made.changes == []


def test_adoption_takes_over_and_notes_it():
    world = with_objects(CONFIG)
    world.objects["policy:a"]["policy"] = "x"
    made = work(CONFIG, world, ["mount:m"], adopt=True)
    assert [(change.action, change.key) for change in made.changes] == [("adopt", "auth:ap"), ("adopt", "policy:a"), ("adopt", "auth_role:ap/r")]
    assert of(made, "policy:a").send == {"policy": POLICY} and of(made, "auth:ap").send == {}
    assert set(ahead(made)) == {"auth:ap", "policy:a", "auth_role:ap/r"}
    assert seen(CONFIG, with_objects(CONFIG), [*ahead(made), "mount:m"], adopt=True) == [], "once"


def test_a_part_of_an_object_of_ours_is_ours():
    config = {"mounts": {"m": {**KV, "config": {"max_versions": 5}}}}
    world = with_objects(config)
    world.objects["kv_config:m"]["max_versions"] = 1
    assert seen(config, world, ["mount:m"]) == ["update kv_config:m"]
    assert work(config, world).conflicts


@pytest.mark.parametrize(("key", "field", "value"), [("mount:m", "type", "pki"), ("auth:ap", "type", "jwt"), ("auth_role:ap/r", "local_secret_ids", True)])
def test_what_is_set_at_birth_can_not_be_changed(key, field, value):
    config = {**CONFIG, "auth": {"ap": {"type": "approle", "roles": {"r": {"local_secret_ids": False}}}}}
    world = with_objects(config)
    world.objects[key][field] = value
    made = work(config, world, [key])
    assert len(made.faults) == 1 and "it can't be changed to" in made.faults[0] and made.changes == []


# --- secrets in fields -----------------------------------------------------------------------------------------------------------
PEOPLE = {"auth": {"up": {"type": "userpass", "users": {"kim": {"password": "vault:m/db#password", "token_policies": ["default"]}}}}}
USER = "auth_role:up/kim"
HMAC = PRINTS.of(f"{USER}.password", "hunter22")


def test_write_only_fields_are_compared_by_their_fingerprint():
    world = with_objects(PEOPLE)
    assert seen(PEOPLE, world, {USER: {"hmac_password": HMAC}}) == []
    for facts in ({}, {"hmac_password": "other"}):
        made = work(PEOPLE, world, {USER: facts})
        change = made.changes[0]
        assert (change.action, change.before, change.after) == ("update", {"password": "(secret)"}, {"password": "(secret) changed"})
        assert of(made, USER).send == {"password": "vault:m/db#password"} and of(made, USER).prints == ("password",)


def test_without_a_fingerprint_key_nothing_is_known():
    assert seen(PEOPLE, with_objects(PEOPLE), {USER: {"hmac_password": HMAC}}, prints=None) == [f"update {USER}"]


def test_a_secret_that_this_run_makes_counts_as_existing():
    config = {"auth": {"up": {"type": "userpass", "users": {"kim": {"password": "vault:m/new#x"}}}}}
    made = work(config)
    change = made.changes[-1]
    assert change.key == USER and change.needs == ("auth:up", "secret:m/new"), "after its secret"
    assert seen(config, with_objects(config), {USER: {"hmac_password": HMAC}}) == [f"update {USER}"]


def test_a_missing_secret_is_a_fault():
    config = {"auth": {"up": {"type": "userpass", "users": {"kim": {"password": "vault:m/nope#x"}}}}}
    assert work(config).faults == ["config.auth.up.users.kim.password: the secret m/nope doesn't exist"]


def test_no_secret_is_in_a_plan():
    config = {
        "mounts": {"d": {"type": "database"}},
        **PEOPLE,
        "database": {
            "d": {
                "connections": {
                    "pg": {"plugin_name": "x", "username": "vault:m/db#user", "password": "vault:m/db#password", "connection_url": "vault:m/db#password"}
                }
            }
        },
    }
    world = with_objects(config)
    world.objects["database_connection:d/pg"].update(username="other", connection_url="hunter22")
    for owned in ({}, {"database_connection:d/pg": {}, USER: {}}):
        made = work(config, world if owned else World(), owned)
        assert made.changes and "hunter22" not in repr([(change.before, change.after) for change in made.changes])
    change = next(change for change in made.changes if change.kind == "database_connection")
    assert change.after == {"username": "(secret) of vault:m/db#user", "password": "(secret) changed"} and change.before["username"] == "(secret)"


# --- rotation of a database's root -----------------------------------------------------------------------------------------------
DATABASE = {
    "mounts": {"d": {"type": "database"}},
    "database": {
        "d": {
            "connections": {
                "pg": {
                    "plugin_name": "x",
                    "username": "u",
                    "password": "vault:m/db#password",
                    "rotate_root": True,
                    "allowed_roles": ["r"],
                    "verify_connection": False,
                }
            }
        }
    },
}
PG = "database_connection:d/pg"


def test_a_new_connection_is_noted_before_it_is_rotated():
    made = work(DATABASE)
    assert of(made, PG).ahead == {"root": "started"} and (of(made, PG).prints, of(made, PG).facts) == (("password",), {"root": "done"})


def test_after_the_rotation_the_password_is_never_sent_again():
    world = with_objects(DATABASE)
    assert seen(DATABASE, world, {"mount:d": {}, PG: {"root": "done"}}) == []
    world.objects[PG]["allowed_roles"] = ["x"]
    made = work(DATABASE, world, {PG: {"root": "done"}})
    assert of(made, PG).send == {"allowed_roles": ["r"], "verify_connection": False} and of(made, PG).facts == {}


def test_a_rotation_that_was_cut_is_repeated_without_the_password():
    made = work(DATABASE, with_objects(DATABASE), {PG: {"root": "started"}})
    assert [(change.action, change.key, change.after) for change in made.changes] == [("rotate", PG, {"root_rotated": True})]
    assert "password" not in of(made, PG).send and of(made, PG).facts == {"root": "done"}


def test_a_connection_that_was_deleted_starts_again_with_the_password():
    made = work(DATABASE, World(mounts={"d": {"type": "database"}}), {PG: {"root": "done"}})
    assert of(made, PG).send["password"] == "vault:m/db#password" and of(made, PG).ahead == {"root": "started"}


# --- seeds -----------------------------------------------------------------------------------------------------------------------
SEEDS = {"mounts": {"m": KV}, "secrets": {"m/a": {"data": {"user": "admin"}, "generate": {"password": 20}}}}


def seed(owned=(), rotate=(), adopt=False, **state):
    world = with_objects(SEEDS)
    world.seeds["m/a"] = Seed(**state)
    made = work(SEEDS, world, ["mount:m", *owned], rotate=rotate, adopt=adopt)
    return made, [(change.action, change.before, change.after) for change in made.changes]


def test_a_missing_secret_is_made_whole():
    made, changes = seed(version=0)
    assert changes == [("create", None, {"password": "(secret)", "user": "(secret)"})]
    assert list(of(made, "secret:m/a").send) == ["password", "user"] and ahead(made) == {"secret:m/a": {}}


def test_missing_keys_are_added():
    made, changes = seed(version=3, keys=["user", "other"])
    assert changes == [("update", {}, {"password": "(secret)"})] and list(of(made, "secret:m/a").send) == ["password"] and ahead(made) == {}


def test_a_whole_secret_is_left_alone_and_adopted_when_told():
    assert seed(version=3, keys=["user", "password"])[1] == []
    made, changes = seed(version=3, keys=["user", "password"], adopt=True)
    assert changes == [("adopt", {}, {})] and ahead(made) == {"secret:m/a": {}}


def test_a_deleted_secret_is_a_warning():
    made, changes = seed(version=3, deleted=True)
    assert changes == [] and "undelete it, or delete its metadata" in made.warnings[0]
    assert "undelete it first" in seed(version=3, deleted=True, rotate=("m/a#password",))[0].faults[0]


def test_rotation_is_by_name():
    made, changes = seed(version=3, keys=["user", "password"], rotate=("m/a#password",))
    assert changes == [("rotate", {"password": "(secret)"}, {"password": "(secret) new"})] and list(of(made, "secret:m/a").send) == ["password"]
    assert seed(version=3, keys=["user", "password"], rotate=("m/a#pasword", "x"))[0].faults == [
        "rotate: «m/a#pasword» is no declared key of a secret; name one as <mount>/<path>#<key>; did you mean m/a#password?",
        "rotate: «x» is no declared key of a secret; name one as <mount>/<path>#<key>",
    ]


def test_a_secret_waits_for_its_mount_only_where_that_is_new():
    assert work(SEEDS).changes[-1].needs == ("mount:m",)
    assert seed(version=0)[0].changes[-1].needs == ()

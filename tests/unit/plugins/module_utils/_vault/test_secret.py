# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Secrets as objects: what is sent, what is noted. How they are planned: test_plan.py."""

from __future__ import annotations

import pytest

from ansible_collections.unifiedmeta.platform.plugins.module_utils import _secrets
from ansible_collections.unifiedmeta.platform.plugins.module_utils._http import ApiError
from ansible_collections.unifiedmeta.platform.plugins.module_utils._ledger import CasMismatch, Ledger
from ansible_collections.unifiedmeta.platform.plugins.module_utils._reconcile import CLAIM, Apply
from ansible_collections.unifiedmeta.platform.plugins.module_utils._vault.desired import parse
from ansible_collections.unifiedmeta.platform.plugins.module_utils._vault.plan import Options, plan
from ansible_collections.unifiedmeta.platform.plugins.module_utils._vault.world import KINDS, Seed, World
from tests.unit.plugins.module_utils._vault.conftest import data
from tests.unit.plugins.module_utils.test_reconcile import Store

KV = {"type": "kv", "options": {"version": "2"}}
PRINTS = _secrets.Fingerprints(b"k" * 32)
MISMATCH = (400, {"errors": ["check-and-set parameter did not match the current version"]})
SEEDS = {"mounts": {"kv": KV}, "secrets": {"kv/a": {"data": {"user": "admin"}, "generate": {"password": 20}}}}


def applied(client, config, world=None, owned=(), only="", **options):
    """The plan's changes made (or those of ``only`` a kind); the Apply."""
    desired, world = parse(config), world or World(mounts={"kv": KV})
    # What is made in steps is noted before the next step.
    ledger = Ledger(Store(), "vault", "x")
    ledger.objects = {key: {} for key in owned}
    resolver = _secrets.Resolver({"vault": lambda path: {"password": "hunter22"}})
    planned = plan(desired, world, ledger, resolver.get, PRINTS, Options(**options))
    assert planned.faults == [] and planned.conflicts == []
    apply = Apply(client, KINDS, desired, world, ledger, resolver, PRINTS)
    # What is made in steps is claimed, as carry_out() does.
    apply.claims = {change.key: "ours" for change in planned.changes if change.work.ahead}
    ledger.update({change.key: {**change.work.ahead, CLAIM: "ours"} for change in planned.changes if change.work.ahead})
    for change in planned.changes:
        if not only or change.kind == only:
            apply(change)
    return apply


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

# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The planner's pruning, and references inside of fields."""

from __future__ import annotations

from ansible_collections.unifiedmeta.platform.plugins.module_utils._planner import UNKNOWN
from ansible_collections.unifiedmeta.platform.plugins.module_utils._vault.world import KINDS, Seed
from tests.unit.plugins.module_utils._vault.test_plan import CONFIG, KV, POLICY, seen, with_objects, work

# --- prune -----------------------------------------------------------------------------------------------------------------------
OWNED = [
    "policy:a",
    "policy:old",
    "policy:gone",
    "mount:m",
    "mount:old",
    "auth:ap",
    "auth_role:ap/r",
    "auth_role:ap/old",
    "secret:m/old",
    "kv_config:old",
    "identity_group:old",
    "audit:old",
]


def pruned(config, **options):
    world = with_objects(CONFIG)
    world.policies.update(old="", theirs="")
    world.mounts["old"] = KV
    world.names = {"auth_role:ap": {"ap/r", "ap/old"}, "identity_group": {"old"}}
    world.seeds = {"m/old": Seed(1, keys=["x"])}
    world.audits = {"old": {}}
    return [change for change in work(config, world, OWNED, prune="owned", **options).changes if change.action == "delete"]


def test_nothing_is_pruned_unless_asked():
    assert seen(CONFIG, with_objects(CONFIG), OWNED) == []


def test_prune_takes_what_is_ours_undeclared_there_and_spoken_about():
    assert [change.key for change in pruned(CONFIG)] == ["auth_role:ap/old", "mount:old", "policy:old"]
    everything = {**CONFIG, "secrets": {}, "identity": {"groups": {}}, "audit": {}}
    assert {change.key for change in pruned(everything)} == {"auth_role:ap/old", "mount:old", "policy:old", "secret:m/old", "identity_group:old", "audit:old"}
    assert [change.key for change in pruned({"policies": {"a": POLICY}})] == ["policy:old"]


def test_deletion_goes_the_other_way():
    waves = {change.key: change.wave for change in pruned({**CONFIG, "secrets": {}})}
    assert waves["auth_role:ap/old"] < waves["mount:old"] and waves["secret:m/old"] < waves["mount:old"]
    assert min(waves.values()) > max(kind.wave for kind in KINDS.values()), "after everything was made"


def test_the_unknown_prints_as_a_secret():
    assert repr(UNKNOWN) == "(secret)"


NESTED = {"auth": {"oidc": {"type": "oidc", "config": {"provider_config": {"provider": "gsuite", "key": "vault:m/db#password"}}}}}


def test_a_reference_inside_a_field_is_compared_by_its_value_and_hidden_whole():
    world = with_objects(NESTED)
    same = {"provider": "gsuite", "key": "hunter22"}
    world.objects["auth_config:oidc"]["provider_config"] = same
    assert seen(NESTED, world, ["auth:oidc"]) == []
    world.objects["auth_config:oidc"]["provider_config"] = {**same, "key": "other-secret"}
    change = work(NESTED, world, ["auth:oidc"]).changes[0]
    assert (change.before, change.after) == ({"provider_config": "(secret)"}, {"provider_config": "(secret) of vault:m/db#password"})


def test_a_new_secret_inside_a_field_makes_the_whole_field_unknown():
    config = {"auth": {"oidc": {"type": "oidc", "config": {"provider_config": {"key": "vault:m/new#x", "other": "vault:m/db#user"}}}}}
    made = work(config, with_objects(config), ["auth:oidc"])
    assert made.changes[0].action == "update" and "secret:m/new" in made.changes[0].needs

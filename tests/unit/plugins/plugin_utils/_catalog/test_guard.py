# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What a component may not ask of Vault. The messages with file and line: tests/unit/catalog/invalid."""

from __future__ import annotations

import pytest

from ansible_collections.unifiedmeta.platform.plugins.plugin_utils._catalog import guard
from ansible_collections.unifiedmeta.platform.plugins.plugin_utils._catalog.select import Selection
from ansible_collections.unifiedmeta.platform.plugins.plugin_utils._catalog_specs import vault as vault_specs
from tests.unit.plugins.plugin_utils.support import entry

KEY = {"path": "platform/a/key", "generate": {"key": 32}}


def told(*entries):
    """What is said of components."""
    return [str(fault).split(": ", 1)[1] for fault in guard.check(Selection({one.name: one for one in entries}))]


def rule(path, *capabilities):
    """A further rule of the policy of a."""
    return {"policies": [{"path": path, "capabilities": list(capabilities or ["read"])}]}


@pytest.mark.parametrize("name", guard.NAMES)
def test_a_component_with_a_name_of_the_platform_is_refused(name):
    assert told(entry(name)) == [f"the name '{name}' is reserved: the platform has a policy of that name; rename the component"]


@pytest.mark.parametrize("name", ["platform", "self"])
def test_a_component_does_not_shadow_facts(name):
    assert told(entry(name)) == [f"the name '{name}' is reserved: (({name}.name)) is something else; rename the component"]


def test_the_mount_of_the_ledger_is_reserved():
    assert vault_specs.LEDGER in guard.MOUNTS


@pytest.mark.parametrize("mount", guard.MOUNTS)
@pytest.mark.parametrize("fields", [
    lambda mount: {"secrets": [{"path": f"{mount}/x", "generate": {"k": 32}}]},
    lambda mount: {"vault": {"mounts": {mount: {"type": "kv"}}}},
    lambda mount: {"vault": {"pki": {mount: {}}}},
    lambda mount: {"vault": {"transit": {mount: {}}}},
    lambda mount: {"vault": {"database": [{"name": "r", "mount": mount, "connection": "c", "creation_statements": ["x"]}]}},
])
def test_a_reserved_mount_is_refused_wherever_it_is_named(mount, fields):
    assert f"a: the mount '{mount}' is reserved, no component may use it; take another" in told(entry("a", **fields(mount)))


@pytest.mark.parametrize("path", [
    "platform/data/a/*", "platform/metadata/a", "platform/data/a/key", "platform/subkeys/a/x", "files/*", "files/a/b", "ca/issue/*", "keys/sign/x",
])
def test_rules_inside_what_is_its_own(path):
    vault = {"mounts": {"files": {"type": "kv"}}, "pki": {"ca": {}}, "transit": {"keys": {}}, **rule(path, "create", "update")}
    assert told(entry("a", secrets=[KEY], vault=vault)) == []


@pytest.mark.parametrize("path", [
    "*", "+/*", "sys/*", "sys/policies/acl/a", "auth/token/create", "identity/*", "cubbyhole/x", "platform-ledger/data/*", "platform/*", "platform/data/*",
    "platform/+/a/x", "platform/data/+/key", "platform/data/ab/*", "platform/data/a*", "other/data/a/*", "platform/data/a/../b/x", "platform/data/a/..",
    "platform//data/a", "/platform/data/a/x", "files", "file*", "filesystem/x",
])
def test_rules_that_go_beyond_are_refused(path):
    vault = {"mounts": {"files": {"type": "kv"}}, **rule(path)}
    assert told(entry("a", secrets=[KEY], vault=vault)) == [
        f"a: the rule for '{path}' goes beyond what is its own; a component has its own mounts and the folder 'a' of the mounts of its secrets; "
        "if it must be, the site says so in its vault_config"]


def test_what_the_server_tells_may_be_read_and_nothing_more():
    assert told(entry("a", vault=rule("sys/storage/raft/snapshot"))) == []
    assert len(told(entry("a", vault=rule("sys/storage/raft/snapshot", "read", "update")))) == 1


def test_a_mount_that_another_one_uses_is_not_its_own():
    mine = entry("a", vault={"mounts": {"shared": {"type": "kv"}}, **rule("shared/*")})
    assert told(mine) == []
    assert len(told(mine, entry("b", secrets=[{"path": "shared/b/key", "generate": {"k": 32}}]))) == 1


def user(*policies, password="vault:platform/a/key#key"):
    """A login of people."""
    return {"users": [{"name": "x", "password": password, "policies": list(policies)}]}


def test_logins_of_people():
    assert told(entry("a", secrets=[KEY], vault=user("a"))) == []
    assert told(entry("a", secrets=[KEY], vault=user("a", "platform-admin"))) == [
        "a: the login 'x' has the policy 'platform-admin', which isn't its own; if it must be, the site says so in its vault_config"]
    assert told(entry("a", secrets=[KEY], provides=["vault"], vault=user("platform-admin"))) == []


@pytest.mark.parametrize(("reference", "fine"), [
    ("vault:platform/a/key#key", True), ("kubernetes:a/anything#key", True),
    ("vault:platform/b/key#key", False), ("vault:platform/a/keys#key", False), ("kubernetes:b/anything#key", False),
])
def test_values_that_are_taken_from_elsewhere(reference, fine):
    for vault in (user("a", password=reference), {"mounts": {"m": {"type": "x", "config": {"list": [{"deep": reference}]}}}}):
        found = told(entry("a", secrets=[KEY], vault=vault))
        assert (not found) is fine, found
        assert fine or found[0].startswith(f"a: {reference.split('#', maxsplit=1)[0]} is not its own; name one of its secrets")


@pytest.mark.parametrize(("vault", "what"), [
    ({"mounts": {"m": {"type": "x"}}}, "mount 'm'"),
    ({"database": [{"name": "r", "connection": "c", "creation_statements": ["x"]}]}, "database role 'database/r'"),
    ({"connections": [{"name": "c", "plugin": "x-database-plugin", "url": "x", "username": "x", "password": "kubernetes:s/x#y"}]},
     "database connection 'database/c'"),
    ({"pki": {"p": {"root": {"common_name": "x"}}}}, "pki setting 'p/root'"),
    ({"pki": {"p": {"roles": {"web": {}}}}}, "pki setting 'p/roles/web'"),
    ({"transit": {"t": {"keys": {"k": {}}}}}, "transit setting 't/keys/k'"),
])
def test_what_would_be_overwritten(vault, what):
    one, two = (entry(name, vault=vault, namespace={"name": "s"}) for name in ("a", "b"))
    assert told(one) == []
    assert told(one, two) == [f"the {what} is declared by a and by b; only one may have it: rename one"]


def test_one_component_may_name_a_thing_once_more():
    """A mount with settings of its own and what is in it."""
    assert told(entry("a", vault={"mounts": {"p": {"type": "pki"}}, "pki": {"p": {"roles": {"web": {}, "mail": {}}}}})) == []

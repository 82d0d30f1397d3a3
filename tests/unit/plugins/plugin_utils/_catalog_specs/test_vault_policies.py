# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Policies: least privilege, for whom and where."""

from __future__ import annotations

import pytest

from ansible_collections.unifiedmeta.platform.plugins.plugin_utils._catalog_specs import vault_policies as policies

SPEC = {
    "mounts": {"platform": {"type": "kv"}, "database": {"type": "database"}, "pki": {"type": "pki"}},
    "auth": {"kubernetes": {"type": "kubernetes"}, "userpass": {"type": "userpass"}},
}


@pytest.mark.parametrize(("path", "data", "metadata"), [
    ("platform/a", "platform/data/a", "platform/metadata/a"),
    ("platform/a/b/c", "platform/data/a/b/c", "platform/metadata/a/b/c"),
])
def test_paths_of_kv(path, data, metadata):
    assert (policies.data(path), policies.metadata(path)) == (data, metadata)


def test_a_component_without_wishes_has_no_rules():
    assert policies.component({"secrets": []}) == {}


def test_a_component_gets_what_it_asked_for_and_no_more():
    entry = {
        "secrets": [{"path": "platform/a/x"}],
        "vault": {
            "database": [{"mount": "database", "name": "a"}],
            "pki": {"pki": {"root": {}, "roles": {"web": {}}}},
            "transit": {"transit": {"keys": {"k": {}}}},
            "policies": [{"path": "shared/data/*", "capabilities": ["list", "read"]}],
        },
    }
    assert policies.component(entry) == {
        "platform/data/a/x": {"capabilities": ["read"]},
        "platform/metadata/a/x": {"capabilities": ["read"]},
        "database/creds/a": {"capabilities": ["read"]},
        "pki/issue/web": {"capabilities": ["create", "update"]},
        "pki/sign/web": {"capabilities": ["create", "update"]},
        "transit/encrypt/k": {"capabilities": ["create", "update"]},
        "transit/decrypt/k": {"capabilities": ["create", "update"]},
        "shared/data/*": {"capabilities": ["list", "read"]},
    }


def test_external_secrets_reads_values_only_and_each_namespace_its_own():
    plan = {"components": {
        "a": {"external": False, "secrets": [
            {"path": "platform/a/x", "to": [{"namespace": "one"}, {"namespace": "two"}]},
            {"path": "platform/a/y", "to": [{"namespace": "one"}]},
            {"path": "platform/a/z", "to": []},
        ]},
        "b": {"external": True, "secrets": [{"path": "platform/b/x", "to": [{"namespace": "one"}]}]},
    }}
    rule = {"capabilities": ["read"]}
    assert policies.readers(plan) == {"one": {"platform/data/a/x": rule, "platform/data/a/y": rule}, "two": {"platform/data/a/x": rule}}


def test_an_operator_sees_no_value_of_a_secret():
    rules = policies.operator(SPEC)
    assert not [path for path in rules if "/data/" in path or path == "*"]
    assert rules["platform/metadata/*"] == {"capabilities": ["read", "list"]}
    assert "database/metadata/*" not in rules


def test_automation_works_in_the_platforms_mounts_only():
    rules = policies.automation(SPEC, "platform-ledger", scan=False)
    roots = {path.split("/")[0] for path in rules}
    assert roots == {"sys", "auth", "platform", "platform-ledger", "database", "pki"}
    assert not [path for path in rules if path in ("*", "sys/*", "auth/*")]


@pytest.mark.parametrize("path", ["sys/seal", "sys/unseal", "sys/raw/*", "sys/rotate", "sys/step-down", "sys/generate-root/attempt"])
def test_automation_does_not_touch_the_server_itself(path):
    assert path not in policies.automation(SPEC, "platform-ledger", scan=False)


@pytest.mark.parametrize(("scan", "capabilities"), [(True, ["list", "scan"]), (False, ["list"])])
def test_automation_looks_at_seeds_without_their_values(scan, capabilities):
    rules = policies.automation(SPEC, "platform-ledger", scan)
    assert rules["platform/detailed-metadata/*"] == {"capabilities": capabilities}
    assert rules["platform/subkeys/*"] == {"capabilities": ["read"]}


def test_automation_patches_certificate_authorities():
    assert "patch" in policies.automation(SPEC, "l", False)["pki/*"]["capabilities"]


def test_automation_adds_keys_to_secrets():
    assert {"create", "patch", "read"} <= set(policies.automation(SPEC, "l", False)["platform/data/*"]["capabilities"])


@pytest.mark.parametrize(("section", "path"), [
    ({}, None),
    ({"identity": {"groups": {}}}, None),
    ({"identity": {"groups": {"a": {}}}}, "identity/group/*"),
    ({"audit": {"file": {}}}, "sys/audit/file"),
])
def test_automation_gets_further_rights_where_they_are_declared(section, path):
    rules = policies.automation({**SPEC, **section}, "platform-ledger", False)
    assert path is None or path in rules
    assert ("sys/audit" in rules) == ("audit" in section)


@pytest.mark.parametrize("method", ["kubernetes", "userpass"])
def test_changing_auth_methods_takes_sudo(method):
    rules = policies.automation(SPEC, "platform-ledger", False)
    assert "sudo" in rules["sys/auth/*"]["capabilities"]
    assert "sudo" not in rules[f"auth/{method}/*"]["capabilities"]


def test_administrators_may_do_everything():
    assert policies.ADMIN == {"*": {"capabilities": ["create", "read", "update", "patch", "delete", "list", "sudo"]}}

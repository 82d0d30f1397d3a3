# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What components say of their secrets."""

from __future__ import annotations

import pytest

from ansible_collections.unifiedmeta.platform.plugins.module_utils import _secrets
from ansible_collections.unifiedmeta.platform.plugins.plugin_utils._catalog import secrets
from ansible_collections.unifiedmeta.platform.plugins.plugin_utils._catalog.select import Selection
from tests.unit.plugins.plugin_utils.support import WHOLE, entry


def told(*entries):
    """What is said of components."""
    return [str(fault).split(": ", 2)[2] for fault in secrets.check(Selection({one.name: one for one in entries}))]


def secret(path="platform/a/admin", **fields):
    """A secret with a generated password."""
    return {"path": path, "generate": {"password": 32}, **fields}


@pytest.mark.parametrize(("fields", "keys"), [
    ({"generate": {"a": 32}}, {"a"}),
    ({"data": {"user": "x"}, "generate": {"a": {"kind": "uuid"}}}, {"user", "a"}),
    ({"generate": {"key": {"kind": "rsa", "public": "pub"}}}, {"key", "pub"}),
    ({}, set()),
])
def test_keys_of_a_secret(fields, keys):
    assert secrets.keys(fields) == keys


@pytest.mark.parametrize(("to", "targets"), [
    ({}, []), ({"to": {"name": "a"}}, [{"name": "a"}]), ({"to": [{"name": "a"}, {"name": "b"}]}, [{"name": "a"}, {"name": "b"}]),
])
def test_targets_are_always_a_list(to, targets):
    assert secrets.targets(to) == targets


def test_where_a_client_keeps_its_secret():
    assert secrets.client_secret({"name": "a", "sso": {}}) == "platform/a/oidc"
    assert secrets.client_secret({"name": "a", "sso": {"secret": "apps/a/login"}}) == "apps/a/login"


def test_the_kinds_are_those_that_vault_config_makes():
    kinds = WHOLE["$defs"]["generate"]["oneOf"][1]["properties"]
    assert set(kinds["kind"]["enum"]) == set(_secrets.GENERATORS)
    assert set(kinds) == {"kind"}.union(*_secrets.GENERATORS.values())


@pytest.mark.parametrize("how", [
    16, 1024, {"kind": "password", "length": 40, "alphabet": "abc"}, {"kind": "hex", "length": 64}, {"kind": "base64", "bytes": 32}, {"kind": "uuid"},
    {"kind": "rsa", "bits": 4096, "public": "pub"}, {"kind": "ed25519", "public": "pub"}, {"kind": "lower", "length": 20}, {"kind": "digits", "length": 16},
])
def test_what_the_schema_takes_vault_config_takes_as_well(how):
    assert told(entry("a", secrets=[{"path": "platform/a/admin", "generate": {"x": how}}])) == []
    assert _secrets.generator(how)


@pytest.mark.parametrize("how", [15, 1025, {"kind": "digits", "length": 6}, {"kind": "base64", "bytes": 8}, {"kind": "password", "alphabet": "a"}])
def test_what_vault_config_refuses_is_told_here_with_its_words(how):
    with pytest.raises(_secrets.SecretError) as caught:
        _secrets.generator(how)
    assert told(entry("a", secrets=[secret(generate={"x": how})])) == [f"'x' of platform/a/admin: {caught.value}"]


@pytest.mark.parametrize(("fields", "said"), [
    ({"generate": {}}, "platform/a/admin holds nothing; add generate or data"),
    ({"data": {"password": "x"}}, "'password' of platform/a/admin is both given and generated; keep one"),
    ({"generate": {"x": {"kind": "hex", "bytes": 32}}}, "'x' of platform/a/admin: the generator hex has no option bytes; it has length"),
    ({"to": {"name": "a", "keys": {"x": "y"}}}, "platform/a/admin has no 'y'; there is only 'password'"),
    ({"to": [{"name": "a"}, {"name": "a"}]},
     "'password' of the Kubernetes Secret a/a comes from platform/a/admin and from platform/a/admin; rename one of the keys"),
    ({"to": [{"name": "a"}, {"name": "a", "type": "x", "keys": {"b": "password"}}]},
     "the Kubernetes Secret a/a has two kinds, Opaque periodic and x periodic; give both the same type and refresh"),
    ({"to": [{"name": "a"}, {"name": "a", "refresh": "on-change", "keys": {"b": "password"}}]},
     "the Kubernetes Secret a/a has two kinds, Opaque periodic and Opaque on-change; give both the same type and refresh"),
    ({"to": [{"name": "a", "template": {"x": "y"}}, {"name": "a", "keys": {"b": "password"}}]},
     "the Kubernetes Secret a/a is made by a template of one secret and can't be shared; give each its own"),
    ({"to": [{"name": "a", "keys": {"b": "password"}}, {"name": "a", "template": {"x": "y"}}]},
     "the Kubernetes Secret a/a is made by a template of one secret and can't be shared; give each its own"),
])
def test_what_is_refused(fields, said):
    assert told(entry("a", secrets=[secret(**fields)])) == [said]


def test_two_kubernetes_secrets_of_one_name_in_two_namespaces():
    assert told(entry("a", secrets=[secret(to=[{"name": "x"}, {"name": "x", "namespace": "b"}])])) == []


def test_two_components_may_not_fill_the_same_key():
    one = entry("a", secrets=[secret(to={"name": "x", "namespace": "n"})])
    two = entry("b", secrets=[secret("platform/b/admin", to={"name": "x", "namespace": "n"})])
    assert told(one, two) == ["'password' of the Kubernetes Secret n/x comes from platform/a/admin and from platform/b/admin; rename one of the keys"]


@pytest.mark.parametrize(("wave", "count"), [("rke2", 1), ("foundation", 1), ("secrets", 0), ("backup", 0)])
def test_kubernetes_secrets_come_after_external_secrets(wave, count):
    assert len(told(entry("a", wave=wave, secrets=[secret(to={"name": "x"})]))) == count


OIDC = {"path": "platform/a/oidc", "data": {"client_id": "a"}, "generate": {"client_secret": 40}}
URL = "https://a.example.com/"


@pytest.mark.parametrize(("sso", "kept", "said"), [
    ({"redirects": [URL]}, [OIDC], []),
    ({"redirects": [URL], "public": True}, [], []),
    ({"redirects": [URL], "secret": "platform/a/login"}, [{**OIDC, "path": "platform/a/login"}], []),
    ({"redirects": [URL]}, [], ["its client's secret platform/a/oidc is not among its secrets; add it with data: {client_id: ...} "
                                "and generate: {client_secret: 40}, or make the client public"]),
    ({"redirects": [URL]}, [{**OIDC, "generate": {"secret": 40}}], ["platform/a/oidc must hold client_id and client_secret; add what is missing"]),
    ({"redirects": ["/x"]}, [OIDC], ["a redirect is a path, but there is no route; write the whole URL, or add the route"]),
])
def test_clients(sso, kept, said):
    assert told(entry("a", sso={"client": "a", **sso}, secrets=kept)) == said


def role(connection):
    """What a component with a dynamic database user says."""
    return {"database": [{"name": "a", "connection": connection, "creation_statements": ["SELECT 1"]}]}


def test_a_database_role_names_a_connection():
    connection = {"name": "main", "plugin": "postgresql-database-plugin", "url": "x", "username": "u", "password": "vault:platform/a/db#p"}
    owner = entry("db", vault={"connections": [connection]})
    assert told(owner, entry("a", vault=role("main"))) == []
    assert told(owner, entry("a", vault=role("mian"))) == ["no component declares the database connection 'mian'; did you mean 'main'?"]


def test_without_connections_in_the_catalogue_they_are_the_sites():
    assert told(entry("a", vault=role("anything"))) == []

"""A snapshot must see every kind of change, and two servers that were set up alike must look alike."""
from __future__ import annotations

import pathlib
import time

import pytest

from tests.support.state import changes, portable, secrets_changed, snapshot, without


def populate(server, password="first"):
    for mount, body in {"kv": {"type": "kv", "options": {"version": "2"}}, "pki": {"type": "pki"}, "transit": {"type": "transit"},
                        "database": {"type": "database"}}.items():
        server.call("POST", f"sys/mounts/{mount}", body)
    for method in ("approle", "kubernetes", "userpass"):
        server.call("POST", f"sys/auth/{method}", {"type": method})
    time.sleep(0.3)
    server.call("POST", "kv/data/app/admin", {"data": {"password": password, "user": "a"}})
    server.call("POST", "pki/root/generate/internal", {"common_name": "root", "key_type": "ec"})
    server.call("POST", "pki/roles/leaf", {"allowed_domains": "example.test"})
    server.call("POST", "transit/keys/k", {})
    server.call("POST", "auth/approle/role/ci", {"token_policies": "default"})
    server.call("POST", "auth/kubernetes/config", {
        "kubernetes_host": "https://127.0.0.1:1", "disable_local_ca_jwt": True, "kubernetes_ca_cert": pathlib.Path(server.ca_file).read_text()})
    server.call("POST", "auth/kubernetes/role/app", {"bound_service_account_names": "app", "bound_service_account_namespaces": "app",
                                                     "token_policies": "app"})
    server.call("PUT", "sys/policies/acl/app", {"policy": 'path "kv/data/app/*" { capabilities = ["read"] }'})
    server.call("POST", "identity/group", {"name": "admins", "type": "external", "policies": ["app"]})
    return server


@pytest.fixture(name="server")
def _server(bao_server):
    return populate(bao_server(storage="inmem"))


@pytest.fixture(scope="module", name="changing")
def _changing(shared_server):
    """One server for all changes that must be seen: each is seen against what was there before it."""
    return populate(shared_server)


def test_nothing_happened(server):
    before = snapshot(server)
    assert changes(before, snapshot(server)) == []
    for name in ("kv kv/app/admin", "policy app", "kubernetes auth/kubernetes/role/app", "approle auth/approle/role/ci", "group admins",
                 "pki pki/roles/leaf", "transit transit/keys/k", "config auth/kubernetes/config", "config pki/config/issuers"):
        assert before[name], name


@pytest.mark.parametrize("method, path, body, name", [
    ("POST", "kv/data/app/admin", {"data": {"password": "first", "user": "a"}}, "different: kv kv/app/admin: version: 1 -> 2"),
    ("POST", "kv/data/app/admin", {"data": {"password": "second", "user": "a"}}, "different: kv kv/app/admin: values"),
    ("POST", "kv/data/other", {"data": {}}, "new: kv kv/other"),
    ("PUT", "sys/policies/acl/app", {"policy": 'path "x" {}'}, "different: policy app"),
    ("POST", "auth/kubernetes/role/app", {"token_policies": "b"}, "different: kubernetes auth/kubernetes/role/app: token_policies"),
    ("POST", "auth/approle/role/ci/role-id", {"role_id": "x"}, "different: role_id auth/approle/ci: role_id"),
    ("POST", "transit/keys/k/rotate", {}, "different: transit transit/keys/k: keys"),
    ("POST", "pki/root/rotate/internal", {"common_name": "new", "key_type": "ec"}, "new: pki pki/issuers/"),
    ("POST", "sys/mounts/kv/tune", {"max_lease_ttl": "9h"}, "different: mount kv/: config"),
    ("POST", "identity/group/name/admins", {"policies": ["b"]}, "different: group admins: last_update_time"),
    ("DELETE", "kv/metadata/app/admin", None, "missing: kv kv/app/admin"),
    ("DELETE", "sys/auth/userpass", None, "missing: mount auth/userpass/"),
])
def test_sees_each_change(changing, method, path, body, name):
    before = snapshot(changing)
    changing.call(method, path, body)
    found = changes(before, snapshot(changing))
    assert [line for line in found if line.startswith(name)], found


def test_secret_values_do_not_show(server):
    assert "first" not in str(snapshot(server))


def test_two_servers_alike(server, bao_server):
    other = populate(bao_server(storage="inmem"), "second")
    one, two = snapshot(server), snapshot(other)
    assert changes(portable(one), portable(two)) == []
    assert changes(one, two) != []
    other.call("PUT", "sys/policies/acl/app", {"policy": 'path "x" {}'})
    assert len(changes(portable(one), portable(snapshot(other)))) == 1


def test_secrets_changed(server):
    before = snapshot(server)
    server.call("POST", "kv/data/app/admin", {"data": {"password": "first", "user": "a", "more": "x"}})
    server.call("POST", "kv/data/new", {"data": {"a": "b"}})
    assert secrets_changed(before, snapshot(server)) == []
    server.call("POST", "kv/data/app/admin", {"data": {"password": "second", "more": "x"}})
    assert secrets_changed(before, snapshot(server)) == ["kv kv/app/admin#password", "kv kv/app/admin#user"]
    server.call("DELETE", "kv/metadata/app/admin")
    assert len(secrets_changed(before, snapshot(server))) == 2


def test_without_is_deep():
    assert without({"a": [{"b": 1, "c": 2}]}, {"b"}) == {"a": [{"c": 2}]}

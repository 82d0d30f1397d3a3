"""The recorded API must be the server's, and the checker must be able to say no."""
from __future__ import annotations

import pytest

from tests.contract.openapi import Api, compact, record, recorded


def test_recording_is_what_the_server_says(bao_server):
    server = bao_server(storage="inmem")
    if server.vendor == "vault":
        pytest.skip("the recording is of OpenBao")
    assert record(server) == recorded(), "the server's API has changed: run `python -m tests.contract.openapi` and read the difference"


@pytest.mark.parametrize("method, path, fields, kind, template", [
    ("PUT", "/sys/init", ["secret_shares", "pgp_keys"], None, "/sys/init"),
    ("GET", "/sys/mounts", [], None, "/sys/mounts"),
    ("POST", "/sys/mounts/deep/er", ["type", "options"], None, "/sys/mounts/{path}"),
    ("POST", "/sys/mounts/kv/tune", ["max_lease_ttl"], None, "/sys/mounts/{path}/tune"),
    ("LIST", "/sys/policies/acl", [], None, "/sys/policies/acl"),
    ("PATCH", "/platform/data/grafana/admin", ["data", "options"], "kv", "/{kv_mount_path}/data/{path}"),
    ("LIST", "/auth/kubernetes/role", [], "kubernetes", "/auth/{kubernetes_mount_path}/role"),
    ("POST", "/auth/k8s/role/app", ["bound_service_account_names"], "kubernetes", "/auth/{kubernetes_mount_path}/role/{name}"),
])
def test_knows(method, path, fields, kind, template):
    api = Api(recorded())
    assert api.check(method, path, fields, kind) is None
    assert api.find(method, path, kind)[0][0] == template


@pytest.mark.parametrize("method, path, fields, kind, fault", [
    ("POST", "/sys/initialise", [], None, "no such path and method"),
    ("DELETE", "/sys/mounts", [], None, "no such path and method"),
    ("POST", "/auth/kubernetes/role/app", ["bound_service_acount_names"], "kubernetes", "no field bound_service_acount_names in"),
    ("POST", "/auth/kubernetes/roles/app", [], "kubernetes", "no such path and method"),
    ("POST", "/auth/approle/role/app", ["bound_service_account_names"], "approle", "no field bound_service_account_names in"),
])
def test_refuses(method, path, fields, kind, fault):
    assert fault in Api(recorded()).check(method, path, fields, kind)


def test_compact_keeps_names_only():
    spec = {"info": {"title": "X", "version": "1"}, "components": {"schemas": {"A": {"properties": {"b": {}, "a": {}}}}}, "paths": {
        "/sys/a": {"description": "prose", "get": {"parameters": [{"name": "list", "in": "query"}], "responses": {}},
                   "post": {"requestBody": {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/A"}}}}, "responses": {}}},
        "/sys/rekey/init": {"get": {"responses": {}}}}}
    assert compact(spec) == {"server": "X 1", "paths": {"/sys/a": {"get": ["list"], "post": ["a", "b"]}}}

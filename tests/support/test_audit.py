"""The audit readers must see a planted write, on a real server."""
from __future__ import annotations

import json
import time

import pytest

from tests.support.audit import entries, kube_writes, mark, vault_requests, vault_writes


def test_vault_writes(bao_server):
    server = bao_server(storage="inmem")
    begin = mark(server.audit_log)
    server.call("GET", "sys/mounts")
    server.call("LIST", "sys/policies/acl")
    server.call("GET", "auth/token/lookup-self")
    server.call("POST", "auth/token/create", {"ttl": "1h"})
    assert vault_writes(server.audit_log, begin) == []
    assert ("list", "sys/policies/acl/") in vault_requests(server.audit_log, begin)

    server.call("POST", "sys/mounts/kv", {"type": "kv", "options": {"version": "2"}})
    server.call("POST", "sys/auth/userpass", {"type": "userpass"})
    server.call("POST", "auth/userpass/users/login", {"password": "x", "token_policies": "a"})
    server.request("POST", "auth/userpass/login/login", {"password": "x"})
    server.request("DELETE", "sys/policies/acl/none", token="wrong")
    assert vault_writes(server.audit_log, begin) == [
        ("update", "sys/mounts/kv"), ("update", "sys/auth/userpass"), ("create", "auth/userpass/users/login"),
        ("delete", "sys/policies/acl/none")]
    assert vault_writes(server.audit_log, mark(server.audit_log)) == []


@pytest.mark.parametrize(("operation", "path", "method"), [
    ("create", "kv/data/a", "POST"), ("patch", "kv/data/a", "PATCH"), ("delete", "kv/metadata/a", "DELETE")])
def test_vault_sees_every_kind_of_write(shared_server, operation, path, method):
    server = shared_server
    if "kv/" not in server.call("GET", "sys/mounts")["data"]:
        server.call("POST", "sys/mounts/kv", {"type": "kv", "options": {"version": "2"}})
        time.sleep(0.2)
    server.call("DELETE", "kv/metadata/a")
    if method != "POST":
        server.call("POST", "kv/data/a", {"data": {"x": "1"}})
    begin = mark(server.audit_log)
    headers = {"X-Vault-Token": server.root_token, "Content-Type": "application/merge-patch+json"}
    answer = server._session.request(method, f"{server.addr}/v1/{path}", verify=server.ca_file, timeout=9,
                                     headers=headers, data=json.dumps({"data": {"x": "2"}}))
    assert answer.ok, answer.text
    assert vault_writes(server.audit_log, begin) == [(operation, path)]


def kube(verb, uri, user="system:admin", stage="ResponseComplete"):
    return json.dumps({"verb": verb, "requestURI": uri, "stage": stage, "user": {"username": user}}) + "\n"


def test_kube_writes(tmp_path):
    log = tmp_path / "kubernetes.log"
    assert kube_writes(log) == []
    assert mark(log) == 0
    log.write_text(kube("get", "/api/v1/pods") + kube("patch", "/api/v1/namespaces/a?fieldManager=x", "me")
                   + kube("create", "/api/v1/namespaces/a", "other") + kube("patch", "/api/v1/x", "me", "RequestReceived")
                   + kube("create", "/api/v1/namespaces/a/serviceaccounts/b/token", "me")
                   + kube("create", "/apis/authentication.k8s.io/v1/tokenreviews", "me"))
    assert kube_writes(log, user="me") == [("patch", "/api/v1/namespaces/a")]
    assert len(kube_writes(log)) == 2


def test_a_line_being_written_is_left_for_later(tmp_path):
    log = tmp_path / "log"
    log.write_text('{"a": 1}\n{"b": ')
    assert entries(log) == [{"a": 1}]

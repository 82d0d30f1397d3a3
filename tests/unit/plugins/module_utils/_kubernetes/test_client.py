# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A client of the Kubernetes API: login, errors, tokens, values of Secrets."""

from __future__ import annotations

import base64
import json
import os
import ssl

import pytest

from ansible_collections.unifiedmeta.platform.plugins.module_utils._http import ApiError
from ansible_collections.unifiedmeta.platform.plugins.module_utils._kubernetes import client
from ansible_collections.unifiedmeta.platform.plugins.module_utils._kubernetes.config import Access, KubeconfigError
from tests.lab.tls import make_ca


def connect(found, **more):
    return client.connect(access=Access(server=found.url, **more), timeout=5)


def test_a_token_is_sent(scripted):
    found = scripted((200, {}))
    connect(found, token="t").get("version")
    assert found.seen[0][2]["Authorization"] == "Bearer t"


def test_nothing_is_sent_where_there_is_nothing(scripted):
    found = scripted((200, {}))
    connect(found).get("version")
    assert "Authorization" not in found.seen[0][2]


def test_a_token_file_is_read_when_it_is_needed(scripted, tmp_path):
    found, path = scripted((200, {})), tmp_path / "token"
    http = connect(found, token_file=str(path))
    with pytest.raises(KubeconfigError, match="can't be read"):
        http.get("version")
    path.write_text("fresh\n", "utf-8")
    http.get("version")
    assert found.seen[0][2]["Authorization"] == "Bearer fresh"


def test_keys_are_never_on_a_disk(scripted, tmp_path, monkeypatch):
    """A client certificate out of memory works, and no file was made for it."""
    ca, cert, key = make_ca(tmp_path / "tls")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(cert, key)
    context.load_verify_locations(ca)
    context.verify_mode = ssl.CERT_REQUIRED
    found = scripted((200, {"ok": True}), tls=context)
    monkeypatch.setenv("TMPDIR", str(tmp_path / "tmp"))
    (tmp_path / "tmp").mkdir()
    http = connect(found, ca=ca.read_bytes(), cert=cert.read_bytes(), key=key.read_bytes(), source="/the/kubeconfig")
    assert http.get("version") == {"ok": True} and os.listdir(tmp_path / "tmp") == []
    assert http.trust == "the kubeconfig /the/kubeconfig"
    with pytest.raises(ApiError):
        connect(scripted((200, {}), tls=context), ca=ca.read_bytes()).get("version")


def test_a_server_by_another_name(scripted, tls_files):
    ca, context = tls_files
    found = scripted((200, {}), tls=context)
    found.url = found.url.replace("127.0.0.1", "127.0.0.2")
    with open(ca, "rb") as file:
        content = file.read()
    assert Access(server=found.url).server_name is None
    http = client.connect(access=Access(server=f"https://127.0.0.1:{found.server_port}", ca=content, server_name="localhost"), timeout=5)
    assert http.get("version") == {}
    wrong = client.connect(access=Access(server=f"https://127.0.0.1:{found.server_port}", ca=content, server_name="elsewhere"), timeout=5)
    with pytest.raises(ApiError, match="for another name"):
        wrong.get("version")


def test_errors_are_the_servers_words(scripted):
    with pytest.raises(ApiError, match="pods is forbidden: User 1 cannot list"):
        connect(scripted((403, {"kind": "Status", "message": "pods is forbidden: User 1 cannot list"}))).get("api/v1/pods")
    with pytest.raises(ApiError, match="HTTP 404"):
        connect(scripted((404, b"<html>"))).get("api/v1/pods")


def test_a_webhook_that_is_not_up_yet_is_asked_again(scripted, quick):
    found = scripted((500, {"message": "failed calling webhook x"}), (500, {"message": "etcdserver: leader changed"}), (200, {"done": True}))
    assert connect(found).patch("api", json={}, idempotent=True) == {"done": True}


def test_a_token_of_a_service_account(scripted):
    found = scripted((201, {"status": {"token": "jwt"}}))
    assert client.request_token(connect(found), "system", "automation", audiences=["vault"], seconds=5) == "jwt"
    _method, path, _headers, body = found.seen[0]
    assert path == "/api/v1/namespaces/system/serviceaccounts/automation/token"
    assert json.loads(body)["spec"] == {"expirationSeconds": 600, "audiences": ["vault"]}
    client.request_token(connect(found), "system", "automation", seconds=900)
    assert json.loads(found.seen[1][3])["spec"] == {"expirationSeconds": 900}


@pytest.mark.parametrize(("name", "encoded"), [("a?watch=true", "a%3Fwatch%3Dtrue"), ("%2e%2e", "%252e%252e"), ("a/../b", "a%2F..%2Fb"), ("a#b", "a%23b")])
def test_names_stay_in_their_place(scripted, name, encoded):
    found = scripted((200, {"status": {"token": "jwt"}}))
    http = connect(found)
    client.read_secret(http, f"ns/{name}")
    client.request_token(http, name, name)
    assert [seen[1] for seen in found.seen] == [f"/api/v1/namespaces/ns/secrets/{encoded}", f"/api/v1/namespaces/{encoded}/serviceaccounts/{encoded}/token"]


@pytest.mark.parametrize("path", ["ns/..", "../x", "ns/", "/x"])
def test_what_is_no_name_is_refused(scripted, path):
    found = scripted((200, {}))
    with pytest.raises(ValueError, match="can't be a part of an address"):
        client.read_secret(connect(found), path)
    assert found.seen == []


def test_the_values_of_a_secret(scripted):
    found = scripted((200, {"data": {"token": base64.b64encode("비밀".encode()).decode()}}))
    assert client.read_secret(connect(found), "system/reviewer") == {"token": "비밀"}
    assert found.seen[0][1] == "/api/v1/namespaces/system/secrets/reviewer"
    assert client.read_secret(connect(scripted((200, {}))), "system/reviewer") == {}
    assert client.read_secret(connect(scripted((404, {"message": "secrets not found"}))), "system/reviewer") is None

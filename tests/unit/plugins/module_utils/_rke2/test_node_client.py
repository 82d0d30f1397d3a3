# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Requests with certificates, to real servers on the loopback."""

from __future__ import annotations

import errno
import json
import socket
import ssl

import pytest

from ansible_collections.unifiedmeta.platform.plugins.module_utils._rke2.node_client import Client, Unanswered, kind_of, probe


def client(server, ca=None, **options):
    return Client("127.0.0.1", server.server_port, ca=ca, timeout=options.pop("timeout", 2), **options)


def test_json_and_text_over_one_connection(scripted, tls_files):
    server = scripted((200, {"a": 1}), (200, b"ok"), tls=tls_files[1])
    with client(server, tls_files[0]) as http:
        assert (http.ask("/x"), http.ask("/readyz")) == ({"a": 1}, "ok")
    assert [one[:2] for one in server.seen] == [("GET", "/x"), ("GET", "/readyz")] and server.connections == 1


def test_bodies_are_posted_or_patched(scripted, tls_files):
    server = scripted((200, {}), tls=tls_files[1])
    with client(server, tls_files[0]) as http:
        http.ask("/x", {"b": 2})
        http.ask("/y", {"c": 3}, method="PATCH", kind="application/merge-patch+json")
    assert [(method, path, json.loads(body)) for method, path, _headers, body in server.seen] == [("POST", "/x", {"b": 2}), ("PATCH", "/y", {"c": 3})]
    assert server.seen[1][2]["Content-Type"] == "application/merge-patch+json"


def test_lists_are_read_page_by_page(scripted, tls_files):
    server = scripted((200, {"items": [1, 2], "metadata": {"continue": "more"}}), (200, {"items": [3], "metadata": {}}), tls=tls_files[1])
    with client(server, tls_files[0]) as http:
        assert http.pages("/api/v1/nodes", 2) == [1, 2, 3]
    assert [one[1] for one in server.seen] == ["/api/v1/nodes?limit=2", "/api/v1/nodes?limit=2&continue=more"]


def test_an_error_of_the_server_is_told_with_what_it_says(scripted, tls_files):
    server = scripted((403, {"message": "no"}), tls=tls_files[1])
    with pytest.raises(Unanswered, match=r"/x answered 403: .*no") as caught, client(server, tls_files[0]) as http:
        http.ask("/x")
    assert (caught.value.kind, caught.value.status) == ("status", 403)


def test_a_server_of_another_ca_gets_nothing(scripted, tls_files, tmp_path):
    from tests.lab.tls import make_ca

    server = scripted((200, {}), tls=tls_files[1])
    other = make_ca(tmp_path / "other")[0]
    with pytest.raises(Unanswered) as caught, client(server, str(other)) as http:
        http.ask("/x", {"secret": 1})
    assert caught.value.kind == "certificate" and server.seen == []


def test_a_probe_without_a_ca_verifies_nothing(scripted, tls_files):
    server = scripted((200, b"pem"), tls=tls_files[1])
    with client(server) as http:
        assert http.ask("/cacerts") == "pem"


def test_missing_certificates_are_told_by_name(tmp_path):
    with pytest.raises(Unanswered, match="client.crt|No such file") as caught:
        Client("127.0.0.1", 1, certificate=str(tmp_path / "client.crt"), key=str(tmp_path / "client.key"))
    assert caught.value.kind == "credentials"
    with pytest.raises(Unanswered):
        Client("127.0.0.1", 1, ca=str(tmp_path / "ca.crt"))


def test_a_server_that_hangs_and_one_that_hangs_up(scripted, tls_files):
    server = scripted("hang", tls=tls_files[1])
    with pytest.raises(Unanswered) as caught, client(server, tls_files[0], timeout=0.2) as http:
        http.ask("/x")
    assert caught.value.kind == "timeout"
    server = scripted("reset", tls=tls_files[1])
    with pytest.raises(Unanswered) as caught, client(server, tls_files[0]) as http:
        http.ask("/x")
    assert caught.value.kind == "unreachable"


def test_what_sort_of_fault_it_is():
    expired, unknown = ssl.SSLCertVerificationError(), ssl.SSLCertVerificationError()
    expired.verify_code, unknown.verify_code = 10, 20
    assert [kind_of(error) for error in (expired, unknown, ssl.SSLError(), socket.timeout(), ConnectionRefusedError(), socket.gaierror(),
                                         OSError(errno.EHOSTUNREACH, "x"))] == \
        ["time", "certificate", "certificate", "timeout", "refused", "name", "unreachable"]


def test_ports_that_answer_and_ports_that_do_not(scripted):
    assert probe("127.0.0.1", scripted().server_port) is None
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        assert probe("127.0.0.1", taken.getsockname()[1], 1) == "refused"
    assert probe("name.invalid", 1, 1) == "name"

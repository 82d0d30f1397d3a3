# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Errors read as sentences; real failures are in test_http.py."""

from __future__ import annotations

import errno
import socket
import ssl

import pytest
import requests
import urllib3

from ansible_collections.unifiedmeta.platform.plugins.module_utils._http_errors import ApiError, causes, explain


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        (
            {
                "system": "Vault at X",
                "method": "GET",
                "path": "sys/mounts",
                "status": 403,
                "detail": "permission denied.",
                "hint": "give a token",
                "what": "mount list",
            },
            "Vault at X: mount list (GET sys/mounts): permission denied (HTTP 403); give a token",
        ),
        ({"system": "Vault at X", "method": "GET", "path": "sys/mounts", "detail": "it broke"}, "Vault at X: GET sys/mounts: it broke"),
        ({"system": "Vault at X", "what": "login", "detail": "no way in", "hint": "knock"}, "Vault at X: login: no way in; knock"),
        ({"system": "Vault", "detail": "no address"}, "Vault: no address"),
        ({"system": "Vault"}, "Vault: no answer"),
    ],
)
def test_an_error_is_a_sentence(fields, sentence):
    error = ApiError(**fields)
    assert str(error) == sentence
    assert error.args == (sentence,)
    assert error.status == fields.get("status", 0)


def test_causes_go_through_every_wrapper():
    inner = ConnectionRefusedError(111, "Connection refused")
    middle = urllib3.exceptions.NewConnectionError(None, "failed")
    middle.__cause__ = inner
    outer = requests.ConnectionError(urllib3.exceptions.MaxRetryError(None, "/", middle))
    assert inner in list(causes(outer))
    circle = ValueError("a")
    circle.__context__ = circle
    assert list(causes(circle)) == [circle]


def verification(code: int, message: str) -> ssl.SSLCertVerificationError:
    """As OpenSSL raises it."""
    error = ssl.SSLCertVerificationError(1, "certificate verify failed")
    error.verify_code, error.verify_message = code, message
    return error


def wrapped(cause: Exception) -> requests.RequestException:
    """As requests raises it."""
    return requests.ConnectionError(urllib3.exceptions.MaxRetryError(None, "/", cause))


CASES = [
    (verification(20, "unable to get local issuer certificate"), "tls", "isn't signed by a CA in /x/ca.pem", "ca_file", False, False),
    (verification(18, "self-signed certificate"), "tls", "self-signed", "ca_file", False, False),
    (verification(10, "certificate has expired"), "tls", "has expired", "renew", False, False),
    (verification(9, "not yet valid"), "tls", "isn't valid yet", "clocks", False, False),
    (verification(62, "Hostname mismatch"), "tls", "for another name", "name", False, False),
    (verification(64, "IP address mismatch"), "tls", "for another address", "address", False, False),
    (ssl.SSLError(1, "[SSL: WRONG_VERSION_NUMBER] wrong version number"), "tls", "plain HTTP", "port that has TLS", False, False),
    (ssl.SSLError(1, "[SSL: TLSV13_ALERT_CERTIFICATE_REQUIRED]"), "tls", "client certificate", "client certificate", False, False),
    (ssl.SSLEOFError(8, "EOF occurred in violation of protocol"), "reset", "cut during TLS", "log", True, True),
    (ssl.SSLError(1, "[SSL: NO_SHARED_CIPHER]"), "tls", "TLS failed", "ciphers", False, False),
    (socket.gaierror(-2, "Name or service not known"), "dns", "the name vault.example can't be resolved", "DNS", False, True),
    (ConnectionRefusedError(111, "Connection refused"), "refused", "nothing listens on vault.example:8200", "start the server", False, True),
    (OSError(errno.EHOSTUNREACH, "No route to host"), "unreachable", "no way to vault.example:8200", "routes", False, True),
    (OSError(errno.ENETUNREACH, "Network is unreachable"), "unreachable", "no way to", "routes", False, True),
    (ConnectionResetError(104, "Connection reset by peer"), "reset", "the connection was cut", "log", True, True),
]


@pytest.mark.parametrize(("cause", "name", "detail", "hint", "sent", "again"), CASES, ids=[f"{case[1]}-{number}" for number, case in enumerate(CASES)])
def test_each_failure_has_its_own_sentence(cause, name, detail, hint, sent, again):
    fault = explain(wrapped(cause), "vault.example:8200", 30.0, "/x/ca.pem")
    assert fault.name == name
    assert detail in fault.detail
    assert hint in fault.hint
    assert (fault.sent, fault.again) == (sent, again)


def test_time_limits_are_told():
    fault = explain(requests.ConnectTimeout(), "h:1", 10.0, "x")
    assert (fault.name, fault.sent) == ("unreachable", False)
    assert "10 s" in fault.detail
    fault = explain(requests.ReadTimeout(), "h:1", 2.5, "x")
    assert (fault.name, fault.sent, fault.again) == ("timeout", True, True)
    assert "no answer within 2.5 s" in fault.detail


def test_a_proxy_is_named():
    fault = explain(requests.exceptions.ProxyError(OSError("Tunnel connection failed: 403 Forbidden")), "h:1", 1.0, "x")
    assert fault.name == "proxy"
    assert "NO_PROXY" in fault.hint
    assert "403 Forbidden" in fault.detail

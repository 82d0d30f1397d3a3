# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The HTTP client's TLS, redirects, tokens, threads and paging, against a real server."""

from __future__ import annotations

import json
import threading
import time

import pytest

from ansible_collections.unifiedmeta.platform.plugins.module_utils import _http
from ansible_collections.unifiedmeta.platform.plugins.module_utils._http import ApiError, Grant, Http
from tests.lab.tls import make_ca

pytestmark = pytest.mark.usefixtures("quick")


def client(server, **options) -> Http:
    return Http("System", server.url, **{"timeout": 5.0, **options})


# --- TLS -------------------------------------------------------------------------------------------------------------------------
def test_the_right_ca(scripted, tls_files, monkeypatch):
    ca, context = tls_files
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", "/nonexistent")
    http = client(scripted((200, {"a": 1}), tls=context), ca_file=ca)
    assert http.get("a") == {"a": 1} and http.trust == ca


def test_wrong_ca_no_ca_and_no_verification(scripted, tls_files, tmp_path, monkeypatch):
    monkeypatch.delenv("REQUESTS_CA_BUNDLE", raising=False)
    monkeypatch.delenv("CURL_CA_BUNDLE", raising=False)
    server = scripted((200, {"a": 1}), tls=tls_files[1])
    other = str(make_ca(tmp_path / "other")[0])
    with pytest.raises(ApiError, match=f"isn't signed by a CA in {other} .*; give the CA that signed it as ca_file") as error:
        client(server, ca_file=other).get("a")
    assert error.value.fault == "tls" and len(server.seen) == 0
    with pytest.raises(ApiError, match="this system's certificate store"):
        client(server).get("a")
    assert client(server, verify=False).get("a") == {"a": 1}
    with pytest.raises(ApiError, match="the CA file /nonexistent or the client certificate can't be used"):
        client(server, ca_file="/nonexistent")


def test_a_wrong_name_and_plain_http(scripted, tls_files):
    ca, context = tls_files
    with pytest.raises(ApiError, match="certificate is for another"):
        client(scripted((200, {}), tls=context, host="127.0.0.2"), ca_file=ca).get("a")
    plain = scripted((200, {}))
    with pytest.raises(ApiError, match="speaks plain HTTP on this port"):
        Http("System", plain.url.replace("http:", "https:"), ca_file=ca).get("a")


def test_a_transport_of_its_own(scripted, tls_files):
    ca, context = tls_files
    server = scripted((200, {"a": 1}), tls=context)
    made = []

    def factory(given):
        made.append(given)
        return _http.tls.Adapter(given)

    http = client(server, ca_file=ca, adapter=factory)
    assert http.get("a") == http.get("a") == {"a": 1}
    assert len(made) == 1 and client(server, ca_file=ca, adapter=_http.tls.Adapter(made[0])).get("a") == {"a": 1}


# --- redirects -------------------------------------------------------------------------------------------------------------------
def test_a_standby_is_followed_with_the_token(scripted):
    active = scripted((200, {"a": 1}))
    standby = scripted((307, {}, {"Location": active.url + "/v1/a"}))
    http = client(standby, headers={"X-Token": "t"}, follow=True)
    assert http.post("v1/a", json={"k": 1}) == {"a": 1}
    assert active.seen[0][0] == "POST" and active.seen[0][2]["X-Token"] == "t" and json.loads(active.seen[0][3]) == {"k": 1}


def test_redirects_end_and_never_leave_tls(scripted, tls_files):
    ca, context = tls_files
    circle = scripted((307, {}, {"Location": "/a"}))
    with pytest.raises(ApiError, match="HTTP 307"):
        client(circle, follow=True).get("a")
    assert len(circle.seen) == 4
    down = scripted((307, {}, {"Location": "http://127.0.0.1:1/a"}), tls=context)
    with pytest.raises(ApiError, match="it sends us to http://127.0.0.1:1/a, without TLS"):
        client(down, ca_file=ca, follow=True).get("a")
    with pytest.raises(ApiError, match="HTTP 302"):
        client(scripted((302, {}, {"Location": "/login"})), follow=True).post("a")


def test_nobody_is_followed_unless_the_system_wants_it(scripted):
    """A token and a body go where a redirect leads only in clusters whose standby nodes send redirects."""
    other = scripted((200, {}))
    with pytest.raises(ApiError, match="HTTP 307"):
        client(scripted((307, {}, {"Location": other.url + "/a"}))).post("a", json={"share": "x"})
    assert other.seen == []


def test_the_scheme_is_compared_without_regard_to_case(scripted, tls_files):
    ca, context = tls_files
    server = scripted((307, {}, {"Location": "http://127.0.0.1:1/a"}), tls=context)
    http = Http("System", server.url.replace("https", "HTTPS"), ca_file=ca, follow=True)
    assert http.base_url == server.url
    with pytest.raises(ApiError, match="without TLS"):
        http.get("a")


# --- tokens ----------------------------------------------------------------------------------------------------------------------
def token_server(scripted, valid: list):
    """Answers 401 unless the token is the last of ``valid``."""
    return scripted(lambda handler: (200, {"token": handler.headers.get("X-Token")}) if handler.headers.get("X-Token") == valid[-1] else 401)


def test_login_happens_once_for_all_threads(scripted):
    valid, calls = ["t0"], []
    http = client(token_server(scripted, valid), auth=lambda _http: calls.append(1) or {"X-Token": "t0"})
    assert http.map(lambda _n: http.get("a")["token"], range(20)) == ["t0"] * 20
    assert len(calls) == 1


def test_an_expired_token_is_renewed_once_by_many_threads(scripted):
    valid, calls = ["t1"], []

    def auth(_http):
        calls.append(1)
        return Grant({"X-Token": f"t{len(calls)}"})

    http = client(token_server(scripted, valid), auth=auth, concurrency=8)
    assert http.get("a") == {"token": "t1"}
    valid.append("t2")
    assert {answer["token"] for answer in http.map(lambda _n: http.get("a"), range(30))} == {"t2"}
    assert len(calls) == 2


def test_a_token_is_renewed_before_it_expires(scripted):
    valid, calls = ["t"], []
    http = client(token_server(scripted, valid), auth=lambda _http: calls.append(1) or Grant({"X-Token": "t"}, 0.4))
    http.get("a")
    http.get("a")
    assert len(calls) == 1
    time.sleep(0.4)
    http.get("a")
    assert len(calls) == 2


def test_a_second_refusal_is_final_and_logins_need_no_token(scripted):
    server = scripted(lambda handler: (200, {}) if handler.path == "/login" else 401)

    def auth(http):
        http.post("login", auth=False, write=False)
        return {"X-Token": "bad"}

    http = client(server, auth=auth)
    with pytest.raises(ApiError, match="HTTP 401.*give a valid token"):
        http.get("a")
    assert [path for _method, path, _headers, _body in server.seen] == ["/login", "/a", "/login", "/a"]
    assert "X-Token" not in server.seen[2][2] and http.stats.writes == 0


def test_what_counts_as_expired_is_the_systems_own(scripted):
    calls = []
    server = scripted((403, {"e": "invalid token"}), (200, {"a": 1}), (403, {"e": "denied"}))
    http = client(server, auth=lambda _http: calls.append(1) or {"X-Token": "t"}, expired=lambda r: r.status_code == 403 and "invalid" in r.text)
    assert http.get("a") == {"a": 1}
    with pytest.raises(ApiError):
        http.get("a")
    assert len(calls) == 2


# --- many requests ---------------------------------------------------------------------------------------------------------------
def test_map_keeps_order_and_connections(scripted):
    server = scripted(lambda handler: (200, {"path": handler.path}))
    http = client(server, concurrency=4)
    for _round in range(3):
        assert [answer["path"] for answer in http.map(lambda n: http.get(f"{n}"), range(40))] == [f"/{n}" for n in range(40)]
    assert server.connections <= 4 and http.stats.requests == 120
    assert http.map(lambda n: n, []) == [] and http.map(lambda n: n + 1, [1]) == [2]
    http.close()
    http.close()


def test_map_runs_concurrently_and_raises_after_all_ended(scripted):
    barrier, done = threading.Barrier(4, timeout=5), []
    http = client(scripted(200), concurrency=4)

    def work(number):
        barrier.wait()
        done.append(number)
        if number == 0:
            raise ValueError("first")

    with pytest.raises(ValueError, match="first"):
        http.map(work, range(4))
    assert sorted(done) == [0, 1, 2, 3]


def test_inside_of_itself_map_goes_on_in_its_thread(scripted):
    """A pool whose threads wait for each other would never end."""
    http = client(scripted(lambda handler: (200, {"path": handler.path})), concurrency=2)
    found = http.map(lambda outer: http.map(lambda inner: http.get(f"{outer}{inner}")["path"], range(3)), range(4))
    assert found == [[f"/{outer}{inner}" for inner in range(3)] for outer in range(4)]


def test_counters(scripted):
    http = client(scripted(503, (200, {})))
    http.put("a")
    http.get("a")
    http.post("a", write=False)
    found = http.stats.as_dict()
    assert (found["requests"], found["writes"], found["retries"]) == (4, 1, 1) and found["seconds"] >= 0


# --- plain HTTP ------------------------------------------------------------------------------------------------------------------
def test_what_is_secret_does_not_travel_in_clear(scripted):
    with pytest.raises(ApiError, match="plain http:// would show passwords and tokens .*; give its https:// address") as error:
        Http("System", "http://sso.example.com", secret=True)
    assert error.value.fault == "input"
    assert Http("System", "http://sso.example.com").base_url and Http("System", "http://inside:8200", secret=True, adapter=object).base_url
    assert Http("System", scripted((200, {"a": 1})).url, secret=True).get("x") == {"a": 1}


def test_no_redirect_leads_from_this_machine_to_plain_http_elsewhere(scripted):
    http = client(scripted((307, {}, {"Location": "http://10.255.255.1/x"})), follow=True)
    with pytest.raises(ApiError, match="it sends us to http://10.255.255.1/x, without TLS"):
        http.get("a")


def test_plain_http_to_a_server_that_cuts_it_off_may_be_meant_as_https(scripted):
    with pytest.raises(ApiError, match="look at the server's log, or give its https:// address where it speaks TLS"):
        client(scripted("reset"), retries=0).get("a")
    met = client(scripted((200, {}), "reset"), retries=0)
    met.get("a")
    with pytest.raises(ApiError, match="look at the server's log$"):
        met.get("a")

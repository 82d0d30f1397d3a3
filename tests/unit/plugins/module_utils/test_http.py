# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The HTTP client against a real server that misbehaves by script."""

from __future__ import annotations

import json
import socket
import time

import pytest

from ansible_collections.unifiedmeta.platform.plugins.module_utils._http import ApiError, Http
from tests.lab.bao import free_port

pytestmark = pytest.mark.usefixtures("quick")


def client(server, **options) -> Http:
    return Http("System", server.url, **{"timeout": 5.0, **options})


# --- one request -----------------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("method", ["get", "put", "post", "patch", "delete"])
def test_each_method_sends_itself_and_parses_json(scripted, method):
    server = scripted((200, {"a": 1}))
    assert getattr(client(server), method)("x/y") == {"a": 1}
    assert server.seen[0][:2] == (method.strip("_").upper(), "/x/y")
    assert server.seen[0][2]["Accept"] == "application/json"


def test_a_body_is_json_or_as_it_is(scripted):
    server = scripted(200)
    http = client(server)
    http.post("a", json={"k": "ä"})
    http.post("a", data="k=v", headers={"Content-Type": "application/x-www-form-urlencoded"})
    http.patch("a", json={}, headers={"Content-Type": "application/merge-patch+json"})
    assert json.loads(server.seen[0][3]) == {"k": "ä"} and server.seen[0][2]["Content-Type"] == "application/json"
    assert server.seen[1][3] == b"k=v" and server.seen[1][2]["Content-Type"] == "application/x-www-form-urlencoded"
    assert server.seen[2][2]["Content-Type"] == "application/merge-patch+json"


def test_answers_without_a_body_and_missing_objects(scripted):
    server = scripted((204, b""), 404, (404, {"keys": []}), (200, b"<html>"))
    http = client(server)
    assert http.put("a", json={}) == {}
    assert http.get("a", missing_ok=True) is None
    assert http.get("a", accept=(404,)) == {"keys": []}
    with pytest.raises(ApiError, match="not JSON .HTTP 200.; check that the address is the API's"):
        http.get("a")


def test_a_function_can_accept_an_answer(scripted):
    http = client(scripted((503, {"mine": 1}), (503, {}), (200, {"ok": 1})))
    assert http.get("a", accept=lambda response: response.status_code == 503 and "mine" in response.json()) == {"mine": 1}
    assert http.get("a", accept=lambda response: "mine" in response.json()) == {"ok": 1}


@pytest.mark.parametrize(
    ("path", "sent"),
    [
        ("a b/c", "/a%20b/c"),
        ("/lead", "/lead"),
        ("group/한국", "/group/%ED%95%9C%EA%B5%AD"),
        ("done%2Fbefore", "/done%2Fbefore"),
        ("q?list=true", "/q?list=true"),
    ],
)
def test_paths_are_encoded(scripted, path, sent):
    server = scripted(200)
    client(server).get(path)
    assert server.seen[0][1] == sent


def test_parameters_and_headers(scripted):
    server = scripted(200)
    http = client(server, headers={"X-Namespace": "n"})
    http.get("a", params={"q": "x y"}, headers={"X-Other": "o"})
    method, path, headers, _body = server.seen[0]
    assert (method, path) == ("GET", "/a?q=x+y") and headers["X-Namespace"] == "n" and headers["X-Other"] == "o"


def test_no_cookie_is_kept(scripted):
    server = scripted((200, {}, {"Set-Cookie": "session=1; Path=/"}))
    http = client(server)
    http.get("a")
    http.get("a")
    assert "Cookie" not in server.seen[1][2]


# --- retries ---------------------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("fault", [500, 502, 503, 504, 429, "reset"])
def test_a_read_is_tried_again(scripted, fault):
    http = client(scripted(fault, fault, (200, {"a": 1})))
    assert http.get("a") == {"a": 1}
    assert (http.stats.requests, http.stats.retries, http.stats.writes) == (3, 2, 0)


@pytest.mark.parametrize(
    ("method", "fault", "tries"),
    [
        ("post", 503, 1),
        ("post", "reset", 1),
        ("patch", 500, 1),
        ("post", 429, 2),
        ("put", 503, 2),
        ("delete", "reset", 2),
        ("get", 400, 1),
        ("get", 501, 1),
    ],
)
def test_what_could_do_harm_is_not_repeated(scripted, method, fault, tries):
    server = scripted((200, {}), fault, (200, {}))
    http = client(server)
    http.get("warm")
    if tries == 1:
        with pytest.raises(ApiError):
            getattr(http, method)("a")
    else:
        getattr(http, method)("a")
    assert len(server.seen) == 1 + tries


def test_a_post_that_may_be_repeated_is(scripted):
    assert client(scripted("reset", 503, (200, {"a": 1}))).post("a", json={}, idempotent=True) == {"a": 1}


def test_retry_after_is_obeyed(scripted):
    server = scripted((429, {}, {"Retry-After": "1"}), (200, {}))
    begin = time.monotonic()
    client(server).get("a")
    assert time.monotonic() - begin >= 1.0


def test_the_number_of_tries_is_told(scripted):
    with pytest.raises(ApiError, match=r"busy \(tried 3 times\) \(HTTP 503\); wait until the server is ready") as error:
        client(scripted((503, {"m": "busy."})), retries=2, errors=lambda response: response.json()["m"]).get("a")
    assert error.value.status == 503


def test_the_systems_own_rules(scripted):
    """``retry`` repeats what isn't transient by its status, ``refuse`` ends what would be repeated, ``errors`` reads the body."""
    http = client(scripted((400, {"e": "upgrading"}), (200, {"a": 1})), retry=lambda r: "upgrading" in r.text)
    assert http.post("a", json={}) == {"a": 1}
    server = scripted((503, {"e": "sealed"}))
    with pytest.raises(ApiError, match=r"thing \(GET a\): sealed \(HTTP 503\); unseal it"):
        client(server, refuse=lambda r: "unseal it" if "sealed" in r.text else None, errors=lambda r: r.json()["e"]).get("a", what="thing")
    assert len(server.seen) == 1


def test_errors_without_a_reader_show_the_body_and_a_hint(scripted):
    with pytest.raises(ApiError, match=r"no such thing \(HTTP 404\); check the address"):
        client(scripted((404, b"no such thing"))).get("a")
    with pytest.raises(ApiError, match=r"Not Found \(HTTP 404\)"):
        client(scripted((404, b""))).get("a")


def test_secrets_are_taken_out_of_messages(scripted):
    http = client(scripted((400, b"password=hunter22 is wrong")), redact=lambda text: text.replace("hunter22", "(secret)"))
    with pytest.raises(ApiError, match=r"password=\(secret\) is wrong") as error:
        http.post("a")
    assert "hunter22" not in str(error.value) + error.value.detail
    cut = client(scripted((400, b"x" * 295 + b"hunter22")), redact=lambda text: text.replace("hunter22", "(secret)"))
    with pytest.raises(ApiError) as error:
        cut.post("a")
    assert "hunt" not in str(error.value), "not a part of one either, where a long text is cut"


def test_a_slow_answer_is_given_up_and_tried_again(scripted):
    server = scripted("hang", (200, {"a": 1}))
    assert client(server, timeout=0.3).get("a") == {"a": 1}
    with pytest.raises(ApiError, match="no answer within 0.3 s; look at the server's load") as error:
        client(scripted("hang"), timeout=0.3, retries=0).get("a")
    assert error.value.fault == "timeout"


# --- no answer -------------------------------------------------------------------------------------------------------------------
def test_refused_unresolved_and_wrong_addresses():
    with pytest.raises(ApiError, match="nothing listens on 127.0.0.1:") as error:
        Http("System", f"http://127.0.0.1:{free_port()}").get("a")
    assert error.value.fault == "refused"
    with pytest.raises(ApiError, match="can't be resolved") as error:
        Http("System", "http://nowhere.invalid").get("a")
    assert error.value.fault == "dns"
    for address in ("vault:8200", "ftp://x", "", "https://"):
        with pytest.raises(ApiError, match="isn't an address; give one such as https://host:port"):
            Http("System", address)


def test_a_listener_that_takes_no_connection_is_unreachable():
    """A full backlog: the kernel drops the connection's first packet, as a firewall does."""
    with socket.socket() as listener, socket.socket() as one, socket.socket() as two:
        listener.bind(("127.0.0.1", 0))
        listener.listen(0)
        for filler in (one, two):
            filler.setblocking(False)
            filler.connect_ex(listener.getsockname())
        with pytest.raises(ApiError, match="didn't take the connection within 0.3 s; check routes"):
            Http("System", f"http://127.0.0.1:{listener.getsockname()[1]}", timeout=0.3, retries=0).get("a")


# --- a server that falls silent --------------------------------------------------------------------------------------------------
def test_once_the_server_has_stopped_answering_nobody_waits_for_it(scripted):
    """One request uses up its repetitions; the hundred behind it fail at once, with one reason."""
    server = scripted((200, {}), "hang")
    http = client(server, timeout=0.2, retries=1, concurrency=4)
    http.get("a")
    errors = []

    def work(number):
        try:
            http.get(f"{number}")
        except ApiError as error:
            errors.append(error)

    http.map(work, range(100))
    assert len(errors) == 100
    assert len([error for error in errors if error.fault == "silent"]) >= 92
    assert len({str(error) for error in errors if error.fault == "silent"}) == 1
    assert "the server has stopped answering (no answer within 0.2 s)" in {error.detail: str(error) for error in errors}[
        "the server has stopped answering (no answer within 0.2 s)"
    ]


def test_one_bad_path_does_not_stop_the_others(scripted):
    """Answers that others get meanwhile keep the server alive for all."""
    server = scripted(lambda handler: "reset" if handler.path == "/bad" else (200, {"a": 1}))
    http = client(server, retries=3, concurrency=4)
    http.get("warm")
    outcome = []

    def work(number):
        try:
            outcome.append(http.get("bad" if number == 0 else f"{number}"))
        except ApiError as error:
            outcome.append(error.fault)

    http.map(work, range(200))
    assert sorted(map(str, outcome))[-1] == "{'a': 1}" and len([item for item in outcome if item == {"a": 1}]) >= 150


def test_a_server_that_comes_back_is_heard_again(scripted, monkeypatch):
    """Who waits for it asks again and again: after a second one request is let through."""
    server = scripted((200, {}), "reset", "reset", (200, {"a": 1}))
    http = client(server, retries=1)
    http.get("warm")
    with pytest.raises(ApiError):
        http.get("a")
    with pytest.raises(ApiError, match="has stopped answering"):
        http.get("a")
    monkeypatch.setattr(http, "_probed", time.monotonic() - 1.0)
    assert http.get("a") == {"a": 1} and http.get("b") == {"a": 1}


# --- patience: a cluster between two leaders -------------------------------------------------------------------------------------
@pytest.mark.parametrize("fault", ["reset", 502, 503, 504, (400, {"e": "electing"})])
def test_what_is_not_ready_is_tried_longer_than_anything_else(scripted, fault):
    http = client(scripted((200, {}), *[fault] * 6, (200, {"a": 1})), retries=2, patience=20.0, retry=lambda response: "electing" in response.text)
    http.get("warm")
    assert http.get("a") == {"a": 1} and http.stats.retries == 6


@pytest.mark.parametrize(("fault", "tries"), [(500, 3), ((400, {"e": "wrong"}), 1), (403, 1)])
def test_an_error_is_not(scripted, fault, tries):
    server = scripted((200, {}), fault)
    http = client(server, retries=2, patience=20.0)
    http.get("warm")
    with pytest.raises(ApiError):
        http.get("a")
    assert len(server.seen) == 1 + tries


def test_patience_has_an_end(scripted):
    server = scripted((200, {}), (503, {"e": "no leader"}))
    http = client(server, retries=1, patience=1.2)
    http.get("warm")
    begin = time.monotonic()
    with pytest.raises(ApiError, match=r"\(tried [0-9]+ times in 1 s\) \(HTTP 503\)"):
        http.get("a")
    assert time.monotonic() - begin < 10


def test_a_server_never_met_is_given_up_soon():
    with pytest.raises(ApiError, match="nothing listens on"):
        Http("System", f"http://127.0.0.1:{free_port()}", patience=3600.0).get("a")


def test_where_a_member_is_gone_the_given_address_is_asked(scripted):
    """The address of the active node was taken from the cluster; when that node dies, the cluster's own address leads to the next."""
    server = scripted((200, {"a": 1}))
    http = client(server, patience=20.0)
    http.get("warm")
    http.base_url = f"http://127.0.0.1:{free_port()}"
    assert http.put("a/b", json={}) == {"a": 1} and http.base_url == server.url
    assert [seen[:2] for seen in server.seen] == [("GET", "/warm"), ("PUT", "/a/b")]

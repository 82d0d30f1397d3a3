# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Objects that are made although answers are lost, on a real server."""

from __future__ import annotations

import itertools
import types

import pytest

from ansible_collections.unifiedmeta.platform.plugins.module_utils import _http_create
from ansible_collections.unifiedmeta.platform.plugins.module_utils._http import ApiError, Http
from ansible_collections.unifiedmeta.platform.plugins.module_utils._http_create import create, located, once

pytestmark = pytest.mark.usefixtures("quick")


def client(server, **options) -> Http:
    return Http("System", server.url, timeout=1.0, **options)


def made(name, location="https://x/things/"):
    return 201, {}, {"Location": location + name}


def unasked():
    pytest.fail("not asked")


# --- what has a name of its own --------------------------------------------------------------------------------------------------
def test_a_create_is_repeated_and_finds_what_its_first_try_made(scripted):
    server = scripted("reset", (409, {"errorMessage": "exists"}), (200, {"id": "7"}))
    http = client(server)
    assert create(http, "roles", lambda: http.get("roles/a"), json={"name": "a"}, what="role a") == (None, {"id": "7"})
    assert [(method, path) for method, path, _headers, _body in server.seen] == [("POST", "/roles"), ("POST", "/roles"), ("GET", "/roles/a")]


def test_a_create_that_makes_it_asks_nothing_more(scripted):
    server = scripted(made("8"))
    response, found = create(client(server), "roles", unasked, json={})
    assert located(response) == "8" and found is None and len(server.seen) == 1
    assert located(create(client(scripted((201, {"id": "9"}))), "roles", unasked, json={})[0]) == "", "some systems tell it in the body"


@pytest.mark.parametrize(("status", "found"), [(409, None), (400, {"id": "7"})])
def test_a_conflict_with_something_else_is_an_error(scripted, status, found):
    with pytest.raises(ApiError, match=f"HTTP {status}"):
        create(client(scripted((status, {"errorMessage": "no"}))), "roles", lambda: found, json={})


# --- what may be there twice -----------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("lost", ["reset", (500, {}), (503, {})])
def test_a_lost_answer_is_looked_after_first(scripted, lost):
    there, missing = scripted(lost, made("a2")), scripted(lost, made("a2"))
    assert once(client(there), "things", lambda: "a1", json={}) == "a1" and len(there.seen) == 1, "it had arrived"
    assert once(client(missing), "things", lambda: None, json={}) == "a2" and len(missing.seen) == 2, "it hadn't"


@pytest.mark.parametrize("answer", [(400, {}), (403, {}), (409, {})])
def test_what_no_repetition_helps(scripted, answer):
    server = scripted(answer, made("a1"))
    with pytest.raises(ApiError):
        once(client(server), "things", unasked, json={})
    assert len(server.seen) == 1


def test_there_is_an_end_to_it(scripted):
    server = scripted((500, {}))
    with pytest.raises(ApiError, match=r"tried 3 times\) \(HTTP 500\)"):
        once(client(server, retries=2, patience=60.0), "things", lambda: None, json={})
    assert len(server.seen) == 3


def test_a_server_that_restarts_is_waited_for(scripted, monkeypatch):
    server, now = scripted(*[(503, {})] * 6, made("a1")), itertools.count()
    monkeypatch.setattr(_http_create, "time", types.SimpleNamespace(monotonic=lambda: next(now), sleep=lambda seconds: None))
    assert once(client(server, retries=2, patience=60.0), "things", lambda: None, json={}) == "a1" and len(server.seen) == 7
    with pytest.raises(ApiError, match="tried 6 times"):
        once(client(scripted((503, {})), retries=2, patience=3.5), "things", lambda: None, json={})

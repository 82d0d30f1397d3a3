# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What may have been written: by the answers of a real server."""

from __future__ import annotations

import contextlib

import pytest

from ansible_collections.unifiedmeta.platform.plugins.module_utils import _http_effect
from ansible_collections.unifiedmeta.platform.plugins.module_utils._http import ApiError, Http

pytestmark = pytest.mark.usefixtures("quick")


def effect(server, *calls, **options) -> bool:
    """May these calls have written anything?"""
    http = Http("System", server.url, timeout=1.0, **options)
    with _http_effect.watched() as found:
        for method, more in calls:
            with contextlib.suppress(ApiError):
                http.call(method, "a", **more)
    return found.perhaps


@pytest.mark.parametrize(("answer", "perhaps"), [
    ((400, {}), False), ((403, {}), False), ((404, {}), False), ((409, {}), False), ((201, {}), True), ((500, {}), True), ((408, {}), True), ("reset", True)])
def test_one_write(scripted, answer, perhaps):
    assert effect(scripted(answer), ("POST", {"json": {}})) is perhaps


def test_a_refusal_after_a_try_whose_answer_was_lost(scripted):
    """It may be the first one that the second was refused for."""
    again = {"json": {}, "idempotent": True}
    assert effect(scripted((503, {}), (409, {})), ("POST", again)) and effect(scripted("reset", (409, {})), ("POST", again))
    assert effect(scripted((201, {}), (400, {})), ("POST", again), ("PUT", again)), "the second half of what is made in steps"


def test_reads_and_logins_write_nothing(scripted):
    assert not effect(scripted((200, {})), ("GET", {}), ("POST", {"write": False}))


def test_a_server_that_is_not_there(free):
    assert not effect(free, ("POST", {"json": {}}))


@pytest.fixture
def free(scripted):
    server = scripted()
    server.shutdown()
    server.server_close()
    return server


def test_threads_count_for_the_work_that_they_do(scripted):
    http = Http("System", scripted((200, {})).url, concurrency=2)
    with _http_effect.watched() as first:
        http.map(lambda path: http.put(path, json={}), ["a", "b", "c"])
    with _http_effect.watched() as second:
        http.map(http.get, ["a", "b", "c"])
    assert first.perhaps and not second.perhaps
    http.put("a", json={})
    http.close()


def test_one_inside_another_counts_for_itself():
    with _http_effect.watched() as outer:
        with _http_effect.watched() as inner:
            _http_effect.note(200)
        assert inner.perhaps and not outer.perhaps
        _http_effect.note(0, sent=False)
        assert not outer.perhaps
        _http_effect.note(429)
    assert outer.perhaps

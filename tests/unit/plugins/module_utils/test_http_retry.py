# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
"""When a request is tried again, and after how long."""

from __future__ import annotations

import pytest

from ansible_collections.unifiedmeta.platform.plugins.module_utils import _http_retry as policy
from ansible_collections.unifiedmeta.platform.plugins.module_utils._http import ApiError, Http

NOW = 1_700_000_000.0


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("3", 3.0),
        (" 0 ", 0.0),
        ("Tue, 14 Nov 2023 22:13:30 GMT", 10.0),
        ("Tue, 14 Nov 2023 22:13:10 GMT", 0.0),
        ("soon", None),
        ("", None),
        (None, None),
        ("-1", None),
    ],
)
def test_retry_after_is_seconds_or_a_date(header, seconds):
    assert policy.retry_after(header, NOW) == seconds


def test_retry_after_counts_from_now():
    assert policy.retry_after("Tue, 14 Nov 2023 22:13:30 GMT") == 0.0


@pytest.mark.parametrize(
    ("attempt", "least", "most"),
    [
        (1, 0.1, 0.2),
        (2, 0.2, 0.4),
        (3, 0.4, 0.8),
        (6, 3.2, 6.4),
        (20, 4.0, 8.0),
    ],
)
def test_the_pause_doubles_up_to_eight_seconds(attempt, least, most):
    assert policy.pause(attempt, rand=lambda: 0.0) == pytest.approx(least)
    assert policy.pause(attempt, rand=lambda: 1.0) == pytest.approx(most)
    assert least <= policy.pause(attempt) <= most


def test_what_the_server_asks_for_comes_first():
    assert policy.pause(1, 5.0, rand=lambda: 0.0) == 5.0
    assert policy.pause(1, 5.0, rand=lambda: 1.0) == 5.25
    assert policy.pause(1, 0.0, rand=lambda: 0.0) == 0.0
    assert policy.pause(9, 3600.0, rand=lambda: 0.0) == 60.0, "never more than a minute"


@pytest.mark.parametrize(
    ("method", "status", "idempotent", "again"),
    [
        ("GET", 503, None, True),
        ("GET", 500, None, True),
        ("GET", 404, None, False),
        ("LIST", 502, True, True),
        ("PUT", 504, None, True),
        ("DELETE", 500, None, True),
        ("POST", 500, None, False),
        ("POST", 503, None, False),
        ("POST", 503, True, True),
        ("POST", 429, None, True),
        ("PATCH", 429, False, True),
        ("PATCH", 502, None, False),
        ("PUT", 500, False, False),
        ("GET", 501, None, False),
    ],
)
def test_only_what_does_no_harm_is_sent_again(method, status, idempotent, again):
    assert policy.again(method, status, idempotent) is again


@pytest.mark.parametrize(("seconds", "patient", "left", "slept"), [
    (5.0, False, 1.0, 5.0), (5.0, True, 9.0, 5.0), (5.0, True, 1.0, 1.0), (5.0, True, -3.0, 0.1)])
def test_a_pause_ends_with_the_patience(monkeypatch, seconds, patient, left, slept):
    pauses = []
    monkeypatch.setattr(policy.time, "sleep", pauses.append)
    assert policy.rest(seconds, patient, left) == slept and pauses == [slept]


@pytest.mark.usefixtures("quick")
def test_a_collision_is_tried_no_longer_than_an_error(scripted):
    def client(server, **options):
        return Http("System", server.url, **options)

    server = scripted((200, {}), (409, {"e": "collided"}))
    http = client(server, retries=2, patience=20.0, retry=lambda response: policy.COLLISION if "collided" in response.text else "")
    http.get("warm")
    with pytest.raises(ApiError, match="tried 3 times"):
        http.put("a", json={})
    assert client(scripted((409, {"e": "collided"}), (200, {"a": 1})), retry=lambda response: policy.COLLISION).put("a", json={}) == {"a": 1}

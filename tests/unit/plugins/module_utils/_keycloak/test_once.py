# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A POST of what may be there twice."""

from __future__ import annotations

import types

import pytest

from ansible_collections.unifiedmeta.platform.plugins.module_utils._http import ApiError
from ansible_collections.unifiedmeta.platform.plugins.module_utils._keycloak import once


class Server:
    """Answers in turn: an id, or an error's (status, fault)."""

    def __init__(self, *answers):
        self.answers, self.asked = list(answers), 0

    def request(self, method, path, *, json, idempotent, what):
        assert (method, path, idempotent) == ("POST", "admin/realms/r/things", False)
        self.asked += 1
        answer = self.answers.pop(0)
        if isinstance(answer, tuple):
            raise ApiError("it", status=answer[0], detail="lost", fault=answer[1])
        return types.SimpleNamespace(headers={"Location": f"https://x/things/{answer}"})


@pytest.fixture(autouse=True)
def quick(monkeypatch):
    monkeypatch.setattr(once.time, "sleep", lambda seconds: None)


def post(server, found=None):
    return once.post(types.SimpleNamespace(http=server), "r/things", {}, lambda: found, "thing")


RESET, TIMEOUT, GATEWAY = (0, "reset"), (0, "timeout"), (503, "status")


def test_its_id():
    assert post(Server("a1")) == "a1"


@pytest.mark.parametrize("lost", [RESET, TIMEOUT, GATEWAY, (500, "status")])
def test_a_lost_answer(lost):
    there, missing = Server(lost), Server(lost, "a2")
    assert post(there, "a1") == "a1" and there.asked == 1, "it had arrived"
    assert post(missing) == "a2" and missing.asked == 2, "it hadn't"


@pytest.mark.parametrize("error", [(400, "status"), (409, "status"), (0, "silent"), (0, "refused"), (0, "tls")])
def test_what_no_repetition_helps(error):
    server = Server(error, "a1")
    with pytest.raises(ApiError):
        post(server, "a2")
    assert server.asked == 1


def test_there_is_an_end_to_it():
    server = Server(*[RESET] * 9)
    with pytest.raises(ApiError, match="lost"):
        post(server)
    assert server.asked == once.TRIES

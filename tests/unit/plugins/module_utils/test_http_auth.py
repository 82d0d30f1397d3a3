# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Tokens by themselves; with requests and threads: test_http_many.py."""

from __future__ import annotations

import time

import pytest

from ansible_collections.unifiedmeta.platform.plugins.module_utils._http_auth import Grant, Tokens
from ansible_collections.unifiedmeta.platform.plugins.module_utils._http_errors import ApiError


def tokens(*grants):
    """Tokens that are granted in this order; ``asked``: how often somebody logged in."""
    todo = list(grants)

    def auth(client):
        client.asked = getattr(client, "asked", 0) + 1
        grant = todo.pop(0)
        if isinstance(grant, Exception):
            raise grant
        return grant

    return Tokens(auth)


def test_one_login_lasts_where_nothing_expires():
    made = tokens({"Authorization": "one"})
    assert made._authorise() == made._authorise() == 1 and made.asked == 1 and made._granted == {"Authorization": "one"}


def test_a_token_is_renewed_before_its_end():
    made = tokens(Grant({"X": "one"}, 100), Grant({"X": "two"}, 1))
    made._authorise()
    assert 85 < made._expires - time.monotonic() < 91, "a tenth of its time is left"
    made._expires = time.monotonic() - 1
    assert made._authorise() == 2 and made._granted == {"X": "two"} and made._expires - time.monotonic() < 1


def test_who_comes_second_uses_the_others_token():
    made = tokens({"X": "one"}, {"X": "two"})
    made._authorise()
    made._renew(1)
    made._renew(1)
    assert made.asked == 2 and made._granted == {"X": "two"}


def test_nobody_knocks_again_after_a_refused_login():
    made = tokens(ApiError("System", what="login", detail="no"), {"X": "never"})
    for _number in range(2):
        with pytest.raises(ApiError, match="no"):
            made._authorise()
    assert made.asked == 1

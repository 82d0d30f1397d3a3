# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A client of a loopback server that answers by a table: which requests are made, in which form. What Vault does with them is shown in tests/lab."""

from __future__ import annotations

import json

import pytest

from ansible_collections.unifiedmeta.platform.plugins.module_utils._vault.api import Vault, connect


class Table:
    """``answers``: «METHOD path» -> a body (HTTP 200), a status, (status, body), or a list of such, one a request. Everything else: 404 to reads,
    204 to writes."""

    def __init__(self, scripted, answers: dict):
        self.answers = answers
        self.server = scripted(self._answer)
        self.url = self.server.url

    def _answer(self, handler):
        entry = self.answers.get(f"{handler.command} {handler.path.removeprefix('/v1/')}")
        if isinstance(entry, list):
            entry = entry.pop(0) if len(entry) > 1 else entry[0]
        if entry is None:
            return (404, {"errors": []}) if handler.command in ("GET", "LIST") else (204, b"")
        if isinstance(entry, dict):
            return 200, entry
        return entry

    def asked(self) -> list[str]:
        return [f"{method} {path.removeprefix('/v1/')}" for method, path, _headers, _body in self.server.seen]

    def bodies(self) -> list:
        return [json.loads(body) if body else None for _method, _path, _headers, body in self.server.seen]

    def body(self, request: str):
        """Of the last such request."""
        return [body for asked, body in zip(self.asked(), self.bodies()) if asked == request][-1]


@pytest.fixture
def vault(scripted, quick):
    """Factory of (our client, the table)."""

    def make(answers=None, **options):
        table = Table(scripted, answers or {})
        return Vault(connect(table.url, **options)), table

    return make


def data(**fields) -> dict:
    """Vault's envelope."""
    return {"data": fields}

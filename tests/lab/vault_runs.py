# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Runs of vault_config against a real server, in this process: what the module does between its arguments and its exit."""

from __future__ import annotations

import dataclasses

import pytest

from ansible_collections.unifiedmeta.platform.plugins.module_utils._vault import reconcile, session
from tests.support.audit import mark, vault_requests, vault_writes
from tests.support.returned import documented

OWN = {"config": {}, "scope": "default", "site": None, "prune": "none", "max_deletes": 10, "adopt": False, "rotate": [], "plan_file": None, "concurrency": 16}


def parameters(**given) -> dict:
    """A module's parameters, as Ansible hands them over."""
    return {**{name: option.get("default") for name, option in session.SPEC.items()}, **OWN, **given}


@dataclasses.dataclass
class Runs:
    """Runs against one server; ``config`` and more are given to each."""

    server: object
    options: dict = dataclasses.field(default_factory=dict)

    def __call__(self, config: dict, check: bool = False, **more) -> dict:
        given = {"url": self.server.addr, "ca_file": self.server.ca_file, "token": self.server.root_token, "login": [], **self.options, **more}
        with session.Session(parameters(config=config, **given), lambda value: None) as connection:
            self.run = reconcile.Reconciler(connection.vault, connection.params, connection.register, connection.readers(), lambda: connection.login.policies)
            return documented("vault_config", self.run.run(check))

    def twice(self, config: dict, **more) -> dict:
        """Check, run, run again: check told what the run did, and the second run wrote nothing, by the server's own log. The first run's result."""
        predicted = self(config, True, **more)
        before = mark(self.server.audit_log)
        first = self(config, **more)
        assert predicted["plan"] == first["plan"] and predicted["diff"] == first["diff"]
        assert bool(first["plan"]) == bool(vault_writes(self.server.audit_log, before))
        before = mark(self.server.audit_log)
        again = self(config, **more)
        assert again["plan"] == [] and not again["changed"], again["diff"]
        assert vault_writes(self.server.audit_log, before) == []
        assert again["stats"]["requests"] == len(vault_requests(self.server.audit_log, before)) + self.unlogged
        return first

    # sys/health is answered before the audit devices see it.
    unlogged = 1


def changes(result: dict) -> list[str]:
    """«action kind name» of each change."""
    return [f"{entry['action']} {entry['kind']} {entry['name']}" for entry in result["plan"]]


@pytest.fixture
def server(bao_server):
    """One server, empty, which keeps nothing."""
    return bao_server(storage="inmem")


@pytest.fixture
def run(server):  # pylint: disable=redefined-outer-name
    """Runs against it."""
    return Runs(server)

# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
"""PostgreSQL's roles in an instance of the lab: before whoever logs in, foreseen, and in the cluster once."""
from __future__ import annotations

import json
import os
import pathlib

import pytest

from ansible_collections.unifiedmeta.platform.plugins.module_utils._lab import credentials, files, instance
from ansible_collections.unifiedmeta.platform.plugins.module_utils._lab.instance import Instance, Plan
from ansible_collections.unifiedmeta.platform.plugins.module_utils._lab.layout import Layout
from ansible_collections.unifiedmeta.platform.plugins.module_utils._lab.program import Probe, Program
from tests.unit.plugins.module_utils._lab.instances import Keeper, make, started

POSTGRES = Program("postgres", ("/usr/lib/postgresql/15/bin/postgres",), 1, Probe("running"))


def with_postgres(layout: Layout, keeper: Keeper, *servers: str) -> Instance:
    """Returns an instance with PostgreSQL and the logins that these servers need."""
    logins = [file for name, (_values, file) in credentials.desired(layout).items() if credentials.chosen(name, ("postgres", *servers))]
    return make(layout, keeper, more=[POSTGRES], logins=logins)


class Roles:
    """PostgreSQL's roles as a list; given: what each was given, in order."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, keeper: Keeper) -> None:
        self.given: list[str] = []
        self.passwords: dict[str, str] = {}

        def set_role(_layout: Layout, folder: str, role: str, password: str) -> None:
            assert folder == "/usr/lib/postgresql/15/bin"
            self.given.append(role)
            self.passwords[role] = password
            keeper.asked.append(f"role {role}")

        monkeypatch.setattr(instance.database, "wrong_roles", lambda _layout, _folder, values: [role for role in values if role not in self.given])
        monkeypatch.setattr(instance.database, "set_role", set_role)


def test_postgresql_gets_its_roles_before_those_start_that_log_in(fresh: Layout, monkeypatch: pytest.MonkeyPatch) -> None:
    keeper = Keeper(alive=False)
    keeper.differs = (["postgres", "web", "late"], [], [])
    roles, found, plan = Roles(monkeypatch, keeper), with_postgres(fresh, keeper, "keycloak"), Plan()
    found.prepare(plan, check=False)
    found.converge(plan, check=False)
    assert roles.given == ["postgres", "openbao", "keycloak"]
    assert keeper.asked.index("start postgres") < keeper.asked.index("role keycloak") < keeper.asked.index("start late")
    kept = json.loads(pathlib.Path(credentials.path(fresh, "postgres-keycloak")).read_text())
    assert roles.passwords["keycloak"] == kept["password"]
    again = Plan()
    found.converge(again, check=False)
    assert [change for change in again.changes if "role" in change["object"]] == []


def test_check_mode_foresees_the_roles_in_their_place(fresh: Layout, monkeypatch: pytest.MonkeyPatch) -> None:
    keeper = Keeper(alive=False)
    keeper.differs = (["postgres", "web", "late"], [], [])
    predicted, done = Plan(), Plan()
    with_postgres(fresh, keeper).converge(predicted, check=True)
    Roles(monkeypatch, keeper)
    found = with_postgres(fresh, keeper)
    found.prepare(Plan(), check=False)
    found.converge(done, check=False)
    assert [change["object"] for change in predicted.changes if change["object"] != "supervisord"] == [
        "postgres", "web", "PostgreSQL role postgres", "PostgreSQL role openbao", "late",
    ]
    assert predicted.changes == done.changes


@pytest.mark.parametrize(("state", "roles"), [("RUNNING", ["PostgreSQL role openbao"]), ("STOPPED", [])])
def test_check_mode_looks_into_a_database_that_runs(fresh: Layout, monkeypatch: pytest.MonkeyPatch, state: str, roles: list[str]) -> None:
    keeper = started(fresh)
    keeper.states["postgres"] = {"statename": state, "start": 1}
    monkeypatch.setattr(instance.database, "exists", lambda _layout: True)
    monkeypatch.setattr(instance.database, "wrong_roles", lambda *_args: ["openbao"])
    monkeypatch.setattr(instance.database, "set_role", lambda *_args: pytest.fail("it was written"))
    files.write(with_postgres(fresh, keeper).conf)
    found, plan = with_postgres(fresh, keeper), Plan()
    found.converge(plan, check=True)
    assert [change["object"] for change in plan.changes if "role" in change["object"]] == roles


def test_the_cluster_gets_the_login_once(fresh: Layout) -> None:
    started(fresh)
    found, plan = with_postgres(fresh, Keeper()), Plan()
    found.finish(plan)
    assert [change["object"] for change in plan.changes] == ["Namespace lab", "Secret lab/postgres-openbao"]
    again = Plan()
    found.finish(again)
    assert again.changes == []


def test_check_mode_foresees_what_an_empty_cluster_gets(fresh: Layout) -> None:
    found, plan = with_postgres(fresh, Keeper(alive=False)), Plan()
    found.prepare(plan, check=True)
    found.finish(plan, check=True)
    assert [change["object"] for change in plan.changes][-2:] == ["Namespace lab", "Secret lab/postgres-openbao"]
    assert not os.path.exists(fresh.state)


def test_without_postgresql_the_cluster_gets_no_login(fresh: Layout) -> None:
    started(fresh)
    plan = Plan()
    make(fresh, Keeper()).finish(plan)
    assert plan.changes == []

# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
"""An instance brought to its state, with a supervisor and a cluster that are tables. The real ones: tests/lab/test_lab_lifecycle.py."""
from __future__ import annotations

import json
import os
import pathlib
import typing as t

import pytest

from ansible_collections.unifiedmeta.platform.plugins.module_utils._lab import credentials, instance
from ansible_collections.unifiedmeta.platform.plugins.module_utils._lab.files import Directory, File
from ansible_collections.unifiedmeta.platform.plugins.module_utils._lab.instance import Instance, Plan
from ansible_collections.unifiedmeta.platform.plugins.module_utils._lab.layout import LabError, Layout
from ansible_collections.unifiedmeta.platform.plugins.module_utils._lab.pki import Leaf
from ansible_collections.unifiedmeta.platform.plugins.module_utils._lab.program import Probe, Program
from ansible_collections.unifiedmeta.platform.plugins.module_utils._lab.progress import Progress


class Keeper:
    """A supervisor as a table: what it knows, what it was asked."""

    def __init__(self, alive: bool = True, **states: str) -> None:
        self.is_alive, self.asked = alive, []
        self.states = {name: {"statename": state, "start": 1} for name, state in states.items()}
        self.differs: tuple[list[str], list[str], list[str]] = ([], [], [])

    def alive(self) -> bool:
        """Tells whether it answers."""
        return self.is_alive

    def start_daemon(self) -> None:
        """Comes alive."""
        self.is_alive = True
        self.asked.append("daemon")

    def programs(self) -> dict[str, dict[str, t.Any]]:
        """Returns the states."""
        return self.states

    def reread(self) -> tuple[list[str], list[str], list[str]]:
        """Returns what differs."""
        return self.differs

    def _note(self, verb: str, name: str, state: str) -> None:
        self.asked.append(f"{verb} {name}")
        self.states[name] = {"statename": state, "start": self.states.get(name, {"start": 0})["start"]}

    def add(self, name: str) -> None:
        """Takes a program in."""
        self._note("add", name, "STOPPED")

    def forget(self, name: str) -> None:
        """Lets a program go."""
        self._note("forget", name, "STOPPED")

    def stop(self, name: str) -> None:
        """Stops a program."""
        self._note("stop", name, "STOPPED")

    def start(self, name: str) -> None:
        """Starts a program."""
        self._note("start", name, "RUNNING")


class Api:
    """A cluster as a table."""

    def __init__(self) -> None:
        self.objects: dict[str, dict[str, t.Any]] = {}

    def get(self, path: str) -> dict[str, t.Any] | None:
        """Returns an object."""
        return self.objects.get(path)

    def create(self, path: str, body: dict[str, t.Any]) -> None:
        """Creates an object."""
        self.objects[f"{path}/{body['metadata']['name']}"] = body


def programs(layout: Layout, text: str = "one") -> list[Program]:
    """Returns two programs in two waves; the first reads a file and a certificate."""
    file = File(layout.path("config", "web.json"), text)
    web = Program("web", ("/bin/web",), 1, Probe("running"), files=(file,), leaves=(Leaf("web", "web"),), directories=(Directory(layout.path("web")),))
    return [web, Program("late", ("/bin/late",), 2, Probe("running"))]


def make(layout: Layout, keeper: Keeper, text: str = "one") -> Instance:
    """Returns an instance."""
    login = File(layout.path("credentials", "web.json"), '{"password": "canary"}', secret=True)
    return Instance(layout, programs(layout, text), [login], keeper, Api(), Progress(None), [])  # type: ignore[arg-type]


def run(layout: Layout, keeper: Keeper, text: str = "one", check: bool = False) -> Plan:
    """Brings an instance to its state."""
    plan, found = Plan(), make(layout, keeper, text)
    found.prepare(plan, check)
    found.converge(plan, check)
    return plan


@pytest.fixture
def fresh(tmp_path: pathlib.Path) -> Layout:
    """An instance that doesn't exist yet."""
    return Layout("unit", str(tmp_path / "fresh"), 20000)


def test_check_mode_of_a_new_instance_makes_nothing(fresh: Layout) -> None:
    plan = run(fresh, Keeper(alive=False), check=True)
    assert not os.path.exists(fresh.state)
    objects = {change["object"]: change["action"] for change in plan.changes}
    assert objects[fresh.ca] == objects[fresh.path("config", "web.json")] == "create"
    assert objects["supervisord"] == objects["web"] == "start"


def started(layout: Layout) -> Keeper:
    """Brings a new instance up; returns its supervisor."""
    keeper = Keeper(alive=False)
    keeper.differs = (["web", "late"], [], [])
    run(layout, keeper)
    keeper.differs, keeper.asked = ([], [], []), []
    for state in keeper.states.values():
        state["start"] = 1
    return keeper


def test_a_new_instance_is_started_wave_by_wave(fresh: Layout) -> None:
    keeper = Keeper(alive=False)
    keeper.differs = (["web", "late"], [], [])
    run(fresh, keeper)
    assert keeper.asked == ["daemon", "add late", "add web", "start web", "start late"]


def test_a_second_run_has_nothing_to_do(fresh: Layout) -> None:
    keeper = started(fresh)
    plan = run(fresh, keeper)
    assert (plan.changes, plan.diffs, keeper.asked) == ([], [], [])
    assert run(fresh, keeper, check=True).changes == []


def test_an_instance_remembers_its_ports(fresh: Layout) -> None:
    started(fresh)
    assert pathlib.Path(fresh.path("port_base")).read_text() == "20000\n"


def test_a_changed_file_restarts_its_program_only_and_says_why(fresh: Layout) -> None:
    keeper = started(fresh)
    predicted = run(fresh, keeper, "two", check=True)
    assert keeper.asked == []
    plan = run(fresh, keeper, "two")
    assert plan.changes == predicted.changes
    assert {"object": "web", "action": "restart", "reason": "web.json: content differs"} in plan.changes
    assert keeper.asked == ["stop web", "start web"]
    assert run(fresh, keeper, "two").changes == []


def test_a_new_certificate_restarts_its_program(fresh: Layout) -> None:
    keeper = started(fresh)
    pathlib.Path(fresh.cert("web")).write_text("rubbish")
    plan = run(fresh, keeper)
    assert {"object": "web", "action": "restart", "reason": "certificate web: not a certificate"} in plan.changes


def test_a_key_that_does_not_fit_is_seen(fresh: Layout) -> None:
    keeper = started(fresh)
    pathlib.Path(fresh.key("web")).write_text("rubbish")
    assert {"object": "web", "action": "restart", "reason": "certificate web: its key does not fit"} in run(fresh, keeper).changes


def test_a_reason_outlives_a_killed_run(fresh: Layout) -> None:
    keeper = started(fresh)
    found, plan = make(fresh, keeper, "two"), Plan()
    found.prepare(plan, check=False)  # and is killed before it restarts anything
    assert pathlib.Path(fresh.path("pending", "web")).read_text() == "web.json: content differs\n"
    assert {"object": "web", "action": "restart", "reason": "web.json: content differs"} in run(fresh, keeper, "two").changes
    assert os.listdir(fresh.path("pending")) == []


def test_changed_settings_of_a_program_make_supervisord_take_it_anew(fresh: Layout) -> None:
    keeper = started(fresh)
    keeper.differs = ([], ["web"], ["old"])
    keeper.states["old"] = {"statename": "RUNNING", "start": 1}
    plan = run(fresh, keeper)
    assert keeper.asked == ["forget old", "forget web", "add web", "start web"]
    actions = {change["object"]: change["action"] for change in plan.changes}
    assert actions == {"web": "restart", "old": "stop"}


def test_check_mode_reads_changed_settings_from_the_file(fresh: Layout) -> None:
    keeper = started(fresh)
    keeper.states["old"] = {"statename": "RUNNING", "start": 1}
    place = pathlib.Path(fresh.path("supervisord.conf"))
    place.write_text(place.read_text().replace("command=/bin/web", "command=/bin/web --old"))
    plan = run(fresh, keeper, check=True)
    assert {"object": "web", "action": "restart", "reason": "its command or settings changed"} in plan.changes
    assert {"object": "old", "action": "stop", "reason": "it is not wanted any more"} in plan.changes
    assert keeper.asked == []


def test_a_program_that_has_ended_is_started(fresh: Layout) -> None:
    keeper = started(fresh)
    keeper.states["late"] = {"statename": "EXITED", "start": 1}
    predicted = run(fresh, keeper, check=True).changes
    keeper.states["late"] = {"statename": "EXITED", "start": 1}
    assert run(fresh, keeper).changes == predicted == [{"object": "late", "action": "start", "reason": "it does not run"}]


def test_a_dead_supervisor_is_started_and_what_it_left_is_ended(fresh: Layout, monkeypatch: pytest.MonkeyPatch) -> None:
    keeper, ended = started(fresh), []
    keeper.is_alive = False
    monkeypatch.setattr(instance.processes, "members", lambda _state: [7, 8])
    monkeypatch.setattr(instance.processes, "end", ended.append)
    plan = run(fresh, keeper)
    assert ended == [fresh.state]
    assert plan.changes[0] == {"object": "supervisord", "action": "start", "reason": "it does not run; 2 servers that it left behind are ended first"}


def test_modes_and_owners_are_repaired_without_a_restart(fresh: Layout) -> None:
    keeper = started(fresh)
    os.chmod(fresh.path("credentials"), 0o777)
    os.chmod(fresh.path("credentials", "web.json"), 0o644)
    plan = run(fresh, keeper)
    assert [change["reason"] for change in plan.changes] == ["mode is 0777 instead of 0700", "mode is 0644 instead of 0600"]
    assert keeper.asked == []


def test_no_secret_stands_in_the_plan_or_its_diffs(fresh: Layout) -> None:
    plan = run(fresh, Keeper(alive=False), check=True)
    assert "canary" not in json.dumps([plan.changes, plan.diffs])


def test_a_program_that_never_becomes_ready_keeps_its_reason(fresh: Layout, monkeypatch: pytest.MonkeyPatch) -> None:
    keeper = started(fresh)

    def refuse(*_args: t.Any) -> None:
        raise LabError("web does not become ready.")

    monkeypatch.setattr(instance.ready, "wait", refuse)
    with pytest.raises(LabError):
        run(fresh, keeper, "two")
    assert os.path.exists(fresh.path("pending", "web"))


def test_a_stale_lock_of_postgresql_is_removed_before_it_starts(fresh: Layout) -> None:
    started(fresh)
    place = pathlib.Path(fresh.path("postgres", "data", "postmaster.pid"))
    place.parent.mkdir(parents=True)
    place.write_text(f"{os.getpid()}\n{place.parent}\n")
    make(fresh, Keeper())._free_postgres()
    assert not place.exists()


def test_the_cluster_gets_the_login_once(fresh: Layout, monkeypatch: pytest.MonkeyPatch) -> None:
    started(fresh)
    for name, (_values, file) in credentials.desired(fresh).items():
        pathlib.Path(credentials.path(fresh, name)).write_text(file.content)
    given: list[str] = []
    monkeypatch.setattr(instance.database, "wrong_roles", lambda *_args: [] if given else ["openbao"])
    monkeypatch.setattr(instance.database, "set_role", lambda _layout, _folder, role, _password: given.append(role))
    found, plan = make(fresh, Keeper()), Plan()
    found.finish(plan, "/usr/lib/postgresql/15/bin")
    assert given == ["openbao"]
    assert [change["object"] for change in plan.changes] == ["PostgreSQL role openbao", "Namespace lab", "Secret lab/postgres-openbao"]
    again = Plan()
    found.finish(again, "/usr/lib/postgresql/15/bin")
    assert again.changes == []


def test_check_mode_foresees_what_an_empty_cluster_gets(fresh: Layout) -> None:
    found, plan = make(fresh, Keeper(alive=False)), Plan()
    found.prepare(plan, check=True)
    found.finish(plan, "/usr/lib/postgresql/15/bin", check=True)
    objects = [change["object"] for change in plan.changes]
    assert objects[-4:] == ["PostgreSQL role postgres", "PostgreSQL role openbao", "Namespace lab", "Secret lab/postgres-openbao"]
    assert not os.path.exists(fresh.state)


def test_without_postgresql_the_cluster_gets_no_login(fresh: Layout) -> None:
    started(fresh)
    plan = Plan()
    make(fresh, Keeper()).finish(plan, "")
    assert plan.changes == []

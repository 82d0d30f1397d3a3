# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
"""An instance of the lab whose supervisor and cluster are tables, for tests. The real ones: tests/lab/test_lab_lifecycle.py."""
from __future__ import annotations

import typing as t

from ansible_collections.unifiedmeta.platform.plugins.module_utils._lab.files import Directory, File
from ansible_collections.unifiedmeta.platform.plugins.module_utils._lab.instance import Instance, Plan
from ansible_collections.unifiedmeta.platform.plugins.module_utils._lab.layout import Layout
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


def make(layout: Layout, keeper: Keeper, text: str = "one", more: t.Sequence[Program] = (), logins: t.Sequence[File] = ()) -> Instance:
    """Returns an instance."""
    login = File(layout.path("credentials", "web.json"), '{"password": "canary"}', secret=True)
    return Instance(layout, [*more, *programs(layout, text)], [login, *logins], keeper, Api(), Progress(None), [])  # type: ignore[arg-type]


def run(layout: Layout, keeper: Keeper, text: str = "one", check: bool = False) -> Plan:
    """Brings an instance to its state."""
    plan, found = Plan(), make(layout, keeper, text)
    found.prepare(plan, check)
    found.converge(plan, check)
    return plan


def started(layout: Layout) -> Keeper:
    """Brings a new instance up; returns its supervisor."""
    keeper = Keeper(alive=False)
    keeper.differs = (["web", "late"], [], [])
    run(layout, keeper)
    keeper.differs, keeper.asked = ([], [], []), []
    for state in keeper.states.values():
        state["start"] = 1
    return keeper

# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The order of the steps; what each of them does is shown by its own tests and in tests/lab."""
from __future__ import annotations

import pathlib
import typing as t

import pytest

from ansible_collections.unifiedmeta.platform.plugins.module_utils._lab import node, started
from ansible_collections.unifiedmeta.platform.plugins.module_utils._lab.assemble import Options
from ansible_collections.unifiedmeta.platform.plugins.module_utils._lab.progress import Progress

FILES = str(pathlib.Path(__file__).resolve().parents[5] / "roles/lab/files")


class Instance:
    """Stands for the instance: it notes what it is asked."""

    def __init__(self) -> None:
        self.logins: list[t.Any] = []
        self.asked: list[str] = []
        self.cluster = self

    def __getattr__(self, name: str) -> t.Callable[..., None]:
        return lambda *args: self.asked.append(" ".join([name, *(str(arg) for arg in args if isinstance(arg, (bool, str)))]))


@pytest.fixture
def found(monkeypatch: pytest.MonkeyPatch) -> Instance:
    """The instance that the options give."""
    instance = Instance()
    monkeypatch.setattr(started.assemble, "instance", lambda *_args: instance)
    monkeypatch.setattr(started, "programs", lambda _layout: "/bin")
    monkeypatch.setattr(started, "create", lambda _layout, folder: instance.asked.append(f"create {folder}"))
    return instance


def options(tmp_path: pathlib.Path, **changes: t.Any) -> Options:
    """Returns the options, as the modules hand them over."""
    values = {"name": "unit", "state_dir": str(tmp_path / "state"), "port_base": 20000, "cache": str(tmp_path / "cache"), "files": FILES,
              "kubernetes": "build", "servers": ["s3"], "node": "fake", "nodes": 2, "vault_bin": None}
    return Options.of({**values, **changes})


def test_the_database_is_made_before_it_is_started_and_the_slow_are_waited_for_at_the_end(found: Instance, tmp_path: pathlib.Path) -> None:
    plan = started.started(options(tmp_path, servers=["postgres"]), Progress(None), False)
    assert found.asked == ["prepare False", "create /bin", "converge False", "finish False", "settle True"]
    assert plan.changes == [{"object": "PostgreSQL cluster", "action": "create", "reason": "missing"}]


def test_check_mode_makes_no_database_and_waits_for_nothing(found: Instance, tmp_path: pathlib.Path) -> None:
    plan = started.started(options(tmp_path, servers=["postgres"]), Progress(None), True)
    assert found.asked == ["prepare True", "converge True", "finish True"]
    assert plan.changes[0]["object"] == "PostgreSQL cluster"


def test_a_caller_that_is_not_patient(found: Instance, tmp_path: pathlib.Path) -> None:
    started.started(options(tmp_path), Progress(None), False, False)
    assert found.asked[-1] == "settle False"


def test_a_cluster_from_elsewhere_gives_its_kubeconfig(found: Instance, tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(started.cluster, "external", lambda *_args: (True, "apiVersion: v1\n"))
    plan = started.started(options(tmp_path, kubernetes="kind"), Progress(None), False)
    assert plan.changes[0] == {"object": "kind cluster unifiedmeta-unit", "action": "create", "reason": "missing"}
    assert found.logins[0].content == "apiVersion: v1\n"
    assert found.logins[0].secret


@pytest.fixture
def machine(monkeypatch: pytest.MonkeyPatch, found: Instance) -> list[str]:
    """A machine that has nothing of a real node; notes what is made."""
    host = started.nodehost
    monkeypatch.setattr(host, "network_exists", lambda _layout: False)
    monkeypatch.setattr(host, "cgroups_missing", lambda _layout: True)
    monkeypatch.setattr(host, "make_network", lambda _layout: found.asked.append("network"))
    monkeypatch.setattr(host, "make_cgroups", lambda _layout: found.asked.append("cgroups"))
    monkeypatch.setattr(host, "load_images", lambda _layout, _tools: [node.PAUSE])
    return found.asked


def test_a_real_node_has_its_ground_before_and_its_images_after(found: Instance, machine: list[str], tmp_path: pathlib.Path) -> None:
    plan = started.started(options(tmp_path, node="real", servers=[]), Progress(None), False)
    assert machine == ["prepare False", "network", "cgroups", "converge False", "finish False", f"wait_node {node.NAME}", "settle True"]
    assert [change["object"] for change in plan.changes][-1] == f"image {node.PAUSE}"


def test_check_mode_of_a_real_node_foresees_it_all(found: Instance, machine: list[str], tmp_path: pathlib.Path) -> None:
    plan = started.started(options(tmp_path, node="real", servers=[]), Progress(None), True)
    assert machine == ["prepare True", "converge True", "finish True"]
    objects = [change["object"] for change in plan.changes]
    assert objects == ["network namespace unifiedmeta-unit", "cgroups unifiedmeta-unit", f"image {node.PAUSE}", f"image {node.OPENBAO}"]

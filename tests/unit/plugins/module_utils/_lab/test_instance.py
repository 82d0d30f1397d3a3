# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
"""An instance brought to its state, with a supervisor and a cluster that are tables. The real ones: tests/lab/test_lab_lifecycle.py."""
from __future__ import annotations

import json
import os
import pathlib
import typing as t

import pytest

from ansible_collections.unifiedmeta.platform.plugins.module_utils._lab import instance
from ansible_collections.unifiedmeta.platform.plugins.module_utils._lab.files import Link
from ansible_collections.unifiedmeta.platform.plugins.module_utils._lab.instance import Plan
from ansible_collections.unifiedmeta.platform.plugins.module_utils._lab.layout import LabError, Layout
from ansible_collections.unifiedmeta.platform.plugins.module_utils._lab.program import Probe, Program
from ansible_collections.unifiedmeta.platform.plugins.module_utils._lab.progress import Progress
from tests.unit.plugins.module_utils._lab.instances import Keeper, make, run, started


def test_check_mode_of_a_new_instance_makes_nothing(fresh: Layout) -> None:
    plan = run(fresh, Keeper(alive=False), check=True)
    assert not os.path.exists(fresh.state)
    objects = {change["object"]: change["action"] for change in plan.changes}
    assert objects[fresh.ca] == objects[fresh.path("config", "web.json")] == "create"
    assert objects["supervisord"] == objects["web"] == "start"


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


def test_links_are_made_before_the_program_starts_and_kept(fresh: Layout) -> None:
    keeper = started(fresh)
    linked = Program("linked", ("/bin/x",), 1, Probe("running"), links=(Link(fresh.path("web", "lib"), "/cache/lib"),))
    predicted, plan, again = Plan(), Plan(), Plan()
    make(fresh, keeper, more=[linked]).prepare(predicted, check=True)
    assert not os.path.lexists(linked.links[0].path)
    make(fresh, keeper, more=[linked]).prepare(plan, check=False)
    assert {"object": linked.links[0].path, "action": "create", "reason": "missing"} in plan.changes
    assert predicted.changes == plan.changes
    make(fresh, keeper, more=[linked]).prepare(again, check=False)
    assert again.changes == []


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


def test_a_slow_program_holds_no_other_up_and_is_waited_for_at_the_end(fresh: Layout, monkeypatch: pytest.MonkeyPatch, tmp_path: pathlib.Path) -> None:
    waited: list[tuple[list[str], tuple[float, ...]]] = []
    monkeypatch.setattr(instance.ready, "wait", lambda _layout, _keeper, group, *seconds: waited.append(([p.name for p in group], seconds)))
    keeper = Keeper(alive=False)
    keeper.differs = (["slow", "web", "late"], [], [])
    found = make(fresh, keeper, more=[Program("slow", ("/bin/slow",), 1, Probe("running"), slow=200.0)])
    found.progress = Progress(str(tmp_path / "progress"))
    found.prepare(Plan(), check=False)
    found.converge(Plan(), check=False)
    assert waited == [(["web"], ()), (["late"], ())]
    assert keeper.asked[-3:] == ["start slow", "start web", "start late"]
    pathlib.Path(fresh.path("pending", "slow")).write_text("its reason\n")
    monkeypatch.setattr(instance.ready, "answers", lambda *_args: "not yet")
    found.settle()
    assert waited[-1] == (["slow"], (200.0,))
    assert "waiting for slow …" in (tmp_path / "progress").read_text()
    assert not os.path.exists(fresh.path("pending", "slow"))
    pathlib.Path(fresh.path("pending", "slow")).write_text("its reason\n")
    monkeypatch.setattr(instance.ready, "wait", lambda *_args: pytest.fail("it waited"))
    found.settle(patient=False)
    assert not os.path.exists(fresh.path("pending", "slow"))


def test_an_instance_without_slow_programs_waits_for_nothing_more(fresh: Layout, tmp_path: pathlib.Path) -> None:
    found = make(fresh, started(fresh))
    found.progress = Progress(str(tmp_path / "progress"))
    found.settle()
    assert not (tmp_path / "progress").exists()

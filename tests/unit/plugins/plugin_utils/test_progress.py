# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The lines of a running module are shown as they come."""
from __future__ import annotations

import os
import pathlib
import threading
import time
import typing as t

import pytest

from ansible_collections.unifiedmeta.platform.plugins.plugin_utils import _progress
from ansible_collections.unifiedmeta.platform.plugins.plugin_utils._progress import ProgressAction


class Shown(list):
    """A display that keeps what it is given, with the time."""

    def display(self, text: str) -> None:
        """Keeps a line."""
        self.append((text, time.monotonic()))


class Action(ProgressAction):
    """The action, with a module that is a function of the test."""

    INTERVAL = 0.02

    def __init__(self, module: t.Callable[[dict[str, t.Any]], dict[str, t.Any]], transport: str = "local", **args: t.Any) -> None:
        self._task = type("Task", (), {"args": args, "async_val": 0, "environment": None})()
        self._connection = type("Connection", (), {"transport": transport, "_shell": type("Shell", (), {"tmpdir": None})()})()
        self._module = module
        self.given: dict[str, t.Any] = {}

    def _execute_module(self, module_args: dict[str, t.Any], task_vars: t.Any = None, **_more: t.Any) -> dict[str, t.Any]:
        self.given = module_args
        return self._module(module_args)


@pytest.fixture
def shown(monkeypatch: pytest.MonkeyPatch) -> Shown:
    """What was shown."""
    found = Shown()
    monkeypatch.setattr(_progress, "display", found)
    monkeypatch.setattr(_progress.ActionBase, "run", lambda *_args, **_kwargs: {})
    return found


def write(path: str, text: str) -> None:
    """Appends to the progress file, as the module does."""
    with open(path, "a", encoding="utf-8") as file:
        file.write(text)


def test_lines_are_shown_while_the_module_runs(shown: Shown) -> None:
    ended: list[float] = []

    def module(args: dict[str, t.Any]) -> dict[str, t.Any]:
        write(args["progress"], "building …\n")
        time.sleep(0.2)
        write(args["progress"], "building: done\n")
        ended.append(time.monotonic())
        return {"changed": True}

    assert Action(module, name="x").run(None, {}) == {"changed": True}
    assert [text for text, _when in shown] == ["  building …", "  building: done"]
    assert shown[0][1] < ended[0] - 0.1


def test_the_last_lines_are_not_lost(shown: Shown) -> None:
    def module(args: dict[str, t.Any]) -> dict[str, t.Any]:
        write(args["progress"], "one\ntwo\n")
        return {}

    Action(module).run(None, {})
    assert [text for text, _when in shown] == ["  one", "  two"]


def test_the_file_is_gone_afterwards_even_after_a_failure(shown: Shown) -> None:
    seen: list[str] = []
    before = set(threading.enumerate())

    def module(args: dict[str, t.Any]) -> dict[str, t.Any]:
        seen.append(args["progress"])
        assert set(threading.enumerate()) - before, "somebody watches the file"
        raise ValueError("broken")

    with pytest.raises(ValueError, match="broken"):
        Action(module).run(None, {})
    assert not os.path.exists(seen[0])
    assert not set(threading.enumerate()) - before


def test_arguments_pass_through(shown: Shown) -> None:
    action = Action(lambda _args: {}, name="x", nodes=2)
    action.run(None, {})
    assert {key: value for key, value in action.given.items() if key != "progress"} == {"name": "x", "nodes": 2}


def test_a_file_of_the_callers_own_is_left_to_the_caller(shown: Shown, tmp_path: pathlib.Path) -> None:
    action = Action(lambda args: write(args["progress"], "one\n") or {}, progress=str(tmp_path / "p"))
    action.run(None, {})
    assert shown == []
    assert (tmp_path / "p").read_text() == "one\n"


def test_another_machines_file_cannot_be_watched(shown: Shown) -> None:
    action = Action(lambda _args: {"changed": False}, transport="ssh", name="x")
    assert action.run(None, {}) == {"changed": False}
    assert action.given == {"name": "x"}

# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The table at the end of a run."""
from __future__ import annotations

import types
import typing as t

import pytest

from ansible_collections.unifiedmeta.platform.plugins.callback import phases
from ansible_collections.unifiedmeta.platform.plugins.callback.phases import CallbackModule, Phase

SUMMARY = [{"system": "OpenBao", "url": "https://127.0.0.1:18200", "credentials": "/state/bootstrap"}]


@pytest.mark.parametrize(("seconds", "words"), [(0.04, "0.0 s"), (59.94, "59.9 s"), (60, "1 min 00 s"), (754, "12 min 34 s")])
def test_durations(seconds: float, words: str) -> None:
    assert phases.span(seconds) == words


def test_columns_are_as_wide_as_their_widest_cell() -> None:
    assert phases.table(["A", "Long head"], [["a long cell", "x"], ["y", "z"]]) == [
        "  A            Long head", "  -----------  ---------", "  a long cell  x", "  y            z",
    ]


def test_plays_of_one_name_are_one_phase() -> None:
    found = phases.merged([Phase("a", 0, 1, 1), Phase("a", 1, 3, 2, 1), Phase("b", 3, 4), Phase("a", 4, 5)])
    assert [(phase.name, phase.began, phase.ended, phase.changed, phase.failed) for phase in found] == [("a", 0, 3, 3, 1), ("b", 3, 4, 0, 0), ("a", 4, 5, 0, 0)]


@pytest.mark.parametrize(("phase", "words"), [
    (Phase("a", 0, 1), "nothing to change"), (Phase("a", 0, 1, 2), "2 changed"), (Phase("a", 0, 1, 2, 1), "failed"),
])
def test_what_became_of_a_phase(phase: Phase, words: str) -> None:
    assert phases.word(phase) == words


def test_the_report_names_systems_places_and_times() -> None:
    text = "\n".join(phases.report([Phase("Lab", 0, 12.3, 3), Phase("Secrets", 12.3, 80)], {"platform_summary": SUMMARY}))
    assert "OpenBao  https://127.0.0.1:18200  /state/bootstrap" in text
    assert "Lab      12.3 s      3 changed" in text
    assert "Secrets  1 min 07 s  nothing to change" in text
    assert "total    1 min 20 s  3 changed" in text
    assert "nothing was changed" not in text


def test_a_run_without_a_change_says_so() -> None:
    assert phases.report([Phase("Lab", 0, 1)], {})[-1] == "Everything was as it should be: nothing was changed."


def test_a_failed_run_does_not() -> None:
    assert "nothing was changed" not in "\n".join(phases.report([Phase("Lab", 0, 1, 0, 1)], {}))


def test_what_was_taken_away_is_listed() -> None:
    removed = [{"object": "/state", "action": "remove"}, {"object": "x", "action": "stop", "reason": "3 processes"}]
    text = "\n".join(phases.report([], {"platform_removed": removed}))
    assert "What was taken away:" in text
    assert "  /state: remove" in text
    assert "  x: 3 processes" in text


def test_lines_to_look_at_it_follow_the_table() -> None:
    lines = phases.report([], {"platform_summary": SUMMARY, "platform_hints": ["bao status"]})
    assert lines[-2:] == ["To look at it:", "  bao status"]


def test_nothing_to_tell_tells_nothing() -> None:
    assert phases.report([], {}) == []


@pytest.fixture
def callback(monkeypatch: pytest.MonkeyPatch) -> tuple[CallbackModule, list[str]]:
    """The callback, and what it has printed."""
    found, lines = CallbackModule(), []
    found._display = types.SimpleNamespace(display=lines.append, verbosity=0)
    clock = iter(range(100))
    monkeypatch.setattr(phases.time, "monotonic", lambda: float(next(clock)))
    return found, lines


def play(name: str) -> t.Any:
    """Returns a play."""
    return types.SimpleNamespace(get_name=lambda: name)


def result(**values: t.Any) -> t.Any:
    """Returns a task's result."""
    return types.SimpleNamespace(_result=values)


def test_a_whole_run(callback: tuple[CallbackModule, list[str]]) -> None:
    found, lines = callback
    found.v2_playbook_on_play_start(play("Lab"))
    found.v2_runner_on_ok(result(changed=True))
    found.v2_runner_on_ok(result(changed=False))
    found.v2_playbook_on_play_start(play(" Secrets "))
    found.v2_runner_on_failed(result(), ignore_errors=True)
    found.v2_runner_on_unreachable(result())
    found.v2_playbook_on_stats(types.SimpleNamespace(custom={"_run": {"platform_summary": SUMMARY}}))
    text = "\n".join(lines)
    assert "  Lab      1.0 s  1 changed" in text
    assert "  Secrets  1.0 s  failed" in text
    assert "OpenBao" in text


def test_results_before_any_play_are_no_fault(callback: tuple[CallbackModule, list[str]]) -> None:
    found, lines = callback
    found.v2_runner_on_ok(result(changed=True))
    found.v2_runner_on_failed(result())
    found.v2_playbook_on_stats(types.SimpleNamespace(custom={}))
    assert lines == []


def test_it_is_enabled_by_those_who_want_it() -> None:
    assert CallbackModule.CALLBACK_NEEDS_ENABLED
    assert CallbackModule.CALLBACK_NAME == "unifiedmeta.platform.phases"


def test_the_last_word_of_a_system_counts() -> None:
    rows = [*SUMMARY, {"system": "Keycloak", "url": "https://localhost:1", "credentials": "/state/first"},
            {"system": "Keycloak", "url": "https://localhost:1/admin", "credentials": "break-glass: platform/keycloak/admin in Vault"}]
    lines = [line for line in phases.report([], {"platform_summary": rows}) if "Keycloak" in line]
    assert len(lines) == 1 and "https://localhost:1/admin" in lines[0] and "break-glass: platform/keycloak/admin in Vault" in lines[0]

# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The module that runs the lab's servers; that it does is shown in tests/lab."""
from __future__ import annotations

import pathlib
import typing as t

import pytest

from ansible_collections.unifiedmeta.platform.plugins.module_utils._lab.instance import Plan
from ansible_collections.unifiedmeta.platform.plugins.module_utils._lab.layout import LabError
from ansible_collections.unifiedmeta.platform.plugins.modules import lab_servers


@pytest.fixture
def run(lab_module: t.Callable[..., dict[str, t.Any]]) -> t.Callable[..., dict[str, t.Any]]:
    """Runs the module with parameters; returns its result."""
    return lambda **params: lab_module(lab_servers, **params)


def planned(*objects: str) -> Plan:
    """Returns a plan."""
    plan = Plan()
    for name in objects:
        plan.add(name, "start", "it does not run")
    return plan


def test_what_is_done_and_what_runs_is_told(run: t.Callable[..., dict[str, t.Any]], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lab_servers, "started", lambda *_args: planned("openbao"))
    result = run()
    assert result["changed"]
    assert result["plan"] == [{"object": "openbao", "action": "start", "reason": "it does not run"}]
    assert result["summary"][0]["system"] == "Kubernetes"


def test_nothing_to_do_is_no_change(run: t.Callable[..., dict[str, t.Any]], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lab_servers, "started", lambda *_args: Plan())
    assert not run()["changed"]


@pytest.mark.parametrize(("state", "remove"), [("stopped", False), ("absent", True)])
def test_other_states_end_it(run: t.Callable[..., dict[str, t.Any]], monkeypatch: pytest.MonkeyPatch, state: str, remove: bool) -> None:
    asked: list[bool] = []
    monkeypatch.setattr(lab_servers.removal, "end", lambda _options, _check, remove: asked.append(remove) or Plan())
    result = run(state=state)
    assert asked == [remove]
    assert "summary" not in result


@pytest.mark.parametrize(("state", "clears"), [("stopped", False), ("absent", True)])
def test_the_cache_goes_only_with_the_lab(run: t.Callable[..., dict[str, t.Any]], monkeypatch: pytest.MonkeyPatch, state: str, clears: bool) -> None:
    asked: list[str] = []
    monkeypatch.setattr(lab_servers.removal, "end", lambda *_args, **_kwargs: Plan())
    monkeypatch.setattr(lab_servers.removal, "clear", lambda cache, _plan, _check: asked.append(cache.root))
    run(state=state, remove_cache=True)
    assert bool(asked) is clears


def test_wrong_settings_are_told_before_anything_is_touched(run: t.Callable[..., dict[str, t.Any]], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lab_servers, "bring", lambda *_args: pytest.fail("touched"))
    result = run(name="a b", port_base=1)
    assert result["failed"]
    assert "lab_name" in result["msg"] and "lab_port_base" in result["msg"]


def test_a_fault_is_its_sentences(run: t.Callable[..., dict[str, t.Any]], monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_args: t.Any) -> Plan:
        raise LabError("openbao does not become ready.", "s3 does not become ready.")

    monkeypatch.setattr(lab_servers, "started", refuse)
    assert run()["msg"] == "openbao does not become ready.\ns3 does not become ready."


def test_check_mode_makes_no_cache(run: t.Callable[..., dict[str, t.Any]], monkeypatch: pytest.MonkeyPatch, tmp_path: pathlib.Path) -> None:
    monkeypatch.setattr(lab_servers, "started", lambda *_args: Plan())
    run(check=True)
    assert not (tmp_path / "cache").exists()
    run()
    assert (tmp_path / "cache/.instance-unit.lock").exists()


@pytest.mark.parametrize(("wait", "patient"), [("all", True), ("needed", False)])
def test_who_waits_for_keycloak(run: t.Callable[..., dict[str, t.Any]], monkeypatch: pytest.MonkeyPatch, wait: str, patient: bool) -> None:
    asked: list[bool] = []
    monkeypatch.setattr(lab_servers, "started", lambda _options, _progress, _check, patient: asked.append(patient) or Plan())
    run(wait=wait)
    assert asked == [patient]

# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The module that tells everything that keeps the lab from running."""
from __future__ import annotations

import typing as t

import pytest

from ansible_collections.unifiedmeta.platform.plugins.module_utils._lab.layout import LabError
from ansible_collections.unifiedmeta.platform.plugins.modules import lab_preflight


@pytest.fixture
def run(lab_module: t.Callable[..., dict[str, t.Any]]) -> t.Callable[..., dict[str, t.Any]]:
    """Runs the module with parameters; returns its result."""
    return lambda **params: lab_module(lab_preflight, **params)


def test_a_fitting_machine_is_told_what_is_lacking(run: t.Callable[..., dict[str, t.Any]], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lab_preflight, "check", lambda *_args: [])
    result = run(servers=["openbao"])
    assert not result["changed"]
    assert {"openbao 2.7.2", "kubernetes 1.35.4", "kwok 0.8.0"} <= set(result["lacking"])


def test_faults_are_a_list_in_one_message(run: t.Callable[..., dict[str, t.Any]], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lab_preflight, "check", lambda *_args: ["First.", "Second."])
    result = run()
    assert result["failed"]
    assert result["msg"] == "The lab can't run here yet:\n- First.\n- Second."


def test_a_lock_file_that_is_spoilt_is_a_fault(run: t.Callable[..., dict[str, t.Any]], monkeypatch: pytest.MonkeyPatch) -> None:
    def spoilt(*_args: t.Any) -> None:
        raise LabError("wheels.txt: no hash.")

    monkeypatch.setattr(lab_preflight, "absent", spoilt)
    assert run()["msg"].endswith("- wheels.txt: no hash.")


def test_tools_of_a_real_node_are_asked_for(run: t.Callable[..., dict[str, t.Any]], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lab_preflight, "check", lambda *_args: [])
    monkeypatch.setattr(lab_preflight, "tools", lambda names: [f"no {name}" for name in names])
    assert "no nsenter" in run(node="real", servers=[])["msg"]
    assert "failed" not in run(node="fake", servers=[])

# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The module that obtains the lab's programs."""
from __future__ import annotations

import typing as t

import pytest

from ansible_collections.unifiedmeta.platform.plugins.module_utils._lab.layout import LabError
from ansible_collections.unifiedmeta.platform.plugins.modules import lab_artifacts


class World:
    """What is missing, and what the module did about it."""

    def __init__(self) -> None:
        self.lacking: list[t.Any] | None = None
        self.packages: list[str] = []
        self.done: list[str] = []
        self.result: dict[str, t.Any] = {}


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch, lab_module: t.Callable[..., dict[str, t.Any]]) -> t.Callable[..., World]:
    """Runs the module in a world where nothing is really fetched."""
    def run(lacking: bool = True, packages: tuple[str, ...] = (), check: bool = False, fail: str = "", **params: t.Any) -> World:
        found = World()

        def obtain(recipe: t.Any, *_args: t.Any) -> dict[str, t.Any]:
            if recipe.name == fail:
                raise LabError(f"{recipe.name} is not to be had.")
            found.done.append(recipe.name)
            return {"path": "/cache/" + recipe.name, "version": recipe.version, "seconds": 1.0}

        monkeypatch.setattr(lab_artifacts, "absent", lambda recipes, _cache: list(recipes.values()) if lacking else [])
        monkeypatch.setattr(lab_artifacts, "choose_go", lambda *_args: ("go", {}))
        monkeypatch.setattr(lab_artifacts, "obtain", obtain)
        monkeypatch.setattr(lab_artifacts.debian, "missing", lambda _names: list(packages))
        monkeypatch.setattr(lab_artifacts.debian, "install", lambda names, _archive: found.done.append("apt " + " ".join(names)))
        found.result = lab_module(lab_artifacts, check, **params)
        return found
    return run


def test_packages_come_first_and_the_long_builds_last(world: t.Callable[..., World]) -> None:
    done = world(packages=("postgresql",)).done
    assert done[0] == "apt postgresql"
    assert set(done[-3:]) == {"kubernetes", "kwok", "versitygw"}


def test_what_was_obtained_is_told(world: t.Callable[..., World]) -> None:
    result = world(packages=("postgresql",)).result
    assert result["changed"]
    assert result["installed"] == ["postgresql"]
    assert result["artifacts"]["openbao"] == {"path": "/cache/openbao", "version": "2.7.2", "seconds": 1.0}


def test_a_filled_cache_is_no_change(world: t.Callable[..., World]) -> None:
    assert not world(lacking=False).result["changed"]


def test_check_mode_fetches_nothing_and_tells_the_same(world: t.Callable[..., World]) -> None:
    predicted, done = world(packages=("skopeo",), check=True), world(packages=("skopeo",))
    assert predicted.done == []
    assert predicted.result["changed"] is True and done.result["changed"] is True
    assert set(predicted.result["artifacts"]) == set(done.result["artifacts"])


def test_a_fault_of_the_short_ones_is_told_before_the_long_build(world: t.Callable[..., World]) -> None:
    found = world(fail="openbao")
    assert found.result["failed"]
    assert found.result["msg"] == "openbao is not to be had."
    assert "kubernetes" not in found.done

# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Obtains recipes into the cache, one after the other, saying how far it is."""
from __future__ import annotations

import os
import sys
import time
import typing as t

from ansible_collections.unifiedmeta.platform.plugins.module_utils._lab import debian, gobuild, maven, wheels
from ansible_collections.unifiedmeta.platform.plugins.module_utils._lab.cache import Cache, used
from ansible_collections.unifiedmeta.platform.plugins.module_utils._lab.progress import Progress, size
from ansible_collections.unifiedmeta.platform.plugins.module_utils._lab.recipes import Recipe, load

PYTHON_MAKERS = {"wheel": wheels.wheel, "layer": wheels.layer, "tree": wheels.tree, "venv": wheels.venv}
VERBS = {
    "wheel": "fetching", "layer": "fetching", "tree": "fetching", "venv": "installing", "go": "building", "deb": "fetching", "maven": "fetching and building",
}


def absent(recipes: dict[str, Recipe], cache: Cache) -> list[Recipe]:
    """Returns the recipes that the cache lacks."""
    return [recipe for recipe in recipes.values() if not cache.has(recipe.folder)]


def obtain(recipe: Recipe, cache: Cache, progress: Progress, go: str = "", java: str = "", archive: str = "") -> dict[str, t.Any]:
    """Makes sure that the cache holds a recipe; returns its folder, its version and, when it was made, the seconds. Raises LabError.

    go, java: what it is built with; archive: what a person named instead of fetching Keycloak.
    """
    started = time.monotonic()
    found = {"path": cache.path(recipe.folder), "version": recipe.version}
    if cache.has(recipe.folder):
        _links(recipe, cache)
        return found
    expect = f" ({recipe.estimate})" if recipe.estimate else ""
    title = f"{recipe.name} {recipe.version}: {VERBS[recipe.kind]}{expect}"
    work_seen: list[str] = []
    counter: list[t.Any] = []
    said: list[str] = []

    def measure() -> str:
        if not work_seen:
            pid = cache.holder(recipe.folder)
            return f"waiting for process {pid} of another run, which makes it" if pid else "waiting for another run that makes it"
        if said:
            return said[-1]
        if counter and counter[0].words(0):
            return str(counter[0].words(counter[1][0]))
        return size(used(work_seen[0])) if recipe.kind != "go" and os.path.isdir(work_seen[0]) else ""

    def make(work: str) -> dict[str, t.Any]:
        work_seen.append(work)
        if recipe.kind in PYTHON_MAKERS:
            return PYTHON_MAKERS[recipe.kind](recipe, sys.executable, work)
        if recipe.kind == "go":
            return gobuild.build(recipe, go, work, lambda *pair: counter.extend(pair))
        if recipe.kind == "maven":
            return maven.make(recipe, work, java, archive, said.append)
        return debian.unpack(recipe, work)

    with progress.step(title, measure):
        made = cache.obtain(recipe.folder, make)
    _links(recipe, cache)
    return {**found, **({"seconds": round(time.monotonic() - started, 1)} if made else {})}


def _links(recipe: Recipe, cache: Cache) -> None:
    """Gives the programs that people call a path without a version."""
    if recipe.name in ("openbao", "kubectl"):
        for name in recipe.files:
            cache.link(name, os.path.join(recipe.folder, name))


def choose_go(files: str, cache: Cache, progress: Progress, wanted: t.Iterable[Recipe], explicit: str) -> tuple[str, dict[str, t.Any]]:
    """Returns the Go to build with, and what was obtained for it: the machine's, else the wheel's; nothing when there is nothing to build."""
    if not any(recipe.kind == "go" for recipe in wanted):
        return "", {}
    own = explicit or gobuild.find_go()
    if own:
        return own, {}
    recipe = load(files, ["go"])["go"]
    found = obtain(recipe, cache, progress, "")
    return os.path.join(found["path"], "go", "bin", "go"), {"go": found}

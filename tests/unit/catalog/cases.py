# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Catalogues as single files: a case names its files, what the site says, and what must come out."""

from __future__ import annotations

import os
import pathlib
import typing as t

import yaml

from ansible_collections.unifiedmeta.platform.plugins.plugin_utils._catalog import plan
from ansible_collections.unifiedmeta.platform.plugins.plugin_utils._catalog.faults import CatalogError

HERE = pathlib.Path(__file__).parent
SITE = {"name": "test", "domain": "example.com", "tier": 1, "profile": "onprem"}


def load(kind: str) -> dict[str, dict[str, t.Any]]:
    """All cases of valid/ or invalid/ by name."""
    return {path.stem: yaml.safe_load(path.read_text(encoding="utf-8")) for path in sorted((HERE / kind).glob("*.yml"))}


def build(case: t.Mapping[str, t.Any], folder: t.Any) -> dict[str, t.Any]:
    """Write a case's files below folder and plan them. Faults name files from there."""
    for name, text in case["files"].items():
        path = pathlib.Path(folder) / "catalog" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    (pathlib.Path(folder) / "catalog").mkdir(parents=True, exist_ok=True)
    before = os.getcwd()
    os.chdir(folder)
    try:
        paths = [os.path.join("catalog", part) for part in case.get("catalogs", ["."])]
        return plan.build({**SITE, **case.get("site", {})}, paths, own=None, kubernetes_version=case.get("kubernetes", ""))
    finally:
        os.chdir(before)


def faults(case: t.Mapping[str, t.Any], folder: t.Any) -> list[str]:
    """The faults of a case, as a person reads them."""
    try:
        build(case, folder)
    except CatalogError as error:
        return [str(fault) for fault in error.faults]
    return []

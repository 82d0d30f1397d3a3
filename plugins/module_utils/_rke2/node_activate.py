# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A staged release put in place: program, scripts and units, each by a rename, so that what runs goes on with the file that it has open."""

from __future__ import annotations

import os
import typing as t

from ansible_collections.unifiedmeta.platform.plugins.module_utils._plan import Refused
from ansible_collections.unifiedmeta.platform.plugins.module_utils._rke2 import node_files, node_layout, node_stage, node_started
from ansible_collections.unifiedmeta.platform.plugins.module_utils._rke2.node_layout import Layout

DEFAULT, OTHER = node_layout.PREFIXES[:2]
UNITS = "lib/systemd/system/"
PROGRAM = "bin/rke2"


def choose_prefix(layout: Layout) -> str:
    """Where RKE2 goes: where it is already, else as the release's install.sh chooses: /usr/local, or /opt/rke2 where that is read-only or mounted."""
    there = layout.prefix()
    if there in (DEFAULT, OTHER):
        return there
    place = layout.at(DEFAULT)
    fixed = os.path.ismount(place) or bool(os.path.isdir(place) and os.statvfs(place).f_flag & os.ST_RDONLY)
    return OTHER if fixed else DEFAULT


def differing(layout: Layout, version: str, prefix: str, foreseen: bool = False) -> list[str]:
    """Staged files (paths below the prefix) that aren't in place yet, the program last. Raises Refused where the version is neither staged nor installed.
    ``foreseen``: it need not be staged yet, as in check mode, where the task that stages it has staged nothing."""
    found = node_stage.manifest(layout, version)
    if found is None:
        if node_started.version(layout.binary()) == version:
            return []
        if foreseen:
            return [PROGRAM]
        raise Refused("", [f"{version} is not staged on this node; run rke2_node with state=staged first"])
    paths = [path for path in found["members"] if not _in_place(layout, version, path, prefix, found["members"][path]["sha256"])]
    return sorted(paths, key=lambda path: (path == PROGRAM, path))


def activate(layout: Layout, version: str, prefix: str, paths: t.Iterable[str]) -> None:
    """Put staged files in place. Raises Refused where one was changed since it was verified."""
    members = (node_stage.manifest(layout, version) or {"members": {}})["members"]
    for path in paths:
        source, final = node_stage.member(layout, version, path), layout.at(target(path, prefix))
        if node_files.sha256(source) != members[path]["sha256"]:
            raise Refused("", [f"{source} was changed since it was verified; remove {os.path.dirname(layout.own('staged', version, 'x'))} and run again"])
        text = _text(layout, version, path, prefix)
        if text is None:
            node_files.copy(source, final, members[path]["mode"])
        else:
            node_files.write(final, text, members[path]["mode"])


def target(path: str, prefix: str) -> str:
    """Where a file of the release goes: below the prefix, but units of another prefix than the default go where systemd finds them, as by install.sh."""
    moved = prefix != DEFAULT and path.startswith(UNITS) and path.endswith(".service")
    return f"/etc/systemd/system/{os.path.basename(path)}" if moved else f"{prefix}/{path}"


def _in_place(layout: Layout, version: str, path: str, prefix: str, digest: str) -> bool:
    text, final = _text(layout, version, path, prefix), layout.at(target(path, prefix))
    return node_files.sha256(final) == digest if text is None else node_files.text(final) == text


def _text(layout: Layout, version: str, path: str, prefix: str) -> str | None:
    """The text of a file that names the prefix, None for any other or with the default one."""
    named = path.startswith(UNITS) or path == "bin/rke2-uninstall.sh"
    if prefix == DEFAULT or not named:
        return None
    return (node_files.text(node_stage.member(layout, version, path)) or "").replace(DEFAULT, prefix)

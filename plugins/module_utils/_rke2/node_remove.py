# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A node stopped, or taken off its host. Whether the cluster can do without it is not asked here: the planner has, and removes it from the cluster before."""

from __future__ import annotations

import os

from ansible_collections.unifiedmeta.platform.plugins.module_utils._rke2 import node_desired, node_files, node_layout, node_service
from ansible_collections.unifiedmeta.platform.plugins.module_utils._rke2.names import DATA, ETC
from ansible_collections.unifiedmeta.platform.plugins.module_utils._rke2.node_layout import Layout

KILLALL, UNINSTALL = "rke2-killall.sh", "rke2-uninstall.sh"
# What RKE2's own script removes too (bundle/bin/rke2-uninstall.sh of the release), and what it leaves of ours.
LEFT = (ETC, "/etc/rancher/node", DATA, node_layout.OWN, *node_layout.FILES)
EMPTY = ("/etc/rancher", "/var/lib/rancher")


def running(layout: Layout) -> list[str]:
    """Units of RKE2 that run or start at boot."""
    units = node_service.units([node_layout.unit(role) for role in node_layout.ROLES])
    return [name for name, unit in units.items() if unit["active"] in node_service.RUNNING]


def stop(layout: Layout, pods: bool) -> None:
    """Stop the service. ``pods``: also all that it has started, by RKE2's own script; without it the pods go on, as they do over a restart."""
    for name in running(layout):
        node_service.stop(name)
    script = _script(layout, KILLALL)
    if pods and script:
        node_service.run([script], timeout=600, check=False)


def left(layout: Layout) -> list[str]:
    """What is there of RKE2 and of us."""
    prefixes = [f"{prefix}/bin/rke2" for prefix in node_layout.PREFIXES[:2]]
    return [path for path in (*prefixes, *LEFT, *node_desired.owned(layout)) if os.path.lexists(layout.at(path))]


def remove(layout: Layout) -> None:
    """Take RKE2 off the host: by its own script, then what that leaves. Raises CommandError, OSError where something can't be removed.

    A data folder that is a file system of its own stays as an empty one.
    """
    stop(layout, pods=True)
    script = _script(layout, UNINSTALL)
    if script:
        node_service.run([script], timeout=600, check=False)
    for role in node_layout.ROLES:
        for folder in (*(f"{prefix}/lib/systemd/system" for prefix in node_layout.PREFIXES[:2]), "/etc/systemd/system"):
            for suffix in ("service", "env"):
                node_files.remove(layout.at(f"{folder}/{node_layout.unit(role)}.{suffix}"))
    for prefix in node_layout.PREFIXES[:2]:
        for name in ("rke2", KILLALL, UNINSTALL):
            node_files.remove(layout.at(f"{prefix}/bin/{name}"))
        node_files.remove(layout.at(f"{prefix}/share/rke2"))
    for path in left(layout):
        _clear(layout.at(path))
    for path in EMPTY:
        if os.path.isdir(layout.at(path)) and not os.path.ismount(layout.at(path)) and not os.listdir(layout.at(path)):
            os.rmdir(layout.at(path))
    if node_service.booted():
        node_service.reload()


def _script(layout: Layout, name: str) -> str | None:
    prefix = layout.prefix()
    path = None if prefix is None else layout.at(f"{prefix}/bin/{name}")
    return path if path and os.access(path, os.X_OK) else None


def _clear(path: str) -> None:
    """Remove a path; a mount point is emptied."""
    if os.path.ismount(path):
        for name in os.listdir(path):
            node_files.remove(os.path.join(path, name))
    else:
        node_files.remove(path)

# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What the running RKE2 was started with, as opposed to what lies on the disk: only that tells whether a restart is due.

``rke2_node`` notes it after each start, together with systemd's id of that start. Where the service was started since by somebody else (a reboot, a
person, systemd after a failure), it is told by time: a file that was put in place before the process began is what it has read.
"""

from __future__ import annotations

import json
import re
import time
import typing as t

from ansible_collections.unifiedmeta.platform.plugins.module_utils._rke2 import node_files, node_service
from ansible_collections.unifiedmeta.platform.plugins.module_utils._rke2.names import MANIFESTS
from ansible_collections.unifiedmeta.platform.plugins.module_utils._rke2.node_layout import Layout

STAMP = "started.json"
VERSION = re.compile(r"^rke2(?:\.exe)? version (\S+)", re.MULTILINE)


def version(binary: str | None) -> str | None:
    """What a program of RKE2 says it is, None where it doesn't say it. It is not run as a server: ``--version`` ends at once."""
    if binary is None:
        return None
    try:
        match = VERSION.search(node_service.run([binary, "--version"], timeout=30, check=False))
    except node_service.CommandError:
        return None
    return match.group(1) if match else None


def on_disk(layout: Layout, config: dict[str, t.Any] | None, installed: str | None, files: t.Mapping[str, t.Mapping[str, t.Any]]) -> dict[str, t.Any]:
    """What a service that is started now is started with: version, config (redacted, None where it can't be read), files (path -> sha256).

    ``files``: of :func:`node_facts.files`. Those that RKE2 applies while it runs, its manifests, don't count.
    """
    configs = set(layout.config_files())
    read = {path: one["sha256"] for path, one in files.items() if path not in configs and not path.startswith(MANIFESTS + "/")}
    return {"version": installed, "config": config, "files": read}


def stamp(layout: Layout, role: str, invocation: str | None, disk: t.Mapping[str, t.Any]) -> None:
    """Note what was started just now. ``invocation``: systemd's id of the start."""
    noted = {**disk, "role": role, "invocation": invocation, "at": round(time.time(), 1)}
    node_files.write(layout.own(STAMP), json.dumps(noted, indent=1) + "\n", 0o600)


def find(layout: Layout, role: str, unit: t.Mapping[str, t.Any], disk: t.Mapping[str, t.Any]) -> dict[str, t.Any] | None:
    """What the service runs with, None where it doesn't run. A value that can't be known, since its file is newer than the process, is None.

    ``unit``: of :func:`node_service.units`; ``disk``: of :func:`on_disk`.
    """
    if unit["active"] not in node_service.RUNNING or unit["started"] is None:
        return None
    noted = node_files.record(layout.own(STAMP))
    if isinstance(noted, dict) and noted.get("role") == role and noted.get("invocation") and noted["invocation"] == unit["invocation"]:
        return {name: noted.get(name) for name in disk}
    found = {**disk, "files": {path: None if _newer(layout, [path], unit["started"]) else digest for path, digest in disk["files"].items()}}
    if _newer(layout, layout.config_files(), unit["started"]):
        found["config"] = None
    prefix = layout.prefix()
    if prefix is None or _newer(layout, [f"{prefix}/bin/rke2"], unit["started"]):
        # The kernel keeps the program of a process, also one that has been replaced or removed.
        found["version"] = version(layout.at(f"/proc/{unit['pid']}/exe")) if unit["pid"] else None
    return found


def _newer(layout: Layout, paths: t.Iterable[str], started: float) -> bool:
    """Was one of the files put in place after the process began? A second is given to clocks that are told roughly."""
    times = [node_files.changed_at(layout.at(path)) for path in paths]
    return any(at is not None and at > started + 1 for at in times)

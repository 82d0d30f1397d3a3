# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A node brought to run as it shall: what must be done, and the doing of it. Check mode ends after the first half."""

from __future__ import annotations

import typing as t
from dataclasses import dataclass, field

from ansible_collections.unifiedmeta.platform.plugins.module_utils._plan import Refused
from ansible_collections.unifiedmeta.platform.plugins.module_utils._rke2 import (
    node_activate,
    node_desired,
    node_facts,
    node_layout,
    node_service,
    node_started,
)
from ansible_collections.unifiedmeta.platform.plugins.module_utils._rke2.names import SECRET_KEYS
from ansible_collections.unifiedmeta.platform.plugins.module_utils._rke2.node_layout import Layout

SERVER = "server"


@dataclass
class Node:
    """What is wanted of one node, see the option ``node`` of ``rke2_node``."""

    role: str
    name: str
    version: str
    config: dict[str, t.Any] = field(default_factory=dict)
    files: dict[str, dict[str, t.Any]] = field(default_factory=dict)
    secrets: dict[str, str] = field(default_factory=dict)
    ca: str | None = None
    restart: bool = False
    reasons: list[str] = field(default_factory=list)
    start_server: str | None = None
    prefix: str | None = None

    def faults(self) -> list[str]:
        """All that is wrong with it."""
        found = [] if self.role in node_layout.ROLES else [f"node.role: '{self.role}' must be one of {', '.join(node_layout.ROLES)}"]
        found += [f"node.config: {key} is a secret; give it as secrets.{key}" for key in sorted(set(SECRET_KEYS) & set(self.config))]
        found += [f"node.config: {key} is neither a plain value nor a list of them" for key, value in sorted(self.config.items())
                  if isinstance(value, dict) or (isinstance(value, list) and any(isinstance(item, (dict, list)) for item in value))]
        found += [f"node.files: {path} has no content" for path, one in sorted(self.files.items()) if not isinstance(one, dict) or "content" not in one]
        found += [f"node.{fault}" for fault in node_layout.file_faults(self.files)]
        if self.restart and not self.reasons:
            found.append("node.reasons: a restart needs a reason; give one, or restart: false")
        return found

    def starting_config(self) -> dict[str, t.Any]:
        """The configuration with which the service is started: the one server that makes the cluster, or joins before its endpoint is up, starts with another
        ``server`` than it keeps."""
        if self.start_server is None:
            return self.config
        rest = {key: value for key, value in self.config.items() if key != SERVER}
        return {**rest, SERVER: self.start_server} if self.start_server else rest


@dataclass
class Todo:
    """What must be done. ``service``: start, restart or nothing. ``invocation``: systemd's id of the start before."""

    prefix: str
    files: dict[str, node_desired.File]
    changed: list[node_desired.File]
    programs: list[str]
    enable: bool
    disable: str | None
    service: str | None
    invocation: str | None = None

    def sentences(self, node: Node) -> list[str]:
        """What is told of it."""
        told = [f"write {file.path}" if file.text is not None else f"remove {file.path}" for file in self.changed]
        told += [f"put {node.version} in place"] if self.programs else []
        told += [f"disable {self.disable}.service"] if self.disable else []
        told += [f"enable {node_layout.unit(node.role)}.service"] if self.enable else []
        told += [f"{self.service} {node_layout.unit(node.role)}.service" + (f": {'; '.join(node.reasons)}" if node.reasons else "")] if self.service else []
        return told


def plan(layout: Layout, node: Node, foreseen: bool = False) -> Todo:
    """What a node lacks. ``foreseen``: in check mode the release need not be staged yet. Raises Refused where it can't be brought there."""
    if node.faults():
        raise Refused("rke2_node", node.faults())
    other = node_layout.unit(next(role for role in node_layout.ROLES if role != node.role))
    name = node_layout.unit(node.role)
    units = node_service.units([name, other])
    if units[other]["active"] in node_service.RUNNING:
        raise Refused("", [f"{other}.service runs on this host, which shall be a {node.role} now; remove the node first (state=absent), then join it anew"])
    prefix = node.prefix or node_activate.choose_prefix(layout)
    running = units[name]["active"] in node_service.RUNNING
    service = "restart" if running and node.restart else None if running else "start"
    # A service that goes on running has what it was started with; only one that starts now may start with another server.
    config = node.starting_config() if service else node.config
    files = node_desired.wanted(node.role, config, node.files, node.secrets, node.ca)
    return Todo(prefix, files, node_desired.differing(layout, files), node_activate.differing(layout, node.version, prefix, foreseen) if service else [],
                not units[name]["enabled"], other if units[other]["enabled"] else None, service, units[name]["invocation"])


def apply(layout: Layout, node: Node, todo: Todo) -> None:
    """Do it, but for the wait. Raises Refused, CommandError, OSError."""
    name = node_layout.unit(node.role)
    if todo.changed:
        node_desired.apply(layout, todo.files, todo.changed)
    if todo.programs:
        node_activate.activate(layout, node.version, todo.prefix, todo.programs)
        node_service.reload()
    if todo.disable:
        node_service.enable(todo.disable, False)
    if todo.enable:
        node_service.enable(name)
    if todo.service:
        node_service.start(name, restart=todo.service == "restart")


def note(layout: Layout, node: Node, todo: Todo, unit: t.Mapping[str, t.Any]) -> bool:
    """Note what the service runs with, once it is the new one that runs: a start that isn't waited for gets its id when it begins. Is it noted?"""
    if unit["invocation"] in (None, todo.invocation) or unit["active"] not in node_service.RUNNING:
        return False
    config, _fault = node_facts.configuration(layout)
    disk = node_started.on_disk(layout, config, node_started.version(layout.binary()), node_facts.files(layout))
    node_started.stamp(layout, node.role, unit["invocation"], disk)
    return True


def settle(layout: Layout, node: Node) -> list[node_desired.File]:
    """After the gate: the configuration that the node keeps, in the place of the one that it was started with. Without this a first server whose data are
    lost would make a second cluster. Which files were written."""
    if node.start_server is None:
        return []
    files = node_desired.wanted(node.role, node.config, node.files, node.secrets, node.ca)
    changed = node_desired.differing(layout, files)
    if changed:
        node_desired.apply(layout, files, changed)
    return changed

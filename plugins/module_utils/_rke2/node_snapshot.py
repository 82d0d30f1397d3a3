# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A snapshot of etcd under a name of its own, taken once: what an upgrade can go back to (https://docs.rke2.io/datastore/backup_restore)."""

from __future__ import annotations

import os
import re

from ansible_collections.unifiedmeta.platform.plugins.module_utils._plan import Refused
from ansible_collections.unifiedmeta.platform.plugins.module_utils._rke2 import node_config, node_files, node_service
from ansible_collections.unifiedmeta.platform.plugins.module_utils._rke2.node_layout import Layout

FOLDER_KEY = "etcd-snapshot-dir"
NAME = re.compile(r"^[a-z0-9]([a-z0-9.-]{0,60}[a-z0-9])?$")


def folder(layout: Layout) -> str:
    """Where this server keeps its snapshots."""
    texts = (node_files.text(layout.at(path)) for path in layout.config_files())
    config = node_config.merge(node_config.parse(text) for text in texts if text)
    return layout.at(str(config.get(FOLDER_KEY) or "/var/lib/rancher/rke2/server/db/snapshots"))


def there(layout: Layout, name: str) -> list[str]:
    """Snapshots of this name on this server, oldest first: RKE2 adds the node's name and the time to it."""
    if not NAME.match(name):
        raise Refused("", [f"node.snapshot: '{name}' is no name of a snapshot; it has small letters, digits, dots and hyphens"])
    place = folder(layout)
    names = os.listdir(place) if os.path.isdir(place) else []
    return sorted(os.path.join(place, one) for one in names if one.startswith(f"{name}-"))


def take(layout: Layout, name: str, timeout: float) -> str:
    """Take a snapshot; its path. Where snapshots go to S3 it goes there as well. Raises Refused, CommandError."""
    binary = layout.binary()
    if binary is None:
        raise Refused("", ["RKE2 isn't installed on this host, so there is nothing to take a snapshot of"])
    node_service.run([binary, "etcd-snapshot", "save", "--name", name], timeout=timeout)
    made = there(layout, name)
    if not made:
        raise Refused("", [f"«rke2 etcd-snapshot save» ended well, but there is no snapshot {name} in {folder(layout)}; look into its log before going on"])
    return made[-1]

# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Where RKE2's things, and ours, lie on a node.

Sources: https://docs.rke2.io/install/configuration, https://docs.rke2.io/install/airgap, https://docs.rke2.io/install/methods and the release's ``install.sh``.
"""

from __future__ import annotations

import os
import typing as t
from dataclasses import dataclass

from ansible_collections.unifiedmeta.platform.plugins.module_utils._rke2.names import CONFIG, DATA, ETC, MANIFESTS, SECRETS

CONFIG_FOLDER = f"{ETC}/config.yaml.d"
IMAGES = f"{DATA}/agent/images"
KUBELET_FOLDER = f"{DATA}/agent/etc/kubelet.conf.d"
# Ours. Beside RKE2's data folder, so that its uninstall script leaves the archives of a node that is made anew.
OWN = "/var/lib/rancher/rke2-platform"
PREFIXES = ("/usr/local", "/opt/rke2", "/usr")
ROLES = ("server", "agent")
# Where files of a node's desired state may lie; anything else on the host is not RKE2's.
FILE_FOLDERS = (f"{ETC}/", f"{MANIFESTS}/", f"{DATA}/agent/etc/")
FILES = ("/etc/default/rke2-server", "/etc/default/rke2-agent")
ARCHITECTURES = {"x86_64": "amd64", "aarch64": "arm64"}


def unit(role: str) -> str:
    """Name of the systemd unit of a role."""
    return f"rke2-{role}"


def tarball(arch: str) -> str:
    """Name of the release's file that holds binaries and units. ``arch``: amd64, arm64."""
    return f"rke2.linux-{arch}.tar.gz"


@dataclass(frozen=True)
class Layout:
    """Paths of a host whose tree begins at ``root``: ``/`` on a node, another folder in tests or for an image that is being built."""

    root: str = "/"

    def at(self, path: str) -> str:
        """Where a path of the host really lies."""
        return path if self.root == "/" else os.path.join(self.root, path.lstrip("/"))

    def data(self, *parts: str) -> str:
        """A path below RKE2's data folder."""
        return os.path.join(self.at(DATA), *parts)

    def own(self, *parts: str) -> str:
        """A path below our own folder."""
        return os.path.join(self.at(OWN), *parts)

    def config_files(self) -> list[str]:
        """Configuration files in the order in which RKE2 reads them, as paths of the host."""
        try:
            extra = sorted(name for name in os.listdir(self.at(CONFIG_FOLDER)) if name.endswith((".yaml", ".yml")))
        except (FileNotFoundError, NotADirectoryError):
            extra = []
        return [CONFIG, *(f"{CONFIG_FOLDER}/{name}" for name in extra)]

    def prefix(self) -> str | None:
        """Where RKE2 is installed, None where it isn't."""
        return next((prefix for prefix in PREFIXES if os.path.isfile(self.at(f"{prefix}/bin/rke2"))), None)

    def binary(self) -> str | None:
        """RKE2's program as a path that can be run, None where there is none."""
        prefix = self.prefix()
        return None if prefix is None else self.at(f"{prefix}/bin/rke2")


def file_faults(paths: t.Iterable[str]) -> list[str]:
    """Files of a desired state that may not be written: outside of RKE2's folders, or one that this collection writes otherwise."""
    found = []
    for path in sorted(paths):
        inside = path in FILES or any(path.startswith(folder) for folder in FILE_FOLDERS)
        if not inside or os.path.normpath(path) != path:
            found.append(f"files: {path} is not written: it must lie in {', '.join(FILE_FOLDERS)} or be one of {', '.join(FILES)}")
        elif path in (CONFIG, SECRETS):
            found.append(f"files: {path} is made of config and secrets; give what it shall hold there")
    return found

"""The Debian packages that the hosts need on this machine: programs only, no service is started, the machine's podman has no containers of ours."""
from __future__ import annotations

import os
import sys

from .paths import CACHE, ROOT

PACKAGES = ["podman", "runc", "conmon", "containernetworking-plugins", "iptables", "mmdebstrap", "zstd", "openssh-client"]


def collection() -> None:
    """Puts the collection, as it lies in this checkout, on Python's path."""
    path = os.path.join(ROOT, ".collections")
    if path not in sys.path:
        sys.path.insert(0, path)


def install() -> None:
    """Installs what is missing, the way the lab does (its archive of packages serves a machine without a network)."""
    collection()
    from ansible_collections.unifiedmeta.platform.plugins.module_utils._lab import debian

    lacking = debian.missing(PACKAGES)
    if lacking:
        debian.install(lacking, os.path.join(CACHE, "debian"))

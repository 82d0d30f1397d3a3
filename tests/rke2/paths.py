"""Where things lie: the cache that the lab keeps, the state of sets of hosts, this folder."""
from __future__ import annotations

import os

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
CACHE = os.environ.get("LAB_CACHE") or os.path.join(os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache"), "unifiedmeta-lab")
STATE = os.environ.get("RKE2_TEST_STATE") or "/var/lib/unifiedmeta-rke2"
PODMAN = os.path.join(CACHE, "podman")

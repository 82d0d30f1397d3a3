"""The test distribution: RKE2's command line, files and refusals over real Kubernetes and etcd. It is not RKE2."""
from __future__ import annotations

VERSION = "@VERSION@"
COMMIT = "unifiedmeta-test-distribution"

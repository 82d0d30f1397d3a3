#!/usr/bin/python
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
from __future__ import annotations

DOCUMENTATION = r"""
---
module: rke2_facts
short_description: Tell what a node is and what RKE2 runs on it
version_added: 0.1.0
description:
  - Reads in one round trip all that a rollout of RKE2 is planned by. Nothing on the node is changed, and it needs no package but Python.
  - Secrets are told as fingerprints (C(sha256:) and 16 digits), by which two can be compared.
  - On a server it asks the cluster too, with the client certificates that RKE2 keeps on the node. A cluster that doesn't answer is a fact, not a failure.
author:
  - UnifiedMeta Platform Engineering (@unifiedmeta)
attributes:
  check_mode:
    support: full
    description: It only reads.
  diff_mode:
    support: none
    description: It changes nothing.
  platform:
    support: full
    platforms: posix
    description: Linux with systemd.
options:
  cluster:
    description: Ask API server and etcd on a server that runs.
    type: bool
    default: true
  measure_disk:
    description: Measure the latency of synchronous writes where etcd's data will lie, unless there are some. It writes 200 KiB into a nameless file.
    type: bool
    default: false
  resolve:
    description: Names to be resolved on the node, such as the cluster's endpoint.
    type: list
    elements: str
    default: []
  endpoint:
    description: The place where nodes register, C(host:9345), to be asked for the cluster's CA.
    type: str
  now:
    description: The controller's clock, in seconds since 1970, to compare the node's with.
    type: float
  timeout:
    description: Seconds that each request to the cluster may take.
    type: int
    default: 5
"""

EXAMPLES = r"""
- name: Read all nodes
  unifiedmeta.platform.rke2_facts:
    resolve: [api.example.com]
  register: node
"""

RETURN = r"""
node:
  description:
    - The node. A value that can't be known is null.
    - C(started) is what the running service was started with, C(config) what lies on the disk now, merged as RKE2 does it.
  returned: success
  type: dict
  sample:
    reachable: true
    hostname: s1
    arch: amd64
    installed: v1.36.4+rke2r1
    service: {server: {enabled: true, active: active, since: 1763827100.0, invocation: 0a1b2c, result: success}}
    token: "sha256:0123456789abcdef"
    staged: {v1.36.4+rke2r1: {rke2.linux-amd64.tar.gz: 7bcbd3167d6947e1d79cdf722acdc740b28021fefb50dd5b974a1980776d4079}}
    cluster: {reachable: true, ready: true, nodes: [], members: []}
"""

import typing as t

from ansible_collections.unifiedmeta.platform.plugins.module_utils import _module
from ansible_collections.unifiedmeta.platform.plugins.module_utils._rke2 import node_facts, node_service
from ansible_collections.unifiedmeta.platform.plugins.module_utils._rke2.node_layout import Layout

SPEC = {
    "cluster": {"type": "bool", "default": True}, "measure_disk": {"type": "bool", "default": False},
    "resolve": {"type": "list", "elements": "str", "default": []}, "endpoint": {"type": "str"}, "now": {"type": "float"},
    "timeout": {"type": "int", "default": 5},
}


def work(module: _module.Module) -> dict[str, t.Any]:
    """Read the node."""
    params = module.params
    node = node_facts.gather(Layout(), cluster=params["cluster"], measure_disk=params["measure_disk"], names=params["resolve"], timeout=params["timeout"],
                             now=params["now"], endpoint=params["endpoint"])
    return {"changed": False, "node": node}


def main() -> t.NoReturn:
    _module.run(SPEC, work, (node_service.CommandError, OSError))


if __name__ == "__main__":
    main()

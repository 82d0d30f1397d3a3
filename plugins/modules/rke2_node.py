#!/usr/bin/python
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
from __future__ import annotations

DOCUMENTATION = r"""
---
module: rke2_node
short_description: Bring one node of RKE2 to run as it shall
version_added: 0.1.0
description:
  - Puts a release beside what runs (V(staged)), activates it and starts or restarts the service (V(started)), stops it (V(stopped)), takes RKE2 off the host
    (V(absent)), changes labels and taints of a node that is in the cluster already (V(labelled)), or takes a snapshot of etcd (V(snapshotted)).
  - It decides nothing about the cluster. Which node is next, and whether it restarts, is planned from the facts of all nodes; a service that runs is restarted
    only where O(node) says so, with a reason.
  - V(started) waits until the node is Ready in its version and, on a server, C(/readyz) answers and every member of etcd has its vote. Where it waits
    in vain it tells why, from the node's log and its surroundings, and what to do; it ends early where waiting can't help.
  - Every file is put in place by a rename. A run that is killed is continued by the next one.
author:
  - UnifiedMeta Platform Engineering (@unifiedmeta)
attributes:
  check_mode:
    support: full
    description: Tells what would be done.
  diff_mode:
    support: full
    description: Configuration and other files, with fingerprints in the place of secrets.
  platform:
    support: full
    platforms: posix
    description: Linux with systemd.
options:
  state:
    description: What the node shall be.
    type: str
    choices: [staged, started, stopped, absent, labelled, snapshotted]
    default: started
  node:
    description:
      - What is wanted of the node. Keys that aren't named here are ignored.
      - C(role) (server, agent), C(name) (of the node, by default the host's), C(version) (v1.36.4+rke2r1), C(artifacts) (file of the release to its
        sha256).
      - C(config) (the content of C(config.yaml)), C(files) (path to C(content) and C(mode), as octal text), C(restart) and C(reasons).
      - C(ca) (hash of the cluster's CA, by which a node knows the cluster that it joins), C(start_server) (start with this C(server) instead of the one
        of C(config), the empty text for none, and keep the latter), C(members) (names of the nodes that are in etcd when it is done), C(up) (those
        of them that must have their vote, by default all), C(wait) (false to start and go on).
      - C(pods) (stop the pods too), C(api) (C(labels), where null removes one, and C(taints) with C(add) and C(remove), each with C(key), C(value),
        C(effect)).
      - C(snapshot) (name of a snapshot; one of that name is taken once).
    type: dict
    default: {}
  secrets:
    description: Keys of the configuration that are secrets, such as C(token) and C(agent-token). They are written to a file of their own, which root
      alone can read.
    type: dict
    default: {}
  source:
    description: The folder on the controller in which M(unifiedmeta.platform.rke2_artifacts) has the release's files. Only what the node lacks is sent.
    type: path
  incoming:
    description: Files that have come to the node. Set by the action plugin.
    type: dict
    default: {}
  sizes:
    description: Bytes of the release's files, to tell before they are sent whether they fit. Set by the action plugin.
    type: dict
    default: {}
  timeout:
    description: Seconds to wait for V(started).
    type: int
    default: 600
  prefix:
    description: Where programs and units go. By default as RKE2's own script chooses, C(/usr/local), or C(/opt/rke2) where that is read-only or mounted.
    type: path
"""

EXAMPLES = r"""
- name: Put the release beside what runs
  unifiedmeta.platform.rke2_node:
    state: staged
    source: "{{ artifacts.folder }}"
    node: {version: v1.36.4+rke2r1, artifacts: "{{ artifacts.artifacts.amd64 }}"}

- name: Join
  unifiedmeta.platform.rke2_node:
    node:
      role: server
      name: s2
      version: v1.36.4+rke2r1
      config: {server: "https://api.example.com:9345", cni: cilium}
      ca: "{{ first_server.ca }}"
      members: [s1, s2]
    secrets: "{{ rke2_secrets }}"
"""

RETURN = r"""
actions:
  description: What was done, or would be done, a sentence each.
  returned: success
  type: list
  elements: str
needed:
  description: Files of the release that the node lacks.
  returned: when O(state=staged)
  type: list
  elements: str
ca:
  description: The hash by which joining nodes know the cluster's CA, of V(started).
  returned: when a node was started
  type: str
snapshot:
  description: Path of the snapshot on the server.
  returned: when O(state=snapshotted), not in check mode unless it was there
  type: str
waited:
  description: Seconds until the node was as it shall be.
  returned: when O(state=started) and it was waited for
  type: float
missing:
  description: What wasn't as it shall be when the wait ended.
  returned: when the node did not come up
  type: list
  elements: str
causes:
  description: Why, and what to do next.
  returned: when the node did not come up
  type: list
  elements: str
log:
  description: The last lines of the service's log.
  returned: when the node did not come up
  type: list
  elements: str
"""

import typing as t

from ansible_collections.unifiedmeta.platform.plugins.module_utils import _module
from ansible_collections.unifiedmeta.platform.plugins.module_utils._rke2 import node_client, node_service, node_states
from ansible_collections.unifiedmeta.platform.plugins.module_utils._rke2.node_layout import Layout

SPEC = {
    "state": {"type": "str", "choices": ["staged", "started", "stopped", "absent", "labelled", "snapshotted"], "default": "started"},
    "node": {"type": "dict", "default": {}}, "secrets": {"type": "dict", "default": {}, "no_log": True}, "source": {"type": "path"},
    "incoming": {"type": "dict", "default": {}}, "sizes": {"type": "dict", "default": {}}, "timeout": {"type": "int", "default": 600},
    "prefix": {"type": "path"},
}


def work(module: _module.Module) -> dict[str, t.Any]:
    """Bring the node there, or in check mode tell what that takes."""
    for value in module.params["secrets"].values():
        module.register(str(value))
    result = node_states.STATES[module.params["state"]](Layout(), module.params, module.check_mode)
    if not module._diff:  # pylint: disable=protected-access  # Ansible has no public name for it.
        result.pop("diff", None)
    return result


def main() -> t.NoReturn:
    _module.run(SPEC, work, (node_service.CommandError, node_client.Unanswered, OSError), counted=("node",))


if __name__ == "__main__":
    main()

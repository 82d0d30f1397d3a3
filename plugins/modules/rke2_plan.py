#!/usr/bin/python
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# All of it is the action plugin of the same name.
from __future__ import annotations

DOCUMENTATION = r"""
---
module: rke2_plan
short_description: Plan what happens to an RKE2 cluster, or refuse
version_added: 0.1.0
description:
  - Makes of what a site wants and the facts of all hosts an ordered rollout, per node what is done, whether it restarts and why, or refusals with
    what to do instead.
  - It prints the plan, the same in check mode and in the run, and returns the hosts by the play that acts on them.
  - It asks no host, so that C(--limit), a slice or a host that is down can't hide anything from it that its facts don't show. Facts must be those of all hosts.
  - With refusals the task fails and all groups are empty.
author:
  - UnifiedMeta Platform Engineering (@unifiedmeta)
attributes:
  check_mode:
    support: full
    description: It changes nothing but the file O(dest), which is written in check mode as well, since that is what it is for.
  diff_mode:
    support: none
    description: The plan says, field by field, what changes.
  platform:
    support: full
    platforms: posix
    description: It runs on the controller.
options:
  desired:
    description: What P(unifiedmeta.platform.rke2_spec#filter) returns.
    type: dict
    required: true
  facts:
    description:
      - By host of the inventory, what M(unifiedmeta.platform.rke2_facts) returns as C(node); of a host that didn't answer C(reachable) alone, V(false).
      - A host that is missing here is refused.
    type: dict
    required: true
  secrets_fingerprints:
    description: Fingerprints of the site's secrets by their key in C(config.yaml), such as C(token) and C(agent-token), as facts have them.
    type: dict
    default: {}
  limit:
    description: Hosts of this run. Others are planned, told and not acted on. All when it isn't set.
    type: list
    elements: str
  remove:
    description: Plan the removal of these hosts, or of nodes that only the cluster knows, instead of a rollout.
    type: list
    elements: str
    default: []
  dest:
    description: Write the plan to this file on the controller, as JSON.
    type: path
  against:
    description: A file of O(dest) of before. When the cluster or the site is not what that plan rests on any more, the run is refused.
    type: path
  preflight_ignore:
    description: Names of checks of hosts, as in brackets at the end of their sentence, that shall only warn.
    type: list
    elements: str
    default: []
"""

EXAMPLES = r"""
- name: Plan
  unifiedmeta.platform.rke2_plan:
    desired: "{{ settings | unifiedmeta.platform.rke2_spec(nodes=nodes) }}"
    facts: "{{ facts }}"
    limit: "{{ ansible_play_hosts_all }}"
  run_once: true

- name: Plan that a server leaves
  unifiedmeta.platform.rke2_plan:
    desired: "{{ settings | unifiedmeta.platform.rke2_spec(nodes=nodes) }}"
    facts: "{{ facts }}"
    remove: [s1]
  run_once: true
"""

RETURN = r"""
cluster:
  description: Name, version, endpoint and state of the cluster.
  type: dict
  returned: success
steps:
  description: A step a host, in order, with C(host), C(group), C(action), C(restart), C(reasons), C(drain), C(order), C(in_limit) and more.
  type: list
  elements: dict
  returned: success
groups:
  description: Hosts by the play that acts on them, C(stage), C(init), C(servers), C(agents); with O(remove), C(remove).
  type: dict
  returned: always
nodes:
  description: By host that is acted on, what M(unifiedmeta.platform.rke2_node) needs, without secrets.
  type: dict
  returned: success
refusals:
  description: Why nothing is done, each with what to do instead.
  type: list
  elements: str
  returned: always
notes:
  description: What is to be known and doesn't stop the run.
  type: list
  elements: str
  returned: success
snapshot:
  description: The server that is to take a snapshot before anything else, since an upgrade begins; none where there is no need.
  type: str
  returned: success
fingerprint:
  description: SHA-256 of what the plan rests on.
  type: str
  returned: always
summary:
  description: The plan in words, as printed.
  type: list
  elements: str
  returned: success
"""

# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The filter rke2_userdata_spec: cloud-init's user data for agents that Ansible never meets."""

from __future__ import annotations

DOCUMENTATION = r"""
name: rke2_userdata_spec
author:
  - UnifiedMeta Platform Engineering (@unifiedmeta)
short_description: User data for RKE2 agents that Ansible never meets
version_added: 0.1.0
description:
  - A cloud-config for the machines of an autoscaling group, with the same configuration, files and release as P(unifiedmeta.platform.rke2_spec#filter) gives to
    a host of that pool. What they fetch is checked by the lock's SHA-256.
  - The token is not in it, since every process of a machine can read its user data; a command fetches it.
  - Nodes are named after their machines. The planner M(unifiedmeta.platform.rke2_plan) lets nodes be that the inventory doesn't have.
  - It is rendered, and its script is checked for syntax, not run, in the tests of this collection.
options:
  _input:
    description: As in P(unifiedmeta.platform.rke2_spec#filter).
    type: dict
    required: true
  nodes:
    description: As in P(unifiedmeta.platform.rke2_spec#filter).
    type: dict
    required: true
  pool:
    description: What the machines are for, such as V(gpu).
    type: str
    required: true
  source:
    description: URL of the folder that holds the files of this version, as the machines reach it.
    type: str
    required: true
  token_command:
    description: A command that prints the token of agents on the machine, in its full form, C(K10…::node:…).
    type: str
    required: true
  artifacts:
    description: The lock of this version, file and SHA-256, or that by architecture.
    type: dict
    required: true
  arch:
    description: V(amd64) or V(arm64).
    type: str
    default: amd64
  node:
    description: Further settings of these machines, C(node_labels), C(node_taints), C(node_config), C(kubelet_args), C(zone), C(region).
    type: dict
    default: {}
  limit:
    description: Most bytes that the cloud takes.
    type: int
    default: 16384
"""

EXAMPLES = r"""
- name: Write the user data of GPU machines
  ansible.builtin.copy:
    content: "{{ settings | unifiedmeta.platform.rke2_userdata_spec(nodes=nodes, pool='gpu', source=source, token_command=command, artifacts=lock) }}"
    dest: gpu.cloud-config.yml
    mode: "0600"
  vars:
    source: https://artifacts.example.org/rke2/v1.36.4
    command: aws secretsmanager get-secret-value --secret-id rke2-agent-token --query SecretString --output text
"""

RETURN = r"""
_value:
  description: The cloud-config.
  type: str
"""

from ansible.errors import AnsibleFilterError

from ansible_collections.unifiedmeta.platform.plugins.module_utils._rke2 import desired, userdata
from ansible_collections.unifiedmeta.platform.plugins.plugin_utils._catalog.merge import plain


def rke2_userdata_spec(site, nodes=None, pool=None, source="", token_command="", artifacts=None, arch="amd64", node=None, limit=userdata.LIMIT):
    """See DOCUMENTATION."""
    try:
        return userdata.userdata(plain(dict(site)), plain(dict(nodes or {})), pool=str(pool or ""), source=str(source), token_command=str(token_command),
                                 artifacts=plain(dict(artifacts or {})), arch=str(arch), node=plain(dict(node or {})), limit=int(limit))
    except desired.Faulty as error:
        raise AnsibleFilterError("rke2_userdata_spec: " + "\n  - ".join(["", *error.faults]).strip()) from error


class FilterModule:
    """Thin: the work is done by a pure function."""

    def filters(self):
        return {"rke2_userdata_spec": rke2_userdata_spec}

# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The filter rke2_nodes_spec: the cluster's nodes, from the inventory."""

from __future__ import annotations

DOCUMENTATION = r"""
name: rke2_nodes_spec
author:
  - UnifiedMeta Platform Engineering (@unifiedmeta)
short_description: The cluster's nodes, from the inventory
version_added: 0.1.0
description:
  - Each host of the groups with its role, its pool, and what its own variables or those of its groups say of it.
  - A host in both groups, or in two pools, is refused.
options:
  _input:
    description: Names of the servers, in the order in which they join.
    type: list
    elements: str
    required: true
  agents:
    description: Names of the agents.
    type: list
    elements: str
    required: true
  variables:
    description: The variables of all hosts, C(hostvars).
    type: dict
    required: true
"""

EXAMPLES = r"""
- name: Show the nodes
  ansible.builtin.debug:
    msg: "{{ groups.rke2_servers | unifiedmeta.platform.rke2_nodes_spec(groups.rke2_agents, hostvars) }}"
"""

RETURN = r"""
_value:
  description: Host and C(role), C(pool) and what else is said of it, as P(unifiedmeta.platform.rke2_spec#filter) takes it.
  type: dict
"""

from ansible.errors import AnsibleFilterError

from ansible_collections.unifiedmeta.platform.plugins.module_utils._rke2 import inventory
from ansible_collections.unifiedmeta.platform.plugins.plugin_utils._catalog.merge import plain


def rke2_nodes_spec(servers, agents, variables):
    """See DOCUMENTATION."""
    try:
        return plain(inventory.nodes(plain(servers), plain(agents), variables))
    except ValueError as error:
        raise AnsibleFilterError(f"rke2_nodes_spec: {error}") from error


class FilterModule:
    """Thin: the work is done by a pure function."""

    def filters(self):
        """The filter by its name."""
        return {"rke2_nodes_spec": rke2_nodes_spec}

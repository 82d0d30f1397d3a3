# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The filter rke2_facts_spec: facts of all nodes, from what hosts have answered."""

from __future__ import annotations

DOCUMENTATION = r"""
name: rke2_facts_spec
author:
  - UnifiedMeta Platform Engineering (@unifiedmeta)
short_description: Facts of all nodes, from what hosts have answered
version_added: 0.1.0
description:
  - Results of M(unifiedmeta.platform.rke2_facts) of the hosts of a run, and of a loop over the hosts beside them, as one map.
  - A host that didn't answer is there as well, as one that can't be reached.
options:
  _input:
    description: Names of all hosts of the cluster.
    type: list
    elements: str
    required: true
  variables:
    description: The variables of all hosts, C(hostvars).
    type: dict
    required: true
  others:
    description: The registered result of the loop.
    type: dict
  name:
    description: Variable in which the hosts of the run have their result.
    type: str
    default: __rke2_read
"""

EXAMPLES = r"""
- name: Read all nodes
  unifiedmeta.platform.rke2_facts:
  register: __rke2_read

- name: Show them
  ansible.builtin.debug:
    msg: "{{ ansible_play_hosts_all | unifiedmeta.platform.rke2_facts_spec(hostvars) }}"
  run_once: true
"""

RETURN = r"""
_value:
  description: Host and its facts.
  type: dict
"""

from ansible_collections.unifiedmeta.platform.plugins.module_utils._rke2 import inventory
from ansible_collections.unifiedmeta.platform.plugins.plugin_utils._catalog.merge import plain


def rke2_facts_spec(hosts, variables, others=None, name="__rke2_read"):
    """See DOCUMENTATION."""
    return plain(inventory.facts(plain(hosts), variables, plain(dict(others or {})), name))


class FilterModule:
    """Thin: the work is done by a pure function."""

    def filters(self):
        """The filter by its name."""
        return {"rke2_facts_spec": rke2_facts_spec}

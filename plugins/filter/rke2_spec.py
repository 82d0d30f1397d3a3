# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The filter rke2_spec: the desired state of a cluster, from what the site says and its hosts."""

from __future__ import annotations

DOCUMENTATION = r"""
name: rke2_spec
author:
  - UnifiedMeta Platform Engineering (@unifiedmeta)
short_description: The desired state of an RKE2 cluster
version_added: 0.1.0
description:
  - Makes of the site's settings and its hosts what P(unifiedmeta.platform.rke2_plan#module) plans for, each node's C(config.yaml), the files beside it,
    the names of its image archives, the eight values that must be equal on all servers, and the endpoint.
  - Everything that is wrong is told at once, a line a fault, with a suggestion where a name is nearly right. RKE2 itself skips settings that it doesn't know.
  - No secret goes in or out.
options:
  _input:
    description: Variables of the role C(rke2) without their prefix, such as C(version), C(endpoint), C(cni), C(kubelet_args), C(config).
    type: dict
    required: true
  nodes:
    description:
      - What is said of each host, by its name in the inventory, servers in the order in which they join. C(role) is V(server) or V(agent); further
        C(node_name), C(address), C(external_address), C(pool), C(zone), C(region), C(node_labels), C(node_taints), C(node_config), C(kubelet_args).
    type: dict
    required: true
  charts:
    description: Files for servers, by their path on the node, with C(content) and C(mode), such as HelmChartConfigs.
    type: dict
  servers:
    description: Further settings of all servers, as in C(config.yaml), such as P(unifiedmeta.platform.kubernetes_oidc_spec#filter) makes.
    type: dict
  artifacts:
    description: The lock of this version, file and SHA-256, or that by architecture.
    type: dict
"""

EXAMPLES = r"""
- name: Show a server's configuration
  ansible.builtin.debug:
    msg: "{{ (settings | unifiedmeta.platform.rke2_spec(nodes=nodes)).nodes.s1.config }}"
  vars:
    settings: {version: v1.35.4+rke2r1, cni: cilium}
    nodes: {s1: {role: server, address: 10.0.0.1}}
"""

RETURN = r"""
_value:
  description: C(version), C(cluster), C(nodes), C(artifacts), C(settings).
  type: dict
"""

from ansible.errors import AnsibleFilterError

from ansible_collections.unifiedmeta.platform.plugins.module_utils._rke2 import desired
from ansible_collections.unifiedmeta.platform.plugins.plugin_utils._catalog.merge import plain


def rke2_spec(site, nodes=None, charts=None, servers=None, artifacts=None):
    """See DOCUMENTATION."""
    for name, value in (("the input", site), ("nodes", nodes)):
        if not isinstance(value, dict) or not all(isinstance(inner, dict) for inner in (value.values() if name == "nodes" else ())):
            raise AnsibleFilterError(f"rke2_spec: {name} must be a map{' of maps' if name == 'nodes' else ''}")
    try:
        return desired.rke2_spec(
            plain(dict(site)), plain(dict(nodes)), charts=plain(dict(charts or {})), servers=plain(dict(servers or {})), artifacts=plain(dict(artifacts or {}))
        )
    except desired.Faulty as error:
        count = len(error.faults)
        head = "one fault" if count == 1 else f"{count} faults"
        raise AnsibleFilterError(f"rke2_spec: {head} in what the site says of its cluster:\n" + "\n".join(f"  - {fault}" for fault in error.faults)) from error


class FilterModule:
    """Thin: the work is done by a pure function of the same name."""

    def filters(self):
        return {"rke2_spec": rke2_spec}

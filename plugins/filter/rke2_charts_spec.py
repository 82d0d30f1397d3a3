# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The filter rke2_charts_spec: what RKE2 installs itself, from the plan."""

from __future__ import annotations

DOCUMENTATION = r"""
name: rke2_charts_spec
author:
  - UnifiedMeta Platform Engineering (@unifiedmeta)
short_description: What RKE2 installs itself, from the plan
version_added: 0.1.0
description:
  - Components with C(delivery=rke2), as keys of the servers' configuration (which CNI, which ingress controller, what is left out) and as files
    for C(server/manifests), a HelmChartConfig with the merged values for each chart.
  - The files are complete before the first start, so that no component starts with other values than the site's.
  - Refused are a control plane's address that nothing holds, and Services that nothing carries.
options:
  endpoint:
    description: Address of the control plane, C(kind), C(host), C(vip) and C(interface), as in C(rke2_endpoint).
    type: dict
  disable_kube_proxy:
    description: The CNI does kube-proxy's work.
    type: bool
    default: false
  registry_ca:
    description: Certificate of the CA of C(platform_registry), PEM.
    type: str
    default: ""
extends_documentation_fragment:
  - unifiedmeta.platform.plan
"""

EXAMPLES = r"""
- name: Show the files
  ansible.builtin.debug:
    msg: "{{ (lookup('unifiedmeta.platform.catalog') | unifiedmeta.platform.rke2_charts_spec(rke2_endpoint)).files }}"
"""

RETURN = r"""
_value:
  description: Keys of C(config.yaml) (C(config)), C(content) and C(mode) by path on a server (C(files)), the charts' names (C(charts)), and
    C(registries.yaml) for nodes that take all images from C(platform_registry) (C(registries)).
  type: dict
"""

from ansible_collections.unifiedmeta.platform.plugins.plugin_utils._catalog_specs import thin
from ansible_collections.unifiedmeta.platform.plugins.plugin_utils._catalog_specs.rke2_charts import rke2_charts_spec


class FilterModule:
    """Thin: the work is done by a pure function of the same name."""

    def filters(self):
        """The filter by its name."""
        return {"rke2_charts_spec": thin.spec(rke2_charts_spec)}

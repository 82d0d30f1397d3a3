# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The filter kubernetes_oidc_spec: the login of people to the API server by Keycloak, from the plan."""

from __future__ import annotations

DOCUMENTATION = r"""
name: kubernetes_oidc_spec
author:
  - UnifiedMeta Platform Engineering (@unifiedmeta)
short_description: The login of people to the API server by Keycloak, from the plan
version_added: 0.1.0
description:
  - Derives the options of C(kube-apiserver) with which it takes the tokens of the realm of the platform's people, in the form of RKE2's C(config.yaml).
  - The API server looks for Keycloak in the background until that is there, so a cluster may have them from its first start.
options:
  url:
    description: Address of Keycloak as the servers and people reach it. The default is that of what provides C(identity).
    type: str
    default: ""
  client:
    description: Id of the client with which people log in, as P(unifiedmeta.platform.keycloak_spec#filter) has it. Empty, nothing is derived.
    type: str
    default: kubernetes
  prefix:
    description: Before the names of people and groups in the cluster. It can't be empty, or a group called C(system:masters) in Keycloak would be that one.
    type: str
    default: "oidc:"
  ca_file:
    description: Path, on the servers, of the CA of Keycloak's certificate, where it isn't one that they trust.
    type: str
    default: ""
extends_documentation_fragment:
  - unifiedmeta.platform.plan
"""

EXAMPLES = r"""
- name: Let people log in to the cluster
  ansible.builtin.copy:
    content: "{{ lookup('unifiedmeta.platform.catalog') | unifiedmeta.platform.kubernetes_oidc_spec | to_nice_yaml }}"
    dest: /etc/rancher/rke2/config.yaml.d/50-people.yaml
    mode: "0600"
"""

RETURN = r"""
_value:
  description: A part of RKE2's configuration, with C(kube-apiserver-arg).
  type: dict
"""

from ansible_collections.unifiedmeta.platform.plugins.plugin_utils._catalog_specs import thin
from ansible_collections.unifiedmeta.platform.plugins.plugin_utils._catalog_specs.kubernetes_oidc import kubernetes_oidc_spec


class FilterModule:
    """Thin: the work is done by a pure function of the same name."""

    def filters(self):
        """The filter by its name."""
        return {"kubernetes_oidc_spec": thin.spec(kubernetes_oidc_spec)}

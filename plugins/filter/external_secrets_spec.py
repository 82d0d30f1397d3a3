# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Filter: externalSecrets and their store, from the plan."""

from __future__ import annotations

DOCUMENTATION = r"""
name: external_secrets_spec
author:
  - UnifiedMeta Platform Engineering (@unifiedmeta)
short_description: ExternalSecrets and their store, from the plan
version_added: 0.1.0
description:
  - An ExternalSecret for each Kubernetes Secret that a component wants made of what lies in Vault, and the ClusterSecretStore that they read from.
  - The store serves the namespaces of these components and no other.
options:
  _input:
    description: The plan, from P(unifiedmeta.platform.catalog#lookup).
    type: dict
    required: true
  server:
    description: URL of Vault as pods reach it. From C(platform_endpoints) or the component that provides C(vault) unless set.
    type: str
    default: ""
  ca:
    description: CA of that URL, PEM, for a Vault outside of the cluster.
    type: str
    default: ""
  store:
    description: Name of the ClusterSecretStores. There is one for each namespace, C(<store>-<namespace>).
    type: str
    default: platform
  mount:
    description: Path of the kubernetes auth method in Vault.
    type: str
    default: kubernetes
  audience:
    description: Audience of the service account's token, as in P(unifiedmeta.platform.vault_spec#filter).
    type: str
    default: vault
  interval:
    description: How often values are read again, as a Go duration.
    type: str
    default: 1h
"""

EXAMPLES = r"""
- name: Show the ExternalSecrets
  ansible.builtin.debug:
    var: lookup("unifiedmeta.platform.catalog") | unifiedmeta.platform.external_secrets_spec(interval="15m")
"""

RETURN = r"""
_value:
  description: Component name and the list of Kubernetes objects that come with it.
  type: dict
"""

from ansible_collections.unifiedmeta.platform.plugins.plugin_utils._catalog_specs import thin
from ansible_collections.unifiedmeta.platform.plugins.plugin_utils._catalog_specs.external_secrets import external_secrets_spec


class FilterModule:
    """Thin: the work is done by a pure function of the same name."""

    def filters(self):
        """The filter by its name."""
        return {"external_secrets_spec": thin.spec(external_secrets_spec)}

# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The filter external_secrets_spec: ExternalSecrets and their store, from the plan."""

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
extends_documentation_fragment:
  - unifiedmeta.platform.plan
  - unifiedmeta.platform.external_secrets
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

# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The filter keycloak_spec: the desired state of Keycloak, from the plan."""

from __future__ import annotations

DOCUMENTATION = r"""
name: keycloak_spec
author:
  - UnifiedMeta Platform Engineering (@unifiedmeta)
short_description: The desired state of Keycloak, from the plan
version_added: 0.1.0
description:
  - Derives everything that Keycloak must hold for the components of a plan, in the form that M(unifiedmeta.platform.keycloak_config) takes.
  - The realm of the platform's people, with settings, a login that asks everybody for a second factor, and the groups that components may name.
  - A client for each component with C(sso), whose secret is the one in Vault, and one with which people log in to the API server of Kubernetes.
  - The roles that components have, given to the groups that their C(sso.roles) name.
  - In the realm C(master) the named administrator and automation's service account, which take the place of the account of the first start.
options:
  extra:
    description: The site's own part of the desired state, in the same form. It is merged over what is derived.
    type: dict
    default: {}
  kubernetes:
    description: Id of the client with which people log in to the API server of Kubernetes. Empty, there is none.
    type: str
    default: kubernetes
  locale:
    description: Language of the login pages for those whose browser asks for none that there is.
    type: str
    choices: [en, ko]
    default: en
  kubernetes_redirects:
    description: Where the login of kubectl listens on a person's own machine. The default is C(http://localhost:8000) and C(http://localhost:18000),
      as kubelogin has it.
    type: list
    elements: str
extends_documentation_fragment:
  - unifiedmeta.platform.plan
"""

EXAMPLES = r"""
- name: Bring Keycloak to the state that the catalogue and the site ask for
  unifiedmeta.platform.keycloak_config:
    config: "{{ lookup('unifiedmeta.platform.catalog') | unifiedmeta.platform.keycloak_spec(keycloak_config) }}"
    scope: platform
"""

RETURN = r"""
_value:
  description: Desired state with C(realms).
  type: dict
"""

from ansible_collections.unifiedmeta.platform.plugins.plugin_utils._catalog_specs import thin
from ansible_collections.unifiedmeta.platform.plugins.plugin_utils._catalog_specs.keycloak import keycloak_spec


class FilterModule:
    """Thin: the work is done by a pure function of the same name."""

    def filters(self):
        """The filter by its name."""
        return {"keycloak_spec": thin.spec(keycloak_spec)}

# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The filter vault_oidc_spec: the login of people to Vault by Keycloak, from the plan."""

from __future__ import annotations

DOCUMENTATION = r"""
name: vault_oidc_spec
author:
  - UnifiedMeta Platform Engineering (@unifiedmeta)
short_description: The login of people to Vault by Keycloak, from the plan
version_added: 0.1.0
description:
  - Derives Vault's second pass, in the form that M(unifiedmeta.platform.vault_config) takes. It is apart from C(vault_spec) since Vault reads Keycloak's
    discovery document when it is written, and Keycloak is made with secrets out of Vault.
  - An auth method C(oidc) with the client of what provides C(vault), a role for those who are in a group that its C(sso.roles) name, and for each of
    these groups an external group of Vault's with the policy C(platform-<role>).
options:
  extra:
    description: The site's own part of the desired state, in the same form. It is merged over what is derived.
    type: dict
    default: {}
  url:
    description: Address of Keycloak as Vault and people reach it. The default is that of what provides C(identity).
    type: str
    default: ""
  ca:
    description: The CA of Keycloak's certificate, as PEM text, where it isn't one that Vault's machine trusts.
    type: str
    default: ""
  mount:
    description: Path of the auth method.
    type: str
    default: oidc
extends_documentation_fragment:
  - unifiedmeta.platform.plan
"""

EXAMPLES = r"""
- name: Let people log in to Vault by Keycloak
  unifiedmeta.platform.vault_config:
    config: "{{ lookup('unifiedmeta.platform.catalog') | unifiedmeta.platform.vault_oidc_spec(url='https://sso.example.com') }}"
    scope: platform-oidc
"""

RETURN = r"""
_value:
  description: Desired state with C(auth) and C(identity).
  type: dict
"""

from ansible_collections.unifiedmeta.platform.plugins.plugin_utils._catalog_specs import thin
from ansible_collections.unifiedmeta.platform.plugins.plugin_utils._catalog_specs.vault_oidc import vault_oidc_spec


class FilterModule:
    """Thin: the work is done by a pure function of the same name."""

    def filters(self):
        """The filter by its name."""
        return {"vault_oidc_spec": thin.spec(vault_oidc_spec)}

# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The filter vault_spec: the desired state of Vault, from the plan."""

from __future__ import annotations

DOCUMENTATION = r"""
name: vault_spec
author:
  - UnifiedMeta Platform Engineering (@unifiedmeta)
short_description: The desired state of Vault, from the plan
version_added: 0.1.0
description:
  - Derives everything that Vault must hold for the components of a plan, in the form that M(unifiedmeta.platform.vault_config) takes.
  - Of every component its secrets, a policy that reads these and no other, and a role of the kubernetes auth method
    that is bound to its namespace and service account.
  - Further what External Secrets may read, with a role for each namespace that it fills.
  - The policies of administrators, operators and automation, logins of people that need no Keycloak,
    and the databases, certificate authorities and keys that components ask for.
options:
  extra:
    description: The site's own part of the desired state, in the same form. It is merged over what is derived.
    type: dict
    default: {}
  automation_namespace:
    description: Namespace of automation's service account.
    type: str
    default: platform-system
  automation_service_account:
    description: Name of automation's service account, of its role and its policy.
    type: str
    default: platform-automation
  mount:
    description: Path of the kubernetes auth method.
    type: str
    default: kubernetes
  audience:
    description:
      - Audience that the token of a service account must have. Every role asks for it.
      - A token that was made for the API server, such as those that are mounted into pods, is then no login to Vault,
        and what Vault is given is none to the API server.
    type: str
    default: vault
  scan:
    description:
      - The server has OpenBao's capability C(scan), which lets automation list a whole mount in one request.
      - By default where C(openbao) provides C(vault). HashiCorp Vault refuses a policy that names it.
    type: bool
extends_documentation_fragment:
  - unifiedmeta.platform.plan
"""

EXAMPLES = r"""
- name: Bring Vault to the state that the catalogue and the site ask for
  unifiedmeta.platform.vault_config:
    config: "{{ lookup('unifiedmeta.platform.catalog') | unifiedmeta.platform.vault_spec(vault_config) }}"
    scope: platform
"""

RETURN = r"""
_value:
  description: Desired state with C(mounts), C(auth), C(policies), C(secrets), and as asked for C(database), C(pki), C(transit), C(identity), C(audit).
  type: dict
"""

from ansible_collections.unifiedmeta.platform.plugins.plugin_utils._catalog_specs import thin
from ansible_collections.unifiedmeta.platform.plugins.plugin_utils._catalog_specs.vault import vault_spec


class FilterModule:
    """Thin: the work is done by a pure function of the same name."""

    def filters(self):
        """The filter by its name."""
        return {"vault_spec": thin.spec(vault_spec)}

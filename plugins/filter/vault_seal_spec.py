# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The filter vault_seal_spec: the seal of a Vault server, from the site's profile and choice."""

from __future__ import annotations

DOCUMENTATION = r"""
name: vault_seal_spec
author:
  - UnifiedMeta Platform Engineering (@unifiedmeta)
short_description: The seal stanza of a Vault server, by profile
version_added: 0.1.0
description:
  - Renders the stanzas C(seal), and C(plugin) where it is asked for, of the server's configuration.
  - V(static) and V(transit) are run in the tests of this collection; V(awskms), V(gcpckms) and V(azurekeyvault) are rendered, not run.
  - Unknown and missing options are refused, and secrets too, which belong into the server's environment or identity.
options:
  _input:
    description: The profile, V(aws), V(gcp), V(azure) or V(onprem). It names the seal where O(seal) doesn't.
    type: str
    required: true
  seal:
    description: V(shamir), V(static), V(transit), V(awskms), V(gcpckms) or V(azurekeyvault).
    type: str
  options:
    description: Options of the seal stanza.
    type: dict
    default: {}
  plugin:
    description: Options of the plugin stanza, such as C(command) and C(sha256sum), for the seals that are plugins since OpenBao 2.7.
    type: dict
    default: {}
"""

EXAMPLES = r"""
- name: Show the seal of a site on AWS
  ansible.builtin.debug:
    msg: "{{ ('aws' | unifiedmeta.platform.vault_seal_spec(options={'region': 'eu-central-1', 'kms_key_id': 'alias/vault'})).config }}"
"""

RETURN = r"""
_value:
  description: C(type), C(config) (HCL) and C(proven), which is V(run) or V(rendered).
  type: dict
"""

from ansible.errors import AnsibleFilterError

from ansible_collections.unifiedmeta.platform.plugins.plugin_utils import _seal


def vault_seal_spec(profile, seal=None, options=None, plugin=None):
    """See DOCUMENTATION."""
    try:
        return _seal.render(profile, seal, options, plugin)
    except ValueError as error:
        raise AnsibleFilterError(f"vault_seal_spec: {error}") from error


class FilterModule:
    """Thin."""

    def filters(self):
        return {"vault_seal_spec": vault_seal_spec}

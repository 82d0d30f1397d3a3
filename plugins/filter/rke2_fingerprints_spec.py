# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The filter rke2_fingerprints_spec: fingerprints of secrets, by which a plan compares them."""

from __future__ import annotations

DOCUMENTATION = r"""
name: rke2_fingerprints_spec
author:
  - UnifiedMeta Platform Engineering (@unifiedmeta)
short_description: Fingerprints of secrets, by which a plan compares them
version_added: 0.1.0
description:
  - The values of M(unifiedmeta.platform.rke2_plan#module)'s option O(unifiedmeta.platform.rke2_plan#module:secrets_fingerprints), as
    M(unifiedmeta.platform.rke2_facts) tells them of what nodes have.
options:
  _input:
    description: Secrets by their key in C(config.yaml), such as C(token). Empty ones are left out.
    type: dict
    required: true
"""

EXAMPLES = r"""
- name: Show the fingerprint of the token
  ansible.builtin.debug:
    msg: "{{ {'token': lookup('unifiedmeta.platform.bootstrap', 'rke2/token')} | unifiedmeta.platform.rke2_fingerprints_spec }}"
"""

RETURN = r"""
_value:
  description: Key and C(sha256:) with 16 hexadecimal digits.
  type: dict
"""

from ansible_collections.unifiedmeta.platform.plugins.module_utils._rke2 import names


def rke2_fingerprints_spec(secrets):
    """See DOCUMENTATION."""
    return {str(key): names.fingerprint(str(value)) for key, value in secrets.items() if value}


class FilterModule:
    """Thin: the fingerprint is made where nodes make theirs."""

    def filters(self):
        """The filter by its name."""
        return {"rke2_fingerprints_spec": rke2_fingerprints_spec}

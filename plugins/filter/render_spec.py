# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The filter render_spec: every file of a GitOps repository, from the plan."""

from __future__ import annotations

DOCUMENTATION = r"""
name: render_spec
author:
  - UnifiedMeta Platform Engineering (@unifiedmeta)
short_description: Every file of a GitOps repository, from the plan
version_added: 0.1.0
description:
  - The whole plan as texts by path, a folder a wave and in it a folder a component, with namespace, release or application,
    values, manifests and ExternalSecrets.
  - Beside them C(components.yaml) (versions and licences), C(mirror.yaml) and, when given, C(vault.json), C(keycloak.json) and C(rke2.yaml).
  - The same plan gives the same texts, so two sites can be compared with C(diff -r). No secret is in them.
options:
  vault:
    description: What P(unifiedmeta.platform.vault_spec#filter) made of the plan.
    type: dict
  keycloak:
    description: What P(unifiedmeta.platform.keycloak_spec#filter) made of the plan.
    type: dict
  servers:
    description: The part of RKE2's configuration that P(unifiedmeta.platform.kubernetes_oidc_spec#filter) made of the plan.
    type: dict
  charts:
    description: What P(unifiedmeta.platform.rke2_charts_spec#filter) made of the plan.
    type: dict
extends_documentation_fragment:
  - unifiedmeta.platform.plan
  - unifiedmeta.platform.external_secrets
"""

EXAMPLES = r"""
- name: Write the plan
  unifiedmeta.platform.file_tree:
    dest: /srv/gitops
    files: "{{ plan | unifiedmeta.platform.render_spec(plan | unifiedmeta.platform.vault_spec) }}"
"""

RETURN = r"""
_value:
  description: Relative path and text of each file.
  type: dict
"""

from ansible_collections.unifiedmeta.platform.plugins.plugin_utils._catalog_specs import thin
from ansible_collections.unifiedmeta.platform.plugins.plugin_utils._catalog_specs.render import render_spec


class FilterModule:
    """Thin: the work is done by a pure function of the same name."""

    def filters(self):
        """The filter by its name."""
        return {"render_spec": thin.spec(render_spec)}

# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The filter helm_spec: Helm releases, from the plan."""

from __future__ import annotations

DOCUMENTATION = r"""
name: helm_spec
author:
  - UnifiedMeta Platform Engineering (@unifiedmeta)
short_description: Helm releases, from the plan
version_added: 0.1.0
description:
  - Every component that Helm installs, its pinned chart, its merged values, and who keeps it, Helm or Argo CD.
  - With C(platform_delivery=argocd), components outside of the bootstrap waves are Argo CD's, which gets an Application for each.
extends_documentation_fragment:
  - unifiedmeta.platform.plan
"""

EXAMPLES = r"""
- name: Show the releases
  ansible.builtin.debug:
    var: lookup("unifiedmeta.platform.catalog") | unifiedmeta.platform.helm_spec
"""

RETURN = r"""
_value:
  description: Component name and C(owner), C(release), C(values), and C(application) where Argo CD is the owner.
  type: dict
"""

from ansible_collections.unifiedmeta.platform.plugins.plugin_utils._catalog_specs import thin
from ansible_collections.unifiedmeta.platform.plugins.plugin_utils._catalog_specs.helm import helm_spec


class FilterModule:
    """Thin: the work is done by a pure function of the same name."""

    def filters(self):
        """The filter by its name."""
        return {"helm_spec": thin.spec(helm_spec)}

# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The filter namespace_spec: namespaces with their guard rails, from the plan."""

from __future__ import annotations

DOCUMENTATION = r"""
name: namespace_spec
author:
  - UnifiedMeta Platform Engineering (@unifiedmeta)
short_description: Namespaces with their guard rails, from the plan
version_added: 0.1.0
description:
  - The namespaces of all components that this cluster runs, with the labels of Pod Security Admission, and their quotas.
extends_documentation_fragment:
  - unifiedmeta.platform.plan
"""

EXAMPLES = r"""
- name: Show the namespaces
  ansible.builtin.debug:
    var: lookup("unifiedmeta.platform.catalog") | unifiedmeta.platform.namespace_spec
"""

RETURN = r"""
_value:
  description: Component name and the list of Kubernetes objects that come with it.
  type: dict
"""

from ansible_collections.unifiedmeta.platform.plugins.plugin_utils._catalog_specs import thin
from ansible_collections.unifiedmeta.platform.plugins.plugin_utils._catalog_specs.kubernetes import namespace_spec


class FilterModule:
    """Thin: the work is done by a pure function of the same name."""

    def filters(self):
        """The filter by its name."""
        return {"namespace_spec": thin.spec(namespace_spec)}

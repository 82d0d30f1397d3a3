# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The filter mirror_spec: images and charts to mirror, from the plan."""

from __future__ import annotations

DOCUMENTATION = r"""
name: mirror_spec
author:
  - UnifiedMeta Platform Engineering (@unifiedmeta)
short_description: Images and charts to mirror, from the plan
version_added: 0.1.0
description:
  - Every image and chart of the components that this cluster runs, each once, with the place it gets in C(platform_registry).
extends_documentation_fragment:
  - unifiedmeta.platform.plan
"""

EXAMPLES = r"""
- name: Show what an air-gapped site needs
  ansible.builtin.debug:
    var: lookup("unifiedmeta.platform.catalog") | unifiedmeta.platform.mirror_spec
"""

RETURN = r"""
_value:
  description: The lists C(images) (C(source), C(target), C(components)) and C(charts) (C(repository), C(name), C(version), C(components)).
  type: dict
"""

from ansible_collections.unifiedmeta.platform.plugins.plugin_utils._catalog_specs import thin
from ansible_collections.unifiedmeta.platform.plugins.plugin_utils._catalog_specs.mirror import mirror_spec


class FilterModule:
    """Thin: the work is done by a pure function of the same name."""

    def filters(self):
        """The filter by its name."""
        return {"mirror_spec": thin.spec(mirror_spec)}

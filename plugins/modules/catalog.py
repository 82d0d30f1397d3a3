#!/usr/bin/python
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# All of it is the action plugin of the same name.
from __future__ import annotations

DOCUMENTATION = r"""
---
module: catalog
short_description: Check the catalogue and what the site says of it
version_added: 0.1.0
description:
  - Makes the plan of the site as P(unifiedmeta.platform.catalog#lookup) does, and shows everything that is wrong, a line a fault.
  - As a first task it tells the faults once and by themselves, where a lookup among the arguments of another task tells them with that task's
    own words around them, and several times.
  - It runs on the controller, reads files and variables, and changes nothing.
author:
  - UnifiedMeta Platform Engineering (@unifiedmeta)
attributes:
  check_mode:
    support: full
    description: It never changes anything.
  diff_mode:
    support: none
    description: There is nothing to differ.
  platform:
    support: full
    platforms: posix
    description: It runs on the controller.
options: {}
"""

EXAMPLES = r"""
- name: Check the catalogue and what the site says of it
  unifiedmeta.platform.catalog:
"""

RETURN = r"""
components:
  description: Names of the components that the site has, in the order of their installation.
  type: list
  elements: str
  returned: success
"""

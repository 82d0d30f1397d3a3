# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The input of every filter that derives something from the plan."""

from __future__ import annotations


class ModuleDocFragment:
    """Documentation shared by filters."""

    DOCUMENTATION = r"""
options:
  _input:
    description: The plan, from P(unifiedmeta.platform.catalog#lookup).
    type: dict
    required: true
"""

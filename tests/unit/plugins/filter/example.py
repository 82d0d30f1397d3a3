# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The plan that the tests of the filters read: of the own catalogue, for a site with nothing but a domain."""

from __future__ import annotations

from ansible_collections.unifiedmeta.platform.plugins.plugin_utils._catalog import plan

PLAN = plan.build({"domain": "platform.example.com"})

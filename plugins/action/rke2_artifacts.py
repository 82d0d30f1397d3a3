# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Runs the module rke2_artifacts and shows its progress."""

from __future__ import annotations

from ansible_collections.unifiedmeta.platform.plugins.plugin_utils._progress import ProgressAction


class ActionModule(ProgressAction):
    """See :class:`ProgressAction`."""

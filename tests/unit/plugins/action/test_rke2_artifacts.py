# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The action shows the progress of the module of the same name."""

from __future__ import annotations

from ansible_collections.unifiedmeta.platform.plugins.action.rke2_artifacts import ActionModule
from ansible_collections.unifiedmeta.platform.plugins.modules import rke2_artifacts
from ansible_collections.unifiedmeta.platform.plugins.plugin_utils._progress import ProgressAction


def test_it_is_the_action_with_progress():
    assert issubclass(ActionModule, ProgressAction) and ActionModule._supports_check_mode


def test_the_module_takes_the_file_that_the_action_watches():
    assert "progress" in rke2_artifacts.SPEC

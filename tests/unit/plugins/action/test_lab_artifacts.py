# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The action shows the progress of the module of the same name."""
from __future__ import annotations

from ansible_collections.unifiedmeta.platform.plugins.action.lab_artifacts import ActionModule
from ansible_collections.unifiedmeta.platform.plugins.doc_fragments import lab_progress
from ansible_collections.unifiedmeta.platform.plugins.modules import lab_artifacts
from ansible_collections.unifiedmeta.platform.plugins.plugin_utils._progress import ProgressAction


def test_it_is_the_action_with_progress() -> None:
    assert issubclass(ActionModule, ProgressAction)


def test_the_module_takes_the_file_that_the_action_watches() -> None:
    assert "unifiedmeta.platform.lab_progress" in lab_artifacts.DOCUMENTATION and "  progress:" in lab_progress.ModuleDocFragment.DOCUMENTATION


def test_it_works_in_check_mode() -> None:
    assert ActionModule._supports_check_mode

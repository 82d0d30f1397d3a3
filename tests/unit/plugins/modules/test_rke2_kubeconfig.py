# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The module is its action: what is documented is what that takes."""

from __future__ import annotations

import yaml

from ansible_collections.unifiedmeta.platform.plugins.action.rke2_kubeconfig import SPEC
from ansible_collections.unifiedmeta.platform.plugins.modules import rke2_kubeconfig


def test_options_are_those_of_the_action():
    documented = yaml.safe_load(rke2_kubeconfig.DOCUMENTATION)["options"]
    assert {name: {key: option[key] for key in ("type", "required", "default") if key in option} for name, option in documented.items()} == SPEC


def test_examples_and_return_values_are_yaml():
    assert "unifiedmeta.platform.rke2_kubeconfig" in yaml.safe_load(rke2_kubeconfig.EXAMPLES)[0]
    assert set(yaml.safe_load(rke2_kubeconfig.RETURN)) == {"path", "context"}

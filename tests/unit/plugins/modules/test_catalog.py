# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The module catalog is documentation: its action plugin does it all."""

from __future__ import annotations

import yaml
from ansible.plugins.loader import action_loader

from ansible_collections.unifiedmeta.platform.plugins.modules import catalog


def test_its_documentation():
    documents = yaml.safe_load(catalog.DOCUMENTATION)
    assert (documents["module"], documents["options"]) == ("catalog", {})
    assert documents["attributes"]["check_mode"]["support"] == "full"
    assert set(yaml.safe_load(catalog.RETURN)) == {"components"}
    assert yaml.safe_load(catalog.EXAMPLES)[0]["unifiedmeta.platform.catalog"] is None


def test_it_runs_on_the_controller():
    assert action_loader.find_plugin("unifiedmeta.platform.catalog")
    assert not hasattr(catalog, "main")

# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The filter helm_spec; what every filter of a plan has is shown in test_specs.py."""

from __future__ import annotations

from ansible_collections.unifiedmeta.platform.plugins.filter.helm_spec import FilterModule
from tests.unit.plugins.filter.example import PLAN

run = FilterModule().filters()["helm_spec"]


def test_releases_by_component():
    made = run(PLAN)
    assert made["grafana"]["release"]["chart"] == "grafana"
    assert "pomerium" not in made

# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The filter render_spec; what every filter of a plan has is shown in test_specs.py."""

from __future__ import annotations

from ansible_collections.unifiedmeta.platform.plugins.filter.render_spec import FilterModule
from tests.unit.plugins.filter.example import PLAN

run = FilterModule().filters()["render_spec"]


def test_files_by_path():
    files = run(PLAN, {"policies": {}})
    assert "05-platform/grafana/values.yaml" in files
    assert files["vault.json"].startswith("{")


def test_options_of_external_secrets_are_handed_on():
    assert "refreshInterval: 5m" in run(PLAN, interval="5m")["05-platform/grafana/external-secrets.yaml"]

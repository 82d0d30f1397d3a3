# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The filter namespace_spec; what every filter of a plan has is shown in test_specs.py."""

from __future__ import annotations

from ansible_collections.unifiedmeta.platform.plugins.filter.namespace_spec import FilterModule
from tests.unit.plugins.filter.example import PLAN

run = FilterModule().filters()["namespace_spec"]


def test_namespaces_by_component():
    made = run(PLAN)
    assert made["keycloak"][0]["metadata"]["name"] == "keycloak"
    assert "grafana" not in made, "it shares the namespace of kube-prometheus-stack, which comes first"

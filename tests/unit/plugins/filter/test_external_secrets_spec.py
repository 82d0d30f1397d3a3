# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The filter external_secrets_spec; what every filter of a plan has is shown in test_specs.py."""

from __future__ import annotations

import pytest
from ansible.errors import AnsibleFilterError

from ansible_collections.unifiedmeta.platform.plugins.filter.external_secrets_spec import FilterModule
from tests.unit.plugins.filter.example import PLAN

run = FilterModule().filters()["external_secrets_spec"]


def test_its_options():
    made = run(PLAN, server="https://x", ca="PEM", store="s", mount="m", audience="v", interval="5m")
    assert made["external-secrets"][0]["metadata"]["name"] == "s-argocd"
    assert made["external-secrets"][0]["spec"]["provider"]["vault"]["auth"]["kubernetes"]["serviceAccountRef"]["audiences"] == ["v"]
    assert made["grafana"][0]["spec"]["refreshInterval"] == "5m"


def test_what_it_refuses():
    components = {name: entry for name, entry in PLAN["components"].items() if name != "external-secrets"}
    alone = {**PLAN, "components": components, "order": list(components)}
    with pytest.raises(AnsibleFilterError, match="external_secrets_spec: .*the plan has no external-secrets"):
        run(alone)

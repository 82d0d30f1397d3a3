# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The filter keycloak_spec; what every filter of a plan has is shown in test_specs.py."""

from __future__ import annotations

import pytest
from ansible.errors import AnsibleFilterError

from ansible_collections.unifiedmeta.platform.plugins.filter.keycloak_spec import FilterModule
from tests.unit.plugins.filter.example import PLAN

run = FilterModule().filters()["keycloak_spec"]


def test_the_sites_part_is_the_first_value():
    made = run(PLAN, {"realms": {"platform": {"settings": {"displayName": "Ours"}}}})
    assert made["realms"]["platform"]["settings"]["displayName"] == "Ours" and "grafana" in made["realms"]["platform"]["clients"]


def test_its_options():
    made = run(PLAN, kubernetes="k8s", locale="ko", kubernetes_redirects=["http://localhost:7"])["realms"]["platform"]
    assert made["clients"]["k8s"]["redirectUris"] == ["http://localhost:7"] and made["settings"]["defaultLocale"] == "ko"


def test_what_it_refuses():
    with pytest.raises(AnsibleFilterError, match="keycloak_spec: the client of grafana is called grafana"):
        run(PLAN, kubernetes="grafana")

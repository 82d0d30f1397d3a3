# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The filter vault_oidc_spec; what every filter of a plan has is shown in test_specs.py."""

from __future__ import annotations

import pytest
from ansible.errors import AnsibleFilterError

from ansible_collections.unifiedmeta.platform.plugins.filter.vault_oidc_spec import FilterModule
from tests.unit.plugins.filter.example import PLAN

run = FilterModule().filters()["vault_oidc_spec"]


def test_the_sites_part_is_the_first_value():
    assert run(PLAN, {"auth": {"oidc": {"description": "Ours"}}})["auth"]["oidc"]["description"] == "Ours"


def test_its_options():
    method = run(PLAN, url="https://sso.example.com", ca="PEM", mount="people")["auth"]["people"]
    assert method["config"]["oidc_discovery_url"] == "https://sso.example.com/realms/platform" and method["config"]["oidc_discovery_ca_pem"] == "PEM"


def test_what_it_refuses():
    component = {**PLAN["components"]["openbao"], "sso": {**PLAN["components"]["openbao"]["sso"], "roles": {}}}
    with pytest.raises(AnsibleFilterError, match="vault_oidc_spec: the client of openbao gives a role to no group"):
        run({**PLAN, "components": {**PLAN["components"], "openbao": component}})

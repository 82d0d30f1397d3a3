# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The filter vault_spec; what every filter of a plan has is shown in test_specs.py."""

from __future__ import annotations

import pytest
from ansible.errors import AnsibleFilterError

from ansible_collections.unifiedmeta.platform.plugins.filter.vault_spec import FilterModule
from tests.unit.plugins.filter.example import PLAN

run = FilterModule().filters()["vault_spec"]


def test_the_sites_part_is_the_first_value():
    made = run(PLAN, {"secrets": {"platform/mine": {"data": {"a": "b"}}}})
    assert made["secrets"]["platform/mine"] == {"data": {"a": "b"}}
    assert "platform/grafana/admin" in made["secrets"]


def test_its_options():
    made = run(PLAN, automation_namespace="ci", automation_service_account="runner", mount="cluster-a", audience="v", scan=False)
    role = made["auth"]["cluster-a"]["roles"]["runner"]
    assert (role["bound_service_account_namespaces"], role["audience"]) == (["ci"], "v")


def test_what_it_refuses():
    extra = {"database": {"database": {"roles": {"x": {"db_name": "nowhere"}}}}}
    with pytest.raises(AnsibleFilterError, match="vault_spec: the database role database/x names the connection .nowhere."):
        run(PLAN, extra)

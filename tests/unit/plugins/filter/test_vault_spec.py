# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The filter vault_spec: found by Ansible, documented, plain in and out."""

from __future__ import annotations

import json

import pytest
from ansible.errors import AnsibleFilterError

from ansible_collections.unifiedmeta.platform.plugins.filter import vault_spec as module
from ansible_collections.unifiedmeta.platform.plugins.plugin_utils._catalog import plan
from tests.unit.plugins.filter import documented

PLAN = plan.build({"domain": "platform.example.com"})
run = module.FilterModule().filters()["vault_spec"]


def test_ansible_finds_it_and_its_options_are_documented():
    documented.check("vault_spec", module)


def test_the_result_is_plain_data():
    made = run(PLAN)
    assert json.loads(json.dumps(made)) == made


def test_it_takes_plans_only():
    with pytest.raises(AnsibleFilterError, match="vault_spec: the input is no plan"):
        run({"components": {}})


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

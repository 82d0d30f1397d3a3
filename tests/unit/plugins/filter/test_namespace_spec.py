# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The filter namespace_spec: found by Ansible, documented, plain in and out."""

from __future__ import annotations

import json

import pytest
from ansible.errors import AnsibleFilterError

from ansible_collections.unifiedmeta.platform.plugins.filter import namespace_spec as module
from ansible_collections.unifiedmeta.platform.plugins.plugin_utils._catalog import plan
from tests.unit.plugins.filter import documented

PLAN = plan.build({"domain": "platform.example.com"})
run = module.FilterModule().filters()["namespace_spec"]


def test_ansible_finds_it_and_its_options_are_documented():
    documented.check("namespace_spec", module)


def test_the_result_is_plain_data():
    made = run(PLAN)
    assert json.loads(json.dumps(made)) == made


def test_it_takes_plans_only():
    with pytest.raises(AnsibleFilterError, match="namespace_spec: the input is no plan"):
        run({"components": {}})


def test_namespaces_by_component():
    made = run(PLAN)
    assert made["keycloak"][0]["metadata"]["name"] == "keycloak"
    assert "grafana" not in made, "it shares the namespace of kube-prometheus-stack, which comes first"


def test_it_has_no_options():
    with pytest.raises(AnsibleFilterError, match="namespace_spec: "):
        run(PLAN, level="baseline")

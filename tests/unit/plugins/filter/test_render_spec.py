# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The filter render_spec: found by Ansible, documented, plain in and out."""

from __future__ import annotations

import json

import pytest
from ansible.errors import AnsibleFilterError

from ansible_collections.unifiedmeta.platform.plugins.filter import render_spec as module
from ansible_collections.unifiedmeta.platform.plugins.plugin_utils._catalog import plan
from tests.unit.plugins.filter import documented

PLAN = plan.build({"domain": "platform.example.com"})
run = module.FilterModule().filters()["render_spec"]


def test_ansible_finds_it_and_its_options_are_documented():
    documented.check("render_spec", module)


def test_the_result_is_plain_data():
    made = run(PLAN)
    assert json.loads(json.dumps(made)) == made


def test_it_takes_plans_only():
    with pytest.raises(AnsibleFilterError, match="render_spec: the input is no plan"):
        run({"components": {}})


def test_files_by_path():
    files = run(PLAN, {"policies": {}})
    assert "05-platform/grafana/values.yaml" in files
    assert files["vault.json"].startswith("{")


def test_options_of_external_secrets_are_handed_on():
    assert "refreshInterval: 5m" in run(PLAN, interval="5m")["05-platform/grafana/external-secrets.yaml"]


def test_it_refuses_other_options():
    with pytest.raises(AnsibleFilterError, match="render_spec: .*intervall"):
        run(PLAN, intervall="5m")

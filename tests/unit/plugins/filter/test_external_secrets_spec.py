# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The filter external_secrets_spec: found by Ansible, documented, plain in and out."""

from __future__ import annotations

import json

import pytest
from ansible.errors import AnsibleFilterError

from ansible_collections.unifiedmeta.platform.plugins.filter import external_secrets_spec as module
from ansible_collections.unifiedmeta.platform.plugins.plugin_utils._catalog import plan
from tests.unit.plugins.filter import documented

PLAN = plan.build({"domain": "platform.example.com"})
run = module.FilterModule().filters()["external_secrets_spec"]


def test_ansible_finds_it_and_its_options_are_documented():
    documented.check("external_secrets_spec", module)


def test_the_result_is_plain_data():
    made = run(PLAN)
    assert json.loads(json.dumps(made)) == made


def test_it_takes_plans_only():
    with pytest.raises(AnsibleFilterError, match="external_secrets_spec: the input is no plan"):
        run({"components": {}})


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

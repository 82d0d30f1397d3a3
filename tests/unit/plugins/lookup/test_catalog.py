# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The lookup, as Ansible calls it."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest
import yaml
from ansible.errors import AnsibleError
from ansible.parsing.dataloader import DataLoader
from ansible.plugins.loader import lookup_loader
from ansible.template import Templar

from ansible_collections.unifiedmeta.platform.plugins.lookup import catalog
from ansible_collections.unifiedmeta.platform.plugins.plugin_utils._catalog import plan, site
from tests.unit.plugins.plugin_utils.support import component

try:
    from ansible.template import trust_as_template
except ImportError:  # before ansible-core 2.19 every text of an inventory is a template
    def trust_as_template(text):
        """As it is."""
        return text


def run(*terms, options=None, **variables):
    """One plan."""
    given = {"platform_domain": "platform.example.com", **variables}
    lookup = lookup_loader.get("unifiedmeta.platform.catalog", loader=DataLoader(), templar=Templar(loader=DataLoader(), variables=given))
    return lookup.run(list(terms), variables=given, **(options or {}))[0]


@pytest.fixture(autouse=True)
def nothing_is_remembered():
    """Between two tests."""
    catalog._KNOWN.clear()


@pytest.fixture
def own(tmp_path):
    """A catalogue of a site."""
    (tmp_path / "mine/thing").mkdir(parents=True)
    (tmp_path / "mine/thing/component.yml").write_text(yaml.safe_dump(component("thing", needs=["keycloak"], kubernetes=">=1.34")), encoding="utf-8")
    return str(tmp_path / "mine")


def test_the_plan_of_the_variables():
    assert run() == plan.build({"domain": "platform.example.com"})


@pytest.mark.parametrize(("variables", "path", "value"), [
    ({"platform_name": "lab"}, ("platform", "name"), "lab"),
    ({"platform_tier": 2}, ("platform", "tier"), 2),
    ({"platform_profile": "aws"}, ("platform", "profile"), "aws"),
    ({"platform_registry": "r.example.com"}, ("platform", "registry"), "r.example.com"),
    ({"platform_delivery": "argocd"}, ("platform", "delivery"), "argocd"),
    ({"platform_external": ["openbao"]}, ("components", "openbao", "external"), True),
    ({"platform_endpoints": {"openbao": {"url": "https://x"}}}, ("platform", "endpoints"), {"openbao": {"url": "https://x"}}),
    ({"platform_components": {"grafana": {"values": {"replicas": 7}}}}, ("components", "grafana", "values", "replicas"), 7),
    ({"platform_choices": {"vault": "openbao"}}, ("choices", "vault"), "openbao"),
    ({"rke2_version": "v1.35.4+rke2r1"}, ("platform", "kubernetes_version"), "v1.35.4+rke2r1"),
])
def test_every_variable_is_read(variables, path, value):
    found = run(**variables)
    for part in path:
        found = found[part]
    assert found == value


def test_variables_are_templated():
    made = run(platform_name=trust_as_template("{{ 'a' ~ 'b' }}"),
               platform_components={"grafana": {"values": {"replicas": trust_as_template("{{ 3 + 4 }}")}}})
    assert made["platform"]["name"] == "ab"
    assert made["components"]["grafana"]["values"]["replicas"] == 7


def test_the_plan_is_plain_data():
    made = run(platform_components={"grafana": {"values": {"x": trust_as_template("{{ 'a' }}")}}})
    assert (made["components"]["grafana"]["values"]["x"]).__class__ is str
    json.dumps(made)


@pytest.mark.parametrize("how", ["option", "variable"])
def test_catalogues_of_the_site(own, how):
    made = run(options={"paths": [own]}) if how == "option" else run(platform_catalogs=[own])
    assert made["order"].index("thing") > made["order"].index("keycloak")


def test_the_version_may_be_an_option(own):
    with pytest.raises(AnsibleError, match="thing runs on Kubernetes >=1.34, and this cluster has 1.33.0"):
        run(options={"paths": [own], "kubernetes_version": "1.33.0"})


def test_some_components_only():
    made = run("keycloak", "openbao")
    assert made["order"] == ["openbao", "keycloak"]
    assert made["waves"] == {"secrets": ["openbao"], "identity": ["keycloak"]}
    assert set(made["components"]) == {"openbao", "keycloak"}


def test_a_component_that_is_not_there():
    with pytest.raises(AnsibleError, match="lookup catalog: this site has no component 'keyclok'; did you mean 'keycloak'?"):
        run("keyclok")


def test_all_faults_in_one_error():
    with pytest.raises(AnsibleError) as caught:
        run(platform_tier=9, platform_profile="on-prem", platform_components={"grafna": {}})
    assert str(caught.value).splitlines()[:4] == [
        "The catalogue has 3 faults; nothing was changed:",
        "  inventory variable platform_components.grafna: there is no component 'grafna'; did you mean 'grafana'?",
        "  inventory variable platform_profile: \"on-prem\" is not allowed; did you mean 'onprem'?",
        "  inventory variable platform_tier: 9 is not allowed; known are 1, 2, 3",
    ]


def test_a_missing_library_is_told(monkeypatch):
    def missing():
        raise ImportError("the catalogue is checked with the Python library 'jsonschema'")

    from ansible_collections.unifiedmeta.platform.plugins.plugin_utils._catalog import schema

    monkeypatch.setattr(schema, "require", missing)
    with pytest.raises(AnsibleError, match="jsonschema"):
        run()


def test_its_variables_and_options_are_documented():
    documents = yaml.safe_load(catalog.DOCUMENTATION)
    words = " ".join(documents["description"])
    assert [key for key in site.VARIABLES if f"platform_{key}" not in words and key != "kubernetes_version"] == []
    assert set(documents["options"]) == {"_terms", "paths", "kubernetes_version"}


def test_in_a_play(tmp_path):
    """Through Ansible itself, with an inventory."""
    (tmp_path / "hosts.yml").write_text(yaml.safe_dump({"all": {"hosts": {"localhost": {"ansible_connection": "local"}}, "vars": {
        "platform_domain": "{{ part }}.example.com", "part": "x", "platform_components": {"grafana": {"valeus": {}}}}}}), encoding="utf-8")
    done = subprocess.run([sys.executable, "-m", "ansible", "adhoc", "localhost", "-i", str(tmp_path / "hosts.yml"), "-m", "ansible.builtin.debug", "-a",
                           "msg={{ lookup('unifiedmeta.platform.catalog').platform.domain }}"], capture_output=True, text=True, check=False)
    assert done.returncode != 0
    assert "platform_components.grafana: unknown key 'valeus'; did you mean 'values'?" in done.stdout + done.stderr


def test_a_misspelt_variable_is_told():
    with pytest.raises(AnsibleError, match="platform_componets: nothing reads it; did you mean 'platform_components'"):
        run(platform_componets={})


def test_the_same_question_is_answered_once(own, monkeypatch):
    """A variable with this lookup in it is evaluated whenever it is named."""
    built, build = [], plan.build
    monkeypatch.setattr(plan, "build", lambda *question, **version: built.append(question) or build(*question, **version))
    for name in ("b", "b", "c"):
        run(platform_name=name, platform_catalogs=[own])
    assert len(built) == 2


def test_an_answer_is_the_askers_own():
    run(platform_name="mine")["components"]["grafana"]["values"].clear()
    assert run(platform_name="mine")["components"]["grafana"]["values"]

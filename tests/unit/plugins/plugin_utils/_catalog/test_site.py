# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The platform_* variables, and changes to components."""

from __future__ import annotations

import pytest

from ansible_collections.unifiedmeta.platform.plugins.plugin_utils._catalog import plan, site, source
from ansible_collections.unifiedmeta.platform.plugins.plugin_utils._catalog.entries import Entry

GIVEN = {"domain": "example.com"}


def entry():
    """A component as it was read."""
    data = {
        "name": "a", "summary": "A thing", "license": "MIT", "wave": "platform", "delivery": "manifests", "namespace": {"name": "a"},
        "images": [], "ready": [{"kind": "Deployment", "name": "a"}], "needs": ["b"], "slo": {"availability": 99.5},
    }
    return Entry("a", "a", source.Document("a.yml", data), dict(data))


def test_what_is_not_said_has_a_default():
    checked, faults = site.check(GIVEN)
    assert faults == []
    assert checked == {
        "name": "platform", "domain": "example.com", "tier": 1, "profile": "onprem", "components": {}, "choices": {}, "external": [],
        "endpoints": {}, "registry": "", "delivery": "helm",
    }


@pytest.mark.parametrize("name, meant", [("componets", "components"), ("delivry", "delivery"), ("endpoint", "endpoints"), ("catalog", "catalogs")])
def test_a_misspelt_variable_is_told(name, meant):
    faults = site.check({**GIVEN, name: None})[1]
    assert [str(fault) for fault in faults] == [f"inventory variable platform_{name}: nothing reads it; did you mean 'platform_{meant}'?"]


@pytest.mark.parametrize("name", ["artifacts", "access_vm", "catalogs", "team", "cost_centre"])
def test_a_sites_further_variables_are_its_own_affair(name):
    assert site.check({**GIVEN, name: None})[1] == []


def test_none_counts_as_not_said():
    assert site.check({**GIVEN, **dict.fromkeys(set(site.VARIABLES) - {"domain"})}) == site.check(GIVEN)


def test_defaults_are_copies():
    site.check(GIVEN)[0]["external"].append("x")
    assert site.check(GIVEN)[0]["external"] == []


def test_every_variable_is_described():
    assert [name for name, rule in site.VARIABLES.items() if len(rule.get("description", "")) < 10] == []


@pytest.mark.parametrize(("variables", "told"), [
    ({"domain": None}, "inventory variable platform_domain: it is not set; set it: DNS domain of its pages, such as platform.example.com"),
    ({"domain": "localhost"},
     'inventory variable platform_domain: "localhost" has the wrong form; expected: DNS domain of its pages, such as platform.example.com'),
    ({"tier": 4}, "inventory variable platform_tier: 4 is not allowed; known are 1, 2, 3"),
    ({"tier": "two"}, 'inventory variable platform_tier: "two" is not allowed; known are 1, 2, 3'),
    ({"profile": "AWS"}, "inventory variable platform_profile: \"AWS\" is not allowed; did you mean 'aws'?"),
    ({"name": "a_b"}, 'inventory variable platform_name: "a_b" has the wrong form; expected: name of the site'),
    ({"components": []}, "inventory variable platform_components: [] must be a mapping; expected: changes to components, by name"),
    ({"choices": {"s3": 1}}, "inventory variable platform_choices: s3: 1 must be text; expected: lower-case letters, digits and dashes"),
    ({"external": ["a", "a"]}, "inventory variable platform_external: ['a', 'a'] has non-unique elements; expected: components that the site already has"),
    ({"endpoints": {"openbao": {}}}, "inventory variable platform_endpoints: openbao: 'url' is missing; add it (URL of the system)"),
    ({"endpoints": {"openbao": {"url": "10.0.0.1"}}},
     'inventory variable platform_endpoints: openbao.url: "10.0.0.1" has the wrong form; expected: URL of the system'),
    ({"endpoints": {"openbao": {"url": "https://x", "ca": "y"}}},
     "inventory variable platform_endpoints: openbao: unknown key 'ca'; known are ca_file, url"),
    ({"registry": 1},
     "inventory variable platform_registry: 1 must be text; expected: host of the registry that images are taken from; empty: where they come from"),
    ({"delivery": "flux"}, "inventory variable platform_delivery: \"flux\" is not allowed; known are argocd, helm"),
    ({"kubernetes_version": "1.35"}, "inventory variable platform_kubernetes_version: nothing reads it; did you mean 'rke2_version'?"),
])
def test_what_is_refused(variables, told):
    assert [str(fault) for fault in site.check({**GIVEN, **variables})[1]] == [told]


def test_a_tier_from_the_command_line_is_text():
    assert site.check({**GIVEN, "tier": "2"})[0]["tier"] == 2


def test_a_change_is_merged_and_remembered():
    one = entry()
    assert site.apply([one], {"a": {"needs": [], "slo": {"latency_p99": "1s"}, "values": {"x": 1}}}, plan.SCHEMA) == []
    assert one.data["needs"] == []
    assert one.data["slo"] == {"availability": 99.5, "latency_p99": "1s"}
    assert one.values["site"].data == {"x": 1}
    assert one.overridden == ("needs", "slo")
    assert str(one.fault(("needs", 0), "x")) == "inventory variable platform_components.a: x"
    assert str(one.fault(("images",), "x")) == "a.yml: x"


def test_what_the_inventory_says_stays_as_it_is():
    changes = {"a": {"values": {"x": 1}, "needs": []}}
    site.apply([entry()], changes, plan.SCHEMA)
    assert changes == {"a": {"values": {"x": 1}, "needs": []}}


@pytest.mark.parametrize(("changes", "told"), [
    ({"b": {}}, "inventory variable platform_components.b: there is no component 'b'; there is only 'a'"),
    ({"a": None}, "inventory variable platform_components.a: this must be a mapping of keys; see docs/catalogue.md"),
    ({"a": {"wave": "access"}}, "inventory variable platform_components.a: a site can't change 'wave'; declare a component of your own in platform_catalogs"),
    ({"a": {"enable": True}}, "inventory variable platform_components.a: unknown key 'enable'; did you mean 'enabled'?"),
    ({"a": {"route": {"host": "x", "allow": []}}},
     "inventory variable platform_components.a: route: 'service' is missing; add it (Service and port: grafana:80)"),
])
def test_changes_that_are_refused(changes, told):
    one = entry()
    assert [str(fault) for fault in site.apply([one], changes, plan.SCHEMA)] == [told]


def test_a_change_that_breaks_an_entry_makes_it_unsound():
    one = entry()
    site.apply([one], {"a": {"route": {"host": "x"}}}, plan.SCHEMA)
    assert one.sound is False


def test_an_unsound_entry_is_not_changed_further():
    one = entry()
    one.sound = False
    assert site.apply([one], {"a": {"needs": []}}, plan.SCHEMA) == []
    assert one.data["needs"] == ["b"]

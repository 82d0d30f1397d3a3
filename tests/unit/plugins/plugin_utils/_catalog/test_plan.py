# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The plan as a whole, of small catalogues and of the collection's own."""

from __future__ import annotations

import copy
import itertools
import json

import pytest
import yaml

from ansible_collections.unifiedmeta.platform.plugins.plugin_utils._catalog import order, plan
from ansible_collections.unifiedmeta.platform.plugins.plugin_utils._catalog.faults import CatalogError
from tests.unit.plugins.plugin_utils.support import component, make

SITE = {"domain": "platform.example.com"}
ALL = [{"tier": tier, "profile": profile} for tier, profile in itertools.product((1, 2, 3), ("aws", "onprem", "azure", "gcp"))]


def test_a_plan_is_plain_data(tmp_path):
    made = make(tmp_path, component("b", needs=["a"], wave="access"), component("a", provides=["storage"]), values={"a": {"x": 1}})
    assert list(made) == ["platform", "order", "waves", "components", "choices", "groups"]
    assert (made["order"], made["waves"], made["choices"]) == (["a", "b"], {"platform": ["a"], "access": ["b"]}, {"storage": "a"})
    assert list(made["components"]) == made["order"]
    assert json.loads(json.dumps(made)) == made


def test_a_plan_names_no_place_of_this_machine(tmp_path):
    assert str(tmp_path) not in json.dumps(make(tmp_path, component("a"), values={"a": {"x": 1}}))


def test_nothing_is_shared_between_plans(tmp_path):
    first = make(tmp_path, component("a"), values={"a": {"x": {"y": 1}}})
    before = copy.deepcopy(first)
    first["components"]["a"]["values"]["x"]["y"] = 2
    first["components"]["a"]["tiers"].append(9)
    assert make(tmp_path, component("a"), values={"a": {"x": {"y": 1}}}) == before


def test_the_variables_stay_as_they_are(tmp_path):
    site = {"components": {"a": {"values": {"x": 1}, "slo": {"availability": 99}}}}
    before = copy.deepcopy(site)
    make(tmp_path, component("a"), **site)
    assert site == before


def test_a_needed_role_orders_by_its_provider(tmp_path):
    made = make(tmp_path, component("a", needs=["storage"]), component("z", provides=["storage"]))
    assert made["order"] == ["z", "a"]


def test_faults_of_every_kind_come_in_one_report(tmp_path):
    with pytest.raises(CatalogError) as caught:
        make(tmp_path, component("a", needs=["x"]), component("b", license="No-1.0"), values={"a": []}, tier=9, components={"c": {}})
    assert len(caught.value.faults) == 5


@pytest.mark.parametrize("site", ALL, ids=lambda site: f"tier {site['tier']} {site['profile']}")
def test_the_collections_own_catalogue_can_be_planned_everywhere(site):
    made = plan.build({**SITE, **site})
    assert set(made["waves"]) <= set(order.WAVES)
    assert sorted(name for names in made["waves"].values() for name in names) == sorted(made["components"])


def test_the_collections_own_entries_of_now():
    assert {"openbao", "external-secrets", "keycloak", "argo-cd", "grafana", "harbor", "rancher", "pomerium", "longhorn"} <= set(plan.build(SITE)["order"])


def test_a_phase_needs_no_later_one():
    made = plan.build(SITE)
    place = {name: number for number, name in enumerate(made["order"])}
    for name, entry in made["components"].items():
        for need in entry["needs"]:
            assert place[made["choices"].get(need, need)] < place[name]


@pytest.mark.parametrize("name", sorted(plan.build(SITE)["components"]))
def test_every_own_entry_is_complete(name):
    entry = plan.build(SITE)["components"][name]
    assert entry["homepage"].startswith("https://") if entry["images"] else True
    assert len(set(entry["images"])) == len(entry["images"]) and entry["images"] == sorted(entry["images"])
    assert all(":latest" not in image for image in entry["images"])
    assert entry["backup"]["include"] or entry["backup"]["reason"]
    if entry["images"]:
        assert entry["alerts"] and entry["slo"] and entry["network"]
    if "chart" in entry:
        assert entry["chart"]["app_version"]
    if "route" in entry:
        assert entry["probe"], "a page can be asked"
        assert entry["route"]["allow"] or entry["route"]["public"], "a page that nobody may see"


def test_every_secret_of_the_own_catalogue_is_used_or_said_why():
    """A secret becomes a Kubernetes Secret, is somebody's login, or is read from Vault by a procedure."""
    made = plan.build(SITE)
    unused = [secret["path"] for entry in made["components"].values() for secret in entry["secrets"] if not secret["to"]]
    assert set(unused) == {
        "platform/openbao/admin", "platform/openbao/oidc", "platform/keycloak/admin", "platform/keycloak/automation",
        "platform/harbor/oidc", "platform/rancher/oidc",
    }


def test_no_value_of_the_own_catalogue_is_a_password():
    text = json.dumps({name: entry["values"] for name, entry in plan.build(SITE)["components"].items()})
    assert "Harbor12345" not in text and "not-a-secure-key" not in text and "changeit" not in text


def test_sixty_components_in_their_order(tmp_path):
    """How long this takes is measured by `make bench`."""
    entries = [component(f"c{number:02}", needs=[f"c{number - 1:02}"] if number % 5 else [], alerts=[], secrets=[
        {"path": f"platform/c{number:02}/{part}", "generate": {"password": 32}, "to": {"name": f"{part}"}} for part in ("a", "b", "c")],
        network={"ingress": ["cluster"], "egress": ["internet"]}, slo={"availability": 99.9}) for number in range(60)]
    values = {entry["name"]: {f"key{number}": {"list": [1, 2, 3], "text": "((platform.domain))"} for number in range(20)} for entry in entries}
    make(tmp_path, *entries, values=values)
    assert plan.build({"domain": "example.com"}, [str(tmp_path)], own=None)["order"] == [entry["name"] for entry in entries]


def test_only_the_pure_yaml_loader_is_there(tmp_path, monkeypatch):
    """Without libyaml the same plan comes out, slower."""
    from ansible_collections.unifiedmeta.platform.plugins.plugin_utils._catalog import source

    fast = make(tmp_path, component("a"), values={"a": {"x": [1, "two"]}})
    monkeypatch.setattr(source, "_Loader", yaml.SafeLoader)
    assert make(tmp_path, component("a"), values={"a": {"x": [1, "two"]}}) == fast

# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What RKE2 installs itself."""

from __future__ import annotations

import copy

import pytest
import yaml

from ansible_collections.unifiedmeta.platform.plugins.plugin_utils._catalog import plan as planner
from ansible_collections.unifiedmeta.platform.plugins.plugin_utils._catalog_specs.render import render_spec
from ansible_collections.unifiedmeta.platform.plugins.plugin_utils._catalog_specs.rke2_charts import MANIFESTS, rke2_charts_spec
from tests.unit.plugins.plugin_utils.support import component, make

SITE = {"domain": "platform.example.com"}
VIP = {"kind": "kube-vip", "host": "10.0.0.5", "interface": "eth1"}


def plan(**site):
    """The own catalogue's plan."""
    return planner.build({**SITE, **site})


def values(made, chart):
    """The values that a chart is given."""
    thing = yaml.safe_load(made["files"][f"{MANIFESTS}/{chart}-config.yaml"]["content"])
    assert (thing["apiVersion"], thing["kind"], thing["metadata"]["name"], thing["metadata"]["namespace"]) == (
        "helm.cattle.io/v1", "HelmChartConfig", chart, "kube-system")
    return yaml.safe_load(thing["spec"]["valuesContent"])


def chart(name, **fields):
    """A component that RKE2 delivers."""
    return component(name, wave="rke2", delivery="rke2", chart={"repository": "https://rke2-charts.rancher.io", "name": f"rke2-{name}", "version": "1.2.3"},
                     **fields)


def test_the_own_catalogue():
    made = rke2_charts_spec(plan())
    assert made["config"] == {"cni": "cilium", "ingress-controller": "traefik"}
    assert sorted(made["charts"]) == ["rke2-cilium", "rke2-coredns", "rke2-metrics-server", "rke2-snapshot-controller", "rke2-traefik"]
    assert list(made["files"]) == [f"{MANIFESTS}/rke2-{name}-config.yaml" for name in ("cilium", "coredns", "traefik")]
    assert {file["mode"] for file in made["files"].values()} == {"0600"}
    assert values(made, "rke2-cilium")["hubble"]["relay"] == {"enabled": True}


@pytest.mark.parametrize("cni", ["calico", "canal", "cilium"])
def test_the_site_chooses_the_network(cni):
    made = rke2_charts_spec(plan(choices={"cni": cni}))
    assert made["config"]["cni"] == cni
    assert [name for name in made["charts"] if name in ("rke2-cilium", "rke2-calico", "rke2-canal")] == [f"rke2-{cni}"]


def test_a_network_and_an_ingress_of_the_sites_own():
    assert rke2_charts_spec(plan(external=["cni", "ingress"]))["config"] == {"cni": "none", "ingress-controller": "none"}


def test_what_is_left_out_is_disabled():
    off = {name: {"enabled": False} for name in ("metrics-server", "snapshot-controller")}
    assert rke2_charts_spec(plan(components=off))["config"]["disable"] == [
        "rke2-metrics-server", "rke2-snapshot-controller", "rke2-snapshot-controller-crd"]


def test_values_of_the_site_are_merged_over_those_of_the_catalogue():
    made = rke2_charts_spec(plan(components={"cilium": {"values": {"hubble": {"relay": {"enabled": False}}, "mtu": 1400}}}))
    assert values(made, "rke2-cilium")["hubble"]["relay"] == {"enabled": False} and values(made, "rke2-cilium")["mtu"] == 1400
    assert values(made, "rke2-cilium")["prometheus"] == {"enabled": True}


def test_a_chart_without_values_has_no_file(tmp_path):
    made = rke2_charts_spec(make(tmp_path, chart("a"), chart("b"), values={"b": {"x": 1}}))
    assert list(made["files"]) == [f"{MANIFESTS}/rke2-b-config.yaml"] and made["charts"] == ["rke2-a", "rke2-b"]


def test_without_kube_proxy_cilium_carries_services():
    made = values(rke2_charts_spec(plan(), disable_kube_proxy=True), "rke2-cilium")
    assert (made["kubeProxyReplacement"], made["k8sServiceHost"], made["k8sServicePort"]) == (True, "localhost", "6443")
    assert "kubeProxyReplacement" not in values(rke2_charts_spec(plan()), "rke2-cilium")


def test_the_site_has_the_last_word_on_it():
    made = plan(components={"cilium": {"values": {"k8sServiceHost": "api.example.com"}}})
    assert values(rke2_charts_spec(made, disable_kube_proxy=True), "rke2-cilium")["k8sServiceHost"] == "api.example.com"


@pytest.mark.parametrize("cni", ["calico", "canal"])
def test_without_kube_proxy_another_network_is_refused(cni):
    with pytest.raises(ValueError, match=f"rke2_disable_kube_proxy leaves Services to the CNI, and {cni}"):
        rke2_charts_spec(plan(choices={"cni": cni}), disable_kube_proxy=True)


def test_kube_vip_holds_the_address_of_the_endpoint():
    given = plan(components={"kube-vip": {"enabled": True}})
    before = copy.deepcopy(given)
    made = rke2_charts_spec(given, VIP)
    objects = list(yaml.safe_load_all(made["files"][f"{MANIFESTS}/platform-kube-vip.yaml"]["content"]))
    daemon = next(thing for thing in objects if thing["kind"] == "DaemonSet")
    variables = {item["name"]: item.get("value") for item in daemon["spec"]["template"]["spec"]["containers"][0]["env"]}
    assert variables["address"] == "10.0.0.5" and variables["vip_interface"] == "eth1" and variables["cp_enable"] == "true"
    assert given == before, "the plan stays as it is"
    assert {"ServiceAccount", "ClusterRole"} < {thing["kind"] for thing in objects}


def test_kube_vip_finds_its_interface_where_none_is_named():
    made = rke2_charts_spec(plan(components={"kube-vip": {"enabled": True}}), {"kind": "kube-vip", "host": "10.0.0.5"})
    assert "vip_interface" not in made["files"][f"{MANIFESTS}/platform-kube-vip.yaml"]["content"]


@pytest.mark.parametrize(("enabled", "endpoint", "fault"), [
    (False, VIP, "set platform_components.kube-vip.enabled to true"),
    (True, {"kind": "external", "host": "api.example.com"}, "rke2_endpoint.kind is external; set it to kube-vip"),
])
def test_an_address_that_nothing_holds_is_refused(enabled, endpoint, fault):
    with pytest.raises(ValueError, match=fault):
        rke2_charts_spec(plan(components={"kube-vip": {"enabled": enabled}}), endpoint)


def test_a_given_cluster_has_nothing_of_it():
    assert rke2_charts_spec(plan(tier=2), disable_kube_proxy=True) == {"config": {}, "files": {}, "charts": [], "registries": {}}


def test_images_come_from_the_sites_own_registry():
    made = rke2_charts_spec(plan(registry="harbor.example.com/mirror"), registry_ca="PEM")["registries"]
    assert made["mirrors"]["docker.io"] == {"endpoint": ["https://harbor.example.com"], "rewrite": {"^(.*)$": "mirror/docker.io/$1"}}
    assert {"quay.io", "ghcr.io"} < set(made["mirrors"]) and made["mirrors"]["harbor.example.com"] == {}
    assert made["configs"] == {"harbor.example.com": {"tls": {"ca": "PEM"}}}


def test_a_registry_without_a_path_and_none_at_all():
    made = rke2_charts_spec(plan(registry="harbor.example.com:8443"))["registries"]
    assert made["mirrors"]["docker.io"]["rewrite"] == {"^(.*)$": "docker.io/$1"} and "configs" not in made
    assert rke2_charts_spec(plan())["registries"] == {}


def test_what_the_site_has_elsewhere_is_not_configured():
    made = rke2_charts_spec(plan(external=["coredns"]))
    assert made["config"]["disable"] == ["rke2-coredns"] and f"{MANIFESTS}/rke2-coredns-config.yaml" not in made["files"]


def test_it_is_rendered_with_the_rest():
    given = plan(components={"kube-vip": {"enabled": True}})
    files = render_spec(given, charts=rke2_charts_spec(given, VIP), servers={"kube-apiserver-arg": ["a=b"]})
    assert yaml.safe_load(files["rke2.yaml"]) == {"cni": "cilium", "ingress-controller": "traefik", "kube-apiserver-arg": ["a=b"]}
    assert {"00-rke2/manifests/rke2-cilium-config.yaml", "00-rke2/manifests/platform-kube-vip.yaml"} < set(files)
    assert "00-rke2/kube-vip/manifests.yaml" not in files

# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What RKE2 itself installs (`delivery: rke2`): which of its charts, and with which values, before its first start."""

from __future__ import annotations

import copy
import typing as t

from .._catalog.merge import merge
from . import yaml_text
from .kubernetes import MANAGED, installed
from .mirror import mirror_spec

# Everything here is applied by every server, at its start and when a file changes: https://docs.rke2.io/helm
MANIFESTS = "/var/lib/rancher/rke2/server/manifests"
PREFIX = "rke2-"
# Components that RKE2 installs unless it is told not to: https://docs.rke2.io/reference/server_config (disable)
PACKAGED = {
    "coredns": ["rke2-coredns"],
    "metrics-server": ["rke2-metrics-server"],
    "snapshot-controller": ["rke2-snapshot-controller", "rke2-snapshot-controller-crd"],
}
VIP = "kube-vip"


def rke2_charts_spec(plan: t.Mapping[str, t.Any], endpoint: t.Mapping[str, t.Any] | None = None, *,
                     disable_kube_proxy: bool = False, registry_ca: str = "") -> dict[str, t.Any]:
    """RKE2's own components of a plan.

    endpoint: the control plane's address, {kind, host, vip, interface}; disable_kube_proxy: the CNI does its work;
    registry_ca: certificate of the CA of platform_registry, PEM.
    Returns {config: keys of the servers' config.yaml, files: {path on a server: {content, mode}}, charts: [names], registries: registries.yaml}; all
    empty where the plan has nothing for RKE2, as on a given cluster. Raises ValueError where endpoint and components don't fit each other.
    """
    endpoint = endpoint or {}
    components = {component["name"]: component for component in installed(plan) if component["delivery"] == "rke2"}
    _refuse(plan, components, endpoint, disable_kube_proxy)
    if not components:
        return {"config": {}, "files": {}, "charts": [], "registries": {}}
    files = {}
    for name, component in components.items():
        values = merge(_derived(name) if disable_kube_proxy else None, component["values"])
        if values and "chart" in component:
            files[f"{MANIFESTS}/{component['chart']['name']}-config.yaml"] = yaml_text.to_yaml(_chart_config(component["chart"]["name"], values))
        objects = _with_address(component["manifests"], endpoint) if name == VIP else component["manifests"]
        if objects:
            files[f"{MANIFESTS}/platform-{name}.yaml"] = yaml_text.to_yaml(*objects)
    disabled = [chart for name, charts in PACKAGED.items() if name not in components for chart in charts]
    config: dict[str, t.Any] = {"cni": _choice(plan, components, "cni"), "ingress-controller": _choice(plan, components, "ingress")}
    if disabled:
        config["disable"] = disabled
    return {
        "config": config,
        "files": {path: {"content": content, "mode": "0600"} for path, content in sorted(files.items())},
        "charts": [component["chart"]["name"] for component in components.values() if "chart" in component],
        "registries": _registries(plan, registry_ca),
    }


def _registries(plan: t.Mapping[str, t.Any], registry_ca: str) -> dict[str, t.Any]:
    """registries.yaml: every registry that an image of the plan comes from is asked for at the site's own, where mirror_spec puts them.

    https://docs.rke2.io/install/private_registry (rewrite). Without platform_registry nothing: images come from where they are.
    """
    host, _slash, path = plan["platform"]["registry"].rstrip("/").partition("/")
    if not host:
        return {}
    prefix = f"{path}/" if path else ""
    sources = sorted({image["source"].partition("/")[0] for image in mirror_spec(plan)["images"]} - {host})
    # The site's own is listed as well, so that the embedded registry shares its images among the nodes.
    mirrors: dict[str, t.Any] = {name: {"endpoint": [f"https://{host}"], "rewrite": {"^(.*)$": f"{prefix}{name}/$1"}} for name in sources}
    made: dict[str, t.Any] = {"mirrors": {**mirrors, host: {}}}
    if registry_ca:
        made["configs"] = {host: {"tls": {"ca": registry_ca}}}
    return made


def _refuse(plan: t.Mapping[str, t.Any], components: t.Mapping[str, t.Any], endpoint: t.Mapping[str, t.Any], disable_kube_proxy: bool) -> None:
    """What would leave a cluster without an address or without Services."""
    kind = endpoint.get("kind", "")
    if kind == VIP and VIP not in components:
        raise ValueError("rke2_endpoint.kind is kube-vip, and the component kube-vip is not part of this site; "
                         "set platform_components.kube-vip.enabled to true")
    if kind and kind != VIP and VIP in components:
        raise ValueError(f"the component kube-vip is enabled, and rke2_endpoint.kind is {kind}; set it to kube-vip, or take the component out")
    if disable_kube_proxy and components and _choice(plan, components, "cni") not in ("cilium", "none"):
        raise ValueError(f"rke2_disable_kube_proxy leaves Services to the CNI, and {_choice(plan, components, 'cni')} doesn't carry them as RKE2 "
                         "installs it; choose cilium (platform_choices.cni), or keep kube-proxy")


def _choice(plan: t.Mapping[str, t.Any], components: t.Mapping[str, t.Any], role: str) -> str:
    """RKE2's word for what fills a role: its chart's name without `rke2-`; none where somebody else fills it, or nobody."""
    provider = components.get(plan["choices"].get(role, ""), {})
    return provider["chart"]["name"].removeprefix(PREFIX) if "chart" in provider else "none"


def _derived(name: str) -> dict[str, t.Any] | None:
    """What Cilium needs to carry Services: https://docs.rke2.io/networking/basic_network_options"""
    return {"kubeProxyReplacement": True, "k8sServiceHost": "localhost", "k8sServicePort": "6443"} if name == "cilium" else None


def _chart_config(chart: str, values: t.Mapping[str, t.Any]) -> dict[str, t.Any]:
    """https://docs.rke2.io/helm#customizing-packaged-components-with-helmchartconfig"""
    return {
        "apiVersion": "helm.cattle.io/v1", "kind": "HelmChartConfig",
        "metadata": {"name": chart, "namespace": "kube-system", "labels": dict(MANAGED)},
        "spec": {"valuesContent": yaml_text.to_yaml(dict(values)).removeprefix("---\n")},
    }


def _with_address(objects: t.Sequence[t.Mapping[str, t.Any]], endpoint: t.Mapping[str, t.Any]) -> list[t.Any]:
    """kube-vip with the address that it holds, and the interface where one is named: https://kube-vip.io/docs/installation/flags/"""
    made = copy.deepcopy(list(objects))
    added = [{"name": "address", "value": str(endpoint.get("vip") or endpoint.get("host", ""))}]
    if endpoint.get("interface"):
        added.append({"name": "vip_interface", "value": str(endpoint["interface"])})
    for thing in made:
        if thing["kind"] == "DaemonSet":
            for container in thing["spec"]["template"]["spec"]["containers"]:
                container["env"] = [*container.get("env", []), *added]
    return made

# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Releases, and Argo CD's Applications."""

from __future__ import annotations

import pytest

from ansible_collections.unifiedmeta.platform.plugins.plugin_utils._catalog_specs.helm import helm_spec
from tests.unit.plugins.plugin_utils.support import component, make

CHART = {"repository": "https://charts.example.com", "name": "thing", "version": "1.2.3"}
GITOPS = component("argo-cd", delivery="helm", chart=CHART, provides=["gitops"], namespace={"name": "argocd"})


def app(name="a", **fields):
    """A component that Helm installs."""
    return component(name, **{"delivery": "helm", "chart": CHART, **fields})


def test_a_release(tmp_path):
    made = helm_spec(make(tmp_path, app(namespace={"name": "n"}), values={"a": {"x": 1}}))
    assert made == {"a": {"owner": "helm", "values": {"x": 1}, "release": {
        "name": "a", "namespace": "n", "repository": "https://charts.example.com", "chart": "thing", "version": "1.2.3", "crds": "create", "timeout": "10m"}}}


def test_what_a_chart_may_say(tmp_path):
    release = helm_spec(make(tmp_path, app(chart={**CHART, "release": "r", "crds": "keep", "timeout": "30m"})))["a"]["release"]
    assert (release["name"], release["crds"], release["timeout"]) == ("r", "keep", "30m")


@pytest.mark.parametrize(("entry", "site"), [(component("a"), {}), (app(), {"external": ["a"]})])
def test_what_helm_does_not_install(tmp_path, entry, site):
    assert helm_spec(make(tmp_path, entry, **site)) == {}


@pytest.mark.parametrize(("entry", "delivery", "owner"), [
    (app(), "helm", "helm"),
    (app(), "argocd", "argocd"),
    (app(wave="access"), "argocd", "argocd"),
    (app(wave="foundation"), "argocd", "helm"),
    (app(wave="secrets"), "argocd", "helm"),
    (app(wave="identity"), "argocd", "helm"),
    (app(wave="registry"), "argocd", "helm"),
])
def test_each_release_has_one_owner(tmp_path, entry, delivery, owner):
    made = helm_spec(make(tmp_path, entry, GITOPS, delivery=delivery))["a"]
    assert made["owner"] == owner
    assert ("application" in made) == (owner == "argocd")


def test_argo_cd_does_not_keep_itself(tmp_path):
    assert helm_spec(make(tmp_path, GITOPS, delivery="argocd"))["argo-cd"]["owner"] == "helm"


def test_without_argo_cd_helm_keeps_everything(tmp_path):
    assert helm_spec(make(tmp_path, app(), delivery="argocd"))["a"]["owner"] == "helm"


def test_an_application(tmp_path):
    made = helm_spec(make(tmp_path, app(chart={**CHART, "repository": "oci://r.example.com/charts", "crds": "skip"}, namespace={"name": "n"}), GITOPS,
                          values={"a": {"x": 1}}, delivery="argocd"))["a"]["application"]
    assert made["metadata"]["namespace"] == "argocd"
    assert made["metadata"]["annotations"] == {"argocd.argoproj.io/sync-wave": "0"}
    assert made["spec"]["source"] == {"repoURL": "r.example.com/charts", "chart": "thing", "targetRevision": "1.2.3",
                                      "helm": {"releaseName": "a", "skipCrds": True, "valuesObject": {"x": 1}}}
    assert made["spec"]["destination"] == {"server": "https://kubernetes.default.svc", "namespace": "n"}


def test_applications_are_synced_in_the_plans_order(tmp_path):
    made = helm_spec(make(tmp_path, app("b"), app("a", needs=["b"]), GITOPS, delivery="argocd"))
    waves = {name: int(made[name]["application"]["metadata"]["annotations"]["argocd.argoproj.io/sync-wave"]) for name in "ab"}
    assert waves["b"] < waves["a"]

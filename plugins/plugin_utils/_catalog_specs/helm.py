# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Helm releases and, where the site wants Argo CD to keep them, its Applications."""

from __future__ import annotations

import typing as t

from .._catalog.order import WAVES
from .kubernetes import MANAGED, installed

# Waves that are there before Argo CD is.
BOOTSTRAP = WAVES[:WAVES.index("platform")]


def helm_spec(plan: t.Mapping[str, t.Any]) -> dict[str, dict[str, t.Any]]:
    """Releases by component: {owner, release, values} and, when the owner is argocd, application.

    owner is helm or argocd: exactly one of them keeps a release. Components that Helm doesn't install, or that the site
    has elsewhere, are left out. https://argo-cd.readthedocs.io/en/stable/operator-manual/application.yaml
    """
    gitops = plan["choices"].get("gitops", "")
    made: dict[str, dict[str, t.Any]] = {}
    for number, component in enumerate(installed(plan)):
        if component["delivery"] != "helm":
            continue
        chart, name = component["chart"], component["name"]
        argocd = plan["platform"]["delivery"] == "argocd" and gitops and name != gitops and component["wave"] not in BOOTSTRAP
        release = {
            "name": chart.get("release", name), "namespace": component["namespace"]["name"],
            "repository": chart["repository"], "chart": chart["name"], "version": chart["version"],
            "crds": chart["crds"], "timeout": chart["timeout"],
        }
        made[name] = {"owner": "argocd" if argocd else "helm", "release": release, "values": component["values"]}
        if argocd:
            made[name]["application"] = _application(release, name, component["values"], plan["components"][gitops]["namespace"]["name"], number)
    return made


def _application(release: t.Mapping[str, t.Any], name: str, values: t.Mapping[str, t.Any], namespace: str, number: int) -> dict[str, t.Any]:
    """An Application of Argo CD. number: place in the order, its sync wave."""
    return {
        "apiVersion": "argoproj.io/v1alpha1",
        "kind": "Application",
        "metadata": {
            "name": name, "namespace": namespace, "labels": dict(MANAGED), "annotations": {"argocd.argoproj.io/sync-wave": str(number)},
            "finalizers": ["resources-finalizer.argocd.argoproj.io"],
        },
        "spec": {
            "project": "default",
            "destination": {"server": "https://kubernetes.default.svc", "namespace": release["namespace"]},
            "source": {
                # Argo CD knows an OCI repository by the missing scheme.
                "repoURL": release["repository"].replace("oci://", "", 1),
                "chart": release["chart"], "targetRevision": release["version"],
                "helm": {"releaseName": release["name"], "skipCrds": release["crds"] == "skip", "valuesObject": dict(values)},
            },
            "syncPolicy": {"automated": {"prune": True, "selfHeal": True}, "syncOptions": ["ServerSideApply=true", "CreateNamespace=false"]},
        },
    }

# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The whole plan as the files of a GitOps repository: a folder a wave, in it a folder a component."""

from __future__ import annotations

import json
import typing as t

from .._catalog import order
from .external_secrets import external_secrets_spec
from .helm import helm_spec
from .kubernetes import namespace_spec
from .mirror import mirror_spec
from .yaml_text import to_yaml


def render_spec(plan: t.Mapping[str, t.Any], vault: t.Mapping[str, t.Any] | None = None, *, keycloak: t.Mapping[str, t.Any] | None = None,
                servers: t.Mapping[str, t.Any] | None = None, charts: t.Mapping[str, t.Any] | None = None, **external_secrets: t.Any) -> dict[str, str]:
    """Every file of the plan: path -> text.

    vault: what vault_spec made, written to vault.json; keycloak: what keycloak_spec made, written to keycloak.json; servers: what
    kubernetes_oidc_spec made, and charts: what rke2_charts_spec made, its keys written to rke2.yaml and its files to a folder of the wave;
    external_secrets: options of external_secrets_spec.
    """
    releases, spaces = helm_spec(plan), namespace_spec(plan)
    secrets, mirror = external_secrets_spec(plan, **external_secrets), mirror_spec(plan)
    files = {
        "components.yaml": to_yaml([_summary(plan["components"][name]) for name in plan["order"]]),
        "mirror.yaml": to_yaml(mirror),
    }
    for name, state in (("vault", vault), ("keycloak", keycloak)):
        if state is not None:
            files[f"{name}.json"] = json.dumps(state, indent=2, sort_keys=True, ensure_ascii=False) + "\n"
    charts = charts or {"config": {}, "files": {}}
    if servers or charts["config"]:
        files["rke2.yaml"] = to_yaml({**charts["config"], **(servers or {})})
    files.update({f"{order.WAVES.index('rke2'):02d}-rke2/manifests/{path.rpartition('/')[2]}": file["content"] for path, file in charts["files"].items()})
    for name in plan["order"]:
        component = plan["components"][name]
        folder = f"{order.WAVES.index(component['wave']):02d}-{component['wave']}/{name}"
        documents: dict[str, list[t.Any]] = {
            "namespace": spaces.get(name, []),
            # RKE2's are among its own files, complete.
            "manifests": [] if component["external"] or component["delivery"] == "rke2" else component["manifests"],
            "external-secrets": secrets.get(name, []),
        }
        if name in releases:
            made = releases[name]
            documents["application" if "application" in made else "release"] = [made.get("application", made["release"])]
            documents["values"] = [made["values"]] if made["values"] else []
        files.update({f"{folder}/{part}.yaml": to_yaml(*things) for part, things in documents.items() if things})
    return dict(sorted(files.items()))


def _summary(component: t.Mapping[str, t.Any]) -> dict[str, t.Any]:
    """A line of the report: what there is, which version, under which licence and by which waiver."""
    chart = component.get("chart", {})
    summary = {
        "name": component["name"], "summary": component["summary"], "wave": component["wave"], "delivery": component["delivery"],
        "version": chart.get("app_version", ""), "chart": chart.get("version", ""), "license": component["license"],
        "waiver": component.get("waiver", {}).get("reason", ""), "external": component["external"],
    }
    return {key: value for key, value in summary.items() if value != ""}

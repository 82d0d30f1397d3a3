# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What must be in the site's own registry before a node without internet can start anything."""

from __future__ import annotations

import typing as t

from .kubernetes import installed


def mirror_spec(plan: t.Mapping[str, t.Any]) -> dict[str, list[dict[str, t.Any]]]:
    """Images and charts of the components that this cluster runs, each once, sorted.

    Returns {images: [{source, target, components}], charts: [{repository, name, version, components}]}. target is the place
    in platform_registry: the image's whole name under it, so that two upstream registries can't clash; empty without one.
    """
    registry = plan["platform"]["registry"].rstrip("/")
    images: dict[str, list[str]] = {}
    charts: dict[tuple[str, str, str], list[str]] = {}
    for component in installed(plan):
        for image in component["images"]:
            images.setdefault(image, []).append(component["name"])
        if component["delivery"] == "helm":
            chart = component["chart"]
            charts.setdefault((chart["repository"], chart["name"], chart["version"]), []).append(component["name"])
    return {
        "images": [{"source": image, "target": f"{registry}/{image}" if registry else "", "components": sorted(images[image])} for image in sorted(images)],
        "charts": [{"repository": key[0], "name": key[1], "version": key[2], "components": sorted(charts[key])} for key in sorted(charts)],
    }

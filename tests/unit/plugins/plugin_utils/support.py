# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Components and plans for tests, made from the least that is valid."""

from __future__ import annotations

import json
import typing as t

import yaml

from ansible_collections.unifiedmeta.platform.plugins.plugin_utils._catalog import plan, schema, source
from ansible_collections.unifiedmeta.platform.plugins.plugin_utils._catalog.entries import Entry

WHOLE = schema.load(plan.SCHEMA)
SITE = {"name": "test", "domain": "example.com", "tier": 1, "profile": "onprem"}
POLICY = {"licences": {"permissive": ["MIT"]}, "tiers": {1: ["permissive"], 2: ["permissive"], 3: ["permissive"]},
          "groups": ["platform-admins"]}


def component(name: str, **fields: t.Any) -> dict[str, t.Any]:
    """A component.yml as data."""
    least = {
        "name": name, "summary": "A thing", "license": "MIT", "wave": "platform", "delivery": "manifests",
        "namespace": {"name": name}, "images": [], "ready": [{"kind": "Deployment", "name": name}],
    }
    return {**least, **fields}


def entry(name: str, folder: str = "nowhere", **fields: t.Any) -> Entry:
    """A component as it was read and filled in, a line for each key: what is given beyond the least comes from line 9."""
    text = "".join(f"{key}: {json.dumps(value)}\n" for key, value in component(name, **fields).items())
    document = source.parse(text, f"{name}.yml")
    return Entry(name, f"{folder}/{name}", document, schema.fill(document.data, WHOLE, WHOLE))


def make(folder: t.Any, *components: dict[str, t.Any], values: t.Mapping[str, t.Any] | None = None, **site: t.Any) -> dict[str, t.Any]:
    """A plan of components that are written below folder. values: component -> Helm values."""
    for data in components:
        place = folder / data["name"]
        place.mkdir(parents=True, exist_ok=True)
        (place / "component.yml").write_text(yaml.safe_dump(data), encoding="utf-8")
        if values and data["name"] in values:
            (place / "values.yml").write_text(yaml.safe_dump(values[data["name"]]), encoding="utf-8")
    return plan.build({**SITE, **site}, [str(folder)], own=None, policy=POLICY)

"""Time of the catalogue's plan: the real entries, and copies of them under other names up to a given number."""
from __future__ import annotations

import pathlib
import time

import yaml

from ansible_collections.unifiedmeta.platform.plugins.plugin_utils._catalog import plan

SITE = {"name": "bench", "domain": "platform.example.com", "profile": "onprem", "tier": 1}
FOLLOWS = "external-secrets"  # every copy needs this one, so that the order has work to do


def real() -> int:
    """How many components the collection's own catalogue has for the site."""
    return len(plan.build(SITE)["order"])


def copies(folder: pathlib.Path, number: int) -> pathlib.Path:
    """Writes ``number`` components like Keycloak's entry, with secrets, route, alerts and values, each under its own name."""
    source = pathlib.Path(plan.CATALOG) / "keycloak"
    for index in range(number):
        name = f"bench-{index:02}"
        text = (source / "component.yml").read_text("utf-8").replace("keycloak", name).replace("Keycloak", f"Bench{index:02}")
        entry = yaml.safe_load(text)
        entry.update({"provides": [], "wave": "platform", "needs": [FOLLOWS, *([f"bench-{index - 1:02}"] if index % 5 else [])]})
        entry["network"]["egress"] = ["kube-apiserver"]
        for alert in entry["alerts"]:
            alert["runbook"] = "Bench"
        (folder / name / "runbooks").mkdir(parents=True, exist_ok=True)
        (folder / name / "runbooks/Bench.md").write_text("# Bench\n", "utf-8")
        (folder / name / "component.yml").write_text(yaml.safe_dump(entry), "utf-8")
        for values in source.glob("values*.yml"):
            (folder / name / values.name).write_text(values.read_text("utf-8"), "utf-8")
    return folder


def measure(folder: pathlib.Path, wanted: int) -> tuple[int, float]:
    """(components in the plan, seconds) of one plan: reading and checking every file, layering, ordering; nothing is cached."""
    paths = [str(copies(folder, max(0, wanted - real())))] if wanted > real() else []
    begin = time.perf_counter()
    made = plan.build(SITE, paths)
    return len(made["order"]), time.perf_counter() - begin

# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What a plan rests on, short enough to lie in its file: by that a later run knows whether the cluster is still what was planned for. Pure."""

from __future__ import annotations

import hashlib
import json
import typing as t

# What decides of a host. Memory, clocks and free disk change all the time and decide nothing but refusals, which are made anew in each run.
_FACTS = ("reachable", "hostname", "arch", "installed", "started", "config", "files", "token", "ca", "datastore", "images", "staged")
_SERVICE = ("enabled", "active")
# Not labels and taints: controllers change them all the time.
_NODE = ("ready", "version", "etcd_voter")


def basis(desired: dict[str, t.Any], facts: t.Mapping[str, dict[str, t.Any]], fingerprints: t.Mapping[str, str], limit: t.Collection[str]) -> dict[str, str]:
    """What -> digest: the site's wishes, the hosts of the run, each host's facts by their name, each node as the API knows it."""
    made = {"wanted": digest([desired, dict(fingerprints)]), "hosts of the run": digest(sorted(limit))}
    for host in sorted(facts):
        fact = facts[host]
        for name in _FACTS:
            made[f"{host}: {name}"] = digest(fact.get(name))
        service = fact.get("service") or {}
        made[f"{host}: service"] = digest({role: {part: (service.get(role) or {}).get(part) for part in _SERVICE} for role in sorted(service)})
        cluster = fact.get("cluster") or {}
        made[f"{host}: cluster"] = digest(
            [
                sorted((node["name"], [node.get(part) for part in _NODE]) for node in cluster.get("nodes") or []),
                sorted(([member.get("name"), member.get("learner")] for member in cluster.get("members") or []), key=str),
            ]
        )
    return made


def digest(value: t.Any) -> str:
    """sha256 of a value as JSON, in one order."""
    return hashlib.sha256(json.dumps(value, sort_keys=True, separators=(",", ":"), default=str).encode()).hexdigest()


def moved(against: t.Mapping[str, t.Any], now: t.Mapping[str, str]) -> list[str]:
    """A refusal where a plan of before doesn't hold any more, with what has changed since; else none."""
    before = against.get("basis")
    if not isinstance(before, dict) or against.get("refusals"):
        return ["the plan file holds no plan that can be carried out; make one anew (rke2_plan_file in check mode)"]
    if before == dict(now):
        return []
    changed = sorted(name for name in {*before, *now} if before.get(name) != now.get(name))
    shown = ", ".join(changed[:8]) + (f" and {len(changed) - 8} more" if len(changed) > 8 else "")
    return [f"the cluster or the site is not any more what the plan was made for ({shown}); look at a new plan, and run that"]

# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A plan in words, for people: per node what happens, whether it restarts, why, and in which order."""

from __future__ import annotations

import typing as t

_WORDS = {
    "install": "is installed as the first server",
    "join": "is installed and joins",
    "start": "is started",
    "restart": "restarts",
    "upgrade": "is upgraded and restarts",
    "update": "gets new files, no restart",
    "stage": "gets files ahead, no restart",
    "wait": "is waited for",
    "remove": "is removed",
    "none": "nothing to do",
}


def explain(plan: t.Mapping[str, t.Any]) -> list[str]:
    """Lines of text. ``plan``: as plan() makes it. Refusals come first: where there is one, nothing is done."""
    cluster, steps = plan["cluster"], plan["steps"]
    at_work = [step for step in steps if step["action"] != "none" and step["in_limit"]]
    lines = [
        f"RKE2 cluster {cluster['name']}, {cluster['version']}, at {cluster['endpoint']}: "
        f"{_count(cluster['servers'], 'server')}, {_count(cluster['agents'], 'agent')}, {cluster['state']}"
    ]
    if plan["refusals"]:
        lines.append(f"Refused, nothing is done ({_count(len(plan['refusals']), 'reason')}):")
        lines += [f"  - {sentence}" for sentence in plan["refusals"]]
    if at_work:
        lines.append(f"{'Would be' if plan['refusals'] else 'Will be'} done, in this order ({_how(cluster, at_work)}):")
        lines += [*_ahead(at_work), *_steps(at_work)]
    elif not plan["refusals"]:
        lines.append("Nothing to do.")
    others = [step for step in steps if step["action"] != "none" and not step["in_limit"]]
    if others:
        lines.append(f"Due, and not among the hosts of this run: {', '.join(step['host'] + ' (' + step['action'] + ')' for step in others)}")
    if plan["warnings"]:
        lines.append("To be known:")
        lines += [f"  - {sentence}" for sentence in plan["warnings"]]
    return lines


def _ahead(steps: t.Iterable[t.Mapping[str, t.Any]]) -> list[str]:
    """What is brought to nodes before any of them is touched, hosts that lack the same together."""
    by: dict[tuple[str, ...], list[str]] = {}
    for step in steps:
        if step["stage"]:
            by.setdefault(tuple(step["stage"]), []).append(step["host"])
    return [f"    0. {', '.join(hosts)}: get {', '.join(files)}, side by side, before anything restarts" for files, hosts in by.items()]


def _steps(steps: t.Sequence[t.Mapping[str, t.Any]]) -> list[str]:
    """A line a step, and its reasons below it; where they are those of a step before, that one is named."""
    lines, told = [], {}
    width = max(len(step["host"]) for step in steps)
    for step in steps:
        what = _what(step)
        alike = told.setdefault((what, *step["reasons"]), step["host"])
        lines.append(f"  {step['order']:>3}. {step['host']:<{width}}  {what}" + (f" (as {alike})" if alike != step["host"] else ""))
        if alike == step["host"]:
            lines += [f"       {' ' * width}  because {reason}" for reason in step["reasons"]]
    return lines


def _what(step: t.Mapping[str, t.Any]) -> str:
    told = _WORDS[step["action"]] + (", drained first" if step["drain"] else "")
    return told if step["wait"] else told + "; the next one is not waited for, since there is no quorum yet"


def _how(cluster: t.Mapping[str, t.Any], steps: t.Iterable[t.Mapping[str, t.Any]]) -> str:
    if any(step["action"] == "remove" for step in steps):
        return "agents first, then servers, those that are down before others"
    return f"servers one at a time, then agents by {cluster['agent_batch']}"


def _count(number: int, what: str) -> str:
    return f"{number or 'no'} {what}{'' if number == 1 else 's'}"

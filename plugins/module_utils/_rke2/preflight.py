# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What must be right on the hosts before RKE2 is installed or changed there: pure checks of the facts, all hosts in one report.

Sources: docs.rke2.io/install/requirements, /known_issues, /security/hardening_guide; etcd.io/docs/v3.6/op-guide/hardware.
"""

from __future__ import annotations

import typing as t

from ansible_collections.unifiedmeta.platform.plugins.module_utils._rke2 import preflight_between, preflight_host
from ansible_collections.unifiedmeta.platform.plugins.module_utils._rke2.preflight_host import REFUSE, Fault

# Least memory and free disk of a node that is new (GiB), the most that clocks may differ (seconds), the longest
# synchronous write (milliseconds; 0: none is refused, for one measurement on a busy host is no proof).
MINIMUM = {"memory_server": 3.5, "memory_agent": 1.5, "disk": 20.0, "clock_skew": 60.0, "fsync_ms": 0}


def check(desired: t.Mapping[str, t.Any], facts: t.Mapping[str, t.Mapping[str, t.Any]], ignore: t.Iterable[str] = ()) -> dict[str, list[str]]:
    """Every fault of every host. ``desired``: of ``rke2_spec``; ``facts``: host -> node of ``rke2_facts``; ``ignore``: names of checks that only warn.

    Returns ``refusals`` and ``warnings``, a sentence each: the hosts, what is wrong, what to do, the check's name in brackets. Hosts that can't be
    reached are not judged, nor are those that nobody wants. On hosts to which nothing happens (``action`` none, where the planner says it) nothing is refused.
    """
    minimum = {**MINIMUM, **{name: value for name, value in (desired.get("settings", {}).get("minimum") or {}).items() if value is not None}}
    known = {host: facts[host] for host in desired["nodes"] if facts.get(host, {}).get("reachable")}
    found: dict[Fault, list[str]] = {}
    for host, node in known.items():
        for fault in preflight_host.faults(desired, host, node, minimum):
            found.setdefault(fault, []).append(host)
    for hosts, fault in preflight_between.faults(desired, known, minimum):
        found.setdefault(fault, []).extend(hosts)
    ignored, told = set(ignore), {"refusals": [], "warnings": []}
    for fault, hosts in found.items():
        touched = any(desired["nodes"][host].get("action", "") != "none" for host in hosts)
        refused = fault.level == REFUSE and fault.name not in ignored and touched
        told["refusals" if refused else "warnings"].append(f"{', '.join(hosts)}: {fault.text} [{fault.name}]")
    return told


def names() -> list[str]:
    """The checks that a site may ignore, by name."""
    return sorted({*preflight_host.NAMES, *preflight_between.NAMES})

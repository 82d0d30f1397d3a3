# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Servers as the planner of vault_init sees them, and what it made of them."""

from __future__ import annotations

from ansible_collections.unifiedmeta.platform.plugins.module_utils._vault.init_plan import Known, Node, Wanted


def empty(name="a", **more):
    return Node(name, storage="raft", **more)


def done(name="a", **more):
    usual = {"initialised": True, "sealed": False, "shares": 3, "threshold": 2, "storage": "raft", "cluster_id": "" if more.get("sealed") else "one"}
    return Node(name, **{**usual, **more})


def silent(name="a"):
    return Node(name, fault=f"{name} doesn't answer")


KNOWN = Known(answered=True, shares=3, threshold=2, cluster_id="one")
LOST = Known(mark="2026-01-01T00:00:00Z")
THREE = Wanted(shares=3, threshold=2)


def steps(made):
    assert made.faults == [], made.faults
    return [(action.kind, action.node) for action in made.actions]


def refusal(made):
    assert made.actions == []
    assert len(made.faults) == 1, made.faults
    return made.faults[0]

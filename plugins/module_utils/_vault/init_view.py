# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
"""How a Vault's servers look to a person, and how they will look after the steps of a plan. Pure."""

from __future__ import annotations

import dataclasses

from ansible_collections.unifiedmeta.platform.plugins.module_utils._vault.init_plan import Action, Known, Node, Wanted


def foresee(nodes: list[Node], actions: list[Action], wanted: Wanted) -> list[Node]:
    """The servers after ``actions``, as check mode shows them."""
    found = {node.name: node for node in nodes}
    for action in actions:
        names = [action.node] if action.node in found else []
        change: dict = {}
        if action.kind == "reset":
            names, change = [node.name for node in nodes if not node.fault], {"initialised": False, "sealed": True, "shares": 0, "threshold": 0}
        elif action.kind == "initialise":
            change = {"initialised": True, "shares": wanted.shares, "threshold": wanted.threshold}
        elif action.kind == "join":
            leader = next(node for node in found.values() if node.initialised and node.name != action.node)
            change = {"initialised": True, "shares": leader.shares, "threshold": leader.threshold}
        elif action.kind in ("unseal", "await"):
            change = {"sealed": False}
        elif action.kind == "rekey":
            names, change = [node.name for node in nodes if not node.fault], {"shares": wanted.shares, "threshold": wanted.threshold}
        for name in names:
            found[name] = dataclasses.replace(found[name], **change)
    return list(found.values())


def foresee_store(known: Known, actions: list[Action], wanted: Wanted) -> Known:
    """What the store holds after ``actions``."""
    for action in actions:
        if action.kind == "initialise":
            known = Known(answered=True, shares=wanted.shares, threshold=wanted.threshold, encrypted=wanted.encrypted, root_token=not wanted.root_encrypted)
        elif action.kind == "rekey":
            known = dataclasses.replace(known, shares=wanted.shares, threshold=wanted.threshold, encrypted=wanted.encrypted)
        elif action.kind in ("generate_root", "revoke_root"):
            known = dataclasses.replace(known, root_token=action.kind == "generate_root")
    return known


def picture(nodes: list[Node], known: Known) -> str:
    """One line a server and one for the store, for the diff."""
    kept = [f"{known.shares} {'encrypted ' if known.encrypted else ''}shares"] if known.answered else []
    kept += ["a root token"] if known.root_token else []
    return "".join(f"{node.name}: {_state(node)}\n" for node in nodes) + f"bootstrap store: {' and '.join(kept) or 'nothing'}\n"


def _state(node: Node) -> str:
    if node.fault:
        return "no answer"
    if not node.initialised:
        return f"empty, seal {node.seal}"
    return f"initialised, {'sealed' if node.sealed else 'open'}, seal {node.seal}, {node.threshold} of {node.shares} shares"

# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Copies between the bootstrap store and Vault: what was born before Vault is kept there too, and what opens Vault to people is kept here.

Unseal shares and root tokens are never copied: what opens a Vault must not lie in it. The store's section «vaults» isn't even looked at.
"""

from __future__ import annotations

import dataclasses
import time
import typing as t

from ansible_collections.unifiedmeta.platform.plugins.module_utils import _plan

SHOWN = {"value": "(secret)"}


@dataclasses.dataclass(frozen=True)
class Copy:
    """One value in Vault: ``path`` below the escrow's folder, ``value`` (None where there is none) and KV version (0 where there never was one)."""

    path: str
    value: str | None
    version: int


def plan(secrets: t.Mapping[str, t.Mapping[str, t.Any]], copies: t.Mapping[str, Copy], wanted: t.Mapping[str, str | None]) -> list[_plan.Change]:
    """What to copy.

    ``secrets``: the store's, by name. ``copies``: Vault's, by the same names. ``wanted``: names that the store shall hold with the values that Vault has
    now (None: a value that a run will make before this one). Names in ``wanted`` are Vault's children and are not copied back.
    """
    changes = []
    for name, entry in sorted(secrets.items()):
        copy = copies.get(name)
        if name in wanted or copy is None or copy.value == entry["value"]:
            continue
        action, reason = ("create", "Vault has no copy") if copy.value is None else ("update", "the copy in Vault differs")
        changes.append(_plan.Change(action, "copy in Vault", copy.path, None if copy.value is None else SHOWN, {"value": "(secret) of the store"}, reason))
    for name, value in sorted(wanted.items()):
        have = secrets.get(name)
        if have is None:
            changes.append(_plan.Change("create", "bootstrap secret", name, None, SHOWN, "the store has no copy"))
        elif value is not None and have["value"] != value:
            changes.append(_plan.Change("update", "bootstrap secret", name, SHOWN, {"value": "(secret) of Vault"}, "the copy in the store differs"))
    return changes


def entry(value: str) -> dict[str, str]:
    """A secret of the store."""
    return {"value": value, "created": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())}


def faults(path: str, keep: t.Mapping[str, t.Any]) -> list[str]:
    """What is wrong with the options, a sentence each."""
    mount, _slash, folder = path.strip("/").partition("/")
    found = [] if mount and folder else [f"path: {path!r} must name a mount and a folder in it, such as platform/bootstrap"]
    for name, reference in keep.items():
        if not isinstance(reference, str) or not reference.startswith("vault:") or "#" not in reference:
            found.append(f"keep: {name}: {reference!r} isn't a reference; write vault:<mount>/<path>#<key>")
    return found

# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
"""References between objects: what an object names must exist or be declared. Pure."""

from __future__ import annotations

import typing as t

from ansible_collections.unifiedmeta.platform.plugins.module_utils._model import Desired, Item
from ansible_collections.unifiedmeta.platform.plugins.module_utils._plan import suggestion
from ansible_collections.unifiedmeta.platform.plugins.module_utils._vault.world import World

# kind -> type of the mount it lives in
_ENGINES = {"database_connection": "database", "database_role": "database", "database_static_role": "database", "pki_role": "pki", "pki_urls": "pki",
            "pki_root": "pki", "pki_intermediate": "pki", "transit_key": "transit"}


def missing_references(desired: Desired, world: World) -> list[str]:
    """One sentence for each name that leads nowhere."""
    faults: list[str] = []

    def near(word: str, known: t.Iterable[str]) -> str:
        """A suggestion costs a look at every name: the first few faults have one."""
        return suggestion(word, known) if len(faults) < 5 else ""

    policies = None if world.policies is None else {*world.policies, "default", "root", *(item.name for item in desired.of("policy"))}
    for item in desired.items.values():
        if policies is not None:
            names = (*item.fields.get("token_policies", ()), *item.fields.get("policies", ()))
            unknown = [name for name in names if name.lower() not in policies and "{{" not in name]
            faults += [f"{item.where}: the policy {name} neither exists nor is declared{near(name, policies)}" for name in unknown]
        faults += _mount_faults(item, desired, world)
        for need in item.needs:
            if need not in desired.items and not _there(need, item, world):
                kind, _colon, name = need.partition(":")
                faults.append(f"{item.where}: the {_LABELS[kind]} {name} neither exists nor is declared{near(name, _names(kind, desired, world))}")
    return faults


_LABELS = {"mount": "mount", "auth": "auth method", "database_connection": "database connection", "identity_entity": "entity", "identity_group": "group",
           "pki_root": "root CA"}


def _there(need: str, item: Item, world: World) -> bool:
    kind, _colon, name = need.partition(":")
    if kind == "mount":
        return name in world.mounts
    if kind == "auth":
        return name in world.auths
    if kind == "pki_root":
        # A mount that was filled by others signs with its own default issuer.
        return item.extra.get("signed_by") in world.mounts
    listed = world.names.get(f"{kind}:{item.parent}" if kind.startswith("database") else kind)
    return listed is None or name in listed


def _names(kind: str, desired: Desired, world: World) -> t.Iterator[str]:
    yield from (item.name for item in desired.of(kind))
    yield from {"mount": world.mounts, "auth": world.auths}.get(kind, ())


def _mount_faults(item: Item, desired: Desired, world: World) -> list[str]:
    """Is the mount of the type that the object needs?"""
    if item.kind == "secret":
        parts = item.name.split("/")
        if world.kv_mount(item.name, desired):
            return []
        names = [*(mount.name for mount in desired.of("mount")), *world.mounts]
        return [f"{item.where}: no kv mount of version 2 is declared or there for it{suggestion(parts[0], names)}"]
    wanted = _ENGINES.get(item.kind)
    if not wanted:
        return []
    name = item.parent or item.name
    declared = desired.items.get(f"mount:{name}")
    found = declared.fields.get("type") if declared else (world.mounts.get(name) or {}).get("type")
    return [f"{item.where}: the mount {name} is of type {found}, not {wanted}"] if found and found != wanted else []

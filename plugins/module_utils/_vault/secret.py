# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Secrets as objects: made when missing, completed when keys are missing, otherwise left alone; values that are there always win."""

from __future__ import annotations

import typing as t

from ansible_collections.unifiedmeta.platform.plugins.module_utils import _secrets
from ansible_collections.unifiedmeta.platform.plugins.module_utils._http import ApiError
from ansible_collections.unifiedmeta.platform.plugins.module_utils._ledger import CasMismatch
from ansible_collections.unifiedmeta.platform.plugins.module_utils._model import Item
from ansible_collections.unifiedmeta.platform.plugins.module_utils._plan import Change, Work
from ansible_collections.unifiedmeta.platform.plugins.module_utils._secrets import MASK
from ansible_collections.unifiedmeta.platform.plugins.module_utils._vault.api import Vault
from ansible_collections.unifiedmeta.platform.plugins.module_utils._vault.kinds import Kind
from ansible_collections.unifiedmeta.platform.plugins.module_utils._vault.seeds import Seed, look, stamp

if t.TYPE_CHECKING:
    from ansible_collections.unifiedmeta.platform.plugins.module_utils._planner import Planner
    from ansible_collections.unifiedmeta.platform.plugins.module_utils._reconcile import Apply
    from ansible_collections.unifiedmeta.platform.plugins.module_utils._vault.world import World

TRIES = 5


class Secret(Kind):
    """``item.extra``: ``data`` and ``generate`` by key, and all ``keys``. A change's ``work.send`` has the keys to make."""

    def __init__(self) -> None:
        super().__init__("secret", "{mount}/data/{leaf}", wave=1)

    def may_exist(self, item: Item, world: World) -> bool:
        return False

    def exists(self, name: str, world: World) -> bool:
        seed = world.seeds.get(name)
        return bool(seed and seed.version and not seed.deleted)

    def revive(self, name: str, world: World) -> Item:
        """Its deletion takes the newest version only, so that a mistake can be undone in Vault."""
        return Item(self.name, name, "", parent=world.kv_mount(name) or "")

    # --- planning ----------------------------------------------------------------------------------------------------------------
    def plan(self, planner: Planner, item: Item) -> None:
        seed, planned, names = planner.world.seeds.get(item.name), planner.planned, item.extra["keys"]
        turned = [name for name in names if f"{item.name}#{name}" in planner.options.rotate]
        needs = _holder(item, planner.world)
        if seed is None or not seed.version:
            planner.add("create", item, None, dict.fromkeys(names, MASK), "it doesn't exist", Work(dict.fromkeys(names), {}), needs)
            return
        if seed.deleted:
            planned.warnings.append(f"secret {item.name}: its newest version ({seed.version}) was deleted in Vault, so it is left alone; "
                                    "undelete it, or delete its metadata to have it made anew")
            if turned:
                planned.faults.append(f"rotate: the secret {item.name} is deleted in Vault; undelete it first")
            return
        missing = [name for name in names if name not in (seed.keys or [])]
        adopted = planner.options.adopt and not planner.ledger.owns(item.key)
        if not missing and not turned and not adopted:
            return
        after = {**dict.fromkeys(missing, MASK), **dict.fromkeys(turned, f"{MASK} new")}
        action, reason = ("rotate", "rotate names it") if turned else ("adopt", "it was made by somebody else") if adopted else ("update", "keys are missing")
        work = Work(dict.fromkeys(sorted({*missing, *turned})), {} if adopted else None)
        planner.add(action, item, dict.fromkeys(turned, MASK), after, reason, work, needs)

    # --- the run -----------------------------------------------------------------------------------------------------------------
    def make(self, apply: Apply, item: Item, change: Change) -> None:
        vault, world = apply.client, apply.world
        mount = world.kv_mount(item.name, apply.desired) or item.name.split("/", maxsplit=1)[0]
        path, seed = item.name[len(mount) + 1:], world.seeds.get(item.name)
        version, present = (seed.version, list(seed.keys or [])) if seed else (0, [])
        wanted = list(change.work.send)
        turned = [name for name in wanted if name in present]
        for _attempt in range(TRIES):
            todo = [name for name in wanted if name not in present or name in turned]
            if not todo:
                break
            fresh = _fresh(vault, item, todo, mount, path)
            try:
                metadata = vault.put_secret(mount, path, fresh, version, patch=version > 0)
                seed = Seed(metadata["version"], stamp(metadata["version"], metadata), keys=sorted({*present, *fresh}))
                break
            except CasMismatch:
                # Another run was faster, or our first try arrived although its answer didn't: what is there stays.
                seed = look(vault, mount, path)
                if seed.deleted:
                    raise ApiError(vault.http.system, what=f"secret {item.name}", detail="it was deleted in Vault meanwhile",
                                   hint="undelete it, or delete its metadata to have it made anew") from None
                version, present = seed.version, list(seed.keys or [])
        else:
            raise CasMismatch(f"the secret {item.name} was changed by others {TRIES} times in a row; run again")
        apply.resolver.forget(item.name)
        # A secret of others stays theirs, even where keys of ours were added.
        if seed and (change.action in ("create", "adopt") or apply.ledger.owns(item.key)):
            apply.note(item.key, {"stamp": seed.stamp, "keys": list(seed.keys or [])})


def _fresh(vault: Vault, item: Item, names: list[str], mount: str, path: str) -> dict[str, str]:
    """Values for the keys ``names``: declared ones, generated ones, and the public half of a key that is there."""
    made = {name: item.extra["data"][name] for name in names if name in item.extra["data"]}
    for name, spec in item.extra["generate"].items():
        if name in names:
            made.update(_secrets.generate(name, spec))
        elif spec.get("public") in names:
            made[spec["public"]] = _secrets.public_half((vault.secret(mount, path)[0] or {})[name])
    return made


def _holder(item: Item, world: World) -> tuple[str, ...]:
    """Mounts that this run may make and the secret may lie in."""
    parts = item.name.split("/")
    return tuple(f"mount:{'/'.join(parts[:length])}" for length in range(1, len(parts)) if "/".join(parts[:length]) not in world.mounts)

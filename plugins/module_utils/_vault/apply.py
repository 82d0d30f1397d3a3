# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A plan's changes, made one by one; called from many threads at once."""

from __future__ import annotations

import base64
import dataclasses
import threading
import typing as t

from ansible_collections.unifiedmeta.platform.plugins.module_utils import _secrets
from ansible_collections.unifiedmeta.platform.plugins.module_utils._http import ApiError
from ansible_collections.unifiedmeta.platform.plugins.module_utils._ledger import CasMismatch, Ledger
from ansible_collections.unifiedmeta.platform.plugins.module_utils._plan import Change
from ansible_collections.unifiedmeta.platform.plugins.module_utils._vault import tables
from ansible_collections.unifiedmeta.platform.plugins.module_utils._vault.api import FINGERPRINT_PATH, LedgerStore, Vault
from ansible_collections.unifiedmeta.platform.plugins.module_utils._vault.fields import TYPES
from ansible_collections.unifiedmeta.platform.plugins.module_utils._vault.model import Desired, Item
from ansible_collections.unifiedmeta.platform.plugins.module_utils._vault.plan import Work
from ansible_collections.unifiedmeta.platform.plugins.module_utils._vault.world import KINDS, World, look, stamp

TRIES = 5


class Apply:
    """``notes`` gathers, by key, the facts that the ledger keeps about what was made; ``gone`` the keys of what was deleted."""

    def __init__(self, vault: Vault, desired: Desired, world: World, ledger: Ledger, work: Work, resolver: _secrets.Resolver,
                 prints: _secrets.Fingerprints | None):
        self.vault, self.desired, self.world, self.ledger, self.work = vault, desired, world, ledger, work
        self.resolver, self.prints = resolver, prints
        self.notes: dict[str, dict] = {}
        self.gone: list[str] = []
        self._lock = threading.Lock()

    def __call__(self, change: Change) -> None:
        """Raises ApiError, SecretError or CasMismatch."""
        if change.action == "delete":
            self._delete(change)
        elif change.kind == "secret":
            self._seed(self.desired.items[change.key], change)
        elif change.kind == "audit":
            if change.action == "create":
                self.vault.write(f"sys/audit/{change.name}", self.work.send[change.key], f"audit device {change.name}", method="PUT", idempotent=False)
        else:
            self._object(self.desired.items[change.key], change)

    # --- objects -----------------------------------------------------------------------------------------------------------------
    def _object(self, item: Item, change: Change) -> None:
        kind, send, after = KINDS[item.kind], self.work.send.get(item.key, {}), self.work.after.get(item.key, {})
        whole = kind.replace or item.kind == "auth_role"
        types = kind.fields(item)
        fields = {name: self._value(value, types[name]) for name, value in item.fields.items() if whole or name in send}
        live, body = dataclasses.replace(item, fields=fields), {name: fields[name] for name in send}
        if change.action == "create":
            kind.create(self.vault, live, body)
        elif body:
            kind.update(self.vault, live, body, self.world.objects[item.key])
        if after.get("root"):
            KINDS["database_connection"].rotate(self.vault, item)
        facts = {name: self.prints.of(f"{item.key}.{value}", fields[value]) if name.startswith("hmac_") else value for name, value in after.items()}
        if facts:
            self._note(item.key, facts)

    def _value(self, value: t.Any, kind: str) -> t.Any:
        return TYPES[kind](self.resolver.resolve(value)) if _secrets.holds_reference(value) else value

    def _note(self, key: str, facts: dict) -> None:
        with self._lock:
            self.notes[key] = facts

    def _delete(self, change: Change) -> None:
        item = self._revive(change)
        if change.kind == "secret":
            # The newest version only, so that a mistake can be undone in Vault.
            self.vault.delete(f"{item.mount}/data/{item.leaf}", f"secret {item.name}")
        elif change.kind == "audit":
            self.vault.delete(f"sys/audit/{item.name}", f"audit device {item.name}")
        else:
            KINDS[change.kind].delete(self.vault, item)
        with self._lock:
            self.gone.append(change.key)

    def _revive(self, change: Change) -> Item:
        """The object of a ledger's key."""
        kind, name = change.kind, change.name
        if kind == "secret":
            return Item(kind, name, "", mount=self.world.kv_mount(name) or "")
        if kind.endswith("_alias"):
            holder, _at, mount = name.rpartition("@")
            return Item(kind, name, "", extra={"of": holder, "mount": mount})
        if kind in ("mount", "auth", "policy", "identity_group", "identity_entity"):
            return Item(kind, name, "")
        mount = name.rpartition("/")[0]
        return Item(kind, name, "", mount=mount, extra={"type": (self.world.auths.get(mount) or {}).get("type", "kubernetes")})

    # --- secrets -----------------------------------------------------------------------------------------------------------------
    def _seed(self, item: Item, change: Change) -> None:
        mount = self.world.kv_mount(item.name, self.desired) or item.name.split("/", maxsplit=1)[0]
        path, seed = item.name[len(mount) + 1:], self.world.seeds.get(item.name)
        version, present = (seed.version, list(seed.keys or [])) if seed else (0, [])
        wanted = self.work.keys.get(item.key, [])
        turned = [name for name in wanted if name in present]
        for _attempt in range(TRIES):
            todo = [name for name in wanted if name not in present or name in turned]
            if not todo:
                break
            fresh = self._fresh(item, todo, mount, path)
            try:
                metadata = self.vault.put_secret(mount, path, fresh, version, patch=version > 0)
                present, seed_stamp = sorted({*present, *fresh}), stamp(metadata["version"], metadata)
                self._made(item, change, seed_stamp, present)
                return
            except CasMismatch:
                # Another run was faster, or our first try arrived although its answer didn't: what is there stays.
                found = look(self.vault, mount, path)
                if found.deleted:
                    raise ApiError(self.vault.http.system, what=f"secret {item.name}", detail="it was deleted in Vault meanwhile",
                                   hint="undelete it, or delete its metadata to have it made anew") from None
                version, present, seed = found.version, list(found.keys or []), found
        else:
            raise CasMismatch(f"the secret {item.name} was changed by others {TRIES} times in a row; run again")
        if seed:
            self._made(item, change, seed.stamp, present)

    def _made(self, item: Item, change: Change, seed_stamp: str, present: list[str]) -> None:
        self.resolver.forget(item.name)
        # A secret of others stays theirs, even where keys of ours were added.
        if change.action in ("create", "adopt") or self.ledger.owns(item.key):
            self._note(item.key, {"stamp": seed_stamp, "keys": present})

    def _fresh(self, item: Item, names: list[str], mount: str, path: str) -> dict[str, str]:
        made = {name: item.extra["data"][name] for name in names if name in item.extra["data"]}
        for name, spec in item.extra["generate"].items():
            if name in names:
                made.update(_secrets.generate(name, spec))
            elif spec.get("public") in names:
                made[spec["public"]] = _secrets.public_half((self.vault.secret(mount, path)[0] or {})[name])
        return made


def fingerprints(store: LedgerStore, *, make: bool) -> _secrets.Fingerprints | None:
    """The keyed hash of this Vault; its key is born with CAS 0 where ``make`` is true, so two runs at once agree on one."""
    found, _version = store.read(FINGERPRINT_PATH)
    if found is None and make:
        try:
            store.write(FINGERPRINT_PATH, {"key": _secrets.Fingerprints.new_key()}, 0)
        except CasMismatch:
            pass
        found, _version = store.read(FINGERPRINT_PATH)
    return _secrets.Fingerprints(base64.b64decode(found["key"])) if found else None


def is_write_only(item: Item) -> bool:
    """Does the object have a field that Vault never shows?"""
    return any(name in tables.WRITE_ONLY.get(item.kind, ()) for name in item.fields)

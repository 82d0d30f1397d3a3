# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What is there: read in bulk, in three rounds (lists of mounts and policies, lists inside them, declared objects that exist)."""

from __future__ import annotations

import typing as t
from dataclasses import dataclass, field

from ansible_collections.unifiedmeta.platform.plugins.module_utils._http import ApiError
from ansible_collections.unifiedmeta.platform.plugins.module_utils._ledger import Ledger
from ansible_collections.unifiedmeta.platform.plugins.module_utils._model import Desired, Item
from ansible_collections.unifiedmeta.platform.plugins.module_utils._vault import audit, identity, kinds, pki, secret, seeds, tables
from ansible_collections.unifiedmeta.platform.plugins.module_utils._vault.api import Vault
from ansible_collections.unifiedmeta.platform.plugins.module_utils._vault.seeds import Seed, tolerant

KINDS: dict[str, kinds.Kind] = {
    kind.name: kind for kind in (*kinds.KINDS.values(), *identity.KINDS.values(), *pki.KINDS.values(), secret.Secret(), audit.Audit())}


@dataclass
class World:
    """Vault as it is, as far as the call speaks about it."""

    mounts: dict[str, dict] = field(default_factory=dict)
    auths: dict[str, dict] = field(default_factory=dict)
    policies: dict[str, str | None] | None = field(default_factory=dict)
    audits: dict[str, dict] = field(default_factory=dict)
    names: dict[str, set[str]] = field(default_factory=dict)
    objects: dict[str, dict] = field(default_factory=dict)
    seeds: dict[str, Seed] = field(default_factory=dict)

    @property
    def openbao(self) -> bool:
        return any("builtin.bao" in (entry.get("running_plugin_version") or "") for entry in self.mounts.values())

    def kv_mount(self, path: str, desired: Desired | None = None) -> str | None:
        """The KV v2 mount, there or declared, that a secret's path begins with; the longest wins."""
        parts = path.split("/")
        for length in range(len(parts) - 1, 0, -1):
            name = "/".join(parts[:length])
            declared = desired.items.get(f"mount:{name}") if desired else None
            entry = self.mounts.get(name) or (declared.fields if declared else {})
            if entry.get("type") == "kv" and (entry.get("options") or {}).get("version") == "2":
                return name
        return None


def base(vault: Vault, desired: Desired) -> World:
    """Round one: what mounts, auth methods, policies and audit devices there are."""
    reads: dict[str, t.Callable[[], t.Any]] = {
        "mounts": lambda: vault.read("sys/mounts", "mount list") or {},
        "auths": lambda: vault.read("sys/auth", "auth method list") or {},
        "policies": lambda: _policies(vault, desired),
        "audits": lambda: (vault.read("sys/audit", "audit device list") or {}) if "audit" in desired.sections else {},
    }
    answers = dict(zip(reads, vault.http.map(lambda name: reads[name](), reads)))
    return World(**{name: {path.rstrip("/"): entry for path, entry in found.items()} if found is not None else None for name, found in answers.items()})


def _policies(vault: Vault, desired: Desired) -> dict[str, str | None] | None:
    """Texts by name; a None text has to be read. OpenBao lists them with their texts, Vault the names only. None: we may not list them."""
    if "policy" not in desired.sections and not any(item.fields.get("token_policies") or item.fields.get("policies") for item in desired.items.values()):
        return {}
    if "policy" in desired.sections:
        try:
            found = vault.listing("sys/policies/detailed/acl", "policy list")
            if found is not None:
                return {name: (info or {}).get("policy") for name, info in (found.get("key_info") or {}).items()}
        except ApiError as error:
            if error.status not in (400, 403, 405):
                raise
    try:
        return dict.fromkeys(vault.names("sys/policies/acl", "policy list"))
    except ApiError as error:
        if error.status != 403 or "policy" in desired.sections:
            raise
        return None


def fill(vault: Vault, desired: Desired, ledger: Ledger, world: World, hidden: list[str] | None = None) -> World:
    """Rounds two and three. ``hidden``: gathers what our token may not see, which then counts as declared; None: that is an error."""
    _lists(vault, desired, world, hidden)
    singles: list[Item] = []
    for item in desired.items.values():
        kind = KINDS[item.kind]
        known = kind.known(item, world)
        if known is not None:
            world.objects[item.key] = kind.view(item, known)
        elif kind.may_exist(item, world):
            singles.append(item)
    read = tolerant(lambda item: KINDS[item.kind].read(vault, item), lambda item: KINDS[item.kind].what(item),
                    lambda item: KINDS[item.kind].view(item, item.fields), hidden)
    for item, found in zip(singles, vault.http.map(read, singles)):
        if found is not None:
            world.objects[item.key] = found
    seeds.fill(vault, desired, ledger, world, hidden)
    return world


def _list_name(kind: str, mount: str) -> str:
    return f"{kind}:{mount}" if mount else kind


def _lists(vault: Vault, desired: Desired, world: World, hidden: list[str] | None) -> None:
    """The names inside every mount that the call speaks about; what is in no list needs no GET."""
    wanted: dict[str, str] = {}
    for kind, mount in {(item.kind, item.parent) for item in desired.items.values()} | {tuple((section + ":").split(":")[:2]) for section in desired.sections}:
        if kind == "auth_role" and mount in world.auths:
            wanted[f"auth_role:{mount}"] = f"auth/{mount}/{tables.ROLES.get(world.auths[mount].get('type'), ('role',))[0]}"
        elif kind in KINDS and KINDS[kind].listing and (not mount or mount in world.mounts):
            wanted[_list_name(kind, mount)] = KINDS[kind].listing.format(mount=mount)
        if kind == "database_role" and mount in world.mounts:
            wanted[f"database_connection:{mount}"] = f"{mount}/config"

    def read(name: str) -> list[str] | None:
        return vault.names(wanted[name], name.replace(":", " of "))

    found = vault.http.map(tolerant(read, lambda name: f"the list of {name.replace(':', ' of ')}", lambda _name: None, hidden), wanted)
    for name, names in zip(wanted, found):
        if names is None:
            continue
        mount = name.partition(":")[2]
        world.names[name] = {f"{mount}/{leaf}" if mount else leaf for leaf in names}

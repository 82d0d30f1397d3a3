# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What is there: read in bulk, in three rounds (lists of mounts and policies, lists inside them, declared objects that exist)."""

from __future__ import annotations

import time
import typing as t
from dataclasses import dataclass, field

from ansible_collections.unifiedmeta.platform.plugins.module_utils._http import ApiError
from ansible_collections.unifiedmeta.platform.plugins.module_utils._ledger import Ledger
from ansible_collections.unifiedmeta.platform.plugins.module_utils._vault import identity, kinds, pki, tables
from ansible_collections.unifiedmeta.platform.plugins.module_utils._vault.api import Vault
from ansible_collections.unifiedmeta.platform.plugins.module_utils._vault.model import Desired, Item

KINDS: dict[str, kinds.Kind] = {**kinds.KINDS, **identity.KINDS, **pki.KINDS}
# Above this number of declared secrets in a mount one recursive listing is cheaper than a request for each.
SCAN_FROM = 4


@dataclass
class Seed:
    """A secret's state: ``version`` 0: never was; ``deleted``: its newest version is; ``keys`` None: not read, ``stamp`` says it is as we left it."""

    version: int = 0
    stamp: str = ""
    deleted: bool = False
    keys: list[str] | None = None


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


T = t.TypeVar("T")


def _tolerant(function: t.Callable[[t.Any], T], what: t.Callable[[t.Any], str], instead: t.Callable[[t.Any], T],
              hidden: list[str] | None) -> t.Callable[[t.Any], T]:
    """``function``, or ``instead`` where Vault refuses with 403 and ``hidden`` gathers what can't be seen."""
    def call(item: t.Any) -> T:
        try:
            return function(item)
        except ApiError as error:
            if hidden is None or error.status != 403:
                raise
            hidden.append(what(item))
            return instead(item)
    return call


def fill(vault: Vault, desired: Desired, ledger: Ledger, world: World, hidden: list[str] | None = None) -> World:
    """Rounds two and three. ``hidden``: gathers what our token may not see, which then counts as declared; None: that is an error."""
    _lists(vault, desired, world, hidden)
    singles: list[Item] = []
    for item in desired.items.values():
        if item.kind in ("mount", "auth"):
            entry = (world.mounts if item.kind == "mount" else world.auths).get(item.name)
            if entry is not None:
                world.objects[item.key] = KINDS[item.kind].view(item, entry)
        elif item.kind == "policy" and (world.policies or {}).get(item.name) is not None:
            world.objects[item.key] = KINDS["policy"].view(item, {"policy": world.policies[item.name]})
        elif item.kind in KINDS and _may_exist(item, world):
            singles.append(item)
    read = _tolerant(lambda item: KINDS[item.kind].read(vault, item), lambda item: KINDS[item.kind].what(item),
                     lambda item: KINDS[item.kind].view(item, item.fields), hidden)
    for item, found in zip(singles, vault.http.map(read, singles)):
        if found is not None:
            world.objects[item.key] = found
    _seeds(vault, desired, ledger, world, hidden)
    return world


def _may_exist(item: Item, world: World) -> bool:
    """Is a GET worth its while? Lists have told for most."""
    if item.kind == "policy":
        return item.name in (world.policies or {})
    parent = next((need for need in item.needs if need.startswith(("mount:", "auth:")) and not item.kind.startswith("identity")), None)
    if parent:
        kind, _colon, name = parent.partition(":")
        if name not in (world.mounts if kind == "mount" else world.auths):
            return False
    listed = world.names.get(_list_name(item.kind, item.mount))
    return listed is None or item.name in listed


def _list_name(kind: str, mount: str) -> str:
    return f"{kind}:{mount}" if mount else kind


def _lists(vault: Vault, desired: Desired, world: World, hidden: list[str] | None) -> None:
    """The names inside every mount that the call speaks about; what is in no list needs no GET."""
    wanted: dict[str, str] = {}
    for kind, mount in {(item.kind, item.mount) for item in desired.items.values()} | {tuple((section + ":").split(":")[:2]) for section in desired.sections}:
        if kind == "auth_role" and mount in world.auths:
            wanted[f"auth_role:{mount}"] = f"auth/{mount}/{tables.ROLES.get(world.auths[mount].get('type'), ('role',))[0]}"
        elif kind in KINDS and KINDS[kind].listing and (not mount or mount in world.mounts):
            wanted[_list_name(kind, mount)] = KINDS[kind].listing.format(mount=mount)
        if kind == "database_role" and mount in world.mounts:
            wanted[f"database_connection:{mount}"] = f"{mount}/config"

    def read(name: str) -> list[str] | None:
        return vault.names(wanted[name], name.replace(":", " of "))

    found = vault.http.map(_tolerant(read, lambda name: f"the list of {name.replace(':', ' of ')}", lambda _name: None, hidden), wanted)
    for name, names in zip(wanted, found):
        if names is None:
            continue
        mount = name.partition(":")[2]
        world.names[name] = {f"{mount}/{leaf}" if mount else leaf for leaf in names}


def _seeds(vault: Vault, desired: Desired, ledger: Ledger, world: World, hidden: list[str] | None) -> None:
    owned = [key[len("secret:"):] for key in ledger.objects if key.startswith("secret:")] if "secret" in desired.sections else []
    wanted: dict[str, list[str]] = {}
    for name in dict.fromkeys([item.name for item in desired.of("secret")] + owned):
        mount = world.kv_mount(name)
        if mount:
            wanted.setdefault(mount, []).append(name)
    unread: list[tuple[str, str]] = []
    scans = [mount for mount, names in wanted.items() if len(names) > SCAN_FROM and world.openbao]
    scanned = dict(zip(scans, vault.http.map(lambda mount: scan(vault, mount), scans)))
    for mount, names in wanted.items():
        found = scanned.get(mount)
        for name in names:
            if found is None:
                unread.append((mount, name))
                continue
            seed = world.seeds[name] = found.get(name[len(mount) + 1:], Seed())
            # As we left it: the keys are known without a look inside.
            if seed.version and not seed.deleted and ledger.fact(f"secret:{name}", "stamp") == seed.stamp:
                seed.keys = list(ledger.fact(f"secret:{name}", "keys", []))
            elif seed.version and not seed.deleted:
                unread.append((mount, name))

    def as_declared(pair: tuple[str, str]) -> Seed:
        item = desired.items.get(f"secret:{pair[1]}")
        return Seed(1, keys=item.extra["keys"] if item else [])

    read = _tolerant(lambda pair: look(vault, pair[0], pair[1][len(pair[0]) + 1:]), lambda pair: f"secret {pair[1]}", as_declared, hidden)
    for (_mount, name), seed in zip(unread, vault.http.map(read, unread)):
        world.seeds[name] = seed


def scan(vault: Vault, mount: str) -> dict[str, Seed] | None:
    """OpenBao's recursive listing with metadata: all secrets of a mount in one request, without their values; None where it is not to be had."""
    try:
        answer = vault.http.request("GET", f"{mount}/detailed-metadata/", params={"scan": "true"}, missing_ok=True, what=f"secrets of {mount}")
    except ApiError as error:
        if error.status in (400, 403, 405):
            return None
        raise
    found = {}
    for path, info in ((answer.json()["data"].get("key_info") or {}) if answer is not None else {}).items():
        version = info.get("current_version") or 0
        newest = (info.get("versions") or {}).get(str(version)) or {}
        found[path] = Seed(version, stamp(version, newest), bool(version) and gone(newest))
    return found


def look(vault: Vault, mount: str, path: str) -> Seed:
    """The state of one secret, by the names of its keys."""
    keys, metadata = vault.subkeys(mount, path)
    version = metadata.get("version", 0)
    return Seed(version, stamp(version, metadata), version > 0 and keys is None, keys)


def stamp(version: int, metadata: dict) -> str:
    """Version and birth of a secret's state: a secret that was destroyed and made anew has the same version, but not the same birth."""
    return f"{version}@{metadata.get('created_time', '')}"


def gone(metadata: dict) -> bool:
    """Is a version deleted? ``delete_version_after`` sets a deletion time that lies ahead. Both are UTC in RFC 3339, so texts compare as times."""
    when = metadata.get("deletion_time") or ""
    return bool(metadata.get("destroyed")) or bool(when and when <= time.strftime("%Y-%m-%dT%H:%M:%S.999999999Z", time.gmtime()))

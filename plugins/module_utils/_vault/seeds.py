# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The state of KV v2 secrets: read in bulk, by the names of their keys, never their values."""

from __future__ import annotations

import time
import typing as t
from dataclasses import dataclass

from ansible_collections.unifiedmeta.platform.plugins.module_utils._http import ApiError
from ansible_collections.unifiedmeta.platform.plugins.module_utils._ledger import Ledger
from ansible_collections.unifiedmeta.platform.plugins.module_utils._model import Desired
from ansible_collections.unifiedmeta.platform.plugins.module_utils._vault.api import Vault, quoted

if t.TYPE_CHECKING:
    from ansible_collections.unifiedmeta.platform.plugins.module_utils._vault.world import World

# Above this number of declared secrets in a mount one recursive listing is cheaper than a request for each.
SCAN_FROM = 4


@dataclass
class Seed:
    """A secret's state: ``version`` 0: never was; ``deleted``: its newest version is; ``keys`` None: not read, ``stamp`` says it is as we left it."""

    version: int = 0
    stamp: str = ""
    deleted: bool = False
    keys: list[str] | None = None


T = t.TypeVar("T")


def tolerant(function: t.Callable[[t.Any], T], what: t.Callable[[t.Any], str], instead: t.Callable[[t.Any], T],
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


def fill(vault: Vault, desired: Desired, ledger: Ledger, world: World, hidden: list[str] | None) -> None:
    """The state of every declared secret, and of those that are ours where the call speaks about secrets, into ``world.seeds``."""
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

    read = tolerant(lambda pair: look(vault, pair[0], pair[1][len(pair[0]) + 1:]), lambda pair: f"secret {pair[1]}", as_declared, hidden)
    for (_mount, name), seed in zip(unread, vault.http.map(read, unread)):
        world.seeds[name] = seed


def scan(vault: Vault, mount: str) -> dict[str, Seed] | None:
    """OpenBao's recursive listing with metadata: all secrets of a mount in one request, without their values; None where it is not to be had."""
    try:
        answer = vault.http.request("GET", f"{quoted(mount)}/detailed-metadata/", params={"scan": "true"}, missing_ok=True, what=f"secrets of {mount}")
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

# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Who made what: the ledger of one system and scope, kept in Vault with check-and-set.

Many objects can carry no mark, so what a scope made is written down: the name before the object is created (a crash in between leaves a
name without an object, which the next run creates), the facts about it afterwards. Two runs at once merge their changes and both go on.
"""

from __future__ import annotations

import base64
import json
import random
import time
import typing as t
import zlib

MOUNT, DESCRIPTION = "platform-ledger", "What the platform's automation has made"  # KV v2, of Vault
# A raft storage entry is refused above 1 MiB (max_entry_size); above this size the ledger is packed (about a tenth).
PLAIN_LIMIT = 128 * 1024
TRIES = 12


class CasMismatch(Exception):
    """Somebody else wrote in between."""


class ForeignLedger(Exception):
    """The ledger of this scope is another site's."""


class Store(t.Protocol):
    """Where the ledger lies: Vault's mount :data:`MOUNT`."""

    def read(self, path: str) -> tuple[dict | None, int]:
        """The document and its version; (None, 0) where there is none."""

    def write(self, path: str, data: dict, cas: int) -> int:
        """The new version. Raises :class:`CasMismatch` where the version isn't ``cas`` any more."""


class Ledger:
    """Objects of one scope: key (``kind:name``) -> facts (a small map, empty where there is nothing to note).

    ``store`` None: nothing is known yet and nothing can be written (an uninitialised system in check mode). ``site``: who writes; two sites
    with the same scope on one Vault would take each other's objects for their own.
    """

    def __init__(self, store: Store | None, system: str, scope: str, site: str = ""):
        self._store, self.path, self.site = store, f"{system}/{scope}", site
        self.objects: dict[str, dict] = {}
        self.version = 0
        # What this very object put into the document, as it put it there.
        self._added: dict[str, dict] = {}

    def load(self) -> Ledger:
        """Raises ForeignLedger where another site wrote it."""
        document, self.version = self._store.read(self.path) if self._store else (None, 0)
        owner = (document or {}).get("site", "")
        if owner and self.site and owner != self.site:
            raise ForeignLedger(f"the ledger {self.path} belongs to the site {owner}, and this is {self.site}; give each site a scope of its own")
        self.site, self.objects = self.site or owner, unpack(document)
        return self

    def owns(self, key: str) -> bool:
        return key in self.objects

    def fact(self, key: str, name: str, default: t.Any = None) -> t.Any:
        return self.objects.get(key, {}).get(name, default)

    def update(self, notes: dict[str, dict] | None = None, forget: t.Iterable[str] = (), withdraw: t.Iterable[str] = ()) -> bool:
        """Add names and facts (merged into those that are there; a None removes a fact), drop names; False where nothing had to be written.
        ``withdraw``: names that are dropped only where we have added them ourselves since ``load``, and nobody has noted anything of them since."""
        gone, back = list(forget), list(withdraw)
        return self._merge(lambda: notes or {}, lambda: gone + [key for key in back if key in self._added and self.objects.get(key) == self._added[key]])

    def claim(self, notes: dict[str, dict]) -> list[str]:
        """As update(), before objects are made; but what another run has noted of an object since ``load`` stays. Returns the keys of such objects.
        What is there just as we wanted it is ours: our write arrived although its answer didn't."""
        known, theirs = {key: self.objects.get(key) for key in notes}, []

        def ours() -> dict[str, dict]:
            theirs[:] = [key for key, facts in notes.items() if self.objects.get(key) not in (known[key], {**(known[key] or {}), **facts})]
            return {key: facts for key, facts in notes.items() if key not in theirs}

        self._merge(ours, list)
        return theirs

    def _merge(self, notes: t.Callable[[], dict[str, dict]], forget: t.Callable[[], list[str]]) -> bool:
        """``notes()`` and ``forget()`` are asked again after another run has written."""
        for attempt in range(TRIES):
            fresh = notes()
            added = [key for key in fresh if key not in self.objects or self.objects[key] == self._added.get(key)]
            changed = _apply(self.objects, fresh, forget())
            if not changed:
                return attempt > 0
            if self._store is None:
                raise RuntimeError("a ledger without a store can't be written")
            try:
                self.version = self._store.write(self.path, {**pack(self.objects), **({"site": self.site} if self.site else {})}, self.version)
                self._added.update({key: dict(self.objects[key]) for key in added if key in self.objects})
                return True
            except CasMismatch:
                time.sleep(0.05 * random.random() * (attempt + 1))  # noqa: S311  a pause, no secret
                self.load()
        raise CasMismatch(f"the ledger {self.path} was changed by others {TRIES} times in a row; run one at a time")


def _apply(objects: dict[str, dict], notes: dict[str, dict], forget: t.Iterable[str]) -> bool:
    changed = False
    for key, facts in notes.items():
        new = {name: value for name, value in {**objects.get(key, {}), **facts}.items() if value is not None}
        if key not in objects or objects[key] != new:
            objects[key], changed = new, True
    for key in forget:
        changed = objects.pop(key, None) is not None or changed
    return changed


def pack(objects: dict[str, dict]) -> dict[str, str]:
    """The document, as one text: OpenBao refuses JSON of many strings. Readable while small."""
    text = json.dumps(objects, separators=(",", ":"), sort_keys=True)
    if len(text) <= PLAIN_LIMIT:
        return {"objects": text}
    return {"packed": base64.b64encode(zlib.compress(text.encode(), 6)).decode()}


def unpack(document: dict | None) -> dict[str, dict]:
    """The objects of a document. Raises ValueError on one that isn't a ledger's."""
    if not document:
        return {}
    text = zlib.decompress(base64.b64decode(document["packed"])) if "packed" in document else document.get("objects", "{}")
    return json.loads(text)

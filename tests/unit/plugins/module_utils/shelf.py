# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The smallest system that has every sort of field: what a reconciler of a system has to write, and nothing of Vault in it."""

from __future__ import annotations

import dataclasses

from ansible_collections.unifiedmeta.platform.plugins.module_utils import _secrets
from ansible_collections.unifiedmeta.platform.plugins.module_utils._fields import checked, table
from ansible_collections.unifiedmeta.platform.plugins.module_utils._http import ApiError
from ansible_collections.unifiedmeta.platform.plugins.module_utils._kind import Kind, Step
from ansible_collections.unifiedmeta.platform.plugins.module_utils._ledger import Ledger
from ansible_collections.unifiedmeta.platform.plugins.module_utils._model import Desired, Item, named
from ansible_collections.unifiedmeta.platform.plugins.module_utils._planner import UNKNOWN, Options, Planner

PRINTS = _secrets.Fingerprints(b"k" * 32)
ROLE = table("text: description colour", "bool: sealed", "text: password hint", "any: nested", "map: credential")


class Box(Kind):
    """Objects in a dict; ``client`` is that dict, and a test's world holds all of it."""

    def exists(self, name, world):
        return f"{self.name}:{name}" in world.objects

    def create(self, client, item, body):
        if body.get("colour") == "broken":
            raise ApiError("Shelf", what=self.what(item), status=400, detail="no such colour")
        client[item.key] = dict(body)

    def update(self, client, item, body, actual):
        client[item.key] = {**client[item.key], **body, **({"all": sorted(item.fields)} if self.whole else {})}

    def delete(self, client, item):
        client.pop(item.key, None)


class Turning(Box):
    """One that is turned after it was made, and whose password must not be sent again then."""

    def spared(self, item, actual, ledger):
        return ("password",) if actual is not None and ledger.fact(item.key, "turned") else ()

    def step(self, item, actual, ledger):
        if actual is not None and ledger.fact(item.key, "turned") == "done":
            return None
        return Step({} if actual is None else {"turned": False}, {"turned": True}, {"turned": "started"}, {"turned": "done"})

    def finish(self, client, item, change):
        if change.work.facts.get("turned"):
            client[item.key]["turns"] = client[item.key].get("turns", 0) + 1


class Safe(Box):
    """One whose password may be declared in clear."""

    clear = ("password",)


KINDS = {kind.name: kind for kind in (
    Box("room", wave=0), Box("box", ROLE, wave=1, label="black box", fixed=("sealed",), write_only=("password",), unseen=("hint",)),
    Turning("wheel", ROLE, wave=2, write_only=("password",)), Box("lid", ROLE, wave=2, prunable=False),
    Safe("safe", ROLE, wave=1, fixed=("colour",), write_only=("password", "credential")))}


@dataclasses.dataclass
class Shelf:
    """What is there."""

    objects: dict = dataclasses.field(default_factory=dict)


def value(reference):
    """The test's secrets."""
    found = {"m/a": "hunter22", "m/new": UNKNOWN}
    if reference.path not in found:
        raise _secrets.SecretError(f"the secret {reference.path} doesn't exist")
    return found[reference.path]


def parse(config):
    """``{kind: {name: fields}}``; what lies in a room needs it."""
    desired = Desired()
    for kind, content in config.items():
        desired.sections.add(kind)
        for name, fields, where in named(desired, content, f"config.{kind}"):
            room = name.rpartition("/")[0]
            desired.add(Item(kind, name, where, checked(ROLE, fields, where, desired.faults), room, (f"room:{room}",) if room else ()))
    return desired


def ledger(owned=()):
    """``owned``: keys, with facts or without."""
    made = Ledger(None, "shelf", "x")
    made.objects = dict(owned) if isinstance(owned, dict) else {key: {} for key in owned}
    return made


def plan(config, there=None, owned=(), prints=PRINTS, **options):
    """The plan of a declaration against what is there."""
    return Planner(KINDS, parse(config), Shelf({} if there is None else there), ledger(owned), value, prints, Options(**options)).plan()

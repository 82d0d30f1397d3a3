# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Reading in bulk, round after round: realms, the lists in them, then what needs an id from a list. Each round runs concurrently."""

from __future__ import annotations

import typing as t

from ansible_collections.unifiedmeta.platform.plugins.module_utils._http import segment
from ansible_collections.unifiedmeta.platform.plugins.module_utils._keycloak import server
from ansible_collections.unifiedmeta.platform.plugins.module_utils._keycloak.api import Keycloak
from ansible_collections.unifiedmeta.platform.plugins.module_utils._keycloak.parts import ASKS, KINDS, ROUNDS
from ansible_collections.unifiedmeta.platform.plugins.module_utils._ledger import Ledger
from ansible_collections.unifiedmeta.platform.plugins.module_utils._model import Desired


def read(keycloak: Keycloak, desired: Desired, ledger: Ledger) -> None:
    """Fills ``keycloak.world``."""
    keycloak.world.owned = ledger.objects
    realms = [item.name for item in desired.of("realm")]
    answers = keycloak.http.map(lambda realm: keycloak.get(segment(realm), f"realm {realm}"), realms)
    there = [realm for realm, answer in zip(realms, answers) if answer is not None]
    for realm, answer in zip(realms, answers):
        if answer is not None:
            keycloak.world.put(f"realm:{realm}", answer)
    look(keycloak, desired, there)
    if any(asks(desired, keycloak.world) for asks in ASKS):
        server.read(keycloak)
    view(keycloak, desired)
    keycloak.look = lambda realm: look(keycloak, desired, [realm])


def look(keycloak: Keycloak, desired: Desired, realms: t.Sequence[str]) -> None:
    """The answers of all rounds for realms that exist."""
    for gather in ROUNDS:
        jobs = [job for realm in realms for job in gather(keycloak, desired, realm)]
        keycloak.http.map(lambda job: job(), jobs)


def view(keycloak: Keycloak, desired: Desired) -> None:
    """Declared objects in the form that is compared."""
    world = keycloak.world
    for item in desired.items.values():
        if item.key in world.raw:
            world.objects[item.key] = KINDS[item.kind].view(item, world.raw[item.key], world)

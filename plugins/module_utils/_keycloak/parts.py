# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Which parts of a realm are managed. A part is a module with

- ``SECTIONS``: key of a declared realm -> ``function(desired, realm, content, where)`` that adds its items and faults;
- ``KINDS``: its kinds;
- ``ROUNDS``: functions ``(keycloak, desired, realm)`` that give the reading jobs of the first, second … round; a job puts answers into
  ``keycloak.world``. Later rounds may use the ids that earlier ones found;
- ``kept(desired, world)``, where it has one: warnings of what pruning leaves alone;
- ``asks(desired, world)``, where it has one: does it need to know what the server has installed (module ``server``)?
"""

from __future__ import annotations

import typing as t

from ansible_collections.unifiedmeta.platform.plugins.module_utils._keycloak import (
    authentication,
    clients,
    federation,
    groups,
    providers,
    realm,
    roles,
    scopes,
    users,
)
from ansible_collections.unifiedmeta.platform.plugins.module_utils._keycloak.api import Keycloak
from ansible_collections.unifiedmeta.platform.plugins.module_utils._keycloak.kinds import Kind
from ansible_collections.unifiedmeta.platform.plugins.module_utils._keycloak.world import World
from ansible_collections.unifiedmeta.platform.plugins.module_utils._model import Desired

Job = t.Callable[[], None]
PARTS: tuple[t.Any, ...] = (realm, roles, scopes, clients, groups, users, authentication, providers, federation)

SECTIONS: dict[str, t.Callable[[Desired, str, t.Any, str], None]] = {name: parse for part in PARTS for name, parse in part.SECTIONS.items()}
KINDS: dict[str, Kind] = {kind.name: kind for part in PARTS for kind in part.KINDS}


def _round(number: int) -> t.Callable[[Keycloak, Desired, str], t.Iterable[Job]]:
    parts = [part.ROUNDS[number] for part in PARTS if len(part.ROUNDS) > number]
    return lambda keycloak, desired, name: (job for gather in parts for job in gather(keycloak, desired, name))


ROUNDS = tuple(map(_round, range(max(len(part.ROUNDS) for part in PARTS))))
KEPT: tuple[t.Callable[[Desired, World], list[str]], ...] = tuple(part.kept for part in PARTS if hasattr(part, "kept"))
ASKS: tuple[t.Callable[[Desired, World], bool], ...] = tuple(part.asks for part in PARTS if hasattr(part, "asks"))

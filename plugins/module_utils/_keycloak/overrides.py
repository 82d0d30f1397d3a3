# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Flows that a client uses in place of its realm's: declared by name, while Keycloak has their ids."""

from __future__ import annotations

import typing as t

from ansible_collections.unifiedmeta.platform.plugins.module_utils._keycloak import flows_tree as trees
from ansible_collections.unifiedmeta.platform.plugins.module_utils._keycloak import names
from ansible_collections.unifiedmeta.platform.plugins.module_utils._keycloak.world import World
from ansible_collections.unifiedmeta.platform.plugins.module_utils._plan import suggestion

if t.TYPE_CHECKING:
    from ansible_collections.unifiedmeta.platform.plugins.module_utils._keycloak.api import Keycloak
    from ansible_collections.unifiedmeta.platform.plugins.module_utils._model import Desired

FIELD = "authenticationFlowBindingOverrides"
BINDINGS = ("browser", "direct_grant")


def parse(realm: str, fields: dict[str, t.Any], where: str, faults: list[str]) -> tuple[str, ...]:
    """Keys of the flows that a declared client needs."""
    bound = fields.get(FIELD) if isinstance(fields.get(FIELD), dict) else {}
    takes = " and ".join(BINDINGS)
    faults += [f"{where}.{FIELD}: unknown key {name}{suggestion(name, BINDINGS)}; it takes {takes}" for name in bound if name not in BINDINGS]
    return tuple(f"flow:{names.join(realm, alias)}" for alias in bound.values() if alias)


def declared(desired: Desired, realm: str) -> bool:
    """Has a declared client of the realm a flow of its own?"""
    return any(item.parent == realm and item.fields.get(FIELD) for item in desired.of("client"))


def shown(world: World, realm: str, bound: dict[str, str]) -> dict[str, str]:
    """Ids as names; an id that leads nowhere stays."""
    known = {answer["id"]: answer["alias"].replace(trees.NEXT, "") for _key, answer in world.of("flow", names.escape(realm))}
    return {name: known.get(id_, id_) for name, id_ in bound.items()}


def sent(client: Keycloak, realm: str, bound: dict[str, str]) -> dict[str, str]:
    """Names as ids, nothing for nothing. Only what is declared: a PUT keeps the other bindings. Raises ApiError where there is no such flow."""
    return {name: client.id_of("flow", realm, alias) if alias else "" for name, alias in bound.items()}

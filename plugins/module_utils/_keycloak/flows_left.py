# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Who would still use a flow after the run: Keycloak deletes none that is in use. Pure."""

from __future__ import annotations

import typing as t

from ansible_collections.unifiedmeta.platform.plugins.module_utils._keycloak import flows_tree as trees
from ansible_collections.unifiedmeta.platform.plugins.module_utils._keycloak import names, overrides
from ansible_collections.unifiedmeta.platform.plugins.module_utils._keycloak.flows_guard import BINDINGS
from ansible_collections.unifiedmeta.platform.plugins.module_utils._keycloak.flows_swap import PROVIDER_FIELDS
from ansible_collections.unifiedmeta.platform.plugins.module_utils._keycloak.world import World
from ansible_collections.unifiedmeta.platform.plugins.module_utils._model import Desired


def uses(name: str, desired: Desired, world: World, deleted: t.Collection[str]) -> list[str]:
    """What uses the flow ``<realm>/<alias>``, for people. ``deleted``: keys of what goes in the same run."""
    realm, alias = names.split(name)
    return [*_realm(realm, alias, desired, world), *_providers(realm, alias, desired, world, deleted), *_clients(realm, alias, desired, world, deleted)]


def _realm(realm: str, alias: str, desired: Desired, world: World) -> t.Iterator[str]:
    stored, declared = world.raw.get(f"realm:{realm}", {}), _declared(desired, f"flow_bindings:{realm}")
    for binding, (field, _kind) in BINDINGS.items():
        if _final(declared.get(binding) or stored.get(field)) == alias:
            yield f"the realm's {binding} flow"


def _providers(realm: str, alias: str, desired: Desired, world: World, deleted: t.Collection[str]) -> t.Iterator[str]:
    for key, stored in _each("identity_provider", realm, desired, world, deleted):
        after = {**stored, **_declared(desired, key)}
        if alias in [_final(after.get(field)) for field in PROVIDER_FIELDS]:
            yield f"identity provider {names.split(key)[-1]}"


def _clients(realm: str, alias: str, desired: Desired, world: World, deleted: t.Collection[str]) -> t.Iterator[str]:
    for key, stored in _each("client", realm, desired, world, deleted):
        shown = overrides.shown(world, realm, stored.get(overrides.FIELD) or {})
        if alias in {**shown, **(_declared(desired, key).get(overrides.FIELD) or {})}.values():
            yield f"client {names.split(key)[-1]}"


def _each(kind: str, realm: str, desired: Desired, world: World, deleted: t.Collection[str]) -> t.Iterator[tuple[str, dict]]:
    """Key and stored answer of all that will be there."""
    there = {key: answer for key, answer in world.of(kind, realm) if key not in deleted}
    return iter({**{item.key: {} for item in desired.of(kind) if item.parent == realm}, **there}.items())


def _declared(desired: Desired, key: str) -> dict[str, t.Any]:
    return desired.items[key].fields if key in desired.items else {}


def _final(alias: str | None) -> str:
    return (alias or "").replace(trees.NEXT, "")

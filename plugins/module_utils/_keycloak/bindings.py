# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Which flow a realm uses for what, and whether anybody could still log in then. One object a realm, so that one request binds them all."""

from __future__ import annotations

import typing as t

from ansible_collections.unifiedmeta.platform.plugins.module_utils._fields import checked
from ansible_collections.unifiedmeta.platform.plugins.module_utils._keycloak import flows_guard as guard
from ansible_collections.unifiedmeta.platform.plugins.module_utils._keycloak import flows_tree as trees
from ansible_collections.unifiedmeta.platform.plugins.module_utils._keycloak import names, overrides
from ansible_collections.unifiedmeta.platform.plugins.module_utils._keycloak.api import Keycloak
from ansible_collections.unifiedmeta.platform.plugins.module_utils._keycloak.fields import table
from ansible_collections.unifiedmeta.platform.plugins.module_utils._keycloak.kinds import Kind
from ansible_collections.unifiedmeta.platform.plugins.module_utils._keycloak.world import World
from ansible_collections.unifiedmeta.platform.plugins.module_utils._model import Desired, Item

if t.TYPE_CHECKING:
    from ansible_collections.unifiedmeta.platform.plugins.module_utils._planner import Planner

_TYPES = table(f"word: {' '.join(guard.BINDINGS)}")
# Enabled in a new realm (Keycloak 26).
_ENABLED_AT_BIRTH = dict.fromkeys((*guard.SETUP.values(), "UPDATE_PASSWORD"), True)


def _final(alias: str | None) -> str:
    """A flow that a swap was cut off with is called so once that is completed."""
    return (alias or "").replace(trees.NEXT, "")


class _Bindings(Kind):
    """``item.fields``: binding -> name of a flow."""

    def view(self, item: Item, answer: dict, world: World) -> dict[str, t.Any]:
        return {name: _final(answer.get(guard.BINDINGS[name][0])) for name in item.fields}

    def plan(self, planner: Planner, item: Item) -> None:
        realm = names.split(item.name)[0]
        for binding in guard.BINDINGS:
            alias = item.fields.get(binding) or _final(planner.world.raw.get(f"realm:{realm}", {}).get(guard.BINDINGS[binding][0]))
            if alias:
                _check(planner, item, realm, binding, alias, f"{item.where}.{binding}")
        for client in planner.desired.of("client"):
            for binding, alias in (client.fields.get(overrides.FIELD) or {}).items() if client.parent == realm else ():
                if alias and binding in guard.BINDINGS:
                    _check(planner, item, realm, binding, alias, f"{client.where}.{overrides.FIELD}.{binding}", names.split(client.name)[-1])
        if item.fields:
            super().plan(planner, item)

    def create(self, client: Keycloak, item: Item, body: dict) -> None:
        self.update(client, item, body, {})

    def update(self, client: Keycloak, item: Item, body: dict, actual: dict) -> None:
        client.change_realm(names.split(item.name)[0], {guard.BINDINGS[name][0]: alias for name, alias in body.items()}, self.what(item))


KIND = _Bindings("flow_bindings", _TYPES, wave=2, label="flow bindings", prunable=False)


def _check(planner: Planner, item: Item, realm: str, binding: str, alias: str, where: str, client: str = "") -> None:
    """Faults of the flow that will be bound there, which it hasn't had before. ``client``: the one for which it is bound."""
    key = f"flow:{names.join(realm, alias)}"
    declared, stored = planner.desired.items.get(key), planner.world.raw.get(key)
    if declared is None and stored is None:
        # Missing, which is told as such, or one of Keycloak's own in a realm to come.
        return
    provider = declared.fields["provider"] if declared else stored["providerId"]
    wanted = guard.BINDINGS[binding][1]
    if provider != wanted:
        planner.planned.faults.append(f"{where}: the flow {alias} is a {provider}, and a {wanted} is needed there")
        return
    providers = _providers(planner, realm)
    after, before = (guard.Realm(actions, providers) for actions in _actions(planner, realm))
    tree = declared.fields["executions"] if declared else _tree(alias, stored)
    if tree is None:
        return
    lockout = bool(declared and declared.extra["enrolled_only"])
    # In master a flow of one client doesn't keep the administrators out.
    master = realm == "master" and not client
    found = guard.faults(binding, tree, after, master=master, lockout=lockout)
    bound = _final(planner.world.raw.get(f"realm:{realm}", {}).get(guard.BINDINGS[binding][0]))
    old = _tree(alias, stored) if bound == alias and stored else None
    known_faults = guard.faults(binding, old, before, master=master, lockout=lockout) if old is not None else []
    what = declared.where if declared and binding not in item.fields and not client else where
    whose = f"the client {client}'s" if client else "the realm's"
    planner.planned.faults += [f"{what}: the flow {alias} must not be {whose} {binding} flow: {fault}" for fault in found if fault not in known_faults]


def _tree(alias: str, stored: dict | None) -> trees.Tree | None:
    """The tree on the server, where its steps were read."""
    return trees.view(alias, stored["rows"], stored.get("configs") or {}) if stored and "rows" in stored else None


def _actions(planner: Planner, realm: str) -> tuple[dict[str, bool], dict[str, bool]]:
    """Which required actions are enabled after the run, and before."""
    before = {answer["alias"]: bool(answer.get("enabled")) for _key, answer in planner.world.of("required_action", names.escape(realm))}
    before = before or dict(_ENABLED_AT_BIRTH)
    declared = {names.split(action.name)[-1]: action.fields["enabled"] for action in planner.desired.of("required_action")
                if action.parent == realm and "enabled" in action.fields}
    return {**before, **declared}, before


def _providers(planner: Planner, realm: str) -> set[str] | None:
    """Names of the identity providers after the run, where they were read."""
    if f"flow:{realm}" not in planner.desired.sections and f"identity_provider:{realm}" not in planner.desired.sections:
        return None
    there = {answer["alias"] for _key, answer in planner.world.of("identity_provider", names.escape(realm))}
    return there | {names.split(item.name)[-1] for item in planner.desired.of("identity_provider") if item.parent == realm}


def parse(desired: Desired, realm: str, content: t.Any, where: str) -> None:
    """The map ``bindings`` of a realm; the object is there without one too, since flows and required actions may lock out as well."""
    fields = checked(_TYPES, content, where, desired.faults)
    flows = (f"flow:{names.join(realm, alias)}" for alias in fields.values())
    desired.add(Item("flow_bindings", names.join(realm), where, fields, needs=(f"realm:{realm}", *dict.fromkeys(flows))))

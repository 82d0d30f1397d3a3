# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Authentication flows: one object each, whose field is the whole tree. What isn't in the declared tree isn't in the flow."""

from __future__ import annotations

import dataclasses
import typing as t

from ansible_collections.unifiedmeta.platform.plugins.module_utils._fields import Type, checked
from ansible_collections.unifiedmeta.platform.plugins.module_utils._http import ApiError, segment
from ansible_collections.unifiedmeta.platform.plugins.module_utils._keycloak import flows_build as building
from ansible_collections.unifiedmeta.platform.plugins.module_utils._keycloak import flows_left, hidden, names
from ansible_collections.unifiedmeta.platform.plugins.module_utils._keycloak import flows_tree as trees
from ansible_collections.unifiedmeta.platform.plugins.module_utils._keycloak.api import Keycloak
from ansible_collections.unifiedmeta.platform.plugins.module_utils._keycloak.fields import content_map, table
from ansible_collections.unifiedmeta.platform.plugins.module_utils._keycloak.flows_parse import name_fault
from ansible_collections.unifiedmeta.platform.plugins.module_utils._keycloak.flows_parse import parse as parse_steps
from ansible_collections.unifiedmeta.platform.plugins.module_utils._keycloak.flows_swap import Swap, uses
from ansible_collections.unifiedmeta.platform.plugins.module_utils._keycloak.kinds import Kind
from ansible_collections.unifiedmeta.platform.plugins.module_utils._keycloak.server import check_provider
from ansible_collections.unifiedmeta.platform.plugins.module_utils._keycloak.world import World
from ansible_collections.unifiedmeta.platform.plugins.module_utils._model import Desired, Item, named

if t.TYPE_CHECKING:
    from ansible_collections.unifiedmeta.platform.plugins.module_utils._plan import Change
    from ansible_collections.unifiedmeta.platform.plugins.module_utils._planner import Planner
    from ansible_collections.unifiedmeta.platform.plugins.module_utils._reconcile import Apply

# Keycloak's own, in every realm; they can be bound, not changed.
BUILT_IN = ("browser", "direct grant", "registration", "reset credentials", "clients", "first broker login", "docker auth", "saml ecp")
# kind of flow -> where the server lists what its steps can be
_PROVIDERS = {"basic-flow": "authenticator", "form-flow": "form-action", "client-flow": "client-authenticator"}
_FLOW = table("text: description", "word: provider", "any: executions", "bool: enrolled_only")
_TYPES: dict[str, Type] = table("text: description provider", "any: executions", "map: secrets", "bool: unfinished")


class _Flow(Kind):
    """``unfinished``: a swap of it was cut off; no flow is declared to be so."""

    whole = True

    def view(self, item: Item, answer: dict, world: World) -> dict[str, t.Any]:
        found = trees.view(names.split(item.name)[-1], answer.get("rows") or [], answer.get("configs") or {})
        return {"description": answer.get("description") or "", "provider": answer.get("providerId"), "unfinished": bool(answer.get("unfinished")),
                "executions": self.types["executions"](trees.veiled(found, item.fields["executions"]))}

    def plan(self, planner: Planner, item: Item) -> None:
        world, before = planner.world, len(planner.planned.changes)
        if world.raw.get(item.key, {}).get("builtIn"):
            planner.planned.faults.append(f"{item.where}: this flow is Keycloak's own and can't be changed; choose another name, and bind that")
            return
        for shelf, name, where in item.extra["providers"]:
            check_provider(planner, shelf, name, where)
        super().plan(planner, item)
        if item.key in world.raw and len(planner.planned.changes) > before:
            self._lost(planner, item)

    def _lost(self, planner: Planner, item: Item) -> None:
        """A provider that uses the flow has to be written again, whole, with what Keycloak hides."""
        realm, alias = names.split(item.name)
        for key, provider in planner.world.of("identity_provider", realm):
            lost = hidden.lost(planner.desired.items.get(key, Item("", "", "")), provider)
            if lost and alias in (provider.get("firstBrokerLoginFlowAlias"), provider.get("postBrokerLoginFlowAlias")):
                planner.planned.faults.append(
                    f"{item.where}: the identity provider {provider['alias']} uses it, and would lose its {', '.join(lost)} when the flow is replaced, "
                    f"since Keycloak doesn't show it; declare the provider with it, as a reference")

    def pruned(self, planner: Planner, name: str) -> None:
        deleted = {change.key for change in planner.planned.changes if change.action == "delete"}
        used = flows_left.uses(name, planner.desired, planner.world, deleted)
        if used:
            planner.planned.faults.append(f"{self.what(self.revive(name, planner.world))} is no longer declared, and can't be deleted while it is in use by "
                                          f"{', '.join(used[:10])}; bind another flow there, or declare it")

    # --- the run -----------------------------------------------------------------------------------------------------------------
    def make(self, apply: Apply, item: Item, change: Change) -> None:
        def secrets(provider: str) -> dict[str, str]:
            declared = apply.desired.items.get(f"identity_provider:{names.join(item.parent, provider)}")
            return apply.resolver.resolve(declared.fields.get("secrets") or {}) if declared else {}

        apply.object(self, dataclasses.replace(item, extra={**item.extra, "secrets": secrets}), change)

    def _flow(self, item: Item) -> building.Flow:
        realm, alias = names.split(item.name)
        fields = item.fields
        return building.Flow(realm, alias, fields["provider"], fields["description"], fields["executions"], fields.get("secrets") or {})

    def create(self, client: Keycloak, item: Item, body: dict) -> None:
        flow = self._flow(item)
        try:
            client.world.ids[item.key] = building.build(client, flow, flow.alias)
        except ApiError as error:
            if error.status != 409:
                raise
            # Another run was faster, or was ended while it made the flow.
            client.world.ids[item.key] = Swap(client, flow, item.extra["secrets"]).run()

    def update(self, client: Keycloak, item: Item, body: dict, actual: dict) -> None:
        flow = self._flow(item)
        if set(body) <= {"description"}:
            building.describe(client, flow, client.world.ids[item.key])
            return
        client.world.ids[item.key] = Swap(client, flow, item.extra["secrets"], "secrets" in body).run()

    def delete(self, client: Keycloak, item: Item) -> None:
        realm, alias = names.split(item.name)
        flow = building.Flow(realm, alias, "", "", [])
        for found in client.get(flow.at("flows"), flow.what) or ():
            if found["alias"] in (alias, alias + trees.NEXT):
                used = uses(client, flow, found["alias"], found["id"])
                if used:
                    raise building.fault(client, flow, f"it can't be deleted while it is in use by {used}", "bind another flow there first")
                client.delete(flow.at(f"flows/{found['id']}"), flow.what)
        client.world.drop(item.key)


KIND = _Flow("flow", _TYPES, wave=1, fixed=("provider",), write_only=("secrets",))


# --- the declaration -------------------------------------------------------------------------------------------------------------
def parse(desired: Desired, realm: str, content: t.Any, where: str) -> None:
    """The map ``flows`` of a realm."""
    desired.sections.add(f"flow:{realm}")
    for alias, value, place in named(desired, content_map(desired, content, where), where):
        fields = checked(_FLOW, value, place, desired.faults)
        wrong = "is Keycloak's own and can't be changed; choose another name, and bind that" if alias in BUILT_IN else name_fault(alias)
        if wrong:
            desired.faults.append(f"{place}: {wrong}")
        provider = fields.get("provider", "basic-flow")
        if provider not in ("basic-flow", "client-flow"):
            desired.faults.append(f"{place}.provider: must be basic-flow or client-flow, not {provider}; a form-flow is always a subflow")
            provider = "basic-flow"
        tree, secrets = trees.split(parse_steps((value or {}).get("executions") if isinstance(value, dict) else None, f"{place}.executions", desired.faults))
        made = {"description": fields.get("description", ""), "provider": provider, "executions": _TYPES["executions"](tree), "unfinished": False,
                **({"secrets": secrets} if secrets else {})}
        extra = {"enrolled_only": bool(fields.get("enrolled_only")), "providers": list(_providers(tree, provider, f"{place}.executions"))}
        desired.add(Item("flow", names.join(realm, alias), place, made, realm, (f"realm:{realm}",), extra))


def _providers(tree: trees.Tree, provider: str, where: str) -> t.Iterator[tuple[str, str, str]]:
    """What the flow needs the server to have: the list, the name, the place."""
    for number, step in enumerate(tree):
        place = f"{where}[{number}]"
        if "authenticator" in step:
            yield "form-authenticator" if "flow" in step else _PROVIDERS[provider], step["authenticator"], f"{place}.authenticator"
        if "flow" in step:
            yield from _providers(step["executions"], step.get("provider", "basic-flow"), f"{place}.executions")


# --- reading ---------------------------------------------------------------------------------------------------------------------
def read_list(keycloak: Keycloak, realm: str) -> None:
    """All flows of a realm; one whose swap was cut off after the old flow had been deleted counts under its final name."""
    at = f"{segment(realm)}/authentication/flows"
    found = {answer["alias"]: answer for answer in keycloak.get(at, f"flows of realm {realm}") or ()}
    for alias, answer in found.items():
        key = f"flow:{names.join(realm, alias)}"
        keycloak.world.put(key, {**answer, "unfinished": alias + trees.NEXT in found})
        final = alias[:-len(trees.NEXT)]
        if alias.endswith(trees.NEXT) and final not in found:
            keycloak.world.put(f"flow:{names.join(realm, final)}", {**answer, "unfinished": True})


def read_steps(keycloak: Keycloak, realm: str, alias: str) -> None:
    """The steps of one flow, with their settings."""
    answer = keycloak.world.raw[f"flow:{names.join(realm, alias)}"]
    flow = building.Flow(realm, alias, "", "", [])
    answer["rows"] = building.rows(keycloak, flow, answer["alias"])
    answer["configs"] = building.configs(keycloak, flow, answer["rows"])

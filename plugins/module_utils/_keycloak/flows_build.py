# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Making a flow on the server, step by step, and looking whether it came out as declared.

Keycloak has no call that takes a whole flow. Steps append in the order in which they are added; one that is added by the flow's id takes its
requirement along, a subflow is added by the flow's name and is DISABLED at first. Settings are made once a step: a second POST makes a second
set of them, and their name must be new in the realm, so it ends with a part of the step's id.
"""

from __future__ import annotations

import typing as t
from dataclasses import dataclass, field

from ansible_collections.unifiedmeta.platform.plugins.module_utils._http import ApiError, segment
from ansible_collections.unifiedmeta.platform.plugins.module_utils._keycloak import flows_tree as trees
from ansible_collections.unifiedmeta.platform.plugins.module_utils._keycloak.api import Keycloak
from ansible_collections.unifiedmeta.platform.plugins.module_utils._keycloak.flows_tree import Tree


@dataclass(frozen=True)
class Flow:
    """A declared flow. ``tree``: with the mask in place of secrets; ``secrets``: these in clear, by place (:func:`flows_tree.split`)."""

    realm: str
    alias: str
    provider: str
    description: str
    tree: Tree
    secrets: dict[str, str] = field(default_factory=dict, repr=False)

    @property
    def what(self) -> str:
        return f"flow {self.alias} of realm {self.realm}"

    def at(self, path: str) -> str:
        return f"{segment(self.realm)}/authentication/{path}"

    def by_name(self, alias: str, path: str = "executions") -> str:
        return self.at(f"flows/{segment(alias)}/{path}")

    def head(self, alias: str) -> dict[str, t.Any]:
        """The flow itself, as a POST and a PUT take it."""
        return {"alias": alias, "description": self.description, "providerId": self.provider, "topLevel": True, "builtIn": False}


def rows(keycloak: Keycloak, flow: Flow, alias: str) -> list[dict]:
    """The steps of a flow as Keycloak lists them."""
    return keycloak.get(flow.by_name(alias), flow.what) or []


def configs(keycloak: Keycloak, flow: Flow, found: t.Sequence[dict]) -> dict[str, dict]:
    """The settings of these steps, by id."""
    ids = [row["authenticationConfig"] for row in found if row.get("authenticationConfig")]
    return dict(zip(ids, keycloak.http.map(lambda id_: keycloak.get(flow.at(f"config/{id_}"), f"settings in {flow.what}") or {}, ids)))


def fault(keycloak: Keycloak, flow: Flow, detail: str, hint: str) -> ApiError:
    """What a person has to put right about a flow."""
    return ApiError(keycloak.http.system, what=flow.what, detail=detail, hint=hint, fault="input")


# --- building --------------------------------------------------------------------------------------------------------------------
def build(keycloak: Keycloak, flow: Flow, alias: str) -> str:
    """Makes the flow under the name ``alias``; its id. Raises ApiError where it doesn't come out as declared; then it is taken away again."""
    id_ = keycloak.once(flow.at("flows"), flow.head(alias), lambda: _empty(keycloak, flow, alias), flow.what)
    try:
        _Steps(keycloak, flow, alias, id_).add(trees.joined(flow.tree, flow.secrets), alias, id_)
        for row in rows(keycloak, flow, alias):
            wanted = _requirement(flow.tree, alias, row)
            if wanted and wanted != row["requirement"]:
                keycloak.put(flow.by_name(alias), {**row, "requirement": wanted}, flow.what)
        check(keycloak, flow, alias)
    except ApiError as error:
        if error.status or error.fault == "input":
            keycloak.delete(flow.at(f"flows/{id_}"), flow.what)
        raise
    return id_


def _empty(keycloak: Keycloak, flow: Flow, alias: str) -> str | None:
    """The id of a flow of that name without a step: ours, whose answer was lost."""
    found = [answer["id"] for answer in keycloak.get(flow.at("flows"), flow.what) or () if answer["alias"] == alias]
    return found[0] if found and not rows(keycloak, flow, alias) else None


class _Steps:
    """The steps of the flow ``top``, one after the other. Where an answer is lost, the flow is looked at before a step is added again."""

    def __init__(self, keycloak: Keycloak, flow: Flow, top: str, id_: str):
        self.keycloak, self.flow, self.top, self.id = keycloak, flow, top, id_
        self.names = trees.subflows(flow.tree)

    def add(self, tree: Tree, alias: str, id_: str) -> None:
        """``alias`` and ``id_``: of the flow or subflow that gets these steps."""
        for number, step in enumerate(tree):
            if "flow" in step:
                name = trees.part(self.top, step["flow"])
                body = {"alias": name, "type": step.get("provider", "basic-flow"), "description": step.get("description", ""),
                        "provider": step.get("authenticator", "")}
                sub = self._post(f"flows/{segment(alias)}/executions/flow", body, lambda number=number: self._child(id_, number, "flowId"))
                self.add(step["executions"], name, sub)
                continue
            body = {"parentFlow": id_, "authenticator": step["authenticator"], "requirement": step["requirement"], "authenticatorFlow": False}
            made = self._post("executions", body, lambda number=number: self._child(id_, number, "id"))
            if step.get("config"):
                body = {"alias": f"{self.flow.alias} {step['authenticator']} {made[:8]}",
                        "config": trees.sent(step, self.top, self.names, step["config"])}
                self._post(f"executions/{made}/config", body, lambda made=made: self._config(made))

    def _post(self, path: str, body: dict, find: t.Callable[[], str | None]) -> str:
        return self.keycloak.once(self.flow.at(path), body, find, self.flow.what)

    def _child(self, parent: str, number: int, key: str) -> str | None:
        """``key`` of the child with that number (from 0), where it is there."""
        found, level = rows(self.keycloak, self.flow, self.top), 0
        if parent != self.id:
            place = next((place for place, row in enumerate(found) if row.get("flowId") == parent), len(found))
            level = found[place]["level"] + 1 if place < len(found) else 0
            found = found[place + 1:]
            found = found[:next((place for place, row in enumerate(found) if row["level"] < level), len(found))]
        children = [row for row in found if row["level"] == level]
        return children[number].get(key) if len(children) > number else None

    def _config(self, id_: str) -> str | None:
        return next((row.get("authenticationConfig") for row in rows(self.keycloak, self.flow, self.top) if row["id"] == id_), None)


def _requirement(tree: Tree, alias: str, row: dict) -> str | None:
    """The declared requirement of a listed subflow."""
    if not row.get("authenticationFlow"):
        return None
    return next((step["requirement"] for step in trees.walk(tree) if "flow" in step and trees.part(alias, step["flow"]) == row["displayName"]), None)


def check(keycloak: Keycloak, flow: Flow, alias: str) -> None:
    """Is it on the server as declared? Raises ApiError with the first thing that isn't."""
    found = rows(keycloak, flow, alias)
    wanted = list(trees.walk(flow.tree))
    for row, step in zip(found, wanted):
        if row.get("requirementChoices") and step["requirement"] not in row["requirementChoices"]:
            raise fault(keycloak, flow, f"{step.get('flow') or step['authenticator']} can't be {step['requirement']}",
                        f"declare one of {', '.join(row['requirementChoices'])}")
    actual = trees.veiled(trees.view(flow.alias, found, configs(keycloak, flow, found)), flow.tree)
    if actual != flow.tree:
        raise fault(keycloak, flow, f"Keycloak keeps it otherwise than declared: {_difference(flow.tree, actual)}",
                    "give settings that the authenticator knows, secret ones as references")


def _difference(expected: Tree, actual: Tree) -> str:
    """The first step that differs, by name and fields; never a value, it may be a secret."""
    for one, other in zip(trees.walk(expected), trees.walk(actual)):
        fields = sorted(key for key in {**one, **other} if key != "executions" and one.get(key) != other.get(key))
        if fields:
            return f"{', '.join(fields)} of {one.get('flow') or one['authenticator']}"
    return "the number of steps"


# --- names -----------------------------------------------------------------------------------------------------------------------
def settle(keycloak: Keycloak, flow: Flow, id_: str) -> None:
    """A flow that was built beside the old one gets its name, its parts first: while it has the mark, the next run knows that it isn't done."""
    building = flow.alias + trees.NEXT
    found = rows(keycloak, flow, building)
    for config in configs(keycloak, flow, found).values():
        named = {key: trees.part(flow.alias, value[len(building) + 1:]) for key, value in (config.get("config") or {}).items()
                 if value.startswith(f"{building} ")}
        if named:
            keycloak.put(flow.at(f"config/{config['id']}"), {**config, "config": {**config["config"], **named}}, flow.what)
    for row in found:
        if row.get("authenticationFlow") and row["displayName"].startswith(f"{building} "):
            renamed = {**row, "displayName": trees.part(flow.alias, trees.bare(flow.alias, row["displayName"]))}
            keycloak.put(flow.by_name(building), renamed, flow.what)
    describe(keycloak, flow, id_)


def describe(keycloak: Keycloak, flow: Flow, id_: str) -> None:
    """Its final name and its description."""
    keycloak.put(flow.at(f"flows/{id_}"), {**flow.head(flow.alias), "id": id_}, flow.what)

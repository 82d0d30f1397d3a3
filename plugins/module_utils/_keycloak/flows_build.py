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
    id_ = _post(keycloak, flow, "flows", flow.head(alias))
    try:
        _steps(keycloak, flow, alias, trees.joined(flow.tree, flow.secrets), alias, id_)
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


def _post(keycloak: Keycloak, flow: Flow, path: str, body: dict) -> str:
    """The id of what was made. Not repeated where no answer came: steps and settings have no name by which a second one would be refused."""
    response = keycloak.http.request("POST", f"admin/realms/{flow.at(path)}", json=body, idempotent=False, what=flow.what)
    return response.headers.get("Location", "").rstrip("/").rsplit("/", 1)[-1]


def _steps(keycloak: Keycloak, flow: Flow, top: str, tree: Tree, alias: str, id_: str) -> None:
    """``top``: the name of the flow that is built; ``alias`` and ``id_``: of the flow or subflow that gets these steps."""
    names = trees.subflows(flow.tree)
    for step in tree:
        if "flow" in step:
            name = trees.part(top, step["flow"])
            body = {"alias": name, "type": step.get("provider", "basic-flow"), "description": step.get("description", ""),
                    "provider": step.get("authenticator", "")}
            sub = _post(keycloak, flow, f"flows/{segment(alias)}/executions/flow", body)
            _steps(keycloak, flow, top, step["executions"], name, sub)
            continue
        made = _post(keycloak, flow, "executions", {
            "parentFlow": id_, "authenticator": step["authenticator"], "requirement": step["requirement"], "authenticatorFlow": False})
        if step.get("config"):
            body = {"alias": f"{flow.alias} {step['authenticator']} {made[:8]}", "config": trees.sent(step, top, names, step["config"])}
            _post(keycloak, flow, f"executions/{made}/config", body)


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

# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Keycloak's flows on paper: as much of the server as a flow's build and swap touch, with the rules that were found on Keycloak 26.7 and are shown
on the real one in tests/lab. A run can be ended before any of its writes (``cut``), which the real one can't at every point; ``lose(method, path)``:
does a POST get lost «before» it arrives, or its answer «after»?"""

from __future__ import annotations

import copy
import itertools
import types
import urllib.parse

from ansible_collections.unifiedmeta.platform.plugins.module_utils._http import ApiError
from ansible_collections.unifiedmeta.platform.plugins.module_utils._keycloak.api import Keycloak

WORDS = ["REQUIRED", "ALTERNATIVE", "DISABLED"]
KNOWN = ("defaultProvider", "flow_to_check", "site.key", "secret.key")


class Cut(BaseException):
    """The process is gone."""


class Flows:
    """In place of Http. ``flows``: id -> {alias, top, steps: [ids]}; ``steps``: id -> what; ``configs``: by the step's id; ``clients``: id -> overrides;
    ``realm`` and ``providers`` name flows, while the server keeps their ids."""

    system, retries, patience = "Keycloak on paper", 5, 0.0

    def __init__(self):
        self.flows, self.steps, self.configs, self.sent = {}, {}, {}, []
        self._realm, self.clients, self._providers = {}, {}, {}
        self.cut, self.refuse, self.lose, self._numbers = None, None, None, itertools.count(1)

    realm = property(lambda self: self._named(self._realm), lambda self, found: setattr(self, "_realm", self._bound(found)))
    providers = property(lambda self: {alias: self._named(found) for alias, found in self._providers.items()},
                         lambda self, all_: setattr(self, "_providers", {alias: self._bound(found) for alias, found in all_.items()}))

    def _named(self, found):
        return {key: self.flows[value]["alias"] if key.endswith(("Flow", "FlowAlias")) else copy.deepcopy(value) for key, value in found.items()}

    def _bound(self, found):
        bound = {key: self.by_alias(value) if key.endswith(("Flow", "FlowAlias")) else copy.deepcopy(value) for key, value in found.items()}
        return bound if None not in bound.values() else self._refused(500, "Failed to update realm")

    # --- requests ----------------------------------------------------------------------------------------------------------------
    def request(self, method, path, *, json=None, **_more):
        parts = [urllib.parse.unquote(part) for part in path.removeprefix("admin/realms/r").strip("/").split("/")]
        if method != "GET":
            if self.cut is not None and len(self.sent) >= self.cut:
                raise Cut
            self.sent.append((f"{method} {'/'.join(parts)}", json))
            if self.refuse and self.refuse(method, "/".join(parts), json):
                raise ApiError(self.system, method, path, 403, "not today")
        lost = self.lose(method, "/".join(parts)) if self.lose and method == "POST" else ""
        if lost == "before":
            raise ApiError(self.system, method, path, 0, "the connection was cut", fault="reset")
        found = getattr(self, f"_{method.lower()}")([part for part in parts if part], json)
        if lost == "after":
            raise ApiError(self.system, method, path, 0, "the connection was cut", fault="reset")
        return types.SimpleNamespace(status_code=200, headers={"Location": f"https://x/{found}"}, body=found, json=lambda: found)

    def get(self, path, **_more):
        return self.request("GET", path).body

    def put(self, path, *, json, **_more):
        self.request("PUT", path, json=json)

    def delete(self, path, **_more):
        self.request("DELETE", path)

    def pages(self, path, _following, **_more):
        return iter(self.get(path))

    @staticmethod
    def map(function, items):
        return [function(item) for item in items]

    def _refused(self, status, text):
        raise ApiError(self.system, status=status, detail=text)

    def _id(self):
        return f"id-{next(self._numbers):03}-of-it"

    def by_alias(self, alias):
        return next((id_ for id_, flow in self.flows.items() if flow["alias"] == alias), None)

    # --- what Keycloak does ------------------------------------------------------------------------------------------------------
    def _get(self, parts, _body):
        if not parts:
            return dict(self.realm)
        if parts == ["clients"]:
            return [{"id": id_, "authenticationFlowBindingOverrides": dict(bound)} for id_, bound in self.clients.items()]
        if parts[0] == "identity-provider":
            masked = {"clientSecret": "**********"}
            return [{"alias": alias, **found, "config": {**found["config"], **{key: masked[key] for key in masked if key in found["config"]}}}
                    for alias, found in self.providers.items()]
        if parts[1:] == ["flows"]:
            return [{"id": id_, "alias": flow["alias"]} for id_, flow in self.flows.items() if flow["top"]]
        if parts[1] == "config":
            found = self.configs[parts[2]]
            return {"id": parts[2], "alias": found["alias"], "config": {
                key: value if key in KNOWN and "secret" not in key else "**********" for key, value in found["config"].items()}}
        id_ = self.by_alias(parts[2])
        return [] if id_ is None else list(self._rows(id_, 0))

    def _rows(self, flow, level):
        for id_ in self.flows[flow]["steps"]:
            step = self.steps[id_]
            row = {"id": id_, "level": level, "requirement": step["requirement"]}
            if "flow" in step:
                sub = self.flows[step["flow"]]
                yield {**row, "authenticationFlow": True, "flowId": step["flow"], "displayName": sub["alias"], "requirementChoices": [*WORDS, "CONDITIONAL"],
                       **({"description": sub["description"]} if sub["description"] else {})}
                yield from self._rows(step["flow"], level + 1)
            else:
                choices = ["REQUIRED"] if step["provider"] == "auth-username-password-form" else WORDS
                yield {**row, "providerId": step["provider"], "requirementChoices": choices, **({"authenticationConfig": id_} if id_ in self.configs else {})}

    def _post(self, parts, body):
        made = self._id()
        if parts[1:] == ["flows"] or parts[-1] == "flow":
            if self.by_alias(body["alias"]):
                self._refused(409, "exists")
            self.flows[made] = {"alias": body["alias"], "top": parts[-1] == "flows", "steps": [], "description": body.get("description", "")}
            if parts[-1] == "flow":
                self._append(self.by_alias(parts[2]), {"flow": made, "requirement": "DISABLED"})
        elif parts[1:] == ["executions"]:
            return self._append(body["parentFlow"], {"provider": body["authenticator"], "requirement": body["requirement"]})
        else:
            if body["alias"] in [config["alias"] for config in self.configs.values()]:
                self._refused(409, "exists")
            self.configs[parts[2]] = dict(body)
        return made

    def _append(self, flow, step):
        id_ = self._id()
        self.steps[id_] = step
        self.flows[flow]["steps"].append(id_)
        return id_

    def _put(self, parts, body):
        if not parts:
            self._realm.update(self._bound(body))
        elif parts[0] == "clients":
            self.clients[parts[1]].update(body["authenticationFlowBindingOverrides"])
        elif parts[0] == "identity-provider":
            self._providers[parts[2]] = self._bound({key: value for key, value in body.items() if key != "alias"})
        elif parts[1] == "config":
            self.configs[parts[2]].update(body)
        elif parts[-1] == "executions":
            step = self.steps[body["id"]]
            if step["requirement"] != body["requirement"]:
                step["requirement"] = body["requirement"]
            else:
                self.flows[step["flow"]]["alias"] = body["displayName"]
        else:
            self.flows[parts[2]].update(alias=body["alias"], description=body["description"])

    def _delete(self, parts, _body):
        if parts[2] in [bound for found in (self._realm, *self._providers.values(), *self.clients.values()) for bound in found.values()]:
            self._refused(500, "in use")
        self._remove(parts[2])

    def _remove(self, flow):
        for id_ in self.flows.pop(flow)["steps"]:
            step = self.steps.pop(id_)
            self.configs.pop(id_, None)
            if "flow" in step:
                self._remove(step["flow"])


def keycloak(server=None):
    """Our client, on such a server."""
    return Keycloak(server or Flows())

# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A flow that differs is replaced, never edited: people log in through it while we work.

build the new one beside it → check it → rebind the realm, providers and clients that use the old one → look whether nothing does any more →
delete the old one → give the new one its name. Where rebinding fails, everything is bound to the old flow again. A run that was ended leaves
a flow with the mark NEXT: nothing uses it, so it is removed; or something does (it was whole by then), so the swap is completed.
"""

from __future__ import annotations

import typing as t
from dataclasses import dataclass, field

from ansible_collections.unifiedmeta.platform.plugins.module_utils._http import ApiError, segment
from ansible_collections.unifiedmeta.platform.plugins.module_utils._keycloak import flows_build as building
from ansible_collections.unifiedmeta.platform.plugins.module_utils._keycloak import flows_tree as trees
from ansible_collections.unifiedmeta.platform.plugins.module_utils._keycloak.api import Keycloak
from ansible_collections.unifiedmeta.platform.plugins.module_utils._keycloak.flows_build import Flow
from ansible_collections.unifiedmeta.platform.plugins.module_utils._keycloak.flows_guard import BINDINGS
from ansible_collections.unifiedmeta.platform.plugins.module_utils._keycloak.kinds import MASKED, unmasked

REALM_FIELDS = tuple(name for name, _kind in BINDINGS.values())
PROVIDER_FIELDS = ("firstBrokerLoginFlowAlias", "postBrokerLoginFlowAlias")


@dataclass
class Uses:
    """Who uses a flow: the realm's bindings by their field, the identity providers, the clients with the bindings that they override."""

    realm: list[str] = field(default_factory=list)
    providers: list[dict] = field(default_factory=list)
    clients: dict[str, list[str]] = field(default_factory=dict)

    def __bool__(self) -> bool:
        return bool(self.realm or self.providers or self.clients)

    def __str__(self) -> str:
        told = [*self.realm, *(f"identity provider {found['alias']}" for found in self.providers), *(f"client {id_}" for id_ in self.clients)]
        return ", ".join(told[:10])


def uses(keycloak: Keycloak, flow: Flow, alias: str, id_: str) -> Uses:
    """Realm and providers name a flow, clients have its id."""
    realm = segment(flow.realm)
    reads: tuple[t.Callable[[], t.Any], ...] = (
        lambda: keycloak.get(realm, flow.what) or {},
        lambda: list(keycloak.pages(f"{realm}/identity-provider/instances", flow.what)),
        lambda: list(keycloak.pages(f"{realm}/clients", flow.what)),
    )
    settings, providers, clients = keycloak.http.map(lambda read: read(), reads)
    found = {client["id"]: [name for name, bound in (client.get("authenticationFlowBindingOverrides") or {}).items() if bound == id_] for client in clients}
    return Uses([name for name in REALM_FIELDS if settings.get(name) == alias],
                [provider for provider in providers if alias in [provider.get(name) for name in PROVIDER_FIELDS]],
                {client: names for client, names in found.items() if names})


class Swap:
    """``secrets(alias)``: the hidden settings of an identity provider in clear, as far as they are declared. ``again``: build it anew whatever it looks
    like, since a setting that Keycloak never shows has changed."""

    def __init__(self, keycloak: Keycloak, flow: Flow, secrets: t.Callable[[str], dict[str, str]], again: bool = False):
        self.keycloak, self.flow, self.secrets, self.again = keycloak, flow, secrets, again

    def run(self) -> str:
        """The id that the flow has now. Raises ApiError; then the old flow is in its place, or the next run completes what was begun."""
        flow, marked = self.flow, self.flow.alias + trees.NEXT
        listed = self.keycloak.get(flow.at("flows"), flow.what) or ()
        ids = {found["alias"]: found["id"] for found in listed if found["alias"] in (flow.alias, marked)}
        if marked in ids:
            if flow.alias not in ids or uses(self.keycloak, flow, marked, ids[marked]):
                self._replace(ids.pop(flow.alias, None), ids[marked])
                ids = {flow.alias: ids[marked]}
            else:
                self._delete(ids[marked])
        if flow.alias in ids and not self.again and self._as_declared():
            building.describe(self.keycloak, flow, ids[flow.alias])
            return ids[flow.alias]
        made = building.build(self.keycloak, flow, marked)
        self._replace(ids.get(flow.alias), made)
        return made

    def _as_declared(self) -> bool:
        try:
            building.check(self.keycloak, self.flow, self.flow.alias)
        except ApiError as error:
            if error.fault != "input":
                raise
            return False
        return True

    def _replace(self, old: str | None, new: str) -> None:
        """The new flow in place of the old one, wherever that is used."""
        if old:
            self._rebind(old, new)
            self._delete(old)
        building.settle(self.keycloak, self.flow, new)

    def _delete(self, id_: str) -> None:
        self.keycloak.delete(self.flow.at(f"flows/{id_}"), self.flow.what)

    # --- binding -----------------------------------------------------------------------------------------------------------------
    def _rebind(self, old: str, new: str) -> None:
        alias, marked = self.flow.alias, self.flow.alias + trees.NEXT
        used = uses(self.keycloak, self.flow, alias, old)
        hidden = {provider["alias"]: self._hidden(provider) for provider in used.providers}
        try:
            self._bind(used, hidden, marked, new)
            left = uses(self.keycloak, self.flow, alias, old) if used else Uses()
            if left:
                raise building.fault(self.keycloak, self.flow, f"the old flow is still in use by {left}", "run again")
        except ApiError as error:
            self._roll_back(used, hidden, alias, old, new, error)
            raise

    def _roll_back(self, used: Uses, hidden: dict[str, dict[str, str]], alias: str, old: str, new: str, error: ApiError) -> None:
        """Everything uses the old flow again. Where not even that can be done, the next run completes the swap: the new flow is whole."""
        try:
            self._bind(used, hidden, alias, old)
            self._delete(new)
            error.hint = f"{error.hint}; everything is bound to the old flow again".lstrip("; ")
        except ApiError:
            error.hint = f"{error.hint}; a part may be bound to the new flow already, the next run completes that".lstrip("; ")

    def _bind(self, used: Uses, hidden: dict[str, dict[str, str]], to: str, id_: str) -> None:
        """All that used our flow uses the one that is called ``to`` and has this id."""
        realm = segment(self.flow.realm)
        if used.realm:
            self.keycloak.change_realm(self.flow.realm, dict.fromkeys(used.realm, to), self.flow.what)
        for provider in used.providers:
            # A PUT of a provider replaces all of it.
            body = {**unmasked(provider), **{name: to for name in PROVIDER_FIELDS if provider.get(name) == self.flow.alias}}
            body["config"] = {**body.get("config", {}), **hidden[provider["alias"]]}
            self.keycloak.put(f"{realm}/identity-provider/instances/{segment(provider['alias'])}", body, self.flow.what)
        for client, names in used.clients.items():
            self.keycloak.put(f"{realm}/clients/{client}", {"authenticationFlowBindingOverrides": dict.fromkeys(names, id_)}, self.flow.what)

    def _hidden(self, provider: dict) -> dict[str, str]:
        """Settings that a PUT would lose, in clear. Raises ApiError where one isn't declared."""
        masked = [name for name, value in (provider.get("config") or {}).items() if value == MASKED]
        known = self.secrets(provider["alias"]) if masked else {}
        for name in masked:
            if name not in known:
                raise building.fault(self.keycloak, self.flow, f"the identity provider {provider['alias']} uses it, and Keycloak would lose that one's {name}",
                                     f"declare the provider with its {name} as a reference")
        return {name: known[name] for name in masked}

# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Identity providers, by which people log in with an account that they have elsewhere, and their mappers."""

from __future__ import annotations

import typing as t

from ansible_collections.unifiedmeta.platform.plugins.module_utils._fields import checked
from ansible_collections.unifiedmeta.platform.plugins.module_utils._http import segment
from ansible_collections.unifiedmeta.platform.plugins.module_utils._keycloak import flows_tree as trees
from ansible_collections.unifiedmeta.platform.plugins.module_utils._keycloak import hidden, names
from ansible_collections.unifiedmeta.platform.plugins.module_utils._keycloak.api import Keycloak
from ansible_collections.unifiedmeta.platform.plugins.module_utils._keycloak.fields import content_map, table
from ansible_collections.unifiedmeta.platform.plugins.module_utils._keycloak.flows_parse import name_fault
from ansible_collections.unifiedmeta.platform.plugins.module_utils._keycloak.kinds import Kind, unmasked
from ansible_collections.unifiedmeta.platform.plugins.module_utils._keycloak.server import check_provider
from ansible_collections.unifiedmeta.platform.plugins.module_utils._keycloak.world import World
from ansible_collections.unifiedmeta.platform.plugins.module_utils._model import Desired, Item, named

if t.TYPE_CHECKING:
    from ansible_collections.unifiedmeta.platform.plugins.module_utils._planner import Planner

FLOWS = ("firstBrokerLoginFlowAlias", "postBrokerLoginFlowAlias")
_PROVIDER = table("text: displayName", "word: providerId firstBrokerLoginFlowAlias postBrokerLoginFlowAlias", "bool: enabled trustEmail storeToken linkOnly",
                  "bool: addReadTokenRoleOnCreate authenticateByDefault hideOnLogin", "map: config")
_MAPPER = table("word: identityProviderMapper", "map: config")
_MUST = ("clientSecret",)
_PATH = "identity-provider/instances"


class _Provider(Kind):
    """A PUT replaces all of it, so the stored one goes along, with what is hidden in clear."""

    whole = True

    def at(self, client: Keycloak, item: Item) -> str:
        return f"{self.realm(item)}/{_PATH}/{segment(names.split(item.name)[-1])}"

    def find(self, client: Keycloak, item: Item) -> dict | None:
        return client.get(self.at(client, item), self.what(item))

    def view(self, item: Item, answer: dict, world: World) -> dict[str, t.Any]:
        found = super().view(item, answer, world)
        return {**found, **{name: found[name].replace(trees.NEXT, "") for name in FLOWS if name in found}}

    def plan(self, planner: Planner, item: Item) -> None:
        before, stored = len(planner.planned.changes), planner.world.raw.get(item.key)
        if stored is None:
            check_provider(planner, ("identity_provider", "social"), item.fields.get("providerId", ""), f"{item.where}.providerId")
        super().plan(planner, item)
        lost = hidden.lost(item, stored or {})
        if lost and len(planner.planned.changes) > before:
            planner.planned.faults.append(f"{item.where}.config: {', '.join(lost)} is set in Keycloak, which doesn't show it, so a change would lose it; "
                                          "declare it, as a reference")

    def payload(self, client: Keycloak, item: Item, body: dict) -> dict[str, t.Any]:
        sent = {name: value for name, value in body.items() if name != "secrets"}
        return {**sent, "config": {**sent.get("config", {}), **item.fields.get("secrets", {})}}

    def merged(self, client: Keycloak, item: Item, body: dict) -> dict[str, t.Any]:
        # The flows may have been bound anew a moment ago, so the stored object is asked for again.
        stored = unmasked(self.find(client, item) or client.world.raw[item.key])
        return {**stored, **self.payload(client, item, {**body, "config": {**stored.get("config", {}), **body.get("config", {})}})}


class _Mapper(Kind):
    """One of a provider of ours is ours. A PUT replaces it."""

    def list_at(self, client: Keycloak, item: Item) -> str:
        realm, provider, _name = names.split(item.name)
        return f"{segment(realm)}/{_PATH}/{segment(provider)}/mappers"

    def at(self, client: Keycloak, item: Item) -> str:
        return f"{self.list_at(client, item)}/{client.id_of(self.name, *names.split(item.name))}"

    def owners(self, item: Item) -> t.Collection[str]:
        return item.needs[:1]

    def plan(self, planner: Planner, item: Item) -> None:
        if item.key not in planner.world.raw:
            check_provider(planner, "identity-provider-mapper", item.fields.get("identityProviderMapper", ""), f"{item.where}.identityProviderMapper")
        super().plan(planner, item)

    def payload(self, client: Keycloak, item: Item, body: dict) -> dict[str, t.Any]:
        return {**body, "identityProviderAlias": names.split(item.name)[1]}

    def create(self, client: Keycloak, item: Item, body: dict) -> None:
        """To a second one of a name Keycloak answers 400."""
        made = {**self.payload(client, item, body), "name": names.split(item.name)[-1]}
        client.world.ids[item.key] = client.once(self.list_at(client, item), made, lambda: (self.find(client, item) or {}).get("id"), self.what(item))


KINDS: tuple[Kind, ...] = (
    _Provider("identity_provider", {**_PROVIDER, **table("map: secrets")}, wave=2, path=_PATH, naming="alias", partial=("config",), fixed=("providerId",),
              write_only=("secrets",), holds=("identity_provider_mapper/",)),
    _Mapper("identity_provider_mapper", _MAPPER, wave=3, partial=("config",), merge=True, fixed=("identityProviderMapper",)),
)


# --- the declaration -------------------------------------------------------------------------------------------------------------
def _parse(desired: Desired, realm: str, content: t.Any, where: str) -> None:
    desired.sections.add(f"identity_provider:{realm}")
    for alias, value, place in named(desired, content_map(desired, content, where), where):
        mappers = value.get("mappers") if isinstance(value, dict) else None
        given = {name: entry for name, entry in value.items() if name != "mappers"} if isinstance(value, dict) else value
        fields = checked(_PROVIDER, given, place, desired.faults)
        hidden.part(fields, _MUST, place, desired.faults)
        desired.faults += hidden.in_clear(fields.get("config"), f"{place}.config", told=_MUST)
        if not fields.get("providerId"):
            desired.faults.append(f"{place}.providerId: is missing; give the provider's type, such as oidc, saml or github")
        wrong = name_fault(alias, "an identity provider")
        if wrong:
            desired.faults.append(f"{place}: {wrong}")
        flows = (f"flow:{names.join(realm, fields[name])}" for name in FLOWS if fields.get(name))
        item = Item("identity_provider", names.join(realm, alias), place, fields, realm, (f"realm:{realm}", *dict.fromkeys(flows)))
        desired.add(item)
        if mappers is not None:
            _mappers(desired, item, mappers, f"{place}.mappers")


def _mappers(desired: Desired, provider: Item, content: t.Any, where: str) -> None:
    desired.sections.add(f"identity_provider_mapper:{provider.name}")
    for name, value, place in named(desired, content_map(desired, content, where), where):
        fields = checked(_MAPPER, value, place, desired.faults)
        desired.faults += hidden.in_clear(fields.get("config"), f"{place}.config")
        if not fields.get("identityProviderMapper"):
            desired.faults.append(f"{place}.identityProviderMapper: is missing; give the mapper's type, such as oidc-user-attribute-idp-mapper")
        desired.add(Item("identity_provider_mapper", f"{provider.name}/{names.escape(name)}", place, fields, provider.name, (provider.key,)))


SECTIONS = {"identity_providers": _parse}


# --- reading ---------------------------------------------------------------------------------------------------------------------
def read_list(keycloak: Keycloak, realm: str) -> None:
    """All identity providers of a realm."""
    for answer in keycloak.pages(f"{segment(realm)}/{_PATH}", f"identity providers of realm {realm}"):
        keycloak.world.put(f"identity_provider:{names.join(realm, answer['alias'])}", answer)


def _first(keycloak: Keycloak, desired: Desired, realm: str) -> t.Iterator[t.Callable[[], None]]:
    """Flows have a use for it too: those that providers use are replaced with them."""
    if {f"identity_provider:{realm}", f"flow:{realm}"} & desired.sections:
        yield lambda: read_list(keycloak, realm)


def _second(keycloak: Keycloak, desired: Desired, realm: str) -> t.Iterator[t.Callable[[], None]]:
    def mappers(parent: str) -> None:
        at = f"{segment(realm)}/{_PATH}/{segment(names.split(parent)[-1])}/mappers"
        for found in keycloak.get(at, f"mappers of identity provider {parent}") or ():
            keycloak.world.put(f"identity_provider_mapper:{parent}/{names.escape(found['name'])}", found)

    for section in sorted(desired.sections):
        kind, _colon, parent = section.partition(":")
        if kind == "identity_provider_mapper" and parent.startswith(f"{realm}/") and f"identity_provider:{parent}" in keycloak.world.raw:
            yield lambda parent=parent: mappers(parent)


ROUNDS = (_first, _second)


def asks(desired: Desired, world: World) -> bool:
    """Is a provider or a mapper declared that isn't there yet?"""
    return any(item.key not in world.raw for kind in KINDS for item in desired.of(kind.name))

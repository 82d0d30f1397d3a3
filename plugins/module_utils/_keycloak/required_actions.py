# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Required actions: what a person may be asked to do at the next login. They are born with their realm; an installed one is registered."""

from __future__ import annotations

import typing as t

from ansible_collections.unifiedmeta.platform.plugins.module_utils._fields import checked, table
from ansible_collections.unifiedmeta.platform.plugins.module_utils._http import segment
from ansible_collections.unifiedmeta.platform.plugins.module_utils._keycloak import names
from ansible_collections.unifiedmeta.platform.plugins.module_utils._keycloak.api import Keycloak
from ansible_collections.unifiedmeta.platform.plugins.module_utils._keycloak.fields import content_map
from ansible_collections.unifiedmeta.platform.plugins.module_utils._keycloak.kinds import Kind
from ansible_collections.unifiedmeta.platform.plugins.module_utils._keycloak.server import check_provider
from ansible_collections.unifiedmeta.platform.plugins.module_utils._keycloak.world import World
from ansible_collections.unifiedmeta.platform.plugins.module_utils._model import Desired, Item, named

if t.TYPE_CHECKING:
    from ansible_collections.unifiedmeta.platform.plugins.module_utils._planner import Planner

# ours -> the API's
_API = {"default": "defaultAction"}
_TYPES = table("bool: enabled default", "int: priority", "map: config")


class _RequiredAction(Kind):
    """A PUT replaces it, its alias included. ``priority``: the order in which they are asked, the lowest first."""

    def list_at(self, client: Keycloak, item: Item) -> str:
        return f"{self.realm(item)}/authentication/required-actions"

    def at(self, client: Keycloak, item: Item) -> str:
        return f"{self.list_at(client, item)}/{segment(names.split(item.name)[-1])}"

    def plan(self, planner: Planner, item: Item) -> None:
        if item.key not in planner.world.raw:
            check_provider(planner, "required-action", names.split(item.name)[-1], item.where)
        super().plan(planner, item)

    def view(self, item: Item, answer: dict, world: World) -> dict[str, t.Any]:
        return super().view(item, {**answer, **{ours: answer.get(api) for ours, api in _API.items()}}, world)

    def create(self, client: Keycloak, item: Item, body: dict) -> None:
        """With a new realm it has come into being meanwhile."""
        alias = names.split(item.name)[-1]
        if item.key not in client.world.raw:
            above = f"{self.realm(item)}/authentication"
            listed = {found["providerId"]: found["name"] for found in client.get(f"{above}/unregistered-required-actions", self.what(item)) or ()}
            client.once(
                f"{above}/register-required-action", {"providerId": alias, "name": listed.get(alias, alias)},
                lambda: (client.get(self.at(client, item), self.what(item)) or {}).get("alias"), self.what(item))
            client.world.put(item.key, client.get(self.at(client, item), self.what(item)) or {})
        self.update(client, item, body, {})

    def update(self, client: Keycloak, item: Item, body: dict, actual: dict) -> None:
        stored = client.get(self.at(client, item), self.what(item)) or client.world.raw[item.key]
        sent = {_API.get(name, name): value for name, value in body.items()}
        if "config" in sent:
            sent["config"] = {**(stored.get("config") or {}), **sent["config"]}
        client.put(self.at(client, item), {**stored, **sent}, self.what(item))


KIND = _RequiredAction("required_action", _TYPES, wave=1, partial=("config",), prunable=False)


def parse(desired: Desired, realm: str, content: t.Any, where: str) -> None:
    """The map ``required_actions`` of a realm."""
    for alias, value, place in named(desired, content_map(desired, content, where), where):
        fields = checked(_TYPES, value, place, desired.faults)
        desired.add(Item("required_action", names.join(realm, alias), place, fields, realm, (f"realm:{realm}",)))


def read(keycloak: Keycloak, realm: str) -> None:
    """All of a realm; an entry without an alias is the remains of a faulty PUT."""
    for answer in keycloak.get(f"{segment(realm)}/authentication/required-actions", f"required actions of realm {realm}") or ():
        if answer.get("alias"):
            keycloak.world.put(f"required_action:{names.join(realm, answer['alias'])}", answer)

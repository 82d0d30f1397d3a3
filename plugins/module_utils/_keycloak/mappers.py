# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Protocol mappers, of clients and of client scopes. They are born with what they belong to, in one request, where that is new."""

from __future__ import annotations

import typing as t

from ansible_collections.unifiedmeta.platform.plugins.module_utils import _secrets
from ansible_collections.unifiedmeta.platform.plugins.module_utils._fields import checked
from ansible_collections.unifiedmeta.platform.plugins.module_utils._keycloak import hidden, names, tables
from ansible_collections.unifiedmeta.platform.plugins.module_utils._keycloak.api import Keycloak
from ansible_collections.unifiedmeta.platform.plugins.module_utils._keycloak.fields import content_map
from ansible_collections.unifiedmeta.platform.plugins.module_utils._keycloak.kinds import Kind
from ansible_collections.unifiedmeta.platform.plugins.module_utils._keycloak.world import World
from ansible_collections.unifiedmeta.platform.plugins.module_utils._model import Desired, Item, named


class Mapper(Kind):
    """``holder``: the kind that it belongs to. A PUT replaces it."""

    def __init__(self, name: str, holder: str, **options: t.Any):
        super().__init__(name, tables.MAPPER, wave=3, partial=("config",), merge=True, **options)
        self.holder = holder

    def list_at(self, client: Keycloak, item: Item) -> str:
        realm, holder, _name = names.split(item.name)
        return f"{self.realm(item)}/{self.path}/{client.id_of(self.holder, realm, holder)}/protocol-mappers/models"

    def at(self, client: Keycloak, item: Item) -> str:
        return f"{self.list_at(client, item)}/{client.id_of(self.name, *names.split(item.name))}"

    def create(self, client: Keycloak, item: Item, body: dict) -> None:
        if item.key not in client.born:
            super().create(client, item, body)


def inline(client: Keycloak, item: Item) -> list[dict[str, t.Any]]:
    """The mappers of a new object, for its own POST; those with a secret in them come by themselves."""
    made = []
    for key, name, fields in item.extra.get("mappers", ()):
        if not _secrets.holds_reference(fields):
            made.append({"name": name, **fields})
            client.born.add(key)
    return made


def unborn(client: Keycloak, item: Item) -> None:
    """What they belong to was there already, so its POST made none of them."""
    client.born.difference_update(key for key, _name, _fields in item.extra.get("mappers", ()))


def parse_mappers(desired: Desired, kind: str, parent: Item, content: t.Any, where: str) -> None:
    """The mappers of a declared client or client scope; ``parent.extra`` learns of them."""
    desired.sections.add(f"{kind}:{parent.name}")
    known = parent.extra.setdefault("mappers", [])
    for name, value, place in named(desired, content_map(desired, content, where), where):
        fields = checked(tables.MAPPER, value, place, desired.faults)
        desired.faults += hidden.in_clear(fields.get("config"), f"{place}.config")
        if not fields.get("protocolMapper"):
            desired.faults.append(f"{place}.protocolMapper: is missing; give the mapper's type, such as oidc-usermodel-attribute-mapper")
        fields.setdefault("protocol", parent.fields.get("protocol", "openid-connect"))
        item = Item(kind, f"{parent.name}/{names.escape(name)}", place, fields, parent.name, (parent.key,))
        known.append((item.key, name, fields))
        desired.add(item)


def put_mappers(world: World, kind: str, parent: str, answer: dict[str, t.Any]) -> None:
    """The mappers in the answer of what they belong to."""
    for found in answer.get("protocolMappers") or ():
        world.put(f"{kind}:{parent}/{names.escape(found['name'])}", found)

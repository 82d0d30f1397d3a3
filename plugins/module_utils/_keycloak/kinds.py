# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The kinds of object in Keycloak, as far as they are alike: an object of a realm, with an id, made in a list and changed at its own address.

What is special about Keycloak's writes: some PUTs keep what is left out, some replace it (``merge``). Maps of which only a part is ours
(``partial``: attributes, a mapper's configuration) are compared by declared keys and sent whole. A masked value never travels back.
"""

from __future__ import annotations

import typing as t

from ansible_collections.unifiedmeta.platform.plugins.module_utils import _kind
from ansible_collections.unifiedmeta.platform.plugins.module_utils._fields import Type
from ansible_collections.unifiedmeta.platform.plugins.module_utils._http import segment
from ansible_collections.unifiedmeta.platform.plugins.module_utils._keycloak import names
from ansible_collections.unifiedmeta.platform.plugins.module_utils._keycloak.api import Keycloak
from ansible_collections.unifiedmeta.platform.plugins.module_utils._keycloak.world import World
from ansible_collections.unifiedmeta.platform.plugins.module_utils._model import Item
from ansible_collections.unifiedmeta.platform.plugins.module_utils._plan import compare

MASKED = "**********"


class Kind(_kind.Kind):
    """``path``: of the list inside the realm. ``naming``: the API's field with the name. ``partial``: maps that are ours in part. ``merge``: a PUT
    replaces the whole object, so the stored one is sent along. ``keeps``: a PUT keeps the keys of such maps that it leaves out."""

    def __init__(self, name: str, types: dict[str, Type] | None = None, *, wave: int, path: str = "", naming: str = "name",
                 partial: tuple[str, ...] = (), merge: bool = False, keeps: bool = False, **options: t.Any):
        super().__init__(name, types, wave=wave, **options)
        self.path, self.naming, self.partial, self.merge, self.keeps = path, naming, partial, merge, keeps

    # --- where it is -------------------------------------------------------------------------------------------------------------
    def what(self, item: Item) -> str:
        parts = names.split(item.name)
        return f"{self.label} {' / '.join(parts[1:])} of realm {parts[0]}" if len(parts) > 1 else f"{self.label} {item.name}"

    def realm(self, item: Item) -> str:
        """The realm as a part of an address."""
        return segment(names.split(item.name)[0])

    def list_at(self, client: Keycloak, item: Item) -> str:
        """Where it is made."""
        return f"{self.realm(item)}/{self.path}"

    def at(self, client: Keycloak, item: Item) -> str:
        """Where it is changed and deleted."""
        return f"{self.realm(item)}/{self.path}/{client.id_of(self.name, *names.split(item.name))}"

    def owners(self, item: Item) -> t.Collection[str]:
        """What goes with its parent is ours where that is; the other needs are no parents."""
        return () if self.prunable else item.needs[:1]

    # --- what is there -----------------------------------------------------------------------------------------------------------
    def exists(self, name: str, world: World) -> bool:
        return f"{self.name}:{name}" in world.raw

    def revive(self, name: str, world: World) -> Item:
        return Item(self.name, name, "", parent=names.above(name))

    def view(self, item: Item, answer: dict, world: World) -> dict[str, t.Any]:
        """Keycloak's answer in the form that is compared: declared fields, of partial maps the declared keys."""
        types, found = self.fields(item), {}
        for name, declared in item.fields.items():
            value = answer.get(name)
            if name in self.partial and isinstance(declared, dict):
                value = {key: (value or {}).get(key) for key in declared}
            found[name] = types[name](value)
        return found

    def find(self, client: Keycloak, item: Item) -> dict | None:
        """The stored object, asked by its name; the default reads the whole list."""
        leaf = names.split(item.name)[-1]
        return next((found for found in client.get(self.list_at(client, item), self.what(item)) or () if found.get(self.naming) == leaf), None)

    # --- writing -----------------------------------------------------------------------------------------------------------------
    def payload(self, client: Keycloak, item: Item, body: dict) -> dict[str, t.Any]:
        """The declared fields as the API takes them."""
        return body

    def create(self, client: Keycloak, item: Item, body: dict) -> None:
        made = {**self.payload(client, item, body), self.naming: names.split(item.name)[-1]}
        id_, found = client.make(self.list_at(client, item), made, lambda: self.find(client, item), self.what(item))
        if found is None:
            client.world.ids[item.key] = id_
            self.complete(client, item, body)
        else:
            self.found(client, item, body, found)

    def found(self, client: Keycloak, item: Item, body: dict, found: dict) -> None:
        """What was there already when it was to be made: changed where it differs; what can't be compared is sent."""
        client.world.put(item.key, found)
        actual = self.view(item, found, client.world)
        differs = {name: pair[1] for name, pair in compare(body, actual, ignored=(*self.unseen, *self.write_only)).items()}
        differs.update({name: body[name] for name in (*self.write_only, *self.unseen) if name in body})
        if differs:
            self.update(client, item, differs, actual)

    def complete(self, client: Keycloak, item: Item, body: dict) -> None:
        """What a new object needs besides its POST."""

    def update(self, client: Keycloak, item: Item, body: dict, actual: dict) -> None:
        client.put(self.at(client, item), self.merged(client, item, body), self.what(item))

    def merged(self, client: Keycloak, item: Item, body: dict) -> dict[str, t.Any]:
        """What a PUT sends: fields that differ, partial maps whole, and the rest of the stored object where that would be lost: as it is by now, since
        somebody may have changed it after we looked."""
        stored, maps = client.world.raw.get(item.key, {}), () if self.keeps else self.partial
        if self.merge or set(maps) & set(body):
            stored = client.get(self.at(client, item), self.what(item)) or stored
        body = {name: {**(stored.get(name) or {}), **value} if name in maps else value for name, value in body.items()}
        sent = {**(stored if self.merge else {}), **self.payload(client, item, body)}
        return {**unmasked(sent), self.naming: stored.get(self.naming, names.split(item.name)[-1])}

    def delete(self, client: Keycloak, item: Item) -> None:
        client.delete(self.at(client, item), self.what(item))
        client.world.drop(item.key)


def unmasked(value: t.Any) -> t.Any:
    """A nested value without what Keycloak masks."""
    if isinstance(value, dict):
        return {name: unmasked(item) for name, item in value.items() if item != MASKED}
    return [unmasked(item) for item in value] if isinstance(value, list) else value

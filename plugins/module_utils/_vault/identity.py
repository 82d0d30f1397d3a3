# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The identity store: objects know each other by id, people by name."""

from __future__ import annotations

import typing as t

from ansible_collections.unifiedmeta.platform.plugins.module_utils._fields import normal
from ansible_collections.unifiedmeta.platform.plugins.module_utils._http import ApiError
from ansible_collections.unifiedmeta.platform.plugins.module_utils._model import Item
from ansible_collections.unifiedmeta.platform.plugins.module_utils._vault import tables
from ansible_collections.unifiedmeta.platform.plugins.module_utils._vault.api import Vault
from ansible_collections.unifiedmeta.platform.plugins.module_utils._vault.kinds import Kind


class _Group(Kind):
    def read(self, client: Vault, item: Item) -> dict | None:
        answer = client.read(self.at(item), self.what(item))
        if answer is None:
            return None
        ids = answer.get("member_entity_ids") or []
        members: list[str] = []
        if ids and "member_entities" in item.fields:
            known = (client.listing("identity/entity/id", "entity list") or {}).get("key_info") or {}
            members = [known.get(id_, {}).get("name", id_) for id_ in ids]
        return normal(self.types, {**answer, "member_entities": members})

    def create(self, client: Vault, item: Item, body: dict) -> t.Any:
        return self.update(client, item, body, {})

    def update(self, client: Vault, item: Item, body: dict, actual: dict) -> t.Any:
        body = dict(body)
        if "member_entities" in body:
            body["member_entity_ids"] = [_id(client, "identity_entity", name) for name in body.pop("member_entities")]
        return client.write(self.at(item), body, self.what(item))


class _Alias(Kind):
    """What an auth method calls the person or group. ``holder``: the kind of object that has it."""

    def __init__(self, holder: str):
        super().__init__(f"{holder}_alias", f"identity/{_FOLDER[holder]}-alias", tables.ALIAS_NAME, wave=3, label=f"alias of {_FOLDER[holder]}")
        self.holder = holder

    def _find(self, client: Vault, item: Item) -> dict | None:
        found = client.read(f"identity/{_FOLDER[self.holder]}/name/{item.extra['of']}", self.what(item)) or {}
        aliases = [found.get("alias") or {}] if self.holder == "identity_group" else found.get("aliases") or []
        return next((alias for alias in aliases if (alias.get("mount_path") or "").strip("/") == f"auth/{item.extra['mount']}"), None)

    def exists(self, name: str, world: t.Any) -> bool:
        return name.rpartition("@")[2] in world.auths

    def revive(self, name: str, world: t.Any) -> Item:
        holder, _at, mount = name.rpartition("@")
        return Item(self.name, name, "", extra={"of": holder, "mount": mount})

    def read(self, client: Vault, item: Item) -> dict | None:
        alias = self._find(client, item)
        return None if alias is None else {"name": alias["name"]}

    def create(self, client: Vault, item: Item, body: dict) -> t.Any:
        found = (client.read("sys/auth", "auth method list") or {}).get(item.extra["mount"] + "/")
        if not found:
            raise ApiError(client.http.system, what=self.what(item), detail=f"there is no auth method {item.extra['mount']}", hint="declare it under auth")
        named = {**body, "mount_accessor": found["accessor"], "canonical_id": _id(client, self.holder, item.extra["of"])}
        try:
            return client.write(self.path, named, self.what(item))
        except ApiError as error:
            # Refused with HTTP 400 where it is there: another run was faster, or our first try arrived although its answer didn't.
            there = self._find(client, item) if error.status == 400 else None
            if there is None or there["name"] != body["name"]:
                raise
            return there

    def update(self, client: Vault, item: Item, body: dict, actual: dict) -> t.Any:
        alias = self._find(client, item)
        if alias is None:
            return self.create(client, item, body)
        return client.write(f"{self.path}/id/{alias['id']}", {"mount_accessor": alias["mount_accessor"], "canonical_id": alias["canonical_id"], **body},
                            self.what(item))

    def delete(self, client: Vault, item: Item) -> None:
        alias = self._find(client, item)
        if alias is not None:
            client.delete(f"{self.path}/id/{alias['id']}", self.what(item))


_FOLDER = {"identity_group": "group", "identity_entity": "entity"}


def _id(client: Vault, kind: str, name: str) -> str:
    """Raises ApiError where there is no object of that name."""
    found = client.read(f"identity/{_FOLDER[kind]}/name/{name}", f"{_FOLDER[kind]} {name}")
    if not found:
        raise ApiError(client.http.system, what=f"{_FOLDER[kind]} {name}", detail="it doesn't exist", hint="declare it under identity")
    return found["id"]


KINDS = {kind.name: kind for kind in (
    Kind("identity_entity", "identity/entity/name/{leaf}", tables.ENTITY, wave=1, label="entity", listing="identity/entity/name"),
    _Group("identity_group", "identity/group/name/{leaf}", tables.GROUP, wave=2, label="group", listing="identity/group/name"),
    _Alias("identity_group"), _Alias("identity_entity"),
)}

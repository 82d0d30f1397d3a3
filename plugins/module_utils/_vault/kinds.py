# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The kinds of object: where each lives in the API, how its answer is compared, how it is made, changed and removed.

Most kinds are a line of data: an object is read and written at one path. The others override what differs. Two traps shape this file:
some writes replace the whole object (``replace``), so what is set but not declared is sent along; others merge.
"""

from __future__ import annotations

import typing as t

from ansible_collections.unifiedmeta.platform.plugins.module_utils._http import ApiError
from ansible_collections.unifiedmeta.platform.plugins.module_utils._plan import compare
from ansible_collections.unifiedmeta.platform.plugins.module_utils._vault import tables
from ansible_collections.unifiedmeta.platform.plugins.module_utils._vault.api import Vault
from ansible_collections.unifiedmeta.platform.plugins.module_utils._vault.fields import normal, same_policy
from ansible_collections.unifiedmeta.platform.plugins.module_utils._vault.model import Item


class Kind:
    """``path``: a template of {mount} and {leaf}. ``wave``: when it is made; deletion goes the other way."""

    def __init__(self, name: str, path: str, types: dict[str, str] | None = None, *, wave: int, label: str = "", listing: str = "",
                 replace: bool = False, update: str = "POST", folder: str = ""):
        self.name, self.path, self.types, self.wave, self.label = name, path, types or {}, wave, label or name.replace("_", " ")
        self.listing, self.replace, self.update_method = listing, replace, update
        self.fixed = tables.FIXED.get(name, ())
        self.write_only = tables.WRITE_ONLY.get(name, ())
        self.unseen = tables.UNSEEN.get(name, ())

    def at(self, item: Item) -> str:
        return self.path.format(mount=item.mount, leaf=item.leaf)

    def fields(self, item: Item) -> dict[str, str]:
        return self.types

    def what(self, item: Item) -> str:
        return f"{self.label} {item.name}"

    def view(self, item: Item, answer: dict) -> dict[str, t.Any]:
        """Vault's answer in the form that is compared."""
        return normal(self.fields(item), answer)

    def read(self, vault: Vault, item: Item) -> dict | None:
        answer = vault.read(self.at(item), self.what(item))
        return None if answer is None else self.view(item, answer)

    def create(self, vault: Vault, item: Item, body: dict) -> t.Any:
        return vault.write(self.at(item), body, self.what(item))

    def update(self, vault: Vault, item: Item, body: dict, actual: dict) -> t.Any:
        """``body``: the fields that differ, and the secrets where they are to be sent."""
        if self.replace:
            body = {**{name: value for name, value in actual.items() if value not in ("", [], {})}, **item.fields, **body}
        return vault.write(self.at(item), body, self.what(item), method=self.update_method)

    def delete(self, vault: Vault, item: Item) -> None:
        vault.delete(self.at(item), self.what(item))


class _Mount(Kind):
    """Secrets engines and auth methods: creation and tuning are two endpoints."""

    def view(self, item: Item, answer: dict) -> dict[str, t.Any]:
        return normal(self.types, {**(answer.get("config") or {}), **answer})

    def create(self, vault: Vault, item: Item, body: dict) -> None:
        own = {name: value for name, value in body.items() if name in tables.MOUNT}
        tune = {name: value for name, value in body.items() if name not in tables.MOUNT}
        try:
            vault.write(self.at(item), {**own, **({"config": tune} if tune else {})}, self.what(item))
        except ApiError as error:
            # Another run was faster, or our first try arrived although its answer didn't: the same mount is what we want.
            if error.status and "in use" not in error.detail:
                raise
            found = (vault.read(self.path.split("/{", maxsplit=1)[0], self.what(item)) or {}).get(item.name + "/")
            if not found or found.get("type") != body.get("type"):
                raise
            differs = compare(item.fields, self.view(item, found), ignored=self.fixed)
            if differs:
                self.update(vault, item, {name: pair[1] for name, pair in differs.items()}, {})

    def update(self, vault: Vault, item: Item, body: dict, actual: dict) -> None:
        vault.write(self.at(item) + "/tune", body, self.what(item))


class _Policy(Kind):
    def view(self, item: Item, answer: dict) -> dict[str, t.Any]:
        """White space that a person changed is no drift: the declared text stands for it."""
        text, declared = answer.get("policy", ""), item.fields.get("policy", "")
        return {"policy": declared if same_policy(text, declared) else text}


class _AuthRole(Kind):
    def at(self, item: Item) -> str:
        return f"auth/{item.mount}/{tables.ROLES[item.extra['type']][0]}/{item.leaf}"

    def fields(self, item: Item) -> dict[str, str]:
        return tables.ROLES[item.extra["type"]][1]

    def update(self, vault: Vault, item: Item, body: dict, actual: dict) -> t.Any:
        # The method jwt fills in its own defaults for what a write leaves out.
        if item.extra["type"] in ("jwt", "oidc"):
            body = {**{name: value for name, value in actual.items() if value not in ("", [], {})}, **item.fields, **body}
        return vault.write(self.at(item), body, self.what(item))


class _AuthConfig(Kind):
    def fields(self, item: Item) -> dict[str, str]:
        return tables.AUTH_CONFIG[item.extra["type"]]


class _Connection(Kind):
    def view(self, item: Item, answer: dict) -> dict[str, t.Any]:
        flat = {**answer, **(answer.get("connection_details") or {})}
        flat["root_rotation_statements"] = answer.get("root_credentials_rotate_statements")
        return normal(self.types, flat)

    def update(self, vault: Vault, item: Item, body: dict, actual: dict) -> t.Any:
        return vault.write(self.at(item), {"plugin_name": actual["plugin_name"], **body}, self.what(item))

    @staticmethod
    def rotate(vault: Vault, item: Item) -> None:
        """Vault gives the database user a password that nobody else knows. Twice in a row does no harm."""
        vault.write(f"{item.mount}/rotate-root/{item.leaf}", {}, f"root rotation of database connection {item.name}")


class _TransitKey(Kind):
    def create(self, vault: Vault, item: Item, body: dict) -> None:
        born = {name: value for name, value in body.items() if name not in ("min_decryption_version", "min_encryption_version", "deletion_allowed")}
        vault.write(self.at(item), born, self.what(item))
        if set(body) - set(born):
            self.update(vault, item, {name: body[name] for name in set(body) - set(born)}, {})

    def update(self, vault: Vault, item: Item, body: dict, actual: dict) -> None:
        vault.write(self.at(item) + "/config", body, self.what(item))


KINDS: dict[str, Kind] = {kind.name: kind for kind in (
    _Mount("mount", "sys/mounts/{leaf}", {**tables.MOUNT, **tables.TUNE}, wave=0, label="mount"),
    _Mount("auth", "sys/auth/{leaf}", {**tables.AUTH, **tables.AUTH_TUNE}, wave=0, label="auth method"),
    _Policy("policy", "sys/policies/acl/{leaf}", {"policy": "text"}, wave=0),
    Kind("kv_config", "{leaf}/config", tables.KV_CONFIG, wave=1, label="settings of mount"),
    _AuthRole("auth_role", "", wave=1, label="role"),
    _TransitKey("transit_key", "{mount}/keys/{leaf}", tables.TRANSIT_KEY, wave=1, listing="{mount}/keys"),
    _AuthConfig("auth_config", "auth/{leaf}/config", wave=2, label="configuration of auth method", replace=True),
    _Connection("database_connection", "{mount}/config/{leaf}", tables.CONNECTION, wave=2, listing="{mount}/config"),
    Kind("pki_urls", "{leaf}/config/urls", tables.PKI_URLS, wave=2, label="URLs of PKI"),
    Kind("database_role", "{mount}/roles/{leaf}", tables.DATABASE_ROLE, wave=3, listing="{mount}/roles"),
    Kind("database_static_role", "{mount}/static-roles/{leaf}", tables.STATIC_ROLE, wave=3, listing="{mount}/static-roles"),
    Kind("pki_role", "{mount}/roles/{leaf}", tables.PKI_ROLE, wave=3, listing="{mount}/roles", update="PATCH"),
)}

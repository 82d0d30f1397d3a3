# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The kinds of object: where each lives in the API, how its answer is compared, how it is made, changed and removed.

Most kinds are a line of data: an object is read and written at one path. The others override what differs. Two traps shape this file:
some writes replace the whole object (``replace``), so what is set but not declared is sent along; others merge.
"""

from __future__ import annotations

import typing as t

from ansible_collections.unifiedmeta.platform.plugins.module_utils import _kind
from ansible_collections.unifiedmeta.platform.plugins.module_utils._fields import Type, normal
from ansible_collections.unifiedmeta.platform.plugins.module_utils._http import ApiError
from ansible_collections.unifiedmeta.platform.plugins.module_utils._kind import Step
from ansible_collections.unifiedmeta.platform.plugins.module_utils._ledger import Ledger
from ansible_collections.unifiedmeta.platform.plugins.module_utils._model import Item
from ansible_collections.unifiedmeta.platform.plugins.module_utils._plan import Change, compare
from ansible_collections.unifiedmeta.platform.plugins.module_utils._vault import tables
from ansible_collections.unifiedmeta.platform.plugins.module_utils._vault.api import Vault
from ansible_collections.unifiedmeta.platform.plugins.module_utils._vault.fields import same_policy

if t.TYPE_CHECKING:
    from ansible_collections.unifiedmeta.platform.plugins.module_utils import _secrets
    from ansible_collections.unifiedmeta.platform.plugins.module_utils._vault.world import World


class Kind(_kind.Kind):
    """``path``: a template of {mount} and {leaf}. ``listing``: where the names inside a mount are listed. ``replace``: a write replaces the whole
    object, so what is set but not declared is sent along."""

    def __init__(self, name: str, path: str, types: dict[str, Type] | None = None, *, wave: int, label: str = "", listing: str = "",
                 replace: bool = False, update: str = "POST", prunable: bool = True, holds: tuple[str, ...] = ()):
        super().__init__(name, types, wave=wave, label=label, fixed=tables.FIXED.get(name, ()), write_only=tables.WRITE_ONLY.get(name, ()),
                         unseen=tables.UNSEEN.get(name, ()), prunable=prunable, holds=holds)
        self.path, self.listing, self.replace, self.update_method = path, listing, replace, update
        self.whole = replace or type(self).whole

    def at(self, item: Item) -> str:
        return self.path.format(mount=item.parent, leaf=item.leaf)

    def needs(self, item: Item, references: t.Sequence[_secrets.Reference]) -> tuple[str, ...]:
        """The same run may make the secrets that it names."""
        return (*item.needs, *(f"secret:{reference.path}" for reference in references if reference.scheme == "vault"))

    # --- what is there -----------------------------------------------------------------------------------------------------------
    def known(self, item: Item, world: World) -> dict | None:
        """The answer, where the lists of the first round held it."""
        return None

    def may_exist(self, item: Item, world: World) -> bool:
        """Is a GET worth its while? Lists have told for most."""
        mounts = [need.partition(":") for need in item.needs if need.startswith(("mount:", "auth:"))]
        if mounts and mounts[0][2] not in (world.mounts if mounts[0][0] == "mount" else world.auths):
            return False
        listed = world.names.get(f"{self.name}:{item.parent}" if item.parent else self.name)
        return listed is None or item.name in listed

    def exists(self, name: str, world: World) -> bool:
        return any(name in names for listed, names in world.names.items() if listed.partition(":")[0] == self.name)

    def view(self, item: Item, answer: dict) -> dict[str, t.Any]:
        """Vault's answer in the form that is compared."""
        return normal(self.fields(item), answer)

    def read(self, client: Vault, item: Item) -> dict | None:
        answer = client.read(self.at(item), self.what(item))
        return None if answer is None else self.view(item, answer)

    # --- writing -----------------------------------------------------------------------------------------------------------------
    def revive(self, name: str, world: World) -> Item:
        return Item(self.name, name, "", parent=name.rpartition("/")[0] if "{mount}" in self.path else "")

    def create(self, client: Vault, item: Item, body: dict) -> t.Any:
        return client.write(self.at(item), body, self.what(item))

    def update(self, client: Vault, item: Item, body: dict, actual: dict) -> t.Any:
        if self.replace:
            body = _kind.merged(item, body, actual)
        return client.write(self.at(item), body, self.what(item), method=self.update_method)

    def delete(self, client: Vault, item: Item) -> None:
        client.delete(self.at(item), self.what(item))


class _Mount(Kind):
    """Secrets engines and auth methods: creation and tuning are two endpoints. ``shelf``: where the first round keeps them."""

    def __init__(self, name: str, path: str, types: dict[str, Type], shelf: str, label: str, holds: tuple[str, ...]):
        super().__init__(name, path, types, wave=0, label=label, holds=holds)
        self.shelf = shelf

    def known(self, item: Item, world: World) -> dict | None:
        return getattr(world, self.shelf).get(item.name)

    def may_exist(self, item: Item, world: World) -> bool:
        return False

    def exists(self, name: str, world: World) -> bool:
        return name in getattr(world, self.shelf)

    def view(self, item: Item, answer: dict) -> dict[str, t.Any]:
        return normal(self.types, {**(answer.get("config") or {}), **answer})

    def create(self, client: Vault, item: Item, body: dict) -> None:
        own = {name: value for name, value in body.items() if name in tables.MOUNT}
        tune = {name: value for name, value in body.items() if name not in tables.MOUNT}
        try:
            client.write(self.at(item), {**own, **({"config": tune} if tune else {})}, self.what(item))
        except ApiError as error:
            # Another run was faster, or our first try arrived although its answer didn't: the same mount is what we want.
            if error.status and "in use" not in error.detail:
                raise
            found = (client.read(self.path.split("/{", maxsplit=1)[0], self.what(item)) or {}).get(item.name + "/")
            if not found or found.get("type") != body.get("type"):
                raise
            differs = compare(item.fields, self.view(item, found), ignored=self.fixed)
            if differs:
                self.update(client, item, {name: pair[1] for name, pair in differs.items()}, {})

    def update(self, client: Vault, item: Item, body: dict, actual: dict) -> None:
        client.write(self.at(item) + "/tune", body, self.what(item))


class _Policy(Kind):
    def known(self, item: Item, world: World) -> dict | None:
        text = (world.policies or {}).get(item.name)
        return None if text is None else {"policy": text}

    def may_exist(self, item: Item, world: World) -> bool:
        return item.name in (world.policies or {})

    def exists(self, name: str, world: World) -> bool:
        return name in (world.policies or {})

    def view(self, item: Item, answer: dict) -> dict[str, t.Any]:
        """White space that a person changed is no drift: the declared text stands for it."""
        text, declared = answer.get("policy", ""), item.fields.get("policy", "")
        return {"policy": declared if same_policy(text, declared) else text}


class _AuthRole(Kind):
    whole = True

    def revive(self, name: str, world: World) -> Item:
        mount = name.rpartition("/")[0]
        return Item(self.name, name, "", parent=mount, extra={"type": (world.auths.get(mount) or {}).get("type", "kubernetes")})

    def at(self, item: Item) -> str:
        return f"auth/{item.parent}/{tables.ROLES[item.extra['type']][0]}/{item.leaf}"

    def fields(self, item: Item) -> dict[str, Type]:
        return tables.ROLES[item.extra["type"]][1]

    def update(self, client: Vault, item: Item, body: dict, actual: dict) -> t.Any:
        # The method jwt fills in its own defaults for what a write leaves out.
        if item.extra["type"] in ("jwt", "oidc"):
            body = _kind.merged(item, body, actual)
        return client.write(self.at(item), body, self.what(item))


class _AuthConfig(Kind):
    def fields(self, item: Item) -> dict[str, Type]:
        return tables.AUTH_CONFIG[item.extra["type"]]


class _Connection(Kind):
    def view(self, item: Item, answer: dict) -> dict[str, t.Any]:
        flat = {**answer, **(answer.get("connection_details") or {})}
        flat["root_rotation_statements"] = answer.get("root_credentials_rotate_statements")
        return normal(self.types, flat)

    def update(self, client: Vault, item: Item, body: dict, actual: dict) -> t.Any:
        return client.write(self.at(item), {"plugin_name": actual["plugin_name"], **body}, self.what(item))

    # Once Vault has given the database user a password that nobody else knows, the declared one would break the connection.
    def spared(self, item: Item, actual: dict | None, ledger: Ledger) -> tuple[str, ...]:
        return ("password",) if actual is not None and ledger.fact(item.key, "root") else ()

    def step(self, item: Item, actual: dict | None, ledger: Ledger) -> Step | None:
        if not item.extra.get("rotate_root") or (actual is not None and ledger.fact(item.key, "root") == "done"):
            return None
        before, after = ({}, {"rotate_root": True}) if actual is None else ({"root_rotated": False}, {"root_rotated": True})
        return Step(before, after, {"root": "started"}, {"root": "done"})

    def finish(self, client: Vault, item: Item, change: Change) -> None:
        """Twice in a row does no harm."""
        if change.work.facts.get("root"):
            client.write(f"{item.parent}/rotate-root/{item.leaf}", {}, f"root rotation of database connection {item.name}")


class _TransitKey(Kind):
    def create(self, client: Vault, item: Item, body: dict) -> None:
        born = {name: value for name, value in body.items() if name not in ("min_decryption_version", "min_encryption_version", "deletion_allowed")}
        client.write(self.at(item), born, self.what(item))
        if set(body) - set(born):
            self.update(client, item, {name: body[name] for name in set(body) - set(born)}, {})

    def update(self, client: Vault, item: Item, body: dict, actual: dict) -> None:
        client.write(self.at(item) + "/config", body, self.what(item))


# What goes with a mount, whatever its type. Vault takes no mount inside of another.
_INSIDE = ("kv_config", "pki_urls", "secret/", "transit_key/", "database_connection/", "database_role/", "database_static_role/", "pki_role/", "pki_root/",
           "pki_intermediate/")
KINDS: dict[str, Kind] = {kind.name: kind for kind in (
    _Mount("mount", "sys/mounts/{leaf}", {**tables.MOUNT, **tables.TUNE}, "mounts", "mount", _INSIDE),
    _Mount("auth", "sys/auth/{leaf}", {**tables.AUTH, **tables.AUTH_TUNE}, "auths", "auth method", ("auth_config", "auth_role/")),
    _Policy("policy", "sys/policies/acl/{leaf}", tables.POLICY, wave=0),
    Kind("kv_config", "{leaf}/config", tables.KV_CONFIG, wave=1, label="settings of mount", prunable=False),
    _AuthRole("auth_role", "", wave=1, label="role"),
    _TransitKey("transit_key", "{mount}/keys/{leaf}", tables.TRANSIT_KEY, wave=1, listing="{mount}/keys"),
    _AuthConfig("auth_config", "auth/{leaf}/config", wave=2, label="configuration of auth method", replace=True, prunable=False),
    _Connection("database_connection", "{mount}/config/{leaf}", tables.CONNECTION, wave=2, listing="{mount}/config"),
    Kind("pki_urls", "{leaf}/config/urls", tables.PKI_URLS, wave=2, label="URLs of PKI", prunable=False),
    Kind("database_role", "{mount}/roles/{leaf}", tables.DATABASE_ROLE, wave=3, listing="{mount}/roles"),
    Kind("database_static_role", "{mount}/static-roles/{leaf}", tables.STATIC_ROLE, wave=3, listing="{mount}/static-roles"),
    Kind("pki_role", "{mount}/roles/{leaf}", tables.PKI_ROLE, wave=3, listing="{mount}/roles", update="PATCH"),
)}

# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a component may not ask of Vault: the names and mounts of the platform itself, and what belongs to other components.

A catalogue may come from somebody who must not become Vault's root. What goes beyond this is the site's to say, in its vault_config.
"""

from __future__ import annotations

import typing as t

from ansible_collections.unifiedmeta.platform.plugins.module_utils import _ledger

from .entries import Entry
from .faults import Fault
from .select import Selection

# Policies and roles that the platform or Vault itself has; a component's policy and role have its name.
NAMES = ("platform-admin", "platform-operator", "platform-automation", "root", "default", "response-wrapping", "control-group")
# Mounts that are Vault's own, and the one that automation keeps its ledger in.
MOUNTS = (_ledger.MOUNT, "sys", "auth", "identity", "cubbyhole")
# What the server itself tells and what is no secret: metrics, health, a snapshot (encrypted by the barrier's key).
_OPEN = ("sys/metrics", "sys/health", "sys/storage/raft/snapshot")
# https://openbao.org/api-docs/secret/kv/kv-v2/
_KV = ("data", "metadata", "subkeys", "delete", "undelete", "destroy", "detailed-metadata")
# What ((platform.domain)) and ((self.url)) begin with.
_FACTS = ("platform", "self")
_SITE = "if it must be, the site says so in its vault_config"

Where = tuple[t.Any, ...]


def check(selection: Selection) -> list[Fault]:
    """Faults in what the selected components ask of Vault."""
    entries = [selection.entries[name] for name in sorted(selection.entries)]
    users: dict[str, set[str]] = {}
    for entry in entries:
        for mount, _where in _mounts(entry):
            users.setdefault(mount, set()).add(entry.name)
    faults: list[Fault] = []
    owners: dict[str, str] = {}
    for entry in entries:
        faults.extend(_names(entry))
        faults.extend(_rules(entry, users))
        faults.extend(_people(entry))
        faults.extend(_references(entry, ("vault",), entry.data.get("vault", {})))
        for what, where in _claims(entry):
            if owners.setdefault(what, entry.name) != entry.name:
                faults.append(entry.fault(where, f"the {what} is declared by {owners[what]} and by {entry.name}", "only one may have it: rename one"))
    return faults


def _mounts(entry: Entry) -> t.Iterator[tuple[str, Where]]:
    """Every mount that a component names, and where."""
    for index, secret in enumerate(entry.data["secrets"]):
        yield secret["path"].split("/", 1)[0], ("secrets", index, "path")
    vault = entry.data.get("vault", {})
    for kind in ("mounts", "pki", "transit"):
        for mount in vault.get(kind, {}):
            yield mount, ("vault", kind, mount)
    for kind in ("connections", "database"):
        for index, thing in enumerate(vault.get(kind, [])):
            yield thing["mount"], ("vault", kind, index, "mount")


def _names(entry: Entry) -> t.Iterator[Fault]:
    if entry.name in NAMES:
        yield entry.fault(("name",), f"the name '{entry.name}' is reserved: the platform has a policy of that name", "rename the component")
    if entry.name in _FACTS:
        yield entry.fault(("name",), f"the name '{entry.name}' is reserved: (({entry.name}.name)) is something else", "rename the component")
    for mount, where in _mounts(entry):
        if mount.split("/", 1)[0] in MOUNTS:
            yield entry.fault(where, f"{entry.name}: the mount '{mount}' is reserved, no component may use it", "take another")


def _rules(entry: Entry, users: t.Mapping[str, set[str]]) -> t.Iterator[Fault]:
    """Further rules of a component's policy stay inside what is its own: a mount that only it names, its folder of a shared KV mount."""
    vault = entry.data.get("vault", {})
    own = {mount for kind in ("mounts", "pki", "transit") for mount in vault.get(kind, {}) if users[mount] == {entry.name}}
    keyed = {secret["path"].split("/", 1)[0] for secret in entry.data["secrets"]}
    for index, rule in enumerate(vault.get("policies", [])):
        path = rule["path"]
        parts = path.split("/")
        folder = len(parts) > 2 and parts[0] in keyed and parts[1] in _KV and parts[2] == entry.name
        telling = path in _OPEN and rule["capabilities"] == ["read"]
        owned = any(path.startswith(f"{mount}/") for mount in own)
        if {".", "..", ""} & set(parts[:-1]) or parts[-1] in (".", "..") or not (folder or telling or owned):
            yield entry.fault(("vault", "policies", index, "path"), f"{entry.name}: the rule for '{path}' goes beyond what is its own",
                              f"a component has its own mounts and the folder '{entry.name}' of the mounts of its secrets; {_SITE}")


def _people(entry: Entry) -> t.Iterator[Fault]:
    """Logins with more than a component's own rights come with Vault itself."""
    if "vault" in entry.data["provides"]:
        return
    for index, user in enumerate(entry.data.get("vault", {}).get("users", [])):
        for policy in user["policies"]:
            if policy != entry.name:
                yield entry.fault(("vault", "users", index, "policies"),
                                  f"{entry.name}: the login '{user['name']}' has the policy '{policy}', which isn't its own", _SITE)


def _references(entry: Entry, where: Where, value: t.Any) -> t.Iterator[Fault]:
    """A value that is taken from Vault or the cluster must be the component's own."""
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from _references(entry, (*where, key), inner)
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield from _references(entry, (*where, index), inner)
    elif isinstance(value, str) and value.startswith(("vault:", "kubernetes:")):
        kind, path = value.split("#", 1)[0].split(":", 1)
        mine = path in {secret["path"] for secret in entry.data["secrets"]} if kind == "vault" else path.split("/", 1)[0] == entry.data["namespace"]["name"]
        if not mine:
            yield entry.fault(where, f"{entry.name}: {kind}:{path} is not its own", f"name one of its secrets, or a Secret of its namespace; {_SITE}")


def _claims(entry: Entry) -> t.Iterator[tuple[str, Where]]:
    """Things in Vault that would be overwritten if two components had them."""
    vault = entry.data.get("vault", {})
    for index, user in enumerate(vault.get("users", [])):
        yield f"login '{user['name']}'", ("vault", "users", index, "name")
    for mount in vault.get("mounts", {}):
        yield f"mount '{mount}'", ("vault", "mounts", mount)
    for kind, what in (("connections", "database connection"), ("database", "database role")):
        for index, thing in enumerate(vault.get(kind, [])):
            yield f"{what} '{thing['mount']}/{thing['name']}'", ("vault", kind, index, "name")
    for kind in ("pki", "transit"):
        for mount, content in vault.get(kind, {}).items():
            for part, inner in content.items():
                for name in inner if part in ("roles", "keys") and isinstance(inner, dict) else ("",):
                    yield f"{kind} setting '{'/'.join(filter(None, (mount, part, name)))}'", ("vault", kind, mount, part, *filter(None, [name]))

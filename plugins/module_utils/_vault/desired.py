# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The ``config`` option into objects: one pass, linear in its size, every fault collected. Pure."""

from __future__ import annotations

import typing as t

from ansible_collections.unifiedmeta.platform.plugins.module_utils import _secrets
from ansible_collections.unifiedmeta.platform.plugins.module_utils._fields import checked
from ansible_collections.unifiedmeta.platform.plugins.module_utils._model import Desired, Item
from ansible_collections.unifiedmeta.platform.plugins.module_utils._plan import suggestion
from ansible_collections.unifiedmeta.platform.plugins.module_utils._vault import tables
from ansible_collections.unifiedmeta.platform.plugins.module_utils._vault.engines import SECTIONS as ENGINE_SECTIONS
from ansible_collections.unifiedmeta.platform.plugins.module_utils._vault.names import named

CAPABILITIES = ("create", "read", "update", "patch", "delete", "list", "scan", "sudo", "deny")
# Vault has them from birth; they can be named, not declared.
BUILT_IN_POLICIES = ("default", "root")


def parse(config: dict) -> Desired:
    """Desired objects; what is wrong with them is in ``.faults``, everything at once."""
    desired = Desired()
    for section, content in config.items():
        reader = SECTIONS.get(section)
        if reader is None:
            desired.faults.append(f"config: unknown key {section}{suggestion(section, SECTIONS)}")
        elif content is not None and not isinstance(content, dict):
            desired.faults.append(f"config.{section}: must be a map of names, not a {type(content).__name__}")
        else:
            reader(desired, content or {})
    desired.check_references()
    return desired


def _mounts(desired: Desired, content: dict) -> None:
    desired.sections.add("mount")
    for name, value, where in named(desired, content, "config.mounts"):
        fields = checked(tables.MOUNT, value, where, desired.faults)
        if fields.get("type") in ("kv-v2", "kv-v1"):
            fields["type"], fields["options"] = "kv", {"version": fields["type"][-1], **fields.get("options", {})}
        if not fields.get("type"):
            desired.faults.append(f"{where}.type: is missing; give the engine's name, such as kv, database, pki or transit")
        config = fields.pop("config", None)
        fields.update(_tune(desired, fields.pop("tune", None), tables.TUNE, where))
        desired.add(Item("mount", name, where, fields))
        if config:
            if fields.get("type") != "kv" or fields.get("options", {}).get("version") != "2":
                desired.faults.append(f"{where}.config: only a kv mount of version 2 has one; other engines have sections of their own")
            desired.add(Item("kv_config", name, f"{where}.config", checked(tables.KV_CONFIG, config, f"{where}.config", desired.faults),
                             needs=(f"mount:{name}",)))


def _tune(desired: Desired, tune: t.Any, types: dict, where: str) -> dict[str, t.Any]:
    return checked({name: kind for name, kind in types.items() if name != "description"}, tune, f"{where}.tune", desired.faults)


def _auth(desired: Desired, content: dict) -> None:
    desired.sections.add("auth")
    for name, value, where in named(desired, content, "config.auth"):
        fields = checked(tables.AUTH, value, where, desired.faults)
        kind = fields.get("type", "")
        if kind not in tables.ROLES:
            desired.faults.append(f"{where}.type: must be one of {', '.join(sorted(tables.ROLES))}, not «{kind}»{suggestion(kind, tables.ROLES)}")
            continue
        config, roles, users = fields.pop("config", None), fields.pop("roles", None), fields.pop("users", None)
        fields.update(_tune(desired, fields.pop("tune", None), tables.AUTH_TUNE, where))
        desired.add(Item("auth", name, where, fields))
        if config:
            types = tables.AUTH_CONFIG.get(kind)
            if types is None:
                desired.faults.append(f"{where}.config: the method {kind} has none")
                continue
            desired.add(Item("auth_config", name, f"{where}.config",
                             checked(types, config, f"{where}.config", desired.faults, raw=tables.WRITE_ONLY["auth_config"]),
                             needs=(f"auth:{name}",), extra={"type": kind}))
        section = "users" if kind == "userpass" else "roles"
        given, other = (users, roles) if kind == "userpass" else (roles, users)
        if other is not None:
            desired.faults.append(f"{where}: the method {kind} has {section}, not {'roles' if section == 'users' else 'users'}")
        if given is not None:
            _auth_roles(desired, name, kind, given, f"{where}.{section}")


def _auth_roles(desired: Desired, mount: str, kind: str, content: t.Any, where: str) -> None:
    desired.sections.add(f"auth_role:{mount}")
    types = tables.ROLES[kind][1]
    if not isinstance(content, dict):
        desired.faults.append(f"{where}: must be a map of names, not a {type(content).__name__}")
        return
    for name, value, place in named(desired, content, where):
        fields = checked(types, value, place, desired.faults, aliases=tables.TOKEN_ALIASES, raw=tables.WRITE_ONLY["auth_role"])
        for must in _MUST.get(kind, ()):
            if not fields.get(must):
                desired.faults.append(f"{place}.{must}: is missing; a role of the method {kind} needs it")
        if kind in ("jwt", "oidc"):
            fields.setdefault("role_type", kind)
        if kind == "kubernetes" and not (fields.get("bound_service_account_namespaces") or fields.get("bound_service_account_namespace_selector")):
            desired.faults.append(f"{place}.bound_service_account_namespaces: is missing; name them, or give bound_service_account_namespace_selector")
        leaf = name.lower() if kind == "userpass" else name
        desired.add(Item("auth_role", f"{mount}/{leaf}", place, fields, mount, (f"auth:{mount}",), {"type": kind}))


_MUST = {"kubernetes": ("bound_service_account_names",), "jwt": ("user_claim",), "oidc": ("user_claim", "allowed_redirect_uris"), "userpass": ("password",)}


def _policies(desired: Desired, content: dict) -> None:
    desired.sections.add("policy")
    for name, value, where in named(desired, content, "config.policies"):
        if name.lower() in BUILT_IN_POLICIES:
            desired.faults.append(f"{where}: Vault has this policy of its own; choose another name")
        text = value if isinstance(value, str) else _policy_text(desired, value, where)
        if not text.strip():
            desired.faults.append(f"{where}: is empty; a policy needs at least one path")
        # Vault keeps the names of policies in lower case.
        desired.add(Item("policy", name.lower(), where, {"policy": text}))


def _policy_text(desired: Desired, value: t.Any, where: str) -> str:
    """HCL of ``{path: {<path>: {capabilities: […]}}}``."""
    paths = value.get("path") if isinstance(value, dict) and set(value) == {"path"} else None
    if not isinstance(paths, dict):
        desired.faults.append(f"{where}: must be HCL as a text, or {{path: {{<path>: {{capabilities: […]}}}}}}")
        return "#"
    blocks = []
    for path, rule in paths.items():
        given = rule.get("capabilities") if isinstance(rule, dict) and set(rule) == {"capabilities"} else None
        if not isinstance(given, list) or not given or not all(isinstance(item, str) for item in given):
            desired.faults.append(f"{where}.path.{path}: must be {{capabilities: […]}}")
            continue
        for item in given:
            if item not in CAPABILITIES:
                desired.faults.append(f"{where}.path.{path}: unknown capability {item}{suggestion(item, CAPABILITIES)}")
        if '"' in str(path) or "\n" in str(path):
            desired.faults.append(f"{where}.path: «{path}» holds a character that a path can't")
        quoted = ", ".join(f'"{item}"' for item in given)
        blocks.append(f'path "{path}" {{\n  capabilities = [{quoted}]\n}}\n')
    return "\n".join(blocks) or "#"


def _seeds(desired: Desired, content: dict) -> None:
    desired.sections.add("secret")
    for name, value, where in named(desired, content, "config.secrets"):
        fields = checked(tables.SEED, value, where, desired.faults)
        if "/" not in name:
            desired.faults.append(f"{where}: must be <mount>/<path>, such as platform/{name}")
            continue
        data, specs, keys = fields.get("data") or {}, fields.get("generate") or {}, {}
        if not isinstance(data, dict) or not isinstance(specs, dict) or not (data or specs):
            desired.faults.append(f"{where}: must hold data (key to value), generate (key to generator), or both")
            continue
        for key, item in data.items():
            if isinstance(item, (dict, list)) or item is None or _secrets.is_reference(item):
                desired.faults.append(f"{where}.data.{key}: must be a text, and no reference: refer to the other secret where it is used")
            keys[str(key)] = where
        full = {}
        for key, spec in specs.items():
            try:
                full[str(key)] = _secrets.generator(spec)
            except _secrets.SecretError as error:
                desired.faults.append(f"{where}.generate.{key}: {error}")
                continue
            for made in _secrets.produces(str(key), full[str(key)]):
                if made in keys:
                    desired.faults.append(f"{where}: the key {made} is given twice")
                keys[made] = where
        values = {str(key): item if isinstance(item, str) else str(item).lower() if isinstance(item, bool) else str(item) for key, item in data.items()}
        desired.add(Item("secret", name, where, extra={"data": values, "generate": full, "keys": sorted(keys)}))


def _audit(desired: Desired, content: dict) -> None:
    desired.sections.add("audit")
    for name, value, where in named(desired, content, "config.audit"):
        fields = checked(tables.AUDIT, value, where, desired.faults)
        if not fields.get("type"):
            desired.faults.append(f"{where}.type: is missing; give file, socket, syslog or http")
        desired.add(Item("audit", name, where, fields))


SECTIONS: dict[str, t.Callable[[Desired, dict], None]] = {
    "mounts": _mounts, "auth": _auth, "policies": _policies, "secrets": _seeds, "audit": _audit, **ENGINE_SECTIONS,
}

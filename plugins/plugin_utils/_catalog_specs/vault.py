# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The whole desired state of Vault (or OpenBao), derived from the plan: what the module vault_config takes as `config`.

Field names are those of the HTTP API: https://openbao.org/api-docs/auth/kubernetes/, .../secret/databases/, .../system/.
"""

from __future__ import annotations

import typing as t

from ansible_collections.unifiedmeta.platform.plugins.module_utils._fields import duration
from ansible_collections.unifiedmeta.platform.plugins.module_utils._ledger import DESCRIPTION
from ansible_collections.unifiedmeta.platform.plugins.module_utils._ledger import MOUNT as LEDGER

from .._catalog import guard, merge
from . import vault_oidc
from . import vault_policies as policies

READER = "external-secrets"


def vault_spec(plan: t.Mapping[str, t.Any], extra: t.Mapping[str, t.Any] | None = None, *, automation_namespace: str = "platform-system",
               automation_service_account: str = "platform-automation", mount: str = "kubernetes", audience: str = "vault",
               scan: bool | None = None) -> dict[str, t.Any]:
    """Derive Vault's desired state.

    plan: of the lookup `catalog`; extra: the site's own part in the same format, merged over it deeply;
    automation_*: who may log in as automation; mount: path of the kubernetes auth method; audience: whom tokens of service accounts must
    be made for, so that one that was made for the API server is no login here, nor the other way round; scan: the server knows OpenBao's capability
    of that name (by default when openbao provides vault; HashiCorp Vault refuses a policy with it).
    Raises ValueError with every fault when roles name databases that nobody declares, and when a component has automation's name.
    """
    components = plan["components"]
    taken = sorted({*guard.NAMES, automation_service_account} & set(components))
    if taken:
        # They would get the policy of that name as their own.
        raise ValueError(f"no component may be named {', '.join(taken)}: the platform has a policy of that name, rename the component")
    spec: dict[str, t.Any] = {
        "mounts": {LEDGER: {"type": "kv", "options": {"version": "2"}, "description": DESCRIPTION}},
        "auth": {mount: {"type": "kubernetes", "description": "Service accounts of the cluster", "roles": {}}},
        "policies": {},
        "secrets": {},
    }
    for name in sorted(components):
        component = components[name]
        _secrets(spec, component)
        _engines(spec, component)
        _login(spec, component, mount, audience)
        _users(spec, component)
    if READER in components:
        _readers(spec, plan, mount, audience)
    if "vault" in plan["choices"] and not components[plan["choices"]["vault"]]["external"]:
        # A server in the cluster asks its own API server, with its own token. The site says where an external one asks.
        spec["auth"][mount]["config"] = {"kubernetes_host": "https://kubernetes.default.svc"}
    spec = merge.merge(spec, extra or {})
    _allowed_roles(spec)
    spec["policies"] = merge.merge({
        "platform-admin": {"path": policies.ADMIN},
        "platform-operator": {"path": policies.operator(spec)},
        automation_service_account: {"path": policies.automation(merge.merge(spec, vault_oidc.reach(plan)), LEDGER,
                                                                 plan["choices"].get("vault") == "openbao" if scan is None else scan)},
    }, spec["policies"])
    spec["auth"][mount]["roles"].setdefault(automation_service_account,
                                            _role(automation_service_account, [automation_service_account], automation_namespace, "20m",
                                                  audience))
    return {key: _sorted(value) for key, value in spec.items() if value}


def _login(spec: dict[str, t.Any], component: t.Mapping[str, t.Any], mount: str, audience: str) -> None:
    """A component's policy and who may use it; nothing for a component that has no business in Vault."""
    wanted, rules = component.get("vault", {}), policies.component(component)
    name, accounts = component["name"], wanted.get("service_accounts", [component["name"]])
    if rules and accounts:
        spec["policies"][name] = {"path": rules}
        spec["auth"][mount]["roles"][name] = _role(name, accounts, component["namespace"]["name"], wanted.get("ttl", "1h"), audience)


def reader_role(namespace: str) -> str:
    """Role and policy by which External Secrets fills one namespace. No component can have this name: it has a dot."""
    return f"{READER}.{namespace}"


def _readers(spec: dict[str, t.Any], plan: t.Mapping[str, t.Any], mount: str, audience: str) -> None:
    """One operator, one service account, but a role for each namespace that it fills."""
    home = plan["components"][READER]["namespace"]["name"]
    for namespace, rules in policies.readers(plan).items():
        name = reader_role(namespace)
        spec["policies"][name] = {"path": rules}
        spec["auth"][mount]["roles"][name] = _role(name, [READER], home, "1h", audience)


def _role(policy: str, accounts: list[str], namespace: str, ttl: str, audience: str) -> dict[str, t.Any]:
    """A role of the kubernetes auth method, bound to service accounts of one namespace."""
    return {
        "bound_service_account_names": sorted(accounts),
        "bound_service_account_namespaces": [namespace],
        "audience": audience,
        "token_policies": [policy],
        "token_ttl": duration(ttl),
        "token_max_ttl": 4 * duration(ttl),
    }


def _secrets(spec: dict[str, t.Any], component: t.Mapping[str, t.Any]) -> None:
    for secret in component["secrets"]:
        mount = secret["path"].split("/", 1)[0]
        spec["mounts"].setdefault(mount, {"type": "kv", "options": {"version": "2"}, "description": "Secrets of the platform"})
        generate = {key: {"length": how} if isinstance(how, int) else dict(how) for key, how in secret.get("generate", {}).items()}
        spec["secrets"][secret["path"]] = {key: value for key, value in (("data", dict(secret["data"])), ("generate", generate)) if value}


def _engines(spec: dict[str, t.Any], component: t.Mapping[str, t.Any]) -> None:
    """Mounts, databases, PKI and transit that a component asks for."""
    wanted = component.get("vault", {})
    spec["mounts"].update(wanted.get("mounts", {}))
    for kind, described in (("pki", "Certificates"), ("transit", "Encryption as a service")):
        for mount, content in wanted.get(kind, {}).items():
            spec["mounts"].setdefault(mount, {"type": kind, "description": described})
            spec[kind] = merge.merge(spec.get(kind, {}), {mount: content})
    for connection in wanted.get("connections", []):
        _database(spec, connection["mount"])["connections"][connection["name"]] = {
            "plugin_name": connection["plugin"], "connection_url": connection["url"], "username": connection["username"],
            "password": connection["password"], "rotate_root": connection["rotate_root"],
        }
    for role in wanted.get("database", []):
        fields = {"db_name": role["connection"], "creation_statements": role["creation_statements"],
                  "default_ttl": duration(role["default_ttl"]), "max_ttl": duration(role["max_ttl"])}
        if role.get("revocation_statements"):
            fields["revocation_statements"] = role["revocation_statements"]
        _database(spec, role["mount"])["roles"][role["name"]] = fields


def _database(spec: dict[str, t.Any], mount: str) -> dict[str, t.Any]:
    spec["mounts"].setdefault(mount, {"type": "database", "description": "Short-lived database users"})
    return spec.setdefault("database", {}).setdefault(mount, {"connections": {}, "roles": {}})


def _users(spec: dict[str, t.Any], component: t.Mapping[str, t.Any]) -> None:
    for user in component.get("vault", {}).get("users", []):
        method = spec["auth"].setdefault("userpass", {"type": "userpass", "description": "Login of people while Keycloak is down", "users": {}})
        fields = {"password": user["password"], "token_policies": sorted(user["policies"])}
        method["users"][user["name"]] = {**fields, "token_ttl": 3600, "token_max_ttl": 14400}


def _allowed_roles(spec: dict[str, t.Any]) -> None:
    """Each connection serves the roles that name it; a role must name one that is declared."""
    faults = []
    for mount, engine in sorted(spec.get("database", {}).items()):
        connections = engine.get("connections", {})
        for role, fields in sorted(engine.get("roles", {}).items()):
            if fields.get("db_name") not in connections:
                declared = ", ".join(sorted(connections)) or "none"
                faults.append(f"the database role {mount}/{role} names the connection '{fields.get('db_name')}', which neither a component "
                              f"nor the site declares (declared: {declared})")
        for name, connection in connections.items():
            connection.setdefault("allowed_roles",
                                  sorted(role for role, fields in engine.get("roles", {}).items() if fields.get("db_name") == name))
    if faults:
        raise ValueError("; ".join(faults))


def _sorted(value: t.Any) -> t.Any:
    """Mappings by key, so that the same plan gives the same text."""
    return {key: _sorted(value[key]) for key in sorted(value)} if isinstance(value, dict) else value

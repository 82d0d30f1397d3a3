# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Policies of Vault: of a component, of people, of automation. Paths and capabilities as https://openbao.org/docs/concepts/policies/ has them."""

from __future__ import annotations

import typing as t

Rules = dict[str, dict[str, list[str]]]

_MANAGE = ["create", "read", "update", "delete", "list"]
ALL = ["create", "read", "update", "patch", "delete", "list", "sudo"]
# People who may do everything; what they do is in the audit log.
ADMIN: Rules = {"*": {"capabilities": ALL}}


def data(path: str) -> str:
    """platform/grafana/admin -> platform/data/grafana/admin (KV v2)."""
    mount, rest = path.split("/", 1)
    return f"{mount}/data/{rest}"


def metadata(path: str) -> str:
    """platform/grafana/admin -> platform/metadata/grafana/admin (KV v2)."""
    mount, rest = path.split("/", 1)
    return f"{mount}/metadata/{rest}"


def component(entry: t.Mapping[str, t.Any]) -> Rules:
    """What a component may do: read its own secrets, use what it asked for, nothing else."""
    rules: Rules = {}
    for secret in entry["secrets"]:
        rules[data(secret["path"])] = {"capabilities": ["read"]}
        rules[metadata(secret["path"])] = {"capabilities": ["read"]}
    wanted = entry.get("vault", {})
    for role in wanted.get("database", []):
        rules[f"{role['mount']}/creds/{role['name']}"] = {"capabilities": ["read"]}
    for mount, content in wanted.get("pki", {}).items():
        for role in content.get("roles", {}):
            rules[f"{mount}/issue/{role}"] = {"capabilities": ["create", "update"]}
            rules[f"{mount}/sign/{role}"] = {"capabilities": ["create", "update"]}
    for mount, content in wanted.get("transit", {}).items():
        for key in content.get("keys", {}):
            for verb in ("encrypt", "decrypt"):
                rules[f"{mount}/{verb}/{key}"] = {"capabilities": ["create", "update"]}
    for rule in wanted.get("policies", []):
        rules[rule["path"]] = {"capabilities": sorted(rule["capabilities"])}
    return rules


def readers(plan: t.Mapping[str, t.Any]) -> dict[str, Rules]:
    """External Secrets, by namespace: exactly what is to become a Kubernetes Secret there, so that nobody who may write ExternalSecrets
    in one namespace reaches the secrets of another."""
    made: dict[str, Rules] = {}
    for entry in plan["components"].values():
        for secret in () if entry["external"] else entry["secrets"]:
            for target in secret["to"]:
                made.setdefault(target["namespace"], {})[data(secret["path"])] = {"capabilities": ["read"]}
    return {namespace: dict(sorted(made[namespace].items())) for namespace in sorted(made)}


def operator(spec: t.Mapping[str, t.Any]) -> Rules:
    """People who run the platform: see what there is, its health and its leases; no secret's value."""
    rules: Rules = {path: {"capabilities": ["read", "list"]} for path in (
        "sys/mounts", "sys/auth", "sys/policies/acl", "sys/policies/acl/*", "sys/health", "sys/leader", "sys/ha-status",
        "sys/storage/raft/autopilot/state", "sys/storage/raft/configuration", "sys/metrics", "sys/internal/counters/*")}
    rules["sys/step-down"] = {"capabilities": ["update", "sudo"]}
    rules["sys/leases/lookup/*"] = {"capabilities": ["list", "update", "sudo"]}
    for mount in _of_type(spec, "kv"):
        rules[f"{mount}/metadata/*"] = {"capabilities": ["read", "list"]}
    return rules


def automation(spec: t.Mapping[str, t.Any], ledger: str, scan: bool) -> Rules:
    """The reconciler's own policy: what vault_config calls, inside the methods and mounts of the desired state.

    Mounts and methods as such are open to it: a run that adds one makes it in the same step as this policy. So are policies, and
    therefore it could give itself more: that is the nature of what configures Vault. What this prevents is a mistake in somebody
    else's mounts, and reading secrets that the platform doesn't manage. scan: OpenBao's recursive listing, a capability of its own.
    """
    rules: Rules = {
        "sys/mounts": {"capabilities": ["read", "list"]},
        "sys/mounts/*": {"capabilities": _MANAGE},
        # sudo is what Vault asks of anybody who changes auth methods.
        "sys/auth": {"capabilities": ["read", "list"]},
        "sys/auth/*": {"capabilities": [*_MANAGE, "sudo"]},
        "sys/policies/acl": {"capabilities": ["read", "list"]},
        "sys/policies/acl/*": {"capabilities": _MANAGE},
        "sys/policies/detailed/acl": {"capabilities": ["read", "list"]},
    }
    if spec.get("audit"):
        rules["sys/audit"] = {"capabilities": ["read", "list", "sudo"]}
        rules.update({f"sys/audit/{device}": {"capabilities": [*_MANAGE, "sudo"]} for device in spec["audit"]})
    if spec.get("identity"):
        rules.update({f"identity/{kind}/*": {"capabilities": _MANAGE} for kind in ("group", "group-alias", "entity", "entity-alias")})
        rules.update({f"identity/{kind}": {"capabilities": _MANAGE} for kind in ("group-alias", "entity-alias")})
    rules.update({f"auth/{method}/*": {"capabilities": _MANAGE} for method in spec.get("auth", {})})
    for mount, content in {ledger: {"type": "kv"}, **spec.get("mounts", {})}.items():
        # Roles and issuers of a PKI are patched, so that fields that nobody declares survive.
        rules.update(_kv(mount, scan) if content.get("type") == "kv" else {f"{mount}/*": {"capabilities": [*_MANAGE, "patch"]}})
    return rules


def _kv(mount: str, scan: bool) -> Rules:
    """KV v2, https://openbao.org/api-docs/secret/kv/kv-v2/: seeds are looked at by their keys, made, and added to."""
    return {
        f"{mount}/config": {"capabilities": ["create", "read", "update"]},
        f"{mount}/data/*": {"capabilities": ["create", "read", "update", "patch", "delete"]},
        f"{mount}/metadata/*": {"capabilities": [*_MANAGE, "patch"]},
        f"{mount}/subkeys/*": {"capabilities": ["read"]},
        f"{mount}/detailed-metadata/*": {"capabilities": ["list", "scan"] if scan else ["list"]},
    }


def _of_type(spec: t.Mapping[str, t.Any], kind: str) -> list[str]:
    return [mount for mount, content in spec.get("mounts", {}).items() if content.get("type") == kind]

"""The whole state of a Vault or OpenBao as one flat dictionary, for «same end state» and «no secret changed».

    before = snapshot(server)
    …
    assert changes(before, snapshot(server)) == []              # the same server: nothing at all may differ
    assert changes(portable(one), portable(other)) == []        # two servers: what servers and chance make is masked

Secret values appear as hashes only, so that a failing test shows which value changed and not the value.
"""
from __future__ import annotations

import hashlib
import json

from tests.support.canary import walk

LEDGER = "platform-ledger/"
# What a server or chance makes: other on every server.
PERSONAL = {"accessor", "uuid", "id", "creation_time", "last_update_time", "modify_time", "modify_index", "created_time", "updated_time",
            "canonical_id", "mount_accessor", "certificate", "ca_chain", "issuer_id", "key_id", "keys", "default", "member_entity_ids",
            "local", "running_plugin_version", "running_sha256", "plugin_version", "deprecation_status", "kubernetes_ca_cert",
            "connection_url", "kubernetes_host", "role_id", "file_path", "subject_key_id", "serial_number", "expiration", "leaf_not_after_behavior"}
# What moves by itself as time passes.
MOVING = {"last_vault_rotation", "last_wal", "num_uses", "expire_time", "ttl_remaining"}
LISTS = {  # by type of the mount: the lists whose members are read one by one
    "database": ["config", "roles", "static-roles"], "pki": ["roles", "issuers", "keys"], "transit": ["keys"],
    "kubernetes": ["role"], "approle": ["role"], "jwt": ["role"], "oidc": ["role"], "userpass": ["users"],
}
SINGLES = {"pki": ["config/urls", "config/crl", "config/issuers", "config/cluster"], "kubernetes": ["config"], "jwt": ["config"],
           "oidc": ["config"], "kv": ["config"]}


def snapshot(server) -> dict[str, object]:
    """Everything that vault_config can manage and all KV values (hashed), by ``kind name``. ``server`` is a bao_server or
    anything with its ``request`` and ``call``, with a token that may read everything."""
    found: dict[str, object] = {}
    mounts = server.call("GET", "sys/mounts")["data"]
    methods = server.call("GET", "sys/auth")["data"]
    for prefix, table in (("", mounts), ("auth/", methods)):
        for path, body in table.items():
            found[f"mount {prefix}{path}"] = body
            mount = prefix + path
            if body["type"] == "kv" and (body.get("options") or {}).get("version") == "2":
                found.update(kv(server, mount))
            for name in SINGLES.get(body["type"], []):
                if body["type"] != "kv" or (body.get("options") or {}).get("version") == "2":
                    found[f"config {mount}{name}"] = data(server, mount + name)
            for name in LISTS.get(body["type"], []):
                for key in keys(server, mount + name):
                    member = data(server, f"{mount}{'issuer' if name == 'issuers' else 'key' if name == 'keys' and body['type'] == 'pki' else name}/{key}")
                    found[f"{body['type']} {mount}{name}/{key}"] = member
                    if body["type"] == "approle":
                        found[f"role_id {mount}{key}"] = data(server, f"{mount}role/{key}/role-id")
    for name in keys(server, "sys/policies/acl"):
        found[f"policy {name}"] = (data(server, f"sys/policies/acl/{name}") or {}).get("policy")
    for name in keys(server, "identity/group/name"):
        found[f"group {name}"] = data(server, f"identity/group/name/{name}")
    found["audit"] = server.call("GET", "sys/audit")["data"]
    return without(found, MOVING)


def kv(server, mount: str) -> dict[str, object]:
    """All values of a KV v2 mount: a hash a key, and the version; the ledger's content in the clear (it holds no secret)."""
    found: dict[str, object] = {}
    for path in walk(server, f"{mount}metadata/"):
        name = path.removeprefix(f"{mount}metadata/")
        meta = data(server, path) or {}
        answer = server.request("GET", f"{mount}data/{name}").json().get("data") or {}
        values = answer.get("data") or {}
        if mount != LEDGER:
            values = {key: "sha256:" + hashlib.sha256(json.dumps(value).encode()).hexdigest() for key, value in values.items()}
        found[f"kv {mount}{name}"] = {"values": values, "version": meta.get("current_version"),
                                      "custom": meta.get("custom_metadata")}
    return found


def data(server, path: str):
    answer = server.request("GET", path)
    return answer.json().get("data") if answer.ok else None


def keys(server, path: str) -> list[str]:
    answer = server.request("LIST", path)
    return answer.json()["data"]["keys"] if answer.ok else []


def without(value, names):
    """``value`` without the keys ``names``, at any depth."""
    if isinstance(value, dict):
        return {key: without(item, names) for key, item in value.items() if key not in names}
    return [without(item, names) for item in value] if isinstance(value, list) else value


def portable(state: dict[str, object]) -> dict[str, object]:
    """What two servers that were set up alike have in common: names, fields and keys of secrets, no hashes and versions,
    nothing that a server or chance makes. Kinds whose very names are made by chance (PKI issuers and keys) are counted."""
    found: dict[str, object] = {}
    for name, body in state.items():
        if name.startswith("kv ") and not name.startswith("kv " + LEDGER):
            found[name] = sorted(body["values"])
        elif name.startswith("kv "):
            found[name] = "ledger"
        elif name.startswith("pki ") and ("/issuers/" in name or "/keys/" in name):
            kind = name.rsplit("/", 1)[0]
            found[kind] = found.get(kind, 0) + 1
        elif not name.startswith("role_id "):
            found[name] = without(body, PERSONAL)
    return found


def changes(before: dict[str, object], after: dict[str, object]) -> list[str]:
    """One line for each object that is missing, new or different, with the fields that differ."""
    found = [f"missing: {name}" for name in sorted(before.keys() - after.keys())]
    found += [f"new: {name}" for name in sorted(after.keys() - before.keys())]
    for name in sorted(before.keys() & after.keys()):
        old, new = before[name], after[name]
        if old != new:
            if isinstance(old, dict) and isinstance(new, dict):
                fields = [key for key in sorted(old.keys() | new.keys()) if old.get(key) != new.get(key)]
                found.append(f"different: {name}: " + "; ".join(f"{key}: {old.get(key)!r} -> {new.get(key)!r}" for key in fields))
            else:
                found.append(f"different: {name}: {old!r} -> {new!r}")
    return found


def secrets_changed(before: dict[str, object], after: dict[str, object]) -> list[str]:
    """The KV keys whose value is another one or gone. New paths and keys added to a path are no change of a secret."""
    found = []
    for name, body in before.items():
        if name.startswith("kv ") and not name.startswith("kv " + LEDGER):
            now = (after.get(name) or {"values": {}})["values"]
            found += [f"{name}#{key}" for key, value in body["values"].items() if now.get(key) != value]
    return sorted(found)

"""The objects of the benchmark, the same for everyone: 40 % KV secrets, the rest policies, kubernetes roles and AppRoles alike."""
from __future__ import annotations

import hashlib


def counts(size: int) -> dict[str, int]:
    """How many of each kind make ``size`` objects; 500 are 200 secrets and 100 of each other kind."""
    each = size // 5
    return {"secrets": size - 3 * each, "policies": each, "kubernetes": each, "approle": each}


def password(number: int) -> str:
    """A value for a secret: the same in every run, so that a second run has nothing to do."""
    return hashlib.sha256(f"bench {number}".encode()).hexdigest()[:32]


def objects(size: int) -> dict:
    """``size`` objects as plain data: {secrets: {path: {key: value}}, policies: {name: text}, kubernetes|approle: {name: fields}}."""
    number = counts(size)
    return {
        "secrets": {f"app-{n:05}/admin": {"username": f"user-{n:05}", "password": password(n)} for n in range(number["secrets"])},
        "policies": {f"app-{n:05}": f'path "platform/data/app-{n:05}/*" {{\n  capabilities = ["read"]\n}}\n' for n in range(number["policies"])},
        "kubernetes": {f"app-{n:05}": {"bound_service_account_names": [f"app-{n:05}"], "bound_service_account_namespaces": [f"app-{n:05}"],
                                       "token_policies": [f"app-{n:05}"], "token_ttl": 3600} for n in range(number["kubernetes"])},
        "approle": {f"app-{n:05}": {"token_policies": [f"app-{n:05}"], "token_ttl": 1200, "secret_id_num_uses": 1}
                    for n in range(number["approle"])},
    }


def config(size: int) -> dict:
    """The same as the desired state of vault_config."""
    made = objects(size)
    return {
        "mounts": {"platform": {"type": "kv", "options": {"version": "2"}}},
        "auth": {"kubernetes": {"type": "kubernetes", "roles": made["kubernetes"]}, "approle": {"type": "approle", "roles": made["approle"]}},
        "policies": made["policies"],
        "secrets": {f"platform/{path}": {"data": data} for path, data in made["secrets"].items()},
    }

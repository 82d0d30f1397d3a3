# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The options of vault_init, and what is wrong with their values."""

from __future__ import annotations

import typing as t

from ansible_collections.unifiedmeta.platform.plugins.module_utils._bootstrap import STORE_SPEC
from ansible_collections.unifiedmeta.platform.plugins.module_utils._vault import init_pgp

_POD = {"namespace": {"type": "str", "required": True}, "name": {"type": "str", "required": True}, "port": {"type": "int", "default": 8200}}
_SERVER = {"url": {"type": "str", "required": True}, "name": {"type": "str"}, "join_address": {"type": "str"}, "pod": {"type": "dict", "options": _POD}}
_SUCCESSOR = {
    "mount": {"type": "str", "default": "kubernetes"}, "role": {"type": "str", "required": True}, "namespace": {"type": "str", "required": True},
    "service_account": {"type": "str", "required": True}, "audiences": {"type": "list", "elements": "str", "default": []},
}


def spec(fallback: t.Callable[..., t.Any]) -> dict[str, t.Any]:
    """The argument_spec. ``fallback``: Ansible's ``env_fallback``."""
    return {
        "name": {"type": "str", "default": "openbao"},
        "servers": {"type": "list", "elements": "dict", "required": True, "options": _SERVER},
        "kubeconfig": {"type": "path", "fallback": (fallback, ["KUBECONFIG"])},
        "ca_file": {"type": "path", "fallback": (fallback, ["VAULT_CACERT"])},
        "validate_certs": {"type": "bool", "default": True},
        "timeout": {"type": "float", "default": 30},
        "wait": {"type": "float", "default": 60},
        "store": {"type": "dict", "required": True, "options": STORE_SPEC},
        "seal": {"type": "str"},
        "shares": {"type": "int", "default": 1},
        "threshold": {"type": "int", "default": 1},
        "pgp_keys": {"type": "list", "elements": "str", "default": [], "no_log": False},
        "root_token_pgp_key": {"type": "str", "no_log": False},
        "unseal_keys": {"type": "list", "elements": "str", "default": [], "no_log": True},
        "unseal": {"type": "bool", "default": True},
        "join": {"type": "bool", "default": True},
        "rekey": {"type": "bool", "default": False},
        "token": {"type": "str", "no_log": True, "fallback": (fallback, ["VAULT_TOKEN"])},
        "root_token": {"type": "str", "choices": ["keep", "absent", "present"], "default": "keep", "no_log": False},
        "successor": {"type": "dict", "options": _SUCCESSOR},
        "foreign": {"type": "bool", "default": False},
        "reinitialise_empty": {"type": "bool", "default": False},
        "audit_log": {"type": "path"},
        "reset_command": {"type": "list", "elements": "str", "default": []},
        "assume": {"type": "list", "elements": "dict", "default": []},
    }


def check(params: dict[str, t.Any]) -> tuple[dict[str, t.Any], list[str]]:
    """PGP keys as the API takes them, and everything that is wrong with the options."""
    faults: list[str] = []
    names = [one["name"] or one["url"] for one in params["servers"]]
    if not names:
        faults.append("servers: the list is empty; name at least one server")
    faults += [f"servers: {name} is there twice" for name in sorted({name for name in names if names.count(name) > 1})]
    shares, threshold = params["shares"], params["threshold"]
    if not 1 <= threshold <= shares <= 255:
        faults.append(f"shares and threshold: {threshold} of {shares} is no split; 1 <= threshold <= shares <= 255")
    elif shares > 1 and threshold == 1:
        faults.append(f"shares and threshold: with a threshold of 1 more than one share is refused by the server ({shares}); take 1 of 1, or 2 and more")
    if params["pgp_keys"] and len(params["pgp_keys"]) != shares:
        faults.append(f"pgp_keys: {len(params['pgp_keys'])} keys for {shares} shares; give one for each share")
    named = [(f"pgp_keys: number {number}", key) for number, key in enumerate(params["pgp_keys"], 1)]
    keys = [_key(name, key, faults) for name, key in named]
    root = _key("root_token_pgp_key", params["root_token_pgp_key"], faults) if params["root_token_pgp_key"] else None
    return {"shares": keys, "root": root}, faults


def _key(name: str, key: str, faults: list[str]) -> str:
    try:
        return init_pgp.normalise(key)
    except ValueError as error:
        faults.append(f"{name}: {error}")
        return ""

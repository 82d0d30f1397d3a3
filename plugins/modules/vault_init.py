#!/usr/bin/python
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
from __future__ import annotations

DOCUMENTATION = r"""
---
module: vault_init
short_description: Initialise, unseal and join OpenBao or HashiCorp Vault servers
version_added: 0.1.0
description:
  - Looks at all servers of one Vault, plans what is missing and does it in order. The first server is initialised, the others join its
    raft cluster, sealed ones are unsealed.
  - The answer of the initialisation (unseal or recovery shares, root token) is written to the site's bootstrap store and synced to the
    disk before anything else happens. A mark is written before the request, so that a run that was ended in between is recognised.
  - A Vault that may hold data is never initialised again.
  - Shares and root token are never part of the result. Shares that were encrypted for their holders are.
author: UnifiedMeta Platform Engineering
extends_documentation_fragment: unifiedmeta.platform.bootstrap_store
requirements:
  - requests
  - cryptography
attributes:
  check_mode:
    support: full
    description: The plan is the one that a run carries out.
  diff_mode:
    support: full
    description: The state of every server before and after.
  action:
    support: full
    description: A part runs on the controller; it fetches the passphrase of the bootstrap store.
options:
  name:
    description: Name of this Vault in the bootstrap store.
    type: str
    default: openbao
  servers:
    description:
      - All servers of this Vault. The first is the one that is initialised.
      - A silent server is a warning beside one that is open, else an error, since it may belong to a cluster that lives.
    type: list
    elements: dict
    required: true
    suboptions:
      url:
        description: Address of the server's API.
        type: str
        required: true
      name:
        description: How it is called in messages. The default is its address.
        type: str
      join_address:
        description: Address by which the other servers reach it. The default is O(servers[].url).
        type: str
      pod:
        description: Reach it by a port-forward into this pod, as before there is an ingress. O(servers[].url) stays its name inside the cluster.
        type: dict
        suboptions:
          namespace:
            description: Namespace of the pod.
            type: str
            required: true
          name:
            description: Name of the pod.
            type: str
            required: true
          port:
            description: Port of the pod.
            type: int
            default: 8200
  kubeconfig:
    description:
      - Access to the cluster, for O(servers[].pod).
      - The environment variable E(KUBECONFIG) is the fallback.
    type: path
  ca_file:
    description:
      - PEM file with the CA that signed the servers' certificates. It is handed to servers that join, too.
      - The environment variable E(VAULT_CACERT) is the fallback.
    type: path
  validate_certs:
    description: Whether certificates are verified.
    type: bool
    default: true
  timeout:
    description: Seconds to wait for an answer.
    type: float
    default: 30
  wait:
    description: Seconds to wait until a server is open.
    type: float
    default: 60
  seal:
    description: The type of seal that the servers must have, such as V(shamir), V(static) or V(transit). Without it any will do.
    type: str
  shares:
    description: Number of unseal shares, or of recovery shares where the server unseals itself.
    type: int
    default: 1
  threshold:
    description: How many of O(shares) it takes.
    type: int
    default: 1
  pgp_keys:
    description:
      - OpenPGP public keys of the holders, one for each of O(shares). An armoured text, base64, or the absolute path of a file.
      - The shares are then encrypted for their holders, and no run of this module can unseal without O(unseal_keys).
    type: list
    elements: str
    default: []
  root_token_pgp_key:
    description: OpenPGP public key for which the root token is encrypted. No run can use the token then.
    type: str
  unseal_keys:
    description: Shares that people give by hand. They are used instead of those in the store, and are not kept.
    type: list
    elements: str
    default: []
  unseal:
    description: Whether sealed servers are unsealed.
    type: bool
    default: true
  join:
    description: Whether empty servers join the raft cluster of the others.
    type: bool
    default: true
  rekey:
    description:
      - Whether the key is split anew where O(shares) and O(threshold) are not what the server has.
      - Needs the root token or O(token). The new shares are in the store before the server switches over to them.
    type: bool
    default: false
  token:
    description:
      - A token that may O(rekey).
      - The environment variable E(VAULT_TOKEN) is the fallback.
    type: str
  root_token:
    description:
      - V(absent) revokes the root token that the store holds and removes it there.
      - V(present) makes one out of the shares where the store holds none. OpenBao does so only where a listener
        has C(disable_unauthed_generate_root_endpoints) set to V(false).
      - V(keep) leaves it as it is.
    type: str
    choices: [keep, absent, present]
    default: keep
  reinitialise_empty:
    description:
      - Allows the initialisation of a Vault whose storage is empty while the store still holds shares of it (these are kept), and the wipe of one
        whose initialisation was never answered, if O(audit_log) proves that it was ours and that nobody used it since.
    type: bool
    default: false
  audit_log:
    description: Path of the first server's file audit device, as this host reaches it. Its size is noted before an initialisation.
    type: path
  reset_command:
    description: A program and its arguments that stops the servers, wipes their storage and starts them. Only O(reinitialise_empty) runs it.
    type: list
    elements: str
    default: []
  assume:
    description:
      - In check mode, the RV(plan) that an earlier task of the same run returned; its steps are taken as done.
      - Without check mode it means nothing.
    type: list
    elements: dict
    default: []
"""

EXAMPLES = r"""
- name: Initialise and unseal three servers
  unifiedmeta.platform.vault_init:
    servers:
      - url: https://vault-0.example.com:8200
      - url: https://vault-1.example.com:8200
      - url: https://vault-2.example.com:8200
    ca_file: /etc/ssl/site-ca.pem
    shares: 5
    threshold: 3
    store:
      path: /var/lib/site/bootstrap/store.vault
      passphrase_file: /etc/site/bootstrap-passphrase

- name: Revoke the root token
  unifiedmeta.platform.vault_init:
    servers:
      - url: https://vault-0.example.com:8200
    root_token: absent
    store:
      path: /var/lib/site/bootstrap/store.vault
"""

RETURN = r"""
plan:
  description: The steps, in order.
  type: list
  elements: dict
  returned: always
  sample: [{action: initialise, name: "https://vault-0.example.com:8200", reason: no server of this Vault has been initialised}]
initialised:
  description: Whether the Vault is initialised (in check mode, would be).
  type: bool
  returned: always
sealed:
  description: Whether a server that answers is sealed at the end (in check mode, would be).
  type: bool
  returned: always
root_token_stored:
  description: Whether the store holds a root token.
  type: bool
  returned: always
encrypted_shares:
  description: The shares, each encrypted for its holder, in the order of O(pgp_keys).
  type: list
  elements: str
  returned: when the store holds encrypted shares
stats:
  description: Number of requests and the time they took.
  type: dict
  returned: always
"""

from ansible.module_utils.basic import AnsibleModule, env_fallback, missing_required_lib

from ansible_collections.unifiedmeta.platform.plugins.module_utils import _bootstrap, _bootstrap_cipher, _http
from ansible_collections.unifiedmeta.platform.plugins.module_utils._vault import init_main

POD = {"namespace": {"type": "str", "required": True}, "name": {"type": "str", "required": True}, "port": {"type": "int", "default": 8200}}
SERVER = {"url": {"type": "str", "required": True}, "name": {"type": "str"}, "join_address": {"type": "str"}, "pod": {"type": "dict", "options": POD}}
SPEC = {
    "name": {"type": "str", "default": "openbao"},
    "servers": {"type": "list", "elements": "dict", "required": True, "options": SERVER},
    "kubeconfig": {"type": "path", "fallback": (env_fallback, ["KUBECONFIG"])},
    "ca_file": {"type": "path", "fallback": (env_fallback, ["VAULT_CACERT"])},
    "validate_certs": {"type": "bool", "default": True},
    "timeout": {"type": "float", "default": 30},
    "wait": {"type": "float", "default": 60},
    "store": {"type": "dict", "required": True, "options": _bootstrap.STORE_SPEC},
    "seal": {"type": "str"},
    "shares": {"type": "int", "default": 1},
    "threshold": {"type": "int", "default": 1},
    "pgp_keys": {"type": "list", "elements": "str", "default": [], "no_log": False},
    "root_token_pgp_key": {"type": "str", "no_log": False},
    "unseal_keys": {"type": "list", "elements": "str", "default": [], "no_log": True},
    "unseal": {"type": "bool", "default": True},
    "join": {"type": "bool", "default": True},
    "rekey": {"type": "bool", "default": False},
    "token": {"type": "str", "no_log": True, "fallback": (env_fallback, ["VAULT_TOKEN"])},
    "root_token": {"type": "str", "choices": ["keep", "absent", "present"], "default": "keep", "no_log": False},
    "reinitialise_empty": {"type": "bool", "default": False},
    "audit_log": {"type": "path"},
    "reset_command": {"type": "list", "elements": "str", "default": []},
    "assume": {"type": "list", "elements": "dict", "default": []},
}


def main() -> None:
    """Spec, then the run, then its result or its faults."""
    module = AnsibleModule(argument_spec=SPEC, supports_check_mode=True)
    for library, trace in (("requests", _http.REQUESTS_IMPORT_ERROR), ("cryptography", _bootstrap_cipher.CRYPTOGRAPHY_IMPORT_ERROR)):
        if trace:
            module.fail_json(msg=missing_required_lib(library), exception=trace)
    try:
        module.exit_json(**init_main.run(module.params, module.check_mode, module.run_command, module.warn))
    except init_main.Failed as failure:
        module.fail_json(msg=str(failure), **failure.result)


if __name__ == "__main__":
    main()

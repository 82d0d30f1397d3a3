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
author:
  - UnifiedMeta Platform Engineering (@unifiedmeta)
extends_documentation_fragment:
  - unifiedmeta.platform.bootstrap_store
  - unifiedmeta.platform.vault_servers
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
  seal:
    description: The type of seal that the servers must have, such as V(shamir), V(static) or V(transit). Without it any will do.
    type: str
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
  successor:
    description:
      - Who logs in once the root token is gone. With O(root_token=absent) this login is tried first, by the kubernetes auth method; where it fails the
        root token is kept, and the message says why.
    type: dict
    suboptions:
      mount:
        description: Path of the auth method.
        type: str
        default: kubernetes
      role:
        description: Role of the auth method.
        type: str
        required: true
      namespace:
        description: Namespace of the service account.
        type: str
        required: true
      service_account:
        description: Name of the service account.
        type: str
        required: true
      audiences:
        description: Audiences of its token.
        type: list
        elements: str
        default: []
  foreign:
    description:
      - Whether a Vault is accepted that somebody else initialised, such as one that the site had before. Its cluster is noted in the store, so one run with it
        is enough. Without it such a Vault is refused, since whoever initialised it holds its root token.
    type: bool
    default: false
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
  returned: success, and when a step failed
  sample: [{action: initialise, name: "https://vault-0.example.com:8200", reason: no server of this Vault has been initialised}]
initialised:
  description: Whether the Vault is initialised (in check mode, would be).
  type: bool
  returned: success, and when a step failed
sealed:
  description: Whether a server that answers is sealed at the end (in check mode, would be).
  type: bool
  returned: success, and when a step failed
root_token_stored:
  description: Whether the store holds a root token.
  type: bool
  returned: success, and when a step failed
encrypted_shares:
  description: The shares, each encrypted for its holder, in the order of O(pgp_keys).
  type: list
  elements: str
  returned: when the store holds encrypted shares
stats:
  description: Number of requests and the time they took.
  type: dict
  returned: success, and when a step failed
"""

import typing as t

from ansible.module_utils.basic import env_fallback

from ansible_collections.unifiedmeta.platform.plugins.module_utils import _bootstrap_cipher, _http, _module
from ansible_collections.unifiedmeta.platform.plugins.module_utils._vault import init_main, init_options


def work(module: _module.Module) -> dict[str, t.Any]:
    """The run with what it needs of Ansible."""
    return init_main.run(module.params, module.check_mode, module.run_command, module.warn)


def main() -> t.NoReturn:
    _module.run(init_options.spec(env_fallback), work, libraries=[
        ("requests", _http.REQUESTS_IMPORT_ERROR), ("cryptography", _bootstrap_cipher.CRYPTOGRAPHY_IMPORT_ERROR)])


if __name__ == "__main__":
    main()

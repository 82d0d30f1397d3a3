#!/usr/bin/python
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The reconciler of Vault and OpenBao."""

from __future__ import annotations

DOCUMENTATION = r"""
module: vault_config
short_description: Configuration of Vault or OpenBao as one declaration
version_added: 0.1.0
author:
  - UnifiedMeta Platform Engineering (@unifiedmeta)
description:
  - Takes the whole desired configuration, reads the server in bulk, plans, and makes the difference concurrently with one login.
  - Manages mounts, auth methods and their roles, policies, seeds of KV v2 secrets, database, PKI and transit engines, groups and entities, and audit devices.
    The guide C(docs/vault.md) describes the format of O(config).
  - Only declared fields are managed. What was made is noted in a ledger in the server (mount C(platform-ledger)), so what others own is left alone.
  - Secrets are born in the server. They never appear in results, diffs or logs.
extends_documentation_fragment:
  - unifiedmeta.platform.vault
  - unifiedmeta.platform.reconciler
  - unifiedmeta.platform.reconciler.ledger
options:
  config:
    description:
      - The desired state, any part of it, by the sections V(mounts), V(auth), V(policies), V(secrets), V(database), V(pki), V(transit), V(identity)
        and V(audit).
    type: dict
    required: true
  rotate:
    description: Keys of secrets to replace by fresh values now, each as C(<mount>/<path>#<key>). Every run with it replaces them again.
    type: list
    elements: str
    default: []
attributes:
  check_mode:
    support: full
    description: Predicts exactly what a run does, also for a server that isn't initialised.
  diff_mode:
    support: full
    description: Shows changed fields, never a secret.
  platform:
    support: full
    platforms: posix
    description: Runs where the server can be reached, usually on the controller.
"""

EXAMPLES = r"""
- name: Configure OpenBao
  unifiedmeta.platform.vault_config:
    url: https://vault.example.com:8200
    login:
      - method: kubernetes
        role: platform-automation
        namespace: platform-system
        service_account: platform-automation
    scope: platform
    prune: owned
    config:
      mounts:
        platform: {type: kv, options: {version: "2"}}
      policies:
        grafana: |
          path "platform/data/grafana/*" { capabilities = ["read"] }
      auth:
        kubernetes:
          type: kubernetes
          roles:
            grafana:
              bound_service_account_names: [grafana]
              bound_service_account_namespaces: [monitoring]
              token_policies: [grafana]
              token_ttl: 1h
      secrets:
        platform/grafana/admin:
          data: {username: admin}
          generate: {password: 32}

- name: Give Grafana's administrator a new password
  unifiedmeta.platform.vault_config:
    config: "{{ vault_config }}"
    rotate: [platform/grafana/admin#password]
"""

RETURN = r"""
plan:
  description: The changes, why each is made, at most 200 of them; C(plan_file) holds all.
  returned: success, and when a change failed
  type: list
  elements: dict
  sample: [{action: create, kind: policy, name: grafana, fields: [policy], reason: it doesn't exist}]
plan_file:
  description: File with the whole plan.
  returned: when the plan is large, or O(plan_file) is set
  type: str
plan_size:
  description: Number of changes.
  returned: with plan_file
  type: int
foreseen:
  description: False where check mode could not look, since the server is sealed or the service account that logs in is yet to be made. A warning says which.
  returned: in check mode, when it could not look
  type: bool
outcomes:
  description: What became of each change of a run that failed.
  returned: when a change failed
  type: list
  elements: str
stats:
  description: Requests, writes, repetitions, and seconds.
  returned: always, once the server was asked
  type: dict
"""

import typing as t

from ansible.module_utils.basic import env_fallback

from ansible_collections.unifiedmeta.platform.plugins.module_utils import _http, _module, _reconcile
from ansible_collections.unifiedmeta.platform.plugins.module_utils._vault import reconcile, session

SPEC = session.spec(env_fallback, **_module.RECONCILER, **_module.LEDGER, config={"type": "dict", "required": True},
                    rotate={"type": "list", "elements": "str", "default": []})


def work(module: _module.Module) -> dict[str, t.Any]:
    """Log in, reconcile, log out."""
    with session.Session(module.params, module.register, module.check_mode) as connection:
        module.stats = connection.vault.http.stats.as_dict
        run = reconcile.Reconciler(connection.vault, module.params, connection.register, connection.readers(), lambda: connection.login.policies)
        return run.run(module.check_mode)


def main() -> t.NoReturn:
    _module.run(SPEC, work, _reconcile.EXPECTED, libraries=[("requests", _http.REQUESTS_IMPORT_ERROR)], counted=("config",))


if __name__ == "__main__":
    main()

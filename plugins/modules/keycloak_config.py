#!/usr/bin/python
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The reconciler of Keycloak."""

from __future__ import annotations

DOCUMENTATION = r"""
module: keycloak_config
short_description: Configuration of Keycloak as one declaration
version_added: 0.1.0
author:
  - UnifiedMeta Platform Engineering (@unifiedmeta)
description:
  - Takes the whole desired configuration, reads the server in bulk, plans, and makes the difference concurrently with one login.
  - Manages realms with their settings, mail server, texts and user profile; roles, client scopes, clients with mappers, roles and service accounts; groups,
    initial users; authentication flows, required actions, identity providers and user federation. The guide C(docs/keycloak.md) describes the format of
    O(config).
  - Only declared fields are managed. What was made is noted in a ledger in Vault (mount C(platform-ledger)), so what others own is left alone.
  - Secrets are references to Vault, whose value Keycloak converges to. They never appear in results, diffs or logs.
extends_documentation_fragment:
  - unifiedmeta.platform.keycloak
  - unifiedmeta.platform.vault.nested
  - unifiedmeta.platform.reconciler
  - unifiedmeta.platform.reconciler.ledger
options:
  config:
    description: The desired state, any part of it, by the section V(realms).
    type: dict
    required: true
attributes:
  check_mode:
    support: full
    description: Predicts what a run does, also for a realm that isn't there, but for what Keycloak itself refuses.
  diff_mode:
    support: full
    description: Shows changed fields, never a secret.
  platform:
    support: full
    platforms: posix
    description: Runs where both servers can be reached, usually on the controller.
"""

EXAMPLES = r"""
- name: Configure Keycloak
  unifiedmeta.platform.keycloak_config:
    url: https://sso.example.com
    login:
      - method: client_credentials
        client_id: platform-automation
        client_secret: vault:platform/keycloak/automation#client_secret
    vault:
      url: https://vault.example.com:8200
    scope: platform
    prune: owned
    config:
      realms:
        platform:
          settings:
            displayName: Platform
            bruteForceProtected: true
            passwordPolicy: length(14) and notUsername(undefined)
          clients:
            grafana:
              rootUrl: https://grafana.example.com
              redirectUris: [/login/generic_oauth]
              secret: vault:platform/grafana/sso#client_secret
              roles:
                admin: {description: Administrators}
          groups:
            platform-admins:
              client_roles:
                grafana: [admin]

- name: What would be taken over of a realm that was configured by hand?
  unifiedmeta.platform.keycloak_config:
    config: "{{ keycloak_config }}"
    adopt: true
  check_mode: true
  diff: true
"""

RETURN = r"""
plan:
  description: The changes, why each is made, at most 200 of them; C(plan_file) holds all.
  returned: success, and when a change failed
  type: list
  elements: dict
  sample: [{action: create, kind: client, name: platform/grafana, fields: [redirectUris, rootUrl, secret], reason: it doesn't exist}]
plan_file:
  description: File with the whole plan.
  returned: when the plan is large, or O(plan_file) is set
  type: str
plan_size:
  description: Number of changes.
  returned: with plan_file
  type: int
foreseen:
  description: False where check mode could not look, since the login's secret, or the Vault that holds it, is yet to be made. A warning says which.
  returned: in check mode, when it could not look
  type: bool
outcomes:
  description: What became of each change of a run that failed.
  returned: failure
  type: list
  elements: str
stats:
  description: Requests to Keycloak, writes, repetitions, and seconds.
  returned: always, once the server was asked
  type: dict
"""

import typing as t

from ansible.module_utils.basic import env_fallback

from ansible_collections.unifiedmeta.platform.plugins.module_utils import _http, _module, _plan, _reconcile
from ansible_collections.unifiedmeta.platform.plugins.module_utils._keycloak import reconcile, session
from ansible_collections.unifiedmeta.platform.plugins.module_utils._vault_store import VaultStore, nested

SPEC = session.spec(env_fallback, **nested(env_fallback), **_module.RECONCILER, **_module.LEDGER, config={"type": "dict", "required": True})


def work(module: _module.Module) -> dict[str, t.Any]:
    """Log in to both, reconcile, log out. What is wrong in the options themselves is told even where no server can be reached."""
    desired, check = reconcile.declared(module.params), module.check_mode
    desired.faults += session.faults(module.params)
    try:
        with VaultStore(module.params["vault"], module.register, check) as store, session.Session(module.params, store, check) as connection:
            module.stats = connection.keycloak.http.stats.as_dict
            return reconcile.Reconciler(connection.keycloak, store, module.params).run(desired, check)
    except (_http.ApiError, _plan.Unforeseeable):
        reconcile.refuse(desired)
        raise


def main() -> t.NoReturn:
    _module.run(SPEC, work, _reconcile.EXPECTED, libraries=[("requests", _http.REQUESTS_IMPORT_ERROR)], counted=("config",))


if __name__ == "__main__":
    main()

#!/usr/bin/python
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The end of Keycloak's first account."""

from __future__ import annotations

DOCUMENTATION = r"""
module: keycloak_bootstrap
short_description: Take the account of Keycloak's first start away
version_added: 0.1.0
author:
  - UnifiedMeta Platform Engineering (@unifiedmeta)
description:
  - Deletes the temporary administrator that Keycloak makes at its first start (C(KC_BOOTSTRAP_ADMIN_USERNAME)), once each login of O(heirs) is proven
    to work, and proves by a login that fails that it is gone.
  - An account that isn't marked as temporary is never deleted.
  - Where it is gone already, the logins of O(heirs) are tried, and a warning tells of one that is refused.
extends_documentation_fragment:
  - unifiedmeta.platform.keycloak
  - unifiedmeta.platform.keycloak.heirs
  - unifiedmeta.platform.vault.nested
options:
  name:
    description: Name of the account.
    type: str
    required: true
  secret:
    description: Its password, or a reference to it. Without one no login is tried after it was deleted, and a warning says so.
    type: str
  realm:
    description: Realm that it is in.
    type: str
    default: master
attributes:
  check_mode:
    support: full
    description: Tells whether it would be deleted. The logins of O(heirs) aren't tried, since an earlier task of the run may make them.
  diff_mode:
    support: full
    description: Shows the account.
  platform:
    support: full
    platforms: posix
    description: Runs where both servers can be reached, usually on the controller.
"""

EXAMPLES = r"""
- name: Take the account of the first start away
  unifiedmeta.platform.keycloak_bootstrap:
    url: https://sso.example.com
    login:
      - {method: client_credentials, client_id: platform-automation, client_secret: vault:platform/keycloak/automation#client_secret}
    name: bootstrap-admin
    secret: vault:platform/keycloak/bootstrap#password
    heirs:
      - {method: client_credentials, client_id: platform-automation, client_secret: vault:platform/keycloak/automation#client_secret}
      - {method: password, username: break-glass, password: vault:platform/keycloak/admin#password}
"""

RETURN = r"""
plan:
  description: The change and why it is made; empty where the account is gone.
  returned: success
  type: list
  elements: dict
  sample: [{action: delete, kind: user, name: master/bootstrap-admin, reason: others administer Keycloak now}]
foreseen:
  description: False where check mode could not look, since a secret or its Vault is yet to be made.
  returned: in check mode, when it could not look
  type: bool
stats:
  description: Requests to Keycloak, writes, repetitions, and seconds.
  returned: always, once the server was asked
  type: dict
"""

import typing as t

from ansible.module_utils.basic import env_fallback

from ansible_collections.unifiedmeta.platform.plugins.module_utils import _http, _module, _plan, _reconcile
from ansible_collections.unifiedmeta.platform.plugins.module_utils._keycloak import bootstrap, login, session
from ansible_collections.unifiedmeta.platform.plugins.module_utils._vault_store import VaultStore, nested

SPEC = session.spec(
    env_fallback, **nested(env_fallback), name={"type": "str", "required": True}, secret={"type": "str", "no_log": True},
    realm={"type": "str", "default": "master"},
    heirs={"type": "list", "elements": "dict", "required": True, "options": session.SPEC["login"]["options"]})


def work(module: _module.Module) -> dict[str, t.Any]:
    """Log in to both, look, delete, prove, log out."""
    check, wrong = module.check_mode, session.faults(module.params) + login.faults(module.params["heirs"], "heirs")
    if wrong:
        raise _plan.Refused("The options are wrong; nothing was done", wrong + bootstrap.faults(module.params))
    with VaultStore(module.params["vault"], module.register, check) as store, session.Session(module.params, store, check) as connection:
        module.stats = connection.keycloak.http.stats.as_dict
        return bootstrap.end(connection.keycloak, module.params, connection.resolve, connection.register, check)


def main() -> t.NoReturn:
    _module.run(SPEC, work, _reconcile.EXPECTED, libraries=[("requests", _http.REQUESTS_IMPORT_ERROR)])


if __name__ == "__main__":
    main()

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
options:
  config:
    description:
      - The desired state, any part of it, by the sections V(mounts), V(auth), V(policies), V(secrets), V(database), V(pki), V(transit), V(identity)
        and V(audit).
    type: dict
    required: true
  scope:
    description: Name of this declaration. What one scope made, another one neither changes nor deletes.
    type: str
    default: default
  site:
    description:
      - Name of the site that this declaration belongs to, noted in the ledger at the first write. A scope that another site's name stands in is refused, so two
        sites on one Vault don't take each other's objects for their own.
    type: str
  prune:
    description: V(owned) deletes what this scope made and no longer declares, of the sections that O(config) has.
    type: str
    choices: [none, owned]
    default: none
  max_deletes:
    description: When more objects would be deleted, nothing is done at all.
    type: int
    default: 10
  adopt:
    description: Take over objects that exist but were not made by this scope. Without it, those that differ are refused.
    type: bool
    default: false
  rotate:
    description: Keys of secrets to replace by fresh values now, each as C(<mount>/<path>#<key>). Every run with it replaces them again.
    type: list
    elements: str
    default: []
  plan_file:
    description: File to write the whole plan to, as JSON. Without it a plan of more than 200 changes is written to C(~/.local/state/unifiedmeta),
      one file a scope.
    type: path
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
  description: The changes, at most 200 of them; C(plan_file) holds all.
  returned: success
  type: list
  elements: dict
  sample: [{action: create, kind: policy, name: grafana, fields: [policy]}]
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
  returned: failure
  type: list
  elements: str
stats:
  description: Requests, writes, repetitions, and seconds.
  returned: always, once the server was asked
  type: dict
"""

import typing as t

from ansible.module_utils.basic import AnsibleModule, env_fallback, missing_required_lib

from ansible_collections.unifiedmeta.platform.plugins.module_utils import _http, _plan, _reconcile
from ansible_collections.unifiedmeta.platform.plugins.module_utils._vault import reconcile, session


class Module(AnsibleModule):
    """What was called is told without the declaration, from the check of the arguments on: it may hold secrets, and it is large."""

    def _return_formatted(self, kwargs: dict[str, t.Any]) -> None:
        config = self.params.get("config")
        sections = config.items() if isinstance(config, dict) else ()
        counts = {section: len(content) if isinstance(content, dict) else 0 for section, content in sections}
        super()._return_formatted({"invocation": {"module_args": {**self.params, "config": counts}}, **kwargs})


def main() -> t.NoReturn:
    module = Module(supports_check_mode=True, argument_spec=session.spec(
        env_fallback, config={"type": "dict", "required": True}, scope={"type": "str", "default": "default"}, site={"type": "str"},
        prune={"type": "str", "choices": ["none", "owned"], "default": "none"}, max_deletes={"type": "int", "default": 10},
        adopt={"type": "bool", "default": False}, rotate={"type": "list", "elements": "str", "default": []}, plan_file={"type": "path"}))
    if _http.REQUESTS_IMPORT_ERROR:
        module.fail_json(msg=missing_required_lib("requests"), exception=_http.REQUESTS_IMPORT_ERROR)
    run = None
    try:
        with session.Session(module.params, module.no_log_values.add) as connection:
            run = reconcile.Reconciler(connection.vault, module.params, connection.register, connection.readers(),
                                       lambda: connection.login.policies)
            try:
                result = run.run(module.check_mode)
            except _http.ApiError:
                if not (module.check_mode and connection.account_missing and not connection.login.method):
                    raise
                raise _plan.Unforeseeable(f"the service account {connection.account_missing} that logs in isn't there: what differs in Vault can't be "
                                          "foreseen before it is made") from None
    except _plan.Unforeseeable as reason:
        module.warn(str(reason))
        module.exit_json(changed=False, plan=[], foreseen=False, stats=run.vault.http.stats.as_dict())
    except (_plan.Refused, ValueError, *_reconcile.EXPECTED) as error:
        stats = {"stats": run.vault.http.stats.as_dict()} if run else {}
        module.fail_json(msg=str(error), **{"changed": False, **stats, **getattr(error, "result", {})})
    # As warn() has it: ansible-core 2.23 takes them no more from the result.
    for text in result.pop("warnings", ()):
        module.warn(text)
    module.exit_json(**result)


if __name__ == "__main__":
    main()

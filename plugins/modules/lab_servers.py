#!/usr/bin/python
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
from __future__ import annotations

DOCUMENTATION = r"""
---
module: lab_servers
short_description: Run the lab's servers under supervision
version_added: 0.1.0
description:
  - Brings one instance of the lab to the wanted state. That means its own certificate authority and certificates, credentials, configuration, the
    supervised servers, and readiness of each.
  - A second run changes nothing. A server is restarted only when something that it reads has changed, and the result says what.
  - Servers that a killed supervisor left behind are recognised by their directory, ended and started again.
extends_documentation_fragment:
  - unifiedmeta.platform.lab
  - unifiedmeta.platform.lab_progress
options:
  state:
    description:
      - V(started) makes everything run and wait until it is ready.
      - V(stopped) ends all processes and keeps the data.
      - V(absent) ends all processes and removes the state directory. The cache is kept.
    type: str
    choices: [started, stopped, absent]
    default: started
  remove_cache:
    description: Remove what was fetched and built as well. Only with O(state=absent).
    type: bool
    default: false
  wait:
    description:
      - With V(all), everything is ready at the end.
      - With V(needed), Keycloak may still be starting, which is slow and which no other server needs; who uses it waits for it.
    type: str
    choices: [all, needed]
    default: all
attributes:
  check_mode:
    support: full
    description: The plan is the one that a run carries out.
  diff_mode:
    support: full
    description: The configuration files; those with a secret in them are named without their text.
"""

EXAMPLES = r"""
- name: Run the lab
  unifiedmeta.platform.lab_servers: &instance
    name: local
    state_dir: /var/lib/unifiedmeta-lab/local
    port_base: 18000
    cache: "{{ ansible_env.HOME }}/.cache/unifiedmeta-lab"
    files: "{{ role_path }}/files"

- name: Remove the lab
  unifiedmeta.platform.lab_servers:
    <<: *instance
    state: absent
"""

RETURN = r"""
plan:
  description: What was done, or would be done in check mode.
  returned: success
  type: list
  elements: dict
  contains:
    object:
      description: A file, a program or an object in a server.
      type: str
      returned: always
    action:
      description: One of create, update, start, restart, stop and remove.
      type: str
      returned: always
    reason:
      description: Why.
      type: str
      returned: when there is one to tell
  sample: [{"object": "openbao", "action": "restart", "reason": "openbao.json: content differs"}]
summary:
  description: What runs, where, and where its credentials are kept.
  returned: when O(state=started)
  type: list
  elements: dict
  sample: [{"system": "OpenBao", "url": "https://127.0.0.1:18200", "credentials": "bootstrap/"}]
hints:
  description: Lines for a shell to look at what runs.
  returned: when O(state=started)
  type: list
  elements: str
"""

import contextlib
import typing as t

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.unifiedmeta.platform.plugins.module_utils._lab import removal
from ansible_collections.unifiedmeta.platform.plugins.module_utils._lab.assemble import ARGUMENTS, Options
from ansible_collections.unifiedmeta.platform.plugins.module_utils._lab.instance import Plan
from ansible_collections.unifiedmeta.platform.plugins.module_utils._lab.layout import LabError
from ansible_collections.unifiedmeta.platform.plugins.module_utils._lab.progress import Progress
from ansible_collections.unifiedmeta.platform.plugins.module_utils._lab.started import started
from ansible_collections.unifiedmeta.platform.plugins.module_utils._lab.summary import hints, summary


def bring(params: dict[str, t.Any], options: Options, progress: Progress, check: bool) -> Plan:
    """Brings the instance to the state that the parameters ask for. Two runs at once wait for each other: one would stop what the other starts."""
    with contextlib.nullcontext() if check else options.cache.lock(f"instance-{options.layout.name}"):
        if params["state"] == "started":
            return started(options, progress, check, params["wait"] == "all")
        plan = removal.end(options, check, remove=params["state"] == "absent")
        if params["remove_cache"] and params["state"] == "absent":
            removal.clear(options.cache, plan, check)
        return plan


def main() -> None:
    """Runs the module."""
    extra = {
        "state": {"type": "str", "choices": ["started", "stopped", "absent"], "default": "started"},
        "remove_cache": {"type": "bool", "default": False},
        "wait": {"type": "str", "choices": ["all", "needed"], "default": "all"},
        "progress": {"type": "path"},
    }
    module = AnsibleModule(argument_spec={**ARGUMENTS, **extra}, supports_check_mode=True)
    options, progress = Options.of(module.params), Progress(module.params["progress"])
    try:
        faults = options.layout.validate() + options.cache.faults()
        if faults:
            raise LabError(*faults)
        plan = bring(module.params, options, progress, module.check_mode)
    except LabError as error:
        module.fail_json(msg="\n".join(error.faults))
    table = {"summary": summary(options), "hints": hints(options)} if module.params["state"] == "started" else {}
    module.exit_json(changed=bool(plan.changes), plan=plan.changes, diff=plan.diffs, **table)


if __name__ == "__main__":
    main()

#!/usr/bin/python
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
from __future__ import annotations

DOCUMENTATION = r"""
---
module: kubernetes_objects
short_description: Bring a list of Kubernetes objects to what it says
version_added: 0.1.0
description:
  - Reads all objects in bulk, plans, applies the difference concurrently by server-side apply, and waits until what it declares is ready.
  - What this scope made carries the label C(platform.unifiedmeta.io/scope). Objects of others that differ are a conflict unless O(adopt) is set;
    those that are as wanted are left to their owner.
  - A second run with nothing to do sends no write, not even a dry run.
author:
  - UnifiedMeta Platform Engineering (@unifiedmeta)
requirements:
  - requests
  - PyYAML
  - kubernetes, where the kubeconfig names a program for its login
attributes:
  check_mode:
    support: full
    description: The plan is the one that a run carries out. Of objects that differ the server itself says what would become of them (dry run).
  diff_mode:
    support: full
    description: Values of Secrets are masked.
  action:
    support: full
    description: A part runs on the controller; it refuses O(values) where arguments would lie in a file.
options:
  kubeconfig:
    description:
      - Path of the kubeconfig. The environment variable E(KUBECONFIG), C(~/.kube/config) and a pod's service account are the fallbacks.
    type: path
  context:
    description: Context in the kubeconfig. The default is its current one.
    type: str
  timeout:
    description: Seconds to wait for an answer.
    type: float
    default: 30
  manifests:
    description: The objects. Only declared fields are managed.
    type: list
    elements: dict
    required: true
  values:
    description:
      - Secret values by name. In O(manifests), C(value:NAME) as a value in C(stringData) of a Secret stands for one of them, so that manifests may be shown.
    type: dict
    default: {}
  scope:
    description: Whose objects they are. Objects of other scopes are left alone.
    type: str
    required: true
  adopt:
    description: Whether objects that others made are taken over, the fields that their tools manage included.
    type: bool
    default: false
  prune:
    description:
      - V(owned) deletes what this scope made and O(manifests) doesn't declare any more, of the kinds in O(manifests).
    type: str
    choices: [none, owned]
    default: none
  max_deletes:
    description: The most objects that one run may delete. More is refused as a whole.
    type: int
    default: 10
  concurrency:
    description: How many requests run at once.
    type: int
    default: 16
  wait:
    description: Seconds to wait until the objects are ready. 0 doesn't wait.
    type: float
    default: 120
  plan_file:
    description: File for the whole plan, as JSON, where it has more than 200 entries.
    type: path
"""

EXAMPLES = r"""
- name: Namespace and service account of the automation
  unifiedmeta.platform.kubernetes_objects:
    scope: vault
    manifests:
      - apiVersion: v1
        kind: Namespace
        metadata: {name: platform-system}
      - apiVersion: v1
        kind: ServiceAccount
        metadata: {name: platform-automation, namespace: platform-system}
"""

RETURN = r"""
plan:
  description: What is done to which object, and why; the first 200.
  type: list
  elements: dict
  returned: always
  sample: [{action: create, kind: Namespace, name: platform-system, fields: [kind], reason: it doesn't exist}]
stats:
  description: Number of requests and the time they took.
  type: dict
  returned: always
"""

from ansible.module_utils.basic import AnsibleModule, missing_required_lib

from ansible_collections.unifiedmeta.platform.plugins.module_utils import _http, _plan
from ansible_collections.unifiedmeta.platform.plugins.module_utils._kubernetes import config, objects
from ansible_collections.unifiedmeta.platform.plugins.module_utils._kubernetes.client import connect
from ansible_collections.unifiedmeta.platform.plugins.module_utils._kubernetes.reconcile import Reconciler

SPEC = {
    "kubeconfig": {"type": "path"},
    "context": {"type": "str"},
    "timeout": {"type": "float", "default": 30},
    "manifests": {"type": "list", "elements": "dict", "required": True},
    "values": {"type": "dict", "default": {}, "no_log": True},
    "scope": {"type": "str", "required": True},
    "adopt": {"type": "bool", "default": False},
    "prune": {"type": "str", "choices": ["none", "owned"], "default": "none"},
    "max_deletes": {"type": "int", "default": 10},
    "concurrency": {"type": "int", "default": 16},
    "wait": {"type": "float", "default": 120},
    "plan_file": {"type": "path"},
}


def run(module: AnsibleModule) -> None:
    """Check, read, plan, apply, wait. Leaves by exit_json or fail_json."""
    params = module.params
    faults = objects.faults(params["manifests"]) + objects.scope_faults(params["scope"])
    manifests = objects.filled(params["manifests"], params["values"], faults)
    if faults:
        module.fail_json(msg=_lines("manifests that can't be used", faults))
    http = connect(params["kubeconfig"], params["context"], timeout=params["timeout"], concurrency=params["concurrency"])
    work = Reconciler(http, manifests, params["scope"], adopt=params["adopt"], prune=params["prune"] == "owned",
                      max_deletes=params["max_deletes"])
    faults = work.read()
    planned = None if faults else work.plan()
    faults += [] if planned is None else planned.faults + planned.conflicts
    if faults:
        module.fail_json(msg=_lines("nothing was changed", faults))
    outcomes = [] if module.check_mode else work.apply(planned.changes)
    result = _plan.result(planned.changes, http.stats.as_dict(), plan_file=params["plan_file"])
    if any(outcome.state != "done" for outcome in outcomes):
        result["changed"] = any(outcome.state == "done" for outcome in outcomes)
        module.fail_json(msg=_plan.failure(outcomes), **result)
    late = work.wait(params["wait"]) if params["wait"] and not module.check_mode else []
    result["stats"] = http.stats.as_dict()
    if late:
        module.fail_json(msg=_lines("applied, but not ready", late), **result)
    module.exit_json(**result)


def _lines(headline: str, faults: list) -> str:
    return faults[0] if len(faults) == 1 else f"{headline}, {len(faults)} faults:\n" + "\n".join(f"- {fault}" for fault in faults)


def main() -> None:
    """The module's process."""
    module = AnsibleModule(argument_spec=SPEC, supports_check_mode=True)
    for library, trace in (("requests", _http.REQUESTS_IMPORT_ERROR), ("PyYAML", config.YAML_IMPORT_ERROR)):
        if trace:
            module.fail_json(msg=missing_required_lib(library), exception=trace)
    try:
        run(module)
    except (_http.ApiError, config.KubeconfigError, _plan.Refused) as error:
        module.fail_json(msg=str(error))


if __name__ == "__main__":
    main()

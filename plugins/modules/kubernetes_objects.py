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
extends_documentation_fragment:
  - unifiedmeta.platform.reconciler
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
  scope:
    description:
      - Name of this declaration. What one scope made, another one neither changes nor deletes. It has no default, since the label is all that tells
        one declaration's objects from another's in the cluster.
    type: str
    required: true
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
  wait:
    description: Seconds to wait until the objects are ready. 0 doesn't wait.
    type: float
    default: 120
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
  description: What is done to which object, and why, at most 200 changes; C(plan_file) holds all.
  type: list
  elements: dict
  returned: success, when a change failed, and when what was applied isn't ready in time
  sample: [{action: create, kind: Namespace, name: platform-system, fields: [kind], reason: it doesn't exist}]
plan_file:
  description: File with the whole plan.
  returned: when the plan is large, or O(plan_file) is set
  type: str
plan_size:
  description: Number of changes.
  returned: with plan_file
  type: int
outcomes:
  description: What became of each change of a run that failed.
  returned: when a change failed
  type: list
  elements: str
stats:
  description: Number of requests and the time they took.
  type: dict
  returned: always, once the server was asked
"""

import typing as t

from ansible_collections.unifiedmeta.platform.plugins.module_utils import _http, _module, _plan, _reconcile
from ansible_collections.unifiedmeta.platform.plugins.module_utils._kubernetes import config, objects
from ansible_collections.unifiedmeta.platform.plugins.module_utils._kubernetes.client import connect
from ansible_collections.unifiedmeta.platform.plugins.module_utils._kubernetes.reconcile import Reconciler

SPEC = {
    **_module.RECONCILER,
    "scope": {"type": "str", "required": True},
    "kubeconfig": {"type": "path"},
    "context": {"type": "str"},
    "timeout": {"type": "float", "default": 30},
    "manifests": {"type": "list", "elements": "dict", "required": True},
    "values": {"type": "dict", "default": {}, "no_log": True},
    "wait": {"type": "float", "default": 120},
}


def work(module: _module.Module) -> dict[str, t.Any]:
    """Check, read, plan, apply, wait."""
    params = module.params
    faults = objects.faults(params["manifests"]) + objects.scope_faults(params["scope"])
    manifests = objects.filled(params["manifests"], params["values"], faults)
    if faults:
        raise _plan.Refused("The manifests can't be used; nothing was done", faults)
    http = connect(params["kubeconfig"], params["context"], timeout=params["timeout"], concurrency=params["concurrency"])
    module.stats = http.stats.as_dict
    run = Reconciler(http, manifests, params["scope"], adopt=params["adopt"], prune=params["prune"] == "owned")
    faults = run.read()
    planned = _plan.Planned(faults=faults) if faults else run.plan()
    _reconcile.refuse(planned, params["max_deletes"])
    if not module.check_mode:
        _reconcile.settle(run.apply(planned.changes))
    late = run.wait(params["wait"]) if params["wait"] and not module.check_mode else []
    result = _plan.result(planned.changes, http.stats.as_dict(), plan_file=params["plan_file"], name=f"kubernetes_objects-{params['scope']}")
    if late:
        raise _plan.Refused("Applied, but not ready", late, result)
    return result


def main() -> t.NoReturn:
    _module.run(SPEC, work, (_http.ApiError,), libraries=[("requests", _http.REQUESTS_IMPORT_ERROR), ("PyYAML", config.YAML_IMPORT_ERROR)],
                counted=("manifests",))


if __name__ == "__main__":
    main()

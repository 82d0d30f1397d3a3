# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The options that the lab's modules share."""
from __future__ import annotations


class ModuleDocFragment:
    """Documentation of one instance of the lab."""

    DOCUMENTATION = r"""
options:
  name:
    description: Name of the instance. Instances with different names, state directories and port bases run side by side.
    type: str
    required: true
  state_dir:
    description: Directory of the instance. It belongs to the lab, which removes it when the instance is removed.
    type: path
    required: true
  port_base:
    description: The number that the instance's ports start from. C(docs/lab.md) lists them.
    type: int
    required: true
  cache:
    description: Directory that keeps what was fetched and built, for all instances.
    type: path
    required: true
  files:
    description: Directory of the lock files, C(roles/lab/files).
    type: path
    required: true
  kubernetes:
    description:
      - V(build) runs a control plane that is built from its Go modules.
      - V(kubeconfig) uses the cluster that the environment variable E(KUBECONFIG) names.
      - V(kind) and V(k3d) make a cluster with Docker.
    type: str
    choices: [build, kubeconfig, kind, k3d]
    default: build
  servers:
    description: The servers beside Kubernetes. Keycloak brings PostgreSQL, where it keeps everything.
    type: list
    elements: str
    choices: [openbao, postgres, keycloak, registry, s3]
    default: [openbao, postgres, keycloak, registry, s3]
  node:
    description:
      - With V(fake), kwok plays the nodes; workloads become ready and run nothing.
      - With V(real), one node with kubelet and containerd runs pods as processes, in a network namespace and cgroups of its own. Everything
        then listens in that namespace.
      - Only with O(kubernetes=build).
    type: str
    choices: [fake, real]
    default: fake
  nodes:
    description: Number of fake nodes. Only with O(kubernetes=build) and O(node=fake).
    type: int
    default: 2
  vault_bin:
    description: A HashiCorp Vault or OpenBao binary to run instead of the locked OpenBao.
    type: path
  keycloak_archive:
    description:
      - Keycloak's archive, instead of fetching it with Maven. A file, a folder that holds it by its own name, or a URL.
      - It has to be the one of the lock.
    type: str
  realm:
    description: Keycloak's realm whose people may log in to the API server, with the client C(kubernetes). Without one nobody can.
    type: str
author:
  - UnifiedMeta Platform Engineering (@unifiedmeta)
"""

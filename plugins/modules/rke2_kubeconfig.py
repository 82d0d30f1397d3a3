#!/usr/bin/python
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# All of it is the action plugin of the same name.
from __future__ import annotations

DOCUMENTATION = r"""
---
module: rke2_kubeconfig
short_description: Fetch the kubeconfig of an RKE2 cluster
version_added: 0.1.0
description:
  - Reads the administrator's kubeconfig on a server and writes it on the controller, with the cluster's address and name in it, mode 0600.
  - It is merged into a file that is there on request; entries of other clusters stay as they are.
  - What it holds opens the cluster; it is in no result, no diff and no temporary file.
author:
  - UnifiedMeta Platform Engineering (@unifiedmeta)
attributes:
  check_mode:
    support: full
    description: Tells whether it would be written.
  diff_mode:
    support: none
    description: It is a secret.
  platform:
    support: full
    platforms: posix
    description: It reads on a server and writes on the controller.
options:
  source:
    description: The file on the server, where RKE2's C(write-kubeconfig) says another one.
    type: str
    default: /etc/rancher/rke2/rke2.yaml
  path:
    description: The file on the controller.
    type: path
    required: true
  server:
    description: The address of the API server as people reach it, such as V(https://api.example.com:6443).
    type: str
    required: true
  name:
    description: Name of cluster, user and context in it.
    type: str
    required: true
  merge:
    description: Keep what else is in the file.
    type: bool
    default: false
  select:
    description: Make it the current context of the merged file.
    type: bool
    default: false
"""

EXAMPLES = r"""
- name: Fetch the kubeconfig
  unifiedmeta.platform.rke2_kubeconfig:
    path: ~/.kube/config
    server: https://api.example.com:6443
    name: onprem
    merge: true
"""

RETURN = r"""
path:
  description: The file.
  type: str
  returned: when RKE2 runs there
context:
  description: Name of the context.
  type: str
  returned: when RKE2 runs there
"""

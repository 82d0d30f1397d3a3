# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Where the ExternalSecrets of a plan find Vault, and how they log in to it."""

from __future__ import annotations


class ModuleDocFragment:
    """Documentation shared by filters."""

    DOCUMENTATION = r"""
options:
  server:
    description: URL of Vault as pods reach it. From C(platform_endpoints) or the component that provides C(vault) unless set.
    type: str
    default: ""
  ca:
    description: CA of that URL, PEM, for a Vault outside of the cluster.
    type: str
    default: ""
  store:
    description: Name of the ClusterSecretStores. There is one for each namespace, C(<store>-<namespace>).
    type: str
    default: platform
  mount:
    description: Path of the kubernetes auth method in Vault.
    type: str
    default: kubernetes
  audience:
    description: Audience of the service account's token, as in P(unifiedmeta.platform.vault_spec#filter).
    type: str
    default: vault
  interval:
    description: How often values are read again, as a Go duration.
    type: str
    default: 1h
"""

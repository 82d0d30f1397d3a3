# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The servers of one Vault, and how their key is split."""

from __future__ import annotations


class ModuleDocFragment:
    """Documentation of options that begin and open a Vault."""

    DOCUMENTATION = r"""
options:
  name:
    description: Name of this Vault in the bootstrap store.
    type: str
    default: openbao
  servers:
    description:
      - All servers of this Vault. The first is the one that is initialised.
      - A silent server is a warning beside one that is open, else an error, since it may belong to a cluster that lives.
    type: list
    elements: dict
    required: true
    suboptions:
      url:
        description: Address of the server's API.
        type: str
        required: true
      name:
        description: How it is called in messages. The default is its address.
        type: str
      join_address:
        description: Address by which the other servers reach it. The default is O(servers[].url).
        type: str
      pod:
        description: Reach it by a port-forward into this pod, as before there is an ingress. O(servers[].url) stays its name inside the cluster.
        type: dict
        suboptions:
          namespace:
            description: Namespace of the pod.
            type: str
            required: true
          name:
            description: Name of the pod.
            type: str
            required: true
          port:
            description: Port of the pod.
            type: int
            default: 8200
  kubeconfig:
    description:
      - Access to the cluster, for O(servers[].pod).
      - The environment variable E(KUBECONFIG) is the fallback.
    type: path
  ca_file:
    description:
      - PEM file with the CA that signed the servers' certificates. It is handed to servers that join, too.
      - The environment variable E(VAULT_CACERT) is the fallback.
    type: path
  validate_certs:
    description: Whether certificates are verified.
    type: bool
    default: true
  timeout:
    description: Seconds to wait for an answer.
    type: float
    default: 30
  wait:
    description: Seconds to wait until a server is open.
    type: float
    default: 60
  shares:
    description: Number of unseal shares, or of recovery shares where the server unseals itself.
    type: int
    default: 1
  threshold:
    description: How many of O(shares) it takes.
    type: int
    default: 1
  pgp_keys:
    description:
      - OpenPGP public keys of the holders, one for each of O(shares). An armoured text, base64, or the absolute path of a file.
      - The shares are then encrypted for their holders, and no run of this module can unseal without O(unseal_keys).
    type: list
    elements: str
    default: []
  root_token_pgp_key:
    description: OpenPGP public key for which the root token is encrypted. No run can use the token then.
    type: str
  unseal_keys:
    description: Shares that people give by hand. They are used instead of those in the store, and are not kept.
    type: list
    elements: str
    default: []
"""

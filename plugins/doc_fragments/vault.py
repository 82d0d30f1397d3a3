# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The connection to Vault or OpenBao, which every plugin that talks to it has: as options, or as suboptions of ``vault``."""

from __future__ import annotations

import re
import textwrap

from ansible_collections.unifiedmeta.platform.plugins.doc_fragments.bootstrap_store import SUBOPTIONS

_OPTIONS = r"""
url:
  description:
    - Address of Vault or OpenBao, such as C(https://vault.example.com:8200). A standby node is left for the active one where that can be reached.
      Plain C(http://) is taken for this machine only, or through a port-forward.
    - The environment variable E(VAULT_ADDR) counts where the option isn't given.
  type: str
token:
  description:
    - A token, for the login method V(token).
    - The environment variable E(VAULT_TOKEN) counts where the option isn't given.
  type: str
ca_file:
  description:
    - File with the certificates of the CAs that may sign the server's.
    - The environment variable E(VAULT_CACERT) counts where the option isn't given, then E(REQUESTS_CA_BUNDLE) and E(CURL_CA_BUNDLE), then the system's
      certificates. None of them overrides the option.
  type: path
namespace:
  description:
    - Namespace to work in.
    - The environment variable E(VAULT_NAMESPACE) counts where the option isn't given.
  type: str
validate_certs:
  description: Whether the server's certificate is verified.
  type: bool
  default: true
timeout:
  description: Seconds to wait for an answer.
  type: float
  default: 30
kubeconfig:
  description:
    - Access to the Kubernetes cluster, for the login method V(kubernetes), for O(port_forward) and for references C(kubernetes:<namespace>/<secret>#<key>).
    - The environment variable E(KUBECONFIG) counts where the option isn't given.
  type: path
login:
  description:
    - Ways to log in, tried in this order. What a login makes is revoked at the end, and renewed in time when a run lasts.
    - Without any, O(token) counts.
  type: list
  elements: dict
  default: []
  suboptions:
    method:
      description:
        - V(token) is O(token).
        - V(kubernetes) asks Kubernetes for a short token of a service account and logs in with it.
        - V(bootstrap) is the root token in the bootstrap store, as long as it is there.
      type: str
      required: true
      choices: [token, kubernetes, bootstrap]
    mount:
      description: Path of the auth method, for V(kubernetes).
      type: str
      default: kubernetes
    role:
      description: Role of the auth method, for V(kubernetes).
      type: str
    namespace:
      description: Namespace of the service account, for V(kubernetes).
      type: str
    service_account:
      description: Name of the service account, for V(kubernetes).
      type: str
    audiences:
      description: Audiences of the service account's token, for V(kubernetes). The default is the API server's own.
      type: list
      elements: str
      default: []
    store:
      description: The bootstrap store, for V(bootstrap), as for M(unifiedmeta.platform.vault_init).
      type: dict
      suboptions:""" + textwrap.indent(SUBOPTIONS, "        ") + r"""
    name:
      description: Name of the Vault in the bootstrap store.
      type: str
      default: openbao
port_forward:
  description: Reach the server through the Kubernetes API instead of O(url), as before there is an ingress.
  type: dict
  suboptions:
    namespace:
      description: Namespace of the service.
      type: str
      required: true
    service:
      description: Name of the service.
      type: str
      required: true
    port:
      description: Port of the service.
      type: int
      default: 8200
"""
_REQUIREMENTS = r"""
requirements:
  - requests >= 2.31 on the host that runs this
  - PyYAML and kubernetes on that host, for what goes through Kubernetes
  - cryptography on that host, for generated key pairs and an encrypted bootstrap store
"""


class ModuleDocFragment:
    """Documentation shared by modules. ``NESTED``: for modules whose own system has an address."""

    # With a type, since ansible-test's yamllint takes every plain assignment here for a literal.
    DOCUMENTATION: str = "options:" + textwrap.indent(_OPTIONS, "  ") + _REQUIREMENTS
    NESTED: str = """
options:
  vault:
    description:
      - The Vault or OpenBao that holds the values of references, the ledger of what was made, and the key of the fingerprints of secrets in it.
    type: dict
    suboptions:""" + textwrap.indent(re.sub(r"\bO\(", "O(vault.", _OPTIONS), "      ") + """
      declared:
        description:
          - Paths, such as C(platform/grafana/admin), of the secrets that earlier tasks of the run make.
          - In check mode a reference to one of them that isn't there yet is a warning, and to another one a fault, as in the run. Without the option,
            and while Vault is empty, each is a warning.
        type: list
        elements: str
""" + _REQUIREMENTS

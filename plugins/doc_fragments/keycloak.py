# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The connection to Keycloak."""

from __future__ import annotations

import textwrap

# Of an option that is a way to log in.
_LOGIN = r"""
method:
  description:
    - V(password) takes C(username) and C(password).
    - V(client_credentials) takes C(client_id) and C(client_secret), of a client with a service account.
  type: str
  required: true
  choices: [password, client_credentials]
realm:
  description: Realm that knows them.
  type: str
  default: master
username:
  description: Name, for V(password).
  type: str
password:
  description: Password, or a reference to it, for V(password).
  type: str
client_id:
  description: Client, for V(client_credentials); for V(password) the default is C(admin-cli).
  type: str
client_secret:
  description: The client's secret, or a reference to it.
  type: str
"""


class ModuleDocFragment:
    """Documentation shared by modules."""

    # With a type, since ansible-test's yamllint takes every plain assignment here for a literal.
    DOCUMENTATION: str = r"""
options:
  url:
    description:
      - Address of Keycloak, such as C(https://sso.example.com), with its path where it has one. Plain C(http://) is taken for this machine only.
      - The environment variable E(KEYCLOAK_URL) counts where the option isn't given.
    type: str
  username:
    description:
      - Name of an administrator of the realm C(master), where O(login) isn't given.
      - The environment variable E(KEYCLOAK_USERNAME) counts where the option isn't given.
    type: str
  password:
    description:
      - The administrator's password, or a reference such as C(vault:platform/keycloak/admin#password).
      - The environment variable E(KEYCLOAK_PASSWORD) counts where the option isn't given.
    type: str
  ca_file:
    description:
      - File with the certificates of the CAs that may sign the server's.
      - The environment variable E(KEYCLOAK_CA_FILE) counts where the option isn't given, then E(REQUESTS_CA_BUNDLE) and E(CURL_CA_BUNDLE), then the
        system's certificates. None of them overrides the option.
    type: path
  validate_certs:
    description: Whether the server's certificate is verified.
    type: bool
    default: true
  timeout:
    description: Seconds to wait for an answer.
    type: float
    default: 60
  login:
    description:
      - Ways to log in, tried in this order; one whose secret isn't in Vault, or who may do nothing in Keycloak, is passed over. Tokens are renewed in
        time when a run lasts, and the session that a password opened is closed at the end.
      - Without any, O(username) and O(password) count.
    type: list
    elements: dict
    default: []
    suboptions:""" + textwrap.indent(_LOGIN, "      ") + r"""
requirements:
  - requests >= 2.31 on the host that runs this
"""

    HEIRS: str = r"""
options:
  heirs:
    description: Who administers Keycloak from then on. Each of these logins must work before anything is deleted.
    type: list
    elements: dict
    required: true
    suboptions:""" + textwrap.indent(_LOGIN, "      ")

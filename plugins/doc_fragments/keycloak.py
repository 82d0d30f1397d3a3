# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The connection to Keycloak."""

from __future__ import annotations


class ModuleDocFragment:
    """Documentation shared by modules."""

    DOCUMENTATION = r"""
options:
  url:
    description:
      - Address of Keycloak, such as C(https://sso.example.com), with its path where it has one.
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
      - Ways to log in, tried in this order; one whose secret isn't in Vault is passed over. Tokens are renewed in time when a run lasts, and the session
        that a password opened is closed at the end.
      - Without any, O(username) and O(password) count.
    type: list
    elements: dict
    default: []
    suboptions:
      method:
        description:
          - V(password) is O(login[].username) and O(login[].password).
          - V(client_credentials) is O(login[].client_id) and O(login[].client_secret), of a client with a service account.
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
requirements:
  - requests >= 2.31 on the host that runs this
"""

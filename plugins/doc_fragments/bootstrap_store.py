# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The option ``store``, which every plugin that uses the bootstrap store has."""

from __future__ import annotations

import textwrap

# Of the option that is a bootstrap store, whatever its name.
SUBOPTIONS = r"""
path:
  description: Absolute path of its file. Without it the store is read-only.
  type: path
passphrase_file:
  description:
    - File with the passphrase, or a program that prints it.
    - Without it the secrets that C(ansible-playbook) was given count, as by C(--vault-password-file), I(bootstrap) before the first one.
  type: path
passphrase:
  description: Set by the part that runs on the controller. Don't set it in a playbook.
  type: str
encrypt:
  description: Whether the file is encrypted as by C(ansible-vault).
  type: bool
  default: true
content:
  description: Content of a store file from elsewhere, as AWX hands in credentials. The newer of it and the file counts.
  type: str
wait:
  description: Seconds to wait for another run that uses the store.
  type: float
  default: 120
"""


class ModuleDocFragment:
    """Documentation shared by modules and lookups."""

    # With a type, since ansible-test's yamllint takes every plain assignment here for a literal.
    DOCUMENTATION: str = r"""
options:
  store:
    description:
      - The site's bootstrap store, one file for the secrets that exist before there is a Vault. Its folder must have mode 0700 and the
        file 0600, both owned by the user that runs this.
    type: dict
    required: true
    suboptions:""" + textwrap.indent(SUBOPTIONS, "      ")

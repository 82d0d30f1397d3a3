# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The controller's part of keycloak_bootstrap: logins to Vault by the bootstrap store need its passphrase."""

from __future__ import annotations

from ansible_collections.unifiedmeta.platform.plugins.plugin_utils._secret_action import SecretAction


class ActionModule(SecretAction):
    """See :class:`SecretAction`."""

# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Where every system's ledger lies, and the key of the fingerprints in it: a KV v2 mount of Vault, ``platform-ledger/<system>/<scope>``."""

from __future__ import annotations

import base64
import typing as t

from ansible_collections.unifiedmeta.platform.plugins.module_utils import _secrets
from ansible_collections.unifiedmeta.platform.plugins.module_utils._http import ApiError
from ansible_collections.unifiedmeta.platform.plugins.module_utils._ledger import DESCRIPTION, MOUNT, CasMismatch

FINGERPRINT_PATH = "fingerprint-key"


class LedgerStore:
    """``vault``: the client (``_vault.api.Vault``). ``mounted``: is the mount there? It is made at the first write; None: nobody looked."""

    def __init__(self, vault: t.Any, mounted: bool | None = None):
        self._vault, self.mounted = vault, mounted

    def read(self, path: str) -> tuple[dict | None, int]:
        """The document and its version; (None, 0) where there is none."""
        return self._vault.secret(MOUNT, path)

    def write(self, path: str, data: dict, cas: int) -> int:
        """The new version. Raises CasMismatch where the version isn't ``cas`` any more."""
        if self.mounted is False:
            self._mount()
        try:
            return self._put(path, data, cas)
        except ApiError as error:
            if error.status != 404 or self.mounted:
                raise
        self._mount()
        return self._put(path, data, cas)

    def _put(self, path: str, data: dict, cas: int) -> int:
        version = self._vault.put_secret(MOUNT, path, data, cas).get("version", cas + 1)
        self.mounted = True
        return version

    def _mount(self) -> None:
        try:
            body = {"type": "kv", "options": {"version": "2"}, "description": DESCRIPTION}
            self._vault.write(f"sys/mounts/{MOUNT}", body, f"mount {MOUNT}")
        except ApiError as error:
            if error.status == 403:
                error.hint = "run vault_config first: it makes the mount of every ledger; or let the policy of our login make it"
            if "in use" not in error.detail:
                raise
        self.mounted = True


def fingerprints(store: LedgerStore, *, make: bool) -> _secrets.Fingerprints | None:
    """The keyed hash of this Vault; its key is born with CAS 0 where ``make`` is true, so two runs at once agree on one."""
    found, _version = store.read(FINGERPRINT_PATH)
    if found is None and make:
        try:
            store.write(FINGERPRINT_PATH, {"key": _secrets.Fingerprints.new_key()}, 0)
        except CasMismatch:
            pass
        found, _version = store.read(FINGERPRINT_PATH)
    return _secrets.Fingerprints(base64.b64decode(found["key"])) if found else None

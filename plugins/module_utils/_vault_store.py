# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What every reconciler has in Vault: the values of its references, its ledger, the key of its fingerprints. By the options of ``vault:``."""

from __future__ import annotations

import contextlib
import threading
import typing as t

from ansible_collections.unifiedmeta.platform.plugins.module_utils import _reconcile, _secrets
from ansible_collections.unifiedmeta.platform.plugins.module_utils._http import ApiError
from ansible_collections.unifiedmeta.platform.plugins.module_utils._ledger import Ledger
from ansible_collections.unifiedmeta.platform.plugins.module_utils._ledger_store import LedgerStore, fingerprints
from ansible_collections.unifiedmeta.platform.plugins.module_utils._vault.session import Session, nested

__all__ = ["VaultStore", "nested"]


class VaultStore:
    """``params``: the option ``vault``. ``register``: called with every secret that is read. ``check``: check mode, where a Vault that isn't
    initialised counts as empty, and a secret that isn't there yet as one that an earlier task makes (``warnings`` say which); where ``params`` tell
    what earlier tasks make (``declared``) and Vault isn't empty, only those.

    A context: the login that it makes is revoked at its end. Raises ApiError, Unforeseeable and what the ledger raises."""

    def __init__(self, params: dict[str, t.Any], register: t.Callable[[str], t.Any], check: bool = False):
        self.session, self.check, self.declared = Session(params, register, check, "vault."), check, params.get("declared")
        self.documents = LedgerStore(self.session.vault)
        self.resolver = _secrets.Resolver({"vault": self._read, **self.session.readers()}, self.session.register)
        self.empty = False
        self.warnings: list[str] = []
        self._mounts: set[str] = set()

    def __enter__(self) -> VaultStore:
        try:
            self.empty = self.session.vault.is_empty(self.check)
        except BaseException:
            self.session.vault.http.close()
            raise
        return self

    def __exit__(self, *error: t.Any) -> None:
        self.session.__exit__(*error)

    def ledger(self, system: str, scope: str, site: str | None = None) -> Ledger:
        """Loaded. Raises ForeignLedger where it is another site's."""
        made = Ledger(None if self.empty else self.documents, system, scope, site or "")
        return made if self.empty else made.load()

    def prints(self, *, make: bool) -> _secrets.Fingerprints | None:
        """The keyed hash for write-only fields; its key is made where ``make`` is true: never while planning."""
        return None if self.empty else fingerprints(self.documents, make=make)

    def values(self) -> t.Callable[[_secrets.Reference], t.Any]:
        """For a planner."""
        return _reconcile.values(self.resolver, unforeseen=self._unforeseen)

    @contextlib.contextmanager
    def ahead(self, references: t.Iterable[_secrets.Reference]) -> t.Iterator[None]:
        """Reads these secrets beside what is done inside, mostly waiting for another server; a plan that asks for them afterwards needn't wait. What can't
        be read is told when it is asked for."""
        thread = threading.Thread(target=self._know, args=(list(references),), name="secrets", daemon=True)
        thread.start()
        try:
            yield
        finally:
            thread.join()

    def _know(self, references: list[_secrets.Reference]) -> None:
        for reference in references:
            try:
                self.resolver.get(reference)
            except _secrets.SecretError:
                continue
            except (ApiError, ValueError):
                return

    def _unforeseen(self, reference: _secrets.Reference, error: Exception) -> bool:
        if not self.check or not isinstance(error, _secrets.SecretError):
            return False
        if self.declared is not None and not self.empty and reference.scheme == "vault" and reference.path not in self.declared:
            return False
        self.warnings.append(f"{error}; taken to be made by an earlier task of the run")
        return True

    def _read(self, path: str) -> dict | None:
        if self.empty:
            return None
        mount = next((mount for mount in self._mounts if path.startswith(mount + "/")), None)
        if mount is None:
            mount = self.session.vault.mount_of(path)
            self._mounts |= {mount} if mount else set()
            mount = mount or path.split("/", maxsplit=1)[0]
        try:
            return self.session.vault.secret(mount, path[len(mount) + 1:])[0]
        except ApiError as error:
            if error.status == 403:
                error.hint = f"let the policy of our login read {mount}/data/{path[len(mount) + 1:]}"
            raise

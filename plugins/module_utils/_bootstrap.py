# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The bootstrap store: the secrets of one site that exist before there is a Vault (unseal shares, node tokens, seal keys).

One file, readable by its owner alone (0600 in a folder of 0700), encrypted as ansible-vault does it, replaced atomically and synced to
the disk before a write returns. A lock file keeps two runs apart. Content::

    {"format": 1, "serial": 7, "vaults": {"openbao": {…}}, "secrets": {"rke2/token": {"value": …, "created": …}}}

``serial`` grows by one with every write: where a copy is handed in (``content``, as AWX does) the newer of the two counts.
"""

from __future__ import annotations

import contextlib
import dataclasses
import fcntl
import json
import os
import socket
import stat
import time
import typing as t

from ansible_collections.unifiedmeta.platform.plugins.module_utils import _bootstrap_cipher as cipher

FORMAT = 1
SECTIONS = ("vaults", "secrets")
# Characters. The file may fall into the hands of others, who can then try passphrases as fast as they like (ansible-vault: 10,000 rounds of PBKDF2).
SHORTEST = 12
# The option ``store`` of modules; documented in the fragment bootstrap_store.
STORE_SPEC: dict[str, t.Any] = {
    "path": {"type": "path"}, "passphrase_file": {"type": "path", "no_log": False}, "passphrase": {"type": "str", "no_log": True},
    "encrypt": {"type": "bool", "default": True}, "content": {"type": "str", "no_log": True}, "wait": {"type": "float", "default": 120},
}


class StoreError(Exception):
    """The store can't be used; ``faults`` are sentences, one a fault."""

    def __init__(self, faults: str | list[str]):
        self.faults = [faults] if isinstance(faults, str) else list(faults)
        super().__init__("; ".join(self.faults))


@dataclasses.dataclass
class Store:
    """One site's store.

    ``path``: the file; None where only ``content`` is handed in, which is then read-only. ``passphrase``: None only with
    ``encrypt=False``. ``content``: the text of a store file from elsewhere. ``wait``: seconds to wait for another run's lock.
    """

    path: str | None
    passphrase: str | None = dataclasses.field(default=None, repr=False)
    encrypt: bool = True
    content: str | None = dataclasses.field(default=None, repr=False)
    wait: float = 120.0

    @classmethod
    def of(cls, options: dict[str, t.Any]) -> Store:
        """The store of a module's option ``store``."""
        return cls(options.get("path"), options.get("passphrase"), options.get("encrypt", True), options.get("content"), options.get("wait", 120.0))

    @property
    def where(self) -> str:
        """How errors call it."""
        return f"bootstrap store {self.path}" if self.path else "bootstrap store that was handed in"

    @property
    def writable(self) -> bool:
        return self.path is not None

    def faults(self) -> list[str]:
        """Everything that keeps the store from being used, one sentence a fault."""
        found = []
        if cipher.CRYPTOGRAPHY_IMPORT_ERROR and self.encrypt:
            found.append(f"{self.where}: Python's cryptography package is missing here; run with the interpreter that runs Ansible")
        if self.encrypt and not self.passphrase:
            found.append(f"{self.where}: no passphrase; name a file in passphrase_file or give ansible-playbook a --vault-password-file")
        elif self.encrypt and len(self.passphrase) < SHORTEST:
            found.append(f"{self.where}: the passphrase has {len(self.passphrase)} characters, at least {SHORTEST} are needed; make one with «(umask 077; "
                         "openssl rand -base64 32 > FILE)», and «ansible-vault rekey» gives it to a store that is there")
        if self.path is None:
            return found if self.content else [*found, "bootstrap store: neither path nor content is given"]
        if not os.path.isabs(self.path):
            return [*found, f"{self.where}: the path must be absolute"]
        return found + _loose(os.path.dirname(self.path), True, self.where) + _loose(self.path, False, self.where)

    def read(self) -> dict[str, t.Any]:
        """The content; an empty store where there is no file yet. Raises :class:`StoreError`."""
        faults = self.faults()
        if faults:
            raise StoreError(faults)
        candidates = [self._decode(self.content.encode(), "bootstrap store that was handed in")] if self.content else []
        if self.path and os.path.exists(self.path):
            try:
                with open(self.path, "rb") as file:
                    candidates.append(self._decode(file.read(), self.where))
            except OSError as error:
                raise StoreError(f"{self.where} can't be read: {error.strerror}") from error
        empty: dict[str, t.Any] = {"format": FORMAT, "serial": 0, "vaults": {}, "secrets": {}}
        return max(candidates, key=lambda data: data["serial"], default=empty)

    def write(self, data: dict[str, t.Any]) -> None:
        """Replace the content; on return file and folder are on the disk. ``data['serial']`` is raised. Raises :class:`StoreError`."""
        if not self.path:
            raise StoreError(f"{self.where} is read-only: give it a path to write to that outlives this run")
        data["serial"] = data.get("serial", 0) + 1
        plain = json.dumps({**data, "format": FORMAT}, indent=1, sort_keys=True).encode()
        text = cipher.encrypt(plain, self.passphrase.encode()) if self.encrypt else plain
        folder = os.path.dirname(self.path)
        try:
            os.makedirs(folder, mode=0o700, exist_ok=True)
            faults = self.faults()
            if faults:
                raise StoreError(faults)
            temporary = self.path + ".new"  # the lock keeps others off it; one left by a killed run is overwritten
            handle = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW, 0o600)
            with open(handle, "wb") as file:
                os.fchmod(file.fileno(), 0o600)
                file.write(text)
                file.flush()
                os.fsync(file.fileno())
            os.replace(temporary, self.path)
            sync_folder(folder)
        except OSError as error:
            raise StoreError(f"{self.where} can't be written: {error.strerror}; nothing of it was changed") from error

    @contextlib.contextmanager
    def locked(self) -> t.Iterator[None]:
        """Keeps other runs out; waits up to ``wait`` seconds. Raises :class:`StoreError` that names the holder."""
        faults = self.faults()
        if faults:
            raise StoreError(faults)
        if not self.path:
            yield
            return
        name = self.path + ".lock"
        try:
            os.makedirs(os.path.dirname(self.path), mode=0o700, exist_ok=True)
            handle = os.open(name, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
        except OSError as error:
            raise StoreError(f"{self.where} can't be locked: {name}: {error.strerror}") from error
        with open(handle, "r+", encoding="utf-8") as file:
            deadline = time.monotonic() + self.wait
            while True:
                try:
                    fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                    break
                except BlockingIOError as error:
                    if time.monotonic() > deadline:
                        raise StoreError(f"{self.where} is in use by {file.read().strip() or 'another run'}; wait until it has ended") from error
                    time.sleep(0.2)
            file.truncate(0)
            file.write(f"process {os.getpid()} on {socket.gethostname()} since {time.strftime('%Y-%m-%dT%H:%M:%SZ', time.gmtime())}\n")
            file.flush()
            yield

    def _decode(self, text: bytes, where: str) -> dict[str, t.Any]:
        if self.encrypt and not cipher.is_encrypted(text):
            raise StoreError(f"{where} isn't encrypted; encrypt it with «ansible-vault encrypt», or set encrypt to false")
        try:
            data = json.loads(cipher.decrypt(text, self.passphrase.encode()) if cipher.is_encrypted(text) and self.passphrase else text)
        except cipher.CipherError as error:
            raise StoreError(f"{where}: {error}; correct the content of passphrase_file, or the --vault-password-file that was given") from error
        except ValueError as error:
            raise StoreError(f"{where}: what is in it isn't a bootstrap store") from error
        if not isinstance(data, dict) or data.get("format") != FORMAT:
            raise StoreError(f"{where}: its format is {data.get('format') if isinstance(data, dict) else 'unknown'}, this version reads {FORMAT}")
        return {**{section: {} for section in SECTIONS}, "serial": 0, **data}


def sync_folder(folder: str) -> None:
    """Without it a renamed file may be gone after a power cut."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _loose(path: str, folder: bool, where: str) -> list[str]:
    """What is wrong with owner and mode of ``path``; nothing where it doesn't exist yet."""
    try:
        found = os.lstat(path)
    except FileNotFoundError:
        return []
    except OSError as error:
        return [f"{where}: {path}: {error.strerror}"]
    if not (stat.S_ISDIR(found.st_mode) if folder else stat.S_ISREG(found.st_mode)):
        kind = "folder" if folder else "regular file"
        return [f"{where}: {path} is no {kind} of its own (a link isn't followed); name the {kind} itself"]
    faults = []
    if found.st_uid != os.geteuid():
        faults.append(f"{where}: {path} belongs to user id {found.st_uid}, this run is {os.geteuid()}; run as its owner, or «chown» it")
    if stat.S_IMODE(found.st_mode) & 0o077:
        mode = "0700" if folder else "0600"
        faults.append(f"{where}: {path} has mode {stat.S_IMODE(found.st_mode):04o}, others may get at it; «chmod {mode} {path}», and look who could read it")
    return faults

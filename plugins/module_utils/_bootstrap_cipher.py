# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The file format of ansible-vault (1.1 and 1.2, AES256), for use inside a module.

A module's process holds only a part of ansible-core, so ``ansible.parsing.vault`` can't be imported there. What is written here is
read by ``ansible-vault view`` and the other way round (a test does both). Source: «Ansible Vault payload format 1.1 - 1.2» in the
documentation of ansible-core: PBKDF2-HMAC-SHA256 with 10,000 rounds, AES-256 in counter mode, encrypt then HMAC-SHA256.
"""

from __future__ import annotations

import binascii
import hashlib
import hmac
import os
import traceback

CRYPTOGRAPHY_IMPORT_ERROR: str | None = None
try:
    from cryptography.hazmat.primitives import padding
    from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
except ImportError:
    CRYPTOGRAPHY_IMPORT_ERROR = traceback.format_exc()

HEADER = b"$ANSIBLE_VAULT;1.1;AES256"
_ROUNDS = 10_000
_WIDTH = 80


class CipherError(Exception):
    """The text isn't ansible-vault's, or the passphrase is another one."""


def is_encrypted(text: bytes) -> bool:
    """True where ``text`` begins like a file of ansible-vault."""
    return text.startswith(b"$ANSIBLE_VAULT;")


def encrypt(plain: bytes, passphrase: bytes, salt: bytes | None = None) -> bytes:
    """The file's content for ``plain``. ``salt``: 32 bytes, random unless a test gives them."""
    salt = salt or os.urandom(32)
    key, mac_key, counter = _keys(passphrase, salt)
    padder = padding.PKCS7(128).padder()
    cipher = Cipher(algorithms.AES(key), modes.CTR(counter)).encryptor()
    sealed = cipher.update(padder.update(plain) + padder.finalize()) + cipher.finalize()
    mac = hmac.new(mac_key, sealed, hashlib.sha256).digest()
    body = binascii.hexlify(b"\n".join(binascii.hexlify(part) for part in (salt, mac, sealed)))
    lines = [body[start:start + _WIDTH] for start in range(0, len(body), _WIDTH)]
    return b"\n".join([HEADER, *lines, b""])


def decrypt(text: bytes, passphrase: bytes) -> bytes:
    """What is in ``text``. Raises :class:`CipherError`."""
    header, _newline, body = text.partition(b"\n")
    fields = header.strip().split(b";")
    if fields[0] != b"$ANSIBLE_VAULT" or fields[1:2] not in ([b"1.1"], [b"1.2"]) or fields[2:3] != [b"AES256"]:
        raise CipherError("it isn't a file of ansible-vault (AES256)")
    try:
        salt, mac, sealed = (binascii.unhexlify(part) for part in binascii.unhexlify(b"".join(body.split())).split(b"\n", 2))
    except ValueError as error:
        raise CipherError("the file is damaged or cut off") from error
    key, mac_key, counter = _keys(passphrase, salt)
    if not hmac.compare_digest(hmac.new(mac_key, sealed, hashlib.sha256).digest(), mac):
        raise CipherError("the passphrase is wrong, or the file was changed")
    cipher = Cipher(algorithms.AES(key), modes.CTR(counter)).decryptor()
    unpadder = padding.PKCS7(128).unpadder()
    return unpadder.update(cipher.update(sealed) + cipher.finalize()) + unpadder.finalize()


def _keys(passphrase: bytes, salt: bytes) -> tuple[bytes, bytes, bytes]:
    """Cipher key, HMAC key (32 bytes each) and the counter's start (16 bytes)."""
    derived = hashlib.pbkdf2_hmac("sha256", passphrase, salt, _ROUNDS, 80)
    return derived[:32], derived[32:64], derived[64:]

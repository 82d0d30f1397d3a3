"""Bootstrap data: what all servers must share (authorities' keys, the service accounts' key, the encryption configuration), encrypted with the token.

It lies in the datastore under /bootstrap/<first 12 digits of the token's sha256>, as RKE2's does (https://docs.rke2.io/security/token: PBKDF2 of the
token). The cipher is this distribution's own (openssl's AES-256-CBC, then HMAC-SHA256): Python has no AES-GCM.
"""
from __future__ import annotations

import base64
import hashlib
import hmac
import json
import os
import subprocess
import typing as t

from . import log
from .place import Place, write

PREFIX = "/bootstrap/"
FILES = (
    *(f"tls/{name}.{ending}" for name in ("server-ca", "client-ca", "request-header-ca", "etcd/server-ca", "etcd/peer-ca") for ending in ("crt", "key")),
    "tls/service.key", "cred/encryption-config.json", "cred/encryption-state.json", "cred/ipsec.psk",
)
ROUNDS = 100_000


def key_of(password: str) -> str:
    """Returns the datastore's key for a token's password."""
    return PREFIX + hashlib.sha256(password.encode()).hexdigest()[:12]


def gather(place: Place) -> dict[str, str]:
    """Returns the shared files: name -> base64."""
    found = {}
    for name in FILES:
        path = place("server", name)
        if os.path.exists(path):
            with open(path, "rb") as file:
                found[name] = base64.b64encode(file.read()).decode()
    return found


def scatter(place: Place, bundle: dict[str, str]) -> None:
    """Writes the shared files."""
    for name, text in bundle.items():
        if name in FILES:
            write(place("server", name), base64.b64decode(text), 0o644 if name.endswith(".crt") else 0o600)


def _keys(password: str, salt: bytes) -> tuple[bytes, bytes]:
    made = hashlib.pbkdf2_hmac("sha256", password.encode(), salt, ROUNDS, 64)
    return made[:32], made[32:]


def _aes(words: t.Sequence[str], key: bytes, salt: bytes, data: bytes) -> bytes:
    # The key goes through a pipe, never into the list of processes.
    reader, writer = os.pipe()
    os.write(writer, key.hex().encode() + b"\n")
    os.close(writer)
    command = ["openssl", "enc", *words, "-aes-256-cbc", "-pbkdf2", "-iter", "1", "-S", salt.hex(), "-pass", f"fd:{reader}"]
    try:
        return subprocess.run(command, input=data, capture_output=True, check=True, pass_fds=[reader]).stdout
    finally:
        os.close(reader)


def seal(password: str, bundle: dict[str, str]) -> bytes:
    """Returns the bundle, encrypted."""
    salt = os.urandom(8)
    key, mac = _keys(password, salt)
    sealed = _aes(["-e"], key, salt, json.dumps(bundle, sort_keys=True).encode())
    tag = hmac.new(mac, salt + sealed, "sha256").digest()
    return b":".join(base64.b64encode(part) for part in (salt, tag, sealed))


def unseal(password: str, data: bytes) -> dict[str, str]:
    """Returns the bundle. Raises Fatal for another token's."""
    salt, tag, sealed = (base64.b64decode(part) for part in data.split(b":"))
    key, mac = _keys(password, salt)
    if not hmac.compare_digest(tag, hmac.new(mac, salt + sealed, "sha256").digest()):
        raise log.Fatal("bootstrap data already found and encrypted with different token")
    return json.loads(_aes(["-d"], key, salt, sealed))


def find(stored: dict[str, bytes], password: str) -> dict[str, str] | None:
    """Returns this token's bundle, None where the datastore holds none at all. Raises Fatal where it holds another token's."""
    if key_of(password) in stored:
        return unseal(password, stored[key_of(password)])
    if stored:
        raise log.Fatal("bootstrap data already found and encrypted with different token")
    return None

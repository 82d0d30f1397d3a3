# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The lab's own credentials: random, made once, each in a file of its own that only its owner may read."""
from __future__ import annotations

import base64
import ctypes
import ctypes.util
import hashlib
import hmac
import json
import secrets
import string
import typing as t

from ansible_collections.unifiedmeta.platform.plugins.module_utils._lab.files import File, read
from ansible_collections.unifiedmeta.platform.plugins.module_utils._lab.layout import LabError, Layout

ALPHABET = string.ascii_letters + string.digits
BCRYPT_ALPHABET = "./" + string.ascii_uppercase + string.ascii_lowercase + string.digits


# The servers that a login is for, where that isn't its own name: it is made when all of them are asked for.
OF = {"postgres-openbao": ("postgres",), "postgres-keycloak": ("postgres", "keycloak")}


def password(length: int = 32) -> str:
    """Returns a random password of letters and digits."""
    return "".join(secrets.choice(ALPHABET) for _n in range(length))


def template(layout: Layout) -> dict[str, dict[str, t.Any]]:
    """Returns what each credentials file holds; a value of None is a secret to make."""
    database = {"host": layout.address, "port": layout.port("postgres"), "database": "postgres", "ca_file": layout.ca}
    return {
        "postgres": {**database, "username": "postgres", "password": None},
        # For Vault's database engine, which changes this password once and keeps the new one to itself.
        "postgres-openbao": {**database, "username": "openbao", "password": None},
        "postgres-keycloak": {**database, "database": "keycloak", "username": "keycloak", "password": None},
        # The administrator of the first hour, to be replaced by one with a name.
        "keycloak": {"url": layout.named_url("keycloak"), "username": "bootstrap-admin", "password": None, "ca_file": layout.ca},
        "registry": {"url": layout.url("registry"), "username": "lab", "password": None, "ca_file": layout.ca},
        "s3": {"url": layout.url("s3"), "region": "us-east-1", "access_key": None, "secret_key": None, "ca_file": layout.ca},
    }


def chosen(system: str, servers: t.Iterable[str]) -> bool:
    """Tells whether a system's credentials are needed with these servers."""
    return set(OF.get(system, (system,))) <= set(servers)


def path(layout: Layout, system: str) -> str:
    """Returns the path of a system's credentials file."""
    return layout.path("credentials", f"{system}.json")


def desired(layout: Layout, make: t.Callable[[], str] = password) -> dict[str, tuple[dict[str, t.Any], File]]:
    """Returns each system's credentials with their file; secrets on disk are kept, missing ones are made (so call it once a run).

    Raises LabError for a spoilt file.
    """
    found = {}
    for system, values in template(layout).items():
        place = path(layout, system)
        text = read(place)
        try:
            old = json.loads(text) if text else {}
        except ValueError as error:
            raise LabError(f"{place} is not JSON any more ({error}): restore it, or remove the lab with «make demo-down» and start again.") from error
        merged = {key: value if value is not None else old.get(key) or make() for key, value in values.items()}
        found[system] = (merged, File(place, json.dumps(merged, indent=2, sort_keys=True) + "\n", secret=True))
    return found


def passphrase(layout: Layout) -> File:
    """Returns the file with the passphrase of the site's bootstrap store; made once."""
    place = layout.path("credentials", "bootstrap-passphrase")
    return File(place, read(place) or password(48) + "\n", secret=True)


def bcrypt(secret: str, setting: str | None = None) -> str:
    """Returns the bcrypt hash of a password, by the C library's crypt(3); ``setting``: an existing hash whose salt is used. Raises LabError."""
    name = ctypes.util.find_library("crypt") or "libcrypt.so.1"
    try:
        crypt = ctypes.CDLL(name).crypt
    except (OSError, AttributeError) as error:
        raise LabError("The C library's crypt(3) is missing, which hashes the registry's password: install it (Debian: libcrypt1).") from error
    crypt.restype, crypt.argtypes = ctypes.c_char_p, [ctypes.c_char_p, ctypes.c_char_p]
    salt = setting or "$2b$05$" + "".join(secrets.choice(BCRYPT_ALPHABET) for _n in range(21)) + "."
    hashed = crypt(secret.encode(), salt.encode()) or b""
    if not hashed.startswith(b"$2"):
        raise LabError("The C library's crypt(3) knows no bcrypt, which the registry needs: use Debian 12 or newer.")
    return hashed.decode()


def htpasswd(layout: Layout, username: str, secret: str) -> str:
    """Returns the registry's password file: the one on disk while it fits the password, else a new one."""
    old = read(layout.path("config", "registry.htpasswd")) or ""
    user, _colon, hashed = old.strip().partition(":")
    if user == username and hashed.startswith("$2") and hmac.compare_digest(bcrypt(secret, hashed), hashed):
        return old
    return f"{username}:{bcrypt(secret)}\n"


def scram(secret: str, salt: bytes | None = None, iterations: int = 4096) -> str:
    """Returns PostgreSQL's SCRAM-SHA-256 verifier of a password (RFC 5802, RFC 7677): the password itself never reaches the server's log."""
    salt = salt or secrets.token_bytes(16)
    salted = hashlib.pbkdf2_hmac("sha256", secret.encode(), salt, iterations)
    stored = hashlib.sha256(hmac.digest(salted, b"Client Key", "sha256")).digest()
    server = hmac.digest(salted, b"Server Key", "sha256")
    encoded = [base64.b64encode(part).decode() for part in (salt, stored, server)]
    return f"SCRAM-SHA-256${iterations}:{encoded[0]}${encoded[1]}:{encoded[2]}"


def scram_fits(verifier: str, secret: str) -> bool:
    """Tells whether a stored verifier is one of the password."""
    try:
        method, middle, _keys = verifier.split("$")
        iterations, salt = middle.split(":")
        if method != "SCRAM-SHA-256":
            return False
        return hmac.compare_digest(scram(secret, base64.b64decode(salt), int(iterations)), verifier)
    except ValueError:
        return False

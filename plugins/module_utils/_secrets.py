# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Secrets: references to them, generators of them, fingerprints instead of them.

A reference is ``vault:<mount>/<path>#<key>`` (no ``data/``), or ``kubernetes:<namespace>/<secret>#<key>`` for what Kubernetes gives
birth to; it is resolved inside the module that needs the value, once, and the value is registered so that Ansible takes it out of
whatever it prints. Nothing here writes anywhere.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import re
import secrets
import string
import threading
import typing as t
import urllib.parse
import uuid

SCHEMES = ("vault", "kubernetes")
_PREFIXES = tuple(f"{scheme}:" for scheme in SCHEMES)
MASK = "(secret)"
_REFERENCE = re.compile(r"(?P<scheme>vault|kubernetes):(?P<path>[^#\s]*[^#\s/])#(?P<key>[^#\s]+)")
_ALPHABETS = {"password": string.ascii_letters + string.digits, "lower": string.ascii_lowercase + string.digits, "digits": string.digits}


class SecretError(Exception):
    """A reference or a generator that can't be used; the text says which and what to do."""


class Reference(t.NamedTuple):
    """``path``: mount and path of a KV v2 secret (or namespace and name of a Kubernetes one); ``key``: a key of it."""

    path: str
    key: str
    scheme: str = "vault"

    def __str__(self) -> str:
        return f"{self.scheme}:{self.path}#{self.key}"


def is_reference(value: t.Any) -> bool:
    """Is it meant as one? Whether it is well-formed, parse() tells."""
    return isinstance(value, str) and value.startswith(_PREFIXES)


def parse(text: str) -> Reference:
    """``vault:platform/grafana/admin#password`` -> its parts. Raises :class:`SecretError` on anything else."""
    found = _REFERENCE.fullmatch(text)
    parts = found["path"].split("/") if found else []
    if not found or len(parts) < 2 or (found["scheme"] == "kubernetes" and len(parts) > 2) or {"", ".", ".."} & set(parts):
        raise SecretError(f"«{text}» isn't a reference; write vault:<mount>/<path>#<key>, such as vault:platform/grafana/admin#password, "
                          "or kubernetes:<namespace>/<secret>#<key>")
    return Reference(found["path"], found["key"], found["scheme"])


def references(value: t.Any) -> t.Iterator[Reference]:
    """Every reference inside a nested value, in order. Raises :class:`SecretError` on a malformed one."""
    if is_reference(value):
        yield parse(value)
    elif isinstance(value, dict):
        for item in value.values():
            yield from references(item)
    elif isinstance(value, (list, tuple)):
        for item in value:
            yield from references(item)


def holds_reference(value: t.Any) -> bool:
    """Is it a reference, or one inside of it, however deep?"""
    if isinstance(value, dict):
        return any(map(holds_reference, value.values()))
    return any(map(holds_reference, value)) if isinstance(value, (list, tuple)) else is_reference(value)


def substitute(value: t.Any, function: t.Callable[[Reference], t.Any]) -> t.Any:
    """A copy of a nested value in which ``function`` of it stands for every reference."""
    if is_reference(value):
        return function(parse(value))
    if isinstance(value, dict):
        return {key: substitute(item, function) for key, item in value.items()}
    return [substitute(item, function) for item in value] if isinstance(value, (list, tuple)) else value


class Resolver:
    """Resolves references, each secret read once, from any thread.

    ``readers``: by scheme, a function of a path that gives the secret's keys, None where it doesn't exist. ``register(value)``: called with
    every value handed out.
    """

    def __init__(self, readers: dict[str, t.Callable[[str], dict | None]], register: t.Callable[[str], t.Any] = lambda value: None):
        self._readers, self._register = readers, register
        self._known: dict[tuple[str, str], dict | None] = {}
        self._lock = threading.Lock()

    def get(self, reference: Reference) -> str:
        """Raises :class:`SecretError` where the secret or its key is missing."""
        where = (reference.scheme, reference.path)
        with self._lock:
            if where not in self._known:
                if reference.scheme not in self._readers:
                    raise SecretError(f"«{reference}» can't be resolved here; use a reference to Vault")
                self._known[where] = self._readers[reference.scheme](reference.path)
            found = self._known[where]
        named = f"the {'Kubernetes ' if reference.scheme == 'kubernetes' else ''}secret {reference.path}"
        if found is None:
            raise SecretError(f"{named} doesn't exist; declare it, or write it first")
        if reference.key not in found:
            raise SecretError(f"{named} has no key {reference.key}; declare the key, or write it first")
        value = str(found[reference.key])
        # An empty text, taken out of an output, would leave nothing of it.
        if value.strip():
            self._register(value)
        return value

    def forget(self, path: str) -> None:
        """The secret in Vault changed: read it again next time."""
        with self._lock:
            self._known.pop(("vault", path), None)

    def resolve(self, value: t.Any) -> t.Any:
        """A copy of a nested value with every reference replaced."""
        return substitute(value, self.get)


# --- generators ------------------------------------------------------------------------------------------------------------------
# kind -> options besides `kind`, with (default, least, greatest) where they are numbers
GENERATORS: dict[str, dict[str, t.Any]] = {
    "password": {"length": (32, 16, 1024), "alphabet": None},
    "lower": {"length": (32, 16, 1024)},
    "digits": {"length": (32, 16, 1024)},
    "hex": {"length": (32, 16, 1024)},
    "base64": {"bytes": (32, 16, 4096)},
    "uuid": {},
    "rsa": {"bits": (3072, 2048, 8192), "public": None},
    "ed25519": {"public": None},
}


def generator(spec: t.Any) -> dict[str, t.Any]:
    """The full form of a generator: 32 -> ``{kind: password, length: 32}``. Raises :class:`SecretError` with the reason."""
    if isinstance(spec, int) and not isinstance(spec, bool):
        spec = {"length": spec}
    if not isinstance(spec, dict):
        raise SecretError("a generator is a length or a map such as {kind: hex, length: 64}")
    kind = spec.get("kind", "password")
    if kind not in GENERATORS:
        raise SecretError(f"there is no generator {kind}; there are {', '.join(sorted(GENERATORS))}")
    known, full = GENERATORS[kind], {"kind": kind}
    unknown = sorted(set(spec) - set(known) - {"kind"})
    if unknown:
        raise SecretError(f"the generator {kind} has no option {', '.join(unknown)}; it has {', '.join(sorted(known)) or 'none'}")
    for name, limits in known.items():
        value = spec.get(name, limits[0] if limits else None)
        if limits and (not isinstance(value, int) or isinstance(value, bool) or not limits[1] <= value <= limits[2]):
            raise SecretError(f"{name} of the generator {kind} is a number from {limits[1]} to {limits[2]}, not {value!r}")
        if not limits and value is not None and (not isinstance(value, str) or not value):
            raise SecretError(f"{name} of the generator {kind} is a text, not {value!r}")
        if value is not None:
            full[name] = value
    if len(set(full.get("alphabet", "ab"))) < 2:
        raise SecretError("alphabet of the generator password needs at least two characters")
    return full


def produces(name: str, spec: dict[str, t.Any]) -> list[str]:
    """The keys that a generator for key ``name`` writes: its own, and that of the public half of a key pair."""
    return [name] + ([spec["public"]] if spec.get("public") else [])


def generate(name: str, spec: dict[str, t.Any]) -> dict[str, str]:
    """Fresh values by key, from the operating system's random source. ``spec``: the full form."""
    kind = spec["kind"]
    if kind in ("rsa", "ed25519"):
        return _key_pair(name, spec)
    if kind == "hex":
        value = secrets.token_hex((spec["length"] + 1) // 2)[: spec["length"]]
    elif kind == "base64":
        value = base64.b64encode(secrets.token_bytes(spec["bytes"])).decode()
    elif kind == "uuid":
        value = str(uuid.UUID(bytes=secrets.token_bytes(16), version=4))
    else:
        value = _text(spec.get("alphabet") or _ALPHABETS[kind], spec["length"], mixed=kind == "password" and "alphabet" not in spec)
    return {name: value}


def _text(alphabet: str, length: int, mixed: bool) -> str:
    """Drawn at random; ``mixed``: again until lower, upper and digit are all there (Harbor and many password policies want that)."""
    while True:
        value = "".join(secrets.choice(alphabet) for _index in range(length))
        if not mixed or (any(c.islower() for c in value) and any(c.isupper() for c in value) and any(c.isdigit() for c in value)):
            return value


def _key_pair(name: str, spec: dict[str, t.Any]) -> dict[str, str]:
    """PKCS 8 and SubjectPublicKeyInfo in PEM. cryptography is loaded here alone: most runs never need it."""
    try:
        from cryptography.hazmat.primitives import serialization as form
        from cryptography.hazmat.primitives.asymmetric import ed25519, rsa
    except ImportError as error:
        raise SecretError("key pairs need the Python package cryptography on the controller; install it") from error
    key = rsa.generate_private_key(65537, spec["bits"]) if spec["kind"] == "rsa" else ed25519.Ed25519PrivateKey.generate()
    made = {name: key.private_bytes(form.Encoding.PEM, form.PrivateFormat.PKCS8, form.NoEncryption()).decode()}
    if spec.get("public"):
        made[spec["public"]] = key.public_key().public_bytes(form.Encoding.PEM, form.PublicFormat.SubjectPublicKeyInfo).decode()
    return made


def public_half(private: str) -> str:
    """The public key, in PEM, that belongs to a private one. Raises SecretError where that can't be read."""
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives import serialization as form
    try:
        key = form.load_pem_private_key(private.encode(), None)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        raise SecretError("the private key that is there is no key in PEM without a passphrase; write one, or have it made anew with rotate") from None
    return key.public_key().public_bytes(form.Encoding.PEM, form.PublicFormat.SubjectPublicKeyInfo).decode()


# --- fingerprints ----------------------------------------------------------------------------------------------------------------
class Fingerprints:
    """Keyed hashes that stand for write-only values: equal hashes, equal values, and nothing to guess from without the key (kept in Vault)."""

    def __init__(self, key: bytes):
        if len(key) < 32:
            raise SecretError("the fingerprint key is shorter than 32 bytes")
        self._key = key

    def of(self, name: str, value: t.Any) -> str:
        """HMAC-SHA256 (RFC 2104), 32 hex digits; ``name`` (object and field) keeps equal passwords of two objects apart."""
        return hmac.new(self._key, f"{name}\0{value}".encode(), hashlib.sha256).hexdigest()[:32]

    @staticmethod
    def new_key() -> str:
        """A fresh key, base64 of 32 bytes."""
        return base64.b64encode(secrets.token_bytes(32)).decode()


def redactor(values: t.Iterable[str]) -> t.Callable[[str], str]:
    """A function that replaces ``values`` (a live collection) in a text, also as they stand in JSON and in addresses; texts shorter than four characters
    can't be told from others."""
    known: dict[str, tuple[str, ...]] = {}

    def redact(text: str) -> str:
        for value in list(values):
            if len(value) > 3 and value not in known:
                known[value] = _forms(value)
        for form in sorted({form for forms in list(known.values()) for form in forms}, key=len, reverse=True):
            text = text.replace(form, MASK)
        return text

    return redact


def _forms(value: str) -> tuple[str, ...]:
    """How a value may stand in a body or an address that quotes it."""
    return tuple({value, json.dumps(value)[1:-1], json.dumps(value, ensure_ascii=False)[1:-1], json.dumps(value)[1:-1].replace("/", "\\/"),
                  urllib.parse.quote(value), urllib.parse.quote(value, safe=""), urllib.parse.quote_plus(value)})

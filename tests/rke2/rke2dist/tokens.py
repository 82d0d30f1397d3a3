"""Tokens: K10<sha256 of the server's CA file>::<user>:<password>, or the password alone (https://docs.rke2.io/security/token)."""
from __future__ import annotations

import hashlib
import os
import re
import typing as t

from . import log

FULL = re.compile(r"K10(?P<hash>[0-9a-f]{64})::(?P<user>[a-z-]+):(?P<password>.+)")


class Token(t.NamedTuple):
    """A token in parts; ``hash`` is empty for a short one."""

    hash: str
    user: str
    password: str


def parse(text: str) -> Token:
    """Returns a token's parts. Raises Fatal for one that begins like a full token and isn't."""
    text = text.strip()
    match = FULL.fullmatch(text)
    if match:
        return Token(match["hash"], match["user"], match["password"])
    if text.startswith("K10"):
        raise log.Fatal("invalid token format")
    return Token("", "", text)


def ca_hash(pem: bytes) -> str:
    """Returns the hash of a CA certificate as it stands in a token: that of the file."""
    return hashlib.sha256(pem).hexdigest()


def full(pem: bytes, user: str, password: str) -> str:
    """Returns a full token."""
    return f"K10{ca_hash(pem)}::{user}:{password}"


def check(token: Token, pem: bytes) -> None:
    """Raises Fatal where a token is not of this authority, or names none.

    RKE2 itself only warns of a short token; its documents ask for the full one on every node but the first, and here that is held, unless the
    environment has RKE2_TEST_SHORT_TOKEN=warn (by /etc/default/rke2-server, rke2-agent).
    """
    found = ca_hash(pem)
    if not token.hash:
        text = ("Cluster CA certificate is not trusted by the host CA bundle, but the token does not include a CA hash. "
                "Use the full token from the server's node-token file to enable Cluster CA validation.")
        if os.environ.get("RKE2_TEST_SHORT_TOKEN") != "warn":
            raise log.Fatal(text)
        log.warning(text)
        return
    if token.hash != found:
        raise log.Fatal(f"token CA hash does not match the Cluster CA certificate hash: {token.hash} != {found}")

# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
"""OpenPGP public keys in the form that ``sys/init`` takes: base64 of the binary key. Source: RFC 4880, 4.2, 4.3 and 6.2."""

from __future__ import annotations

import base64
import binascii
import os

_PUBLIC, _SECRET = 6, 5
_ARMOR = "-----BEGIN PGP "


def normalise(key: str) -> str:
    """base64 of the binary public key in ``key``: an armoured text, base64, or the path of a file with the one, the other or the binary.

    Raises ValueError, a sentence without the key's content, for anything else; a private key above all.
    """
    key = key.strip()
    raw = b""
    if os.path.isabs(key) and "\n" not in key:
        try:
            with open(key, "rb") as file:
                raw = file.read()
        except OSError as error:
            raise ValueError(f"the file {key} can't be read ({error.strerror})") from error
        try:
            key = raw.decode("ascii").strip()
        except UnicodeDecodeError:
            key = ""
    if key:
        raw = _armored(key) if key.startswith(_ARMOR) else _plain(key)
    tag = _tag(raw)
    if tag == _SECRET:
        raise ValueError("it's a private key; give the public one, and keep this one where it belongs")
    if tag != _PUBLIC:
        raise ValueError("it isn't an OpenPGP public key; make it with «gpg --export --armor NAME»")
    return base64.b64encode(raw).decode()


def _tag(raw: bytes) -> int:
    """Type of the first packet; -1 where there is none."""
    if not raw or not raw[0] & 0x80:
        return -1
    return raw[0] & 0x3F if raw[0] & 0x40 else (raw[0] & 0x3C) >> 2


def _armored(text: str) -> bytes:
    if "PRIVATE KEY" in text.splitlines()[0]:
        raise ValueError("it's a private key; give the public one, and keep this one where it belongs")
    lines = text.splitlines()[1:]
    blank = next((number for number, line in enumerate(lines) if not line.strip()), -1)
    body = []
    for line in lines[blank + 1:]:
        if line.startswith(("=", "-----END")) and len(line.strip()) != 76:
            break
        body.append(line.strip())
    return _plain("".join(body))


def _plain(text: str) -> bytes:
    try:
        return base64.b64decode("".join(text.split()), validate=True)
    except (binascii.Error, ValueError) as error:
        raise ValueError("it's neither an armoured key, nor base64, nor the absolute path of a file") from error

# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
"""OpenPGP keys as sys/init takes them. The keys are packets made here: only their first byte and their armour matter."""

from __future__ import annotations

import base64

import pytest

from ansible_collections.unifiedmeta.platform.plugins.module_utils._vault.init_pgp import normalise

PUBLIC = bytes([0x99, 0x01, 0x0D]) + bytes(range(200))  # Old format, tag 6.
PUBLIC_NEW = bytes([0xC6, 0x33]) + bytes(range(100))  # New format, tag 6.
SECRET = bytes([0x95, 0x01]) + bytes(range(200))  # Old format, tag 5.
SECRET_NEW = bytes([0xC5, 0x33]) + bytes(range(100))


def text(raw):
    return base64.b64encode(raw).decode()


def armoured(raw, kind="PUBLIC", headers="Comment: a person\n", width=64, crc="=abcd"):
    body = text(raw)
    lines = [body[start:start + width] for start in range(0, len(body), width)]
    head, tail = f"-----BEGIN PGP {kind} KEY BLOCK-----", f"-----END PGP {kind} KEY BLOCK-----"
    return "\n".join([head, *headers.splitlines(), "", *lines, *([crc] if crc else []), tail, ""])


@pytest.mark.parametrize("raw", [PUBLIC, PUBLIC_NEW])
def test_every_form_of_a_key(tmp_path, raw):
    (tmp_path / "binary").write_bytes(raw)
    (tmp_path / "armoured").write_text(armoured(raw), "utf-8")
    (tmp_path / "base64").write_text(text(raw) + "\n", "utf-8")
    forms = [text(raw), armoured(raw), *(str(tmp_path / name) for name in ("binary", "armoured", "base64"))]
    assert {normalise(form) for form in forms} == {text(raw)}


@pytest.mark.parametrize(("headers", "crc", "width"), [("", "=abcd", 64), ("Version: 1\nComment: x\n", "", 64), ("", "=abcd", 76), ("", "", 76)])
def test_armour_has_many_faces(headers, crc, width):
    assert normalise(armoured(PUBLIC, headers=headers, crc=crc, width=width)) == text(PUBLIC)
    assert normalise(armoured(PUBLIC, headers=headers, crc=crc, width=width).replace("\n", "\r\n")) == text(PUBLIC)


def test_space_around_a_key_is_no_matter():
    assert normalise(f"  {text(PUBLIC)}\n") == text(PUBLIC)


@pytest.mark.parametrize("key", [text(SECRET), text(SECRET_NEW), armoured(SECRET, kind="PRIVATE"), armoured(SECRET)])
def test_a_private_key_is_refused(key):
    with pytest.raises(ValueError, match="private key") as caught:
        normalise(key)
    assert text(SECRET)[:20] not in str(caught.value)


@pytest.mark.parametrize("key", [text(b"\x00abc"), text(bytes([0xB4, 5]) + b"user"), ""])
def test_what_is_no_key(key):
    with pytest.raises(ValueError, match="isn't an OpenPGP public key"):
        normalise(key)


@pytest.mark.parametrize("key", ["not base64!", "relative/file", "-----BEGIN PGP PUBLIC KEY BLOCK-----\n\n???\n-----END"])
def test_what_is_no_form_of_a_key(key):
    with pytest.raises(ValueError, match="neither an armoured key, nor base64"):
        normalise(key)


def test_a_file_that_is_not_there(tmp_path):
    with pytest.raises(ValueError, match="can't be read"):
        normalise(str(tmp_path / "none"))


def test_a_private_key_in_a_file(tmp_path):
    (tmp_path / "key").write_bytes(SECRET)
    with pytest.raises(ValueError, match="private key"):
        normalise(str(tmp_path / "key"))

# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The file format is ansible-vault's own: both read what the other wrote."""

from __future__ import annotations

import pytest
from ansible.errors import AnsibleError
from ansible.parsing.vault import VaultLib, VaultSecret

from ansible_collections.unifiedmeta.platform.plugins.module_utils import _bootstrap_cipher as cipher

PLAIN = "unseal «share» 비밀\n".encode() * 40
PASSPHRASE = b"a passphrase with \xc3\xa4 and spaces"


def ansible(passphrase=PASSPHRASE):
    return VaultLib([("default", VaultSecret(passphrase))])


def test_it_reads_what_it_wrote():
    assert cipher.decrypt(cipher.encrypt(PLAIN, PASSPHRASE), PASSPHRASE) == PLAIN


@pytest.mark.parametrize("plain", [b"", b"x", b"x" * 15, b"x" * 16, b"x" * 17])
def test_lengths_around_a_block(plain):
    assert cipher.decrypt(cipher.encrypt(plain, PASSPHRASE), PASSPHRASE) == plain


def test_ansible_reads_what_it_wrote():
    assert ansible().decrypt(cipher.encrypt(PLAIN, PASSPHRASE)) == PLAIN


def test_it_reads_what_ansible_wrote():
    assert cipher.decrypt(ansible().encrypt(PLAIN), PASSPHRASE) == PLAIN


def test_it_reads_what_ansible_wrote_with_a_label():
    """Format 1.2 has the vault id in its header."""
    secret = VaultSecret(PASSPHRASE)
    text = VaultLib([("site", secret)]).encrypt(PLAIN, secret=secret, vault_id="site")
    assert text.startswith(b"$ANSIBLE_VAULT;1.2;AES256;site")
    assert cipher.decrypt(text, PASSPHRASE) == PLAIN


def test_the_same_salt_gives_the_same_text_as_ansible():
    salt = bytes(range(32))
    text = cipher.encrypt(PLAIN, PASSPHRASE, salt)
    assert text == cipher.encrypt(PLAIN, PASSPHRASE, salt) != cipher.encrypt(PLAIN, PASSPHRASE)
    assert text.startswith(b"$ANSIBLE_VAULT;1.1;AES256\n") and max(len(line) for line in text.splitlines()) == 80


def test_nothing_of_the_content_shows():
    text = cipher.encrypt(b"s.AAAABBBBCCCCDDDD", PASSPHRASE)
    assert b"AAAA" not in text and b"s." not in text


def test_a_wrong_passphrase_is_refused():
    text = cipher.encrypt(PLAIN, PASSPHRASE)
    with pytest.raises(cipher.CipherError, match="passphrase is wrong"):
        cipher.decrypt(text, b"another")
    with pytest.raises(AnsibleError):
        ansible(b"another").decrypt(text)


def test_a_changed_file_is_refused():
    text = bytearray(cipher.encrypt(PLAIN, PASSPHRASE))
    position = len(text) - 20
    text[position:position + 1] = b"0" if text[position:position + 1] != b"0" else b"1"
    with pytest.raises(cipher.CipherError):
        cipher.decrypt(bytes(text), PASSPHRASE)


@pytest.mark.parametrize("text", [b"", b"{}", b"$ANSIBLE_VAULT", b"$ANSIBLE_VAULT;1.1", b"$ANSIBLE_VAULT;9.9;AES256\n00", b"$ANSIBLE_VAULT;1.1;AES\n00"])
def test_what_is_no_file_of_ansible_vault(text):
    with pytest.raises(cipher.CipherError, match="isn't a file of ansible-vault"):
        cipher.decrypt(text, PASSPHRASE)


@pytest.mark.parametrize("body", [b"", b"zz", b"00", b"3030"])
def test_what_is_cut_off(body):
    with pytest.raises(cipher.CipherError, match="damaged or cut off"):
        cipher.decrypt(cipher.HEADER + b"\n" + body, PASSPHRASE)


def test_what_is_encrypted():
    assert cipher.is_encrypted(cipher.encrypt(b"", b"x")) and not cipher.is_encrypted(b"{}")

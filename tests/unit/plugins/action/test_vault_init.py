# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The controller's part of vault_init. No server is asked: nothing listens on the port that is named."""

from __future__ import annotations

import pytest

SERVERS = [{"url": "https://127.0.0.1:9"}]


def test_without_pipelining_it_refuses(play, tmp_path):
    arguments = {"servers": SERVERS, "store": {"path": str(tmp_path / "s/store")}}
    assert "vault_init: without pipelining its arguments" in play("vault_init", arguments, ANSIBLE_PIPELINING="false")
    assert "vault_init: without pipelining its arguments" in play("vault_init", arguments, ANSIBLE_KEEP_REMOTE_FILES="true")


def test_without_a_passphrase_it_tells_how_to_make_one(play, tmp_path):
    assert "openssl rand -base64 32" in play("vault_init", {"servers": SERVERS, "store": {"path": str(tmp_path / "s/store")}})


@pytest.mark.parametrize("way", ["file", "vault", "none"])
def test_the_module_gets_the_passphrase(play, tmp_path, way):
    """It comes as far as asking the server, and the passphrase is shown nowhere, not even with -vvv."""
    (tmp_path / "pass").write_text("very-secret-passphrase", "utf-8")
    store = {"path": str(tmp_path / "s/store"), **{"file": {"passphrase_file": str(tmp_path / "pass")}, "vault": {}, "none": {"encrypt": False}}[way]}
    options = ["--vault-password-file", str(tmp_path / "pass")] if way == "vault" else []
    said = play("vault_init", {"servers": SERVERS, "store": store}, "-vvv", *options)
    assert "nothing listens on 127.0.0.1:9" in said and "very-secret-passphrase" not in said


def test_what_is_wrong_is_said_by_the_module(play):
    assert "missing required arguments: servers" in play("vault_init", {"store": {"encrypt": False}})

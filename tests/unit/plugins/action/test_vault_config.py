# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The controller's part of vault_config. No server is asked: nothing listens on the port that is named."""

from __future__ import annotations


def arguments(store, **more):
    return {"url": "https://127.0.0.1:9", "scope": "s", "config": {}, "login": [{"method": "token"}, {"method": "bootstrap", "store": store}], **more}


def test_without_pipelining_it_refuses(play, tmp_path):
    assert "vault_config: without pipelining its arguments" in play("vault_config", arguments({"encrypt": False}), ANSIBLE_PIPELINING="false")


def test_without_a_passphrase_it_tells_how_to_make_one(play, tmp_path):
    assert "openssl rand -base64 32" in play("vault_config", arguments({"path": str(tmp_path / "s/store")}))


def test_the_passphrase_is_handed_on_and_never_shown(play, tmp_path):
    (tmp_path / "pass").write_text("very-secret-passphrase", "utf-8")
    said = play("vault_config", arguments({"path": str(tmp_path / "s/store"), "passphrase_file": str(tmp_path / "pass")}), "-vvv")
    assert "nothing listens on 127.0.0.1:9" in said and "very-secret-passphrase" not in said


def test_logins_without_a_store_need_no_passphrase(play):
    said = play("vault_config", {"url": "https://127.0.0.1:9", "scope": "s", "config": {}, "token": "x"})
    assert "nothing listens on 127.0.0.1:9" in said

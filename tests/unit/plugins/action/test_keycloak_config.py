# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The controller's part of keycloak_config. No server is asked: nothing listens on the port that is named."""

from __future__ import annotations


def arguments(store, **more):
    vault = {"url": "https://127.0.0.1:9", "login": [{"method": "bootstrap", "store": store}]}
    return {"url": "https://127.0.0.1:9", "username": "admin", "password": "p" * 12, "scope": "s", "config": {}, "vault": vault, **more}


def test_without_pipelining_it_refuses(play):
    assert "keycloak_config: without pipelining its arguments" in play("keycloak_config", arguments({"encrypt": False}), ANSIBLE_PIPELINING="false")


def test_the_passphrase_of_vaults_way_in_is_handed_on_and_never_shown(play, tmp_path):
    (tmp_path / "pass").write_text("very-secret-passphrase", "utf-8")
    said = play("keycloak_config", arguments({"path": str(tmp_path / "s/store"), "passphrase_file": str(tmp_path / "pass")}), "-vvv")
    assert "nothing listens on 127.0.0.1:9" in said and "very-secret-passphrase" not in said


def test_without_a_passphrase_it_tells_how_to_make_one(play, tmp_path):
    assert "openssl rand -base64 32" in play("keycloak_config", arguments({"path": str(tmp_path / "s/store")}))

# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The controller's part of keycloak_bootstrap. No server is asked: nothing listens on the port that is named."""

from __future__ import annotations


def arguments(store):
    """What the role gives it, as far as it matters here."""
    vault = {"url": "https://127.0.0.1:9", "login": [{"method": "bootstrap", "store": store}]}
    robot = {"method": "client_credentials", "client_id": "robot", "client_secret": "c" * 12}
    return {"url": "https://127.0.0.1:9", "login": [robot], "name": "first", "heirs": [robot], "vault": vault}


def test_without_pipelining_it_refuses(play):
    assert "keycloak_bootstrap: without pipelining its arguments" in play("keycloak_bootstrap", arguments({"encrypt": False}), ANSIBLE_PIPELINING="false")


def test_the_passphrase_of_vaults_way_in_is_handed_on_and_never_shown(play, tmp_path):
    (tmp_path / "pass").write_text("very-secret-passphrase", "utf-8")
    said = play("keycloak_bootstrap", arguments({"path": str(tmp_path / "s/store"), "passphrase_file": str(tmp_path / "pass")}), "-vvv")
    assert "nothing listens on 127.0.0.1:9" in said and "very-secret-passphrase" not in said

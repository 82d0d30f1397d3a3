# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The mail server of a realm: its password is masked in every answer, so whether it is right a mail tells."""

from __future__ import annotations

import base64
import contextlib
import json
import socketserver
import threading

import pytest

from tests.lab.keycloak_runs import Runs, changes, put_secret


class _Mail(socketserver.StreamRequestHandler):
    """Enough of SMTP (RFC 5321, RFC 4954) to take a login."""

    def say(self, text: str) -> None:
        self.wfile.write(f"{text}\r\n".encode())

    def handle(self) -> None:
        with contextlib.suppress(OSError):
            self.say("220 mail")
            for line in self.rfile:
                word = line.decode().strip()
                verb = word.split(" ")[0].upper()
                if verb == "EHLO":
                    self.say("250-mail\r\n250 AUTH PLAIN")
                elif verb == "AUTH":
                    self.server.logins.append(base64.b64decode(word.split(" ")[2]).decode().split("\0")[-1])
                    self.say("235 ok")
                elif verb == "DATA":
                    self.say("354 go on")
                    while self.rfile.readline().strip() != b".":
                        pass
                    self.say("250 ok")
                else:
                    self.say("221 bye" if verb == "QUIT" else "250 ok")


@pytest.fixture
def mail():
    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), _Mail) as server:
        server.daemon_threads, server.logins = True, []
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server
        server.shutdown()


def test_the_password_of_the_mail_server(keycloak, shared_server, mail):
    put_secret(shared_server, "mail/login", password="first-password-of-mail")
    runs, realm = Runs(keycloak, shared_server, {"scope": "mail"}), keycloak.realm()
    smtp = {"host": "127.0.0.1", "port": mail.server_address[1], "from": "sso@example.com", "auth": True, "user": "sso",
            "password": "vault:platform/mail/login#password"}
    config = {"realms": {realm: {"settings": {"adminEventsEnabled": True, "smtpServer": smtp}}}}

    def login() -> str:
        """What Keycloak tells the mail server: it sends a mail to a user of the realm."""
        if not keycloak.get(f"{realm}/users"):
            keycloak.call("POST", f"{realm}/users", {"username": "kim", "email": "kim@example.com", "enabled": True})
        user = keycloak.get(f"{realm}/users")[0]["id"]
        keycloak.call("PUT", f"{realm}/users/{user}/execute-actions-email", ["UPDATE_PROFILE"])
        return mail.logins[-1]

    assert changes(runs.twice(config)) == [f"create realm {realm}", f"create smtp {realm}"] and login() == "first-password-of-mail"
    assert keycloak.get(realm)["smtpServer"]["password"] == "**********"
    smtp["replyTo"] = "help@example.com"
    assert changes(runs.twice(config)) == [f"update smtp {realm}"] and login() == "first-password-of-mail", "the mask never travels back"
    config["realms"][realm]["settings"]["displayName"] = "Platform"
    runs.twice(config)
    assert login() == "first-password-of-mail", "nor is it lost when something else changes"
    put_secret(shared_server, "mail/login", password="second-password-of-mail")
    shown = runs.twice(config)
    assert changes(shown) == [f"update smtp {realm}"] and login() == "second-password-of-mail" and "password-of-mail" not in json.dumps(shown)

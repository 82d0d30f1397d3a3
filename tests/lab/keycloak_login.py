# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A person at Keycloak's login pages: fills in forms, computes one-time codes (RFC 6238). Plain requests, none of our code."""

from __future__ import annotations

import base64
import hashlib
import hmac
import html
import re
import struct
import time
import typing as t
import urllib.parse

import requests

CLIENT = {"publicClient": True, "redirectUris": ["http://127.0.0.1/back"], "directAccessGrantsEnabled": True}


def code(secret: str, at: float | None = None) -> str:
    """The one-time code of a base32 secret: SHA-1, six digits, 30 seconds."""
    key = base64.b32decode(secret + "=" * (-len(secret) % 8))
    digest = hmac.new(key, struct.pack(">Q", int((at or time.time()) / 30)), hashlib.sha1).digest()
    start = digest[-1] & 15
    return f"{(struct.unpack('>I', digest[start:start + 4])[0] & 0x7FFFFFFF) % 1000000:06d}"


class Person:
    """A browser without scripts, at the login of one client."""

    def __init__(self, keycloak: t.Any, realm: str, client: str = "probe"):
        self.session = requests.Session()
        self.session.trust_env, self.session.verify = False, keycloak.ca_file or True
        query = urllib.parse.urlencode({"client_id": client, "response_type": "code", "scope": "openid", "redirect_uri": "http://127.0.0.1/back"})
        self.start = f"{keycloak.url}/realms/{realm}/protocol/openid-connect/auth?{query}"
        self.open()

    def open(self) -> None:
        """Go to the client, which sends one to Keycloak."""
        self._show(self._get(self.start))

    def _get(self, url: str) -> requests.Response:
        self._loopback()
        return self.session.get(url, allow_redirects=False, timeout=60)

    def _loopback(self) -> None:
        """Browsers take a loopback server for secure, whatever its scheme."""
        for cookie in self.session.cookies:
            cookie.secure = False

    def _show(self, answer: requests.Response) -> None:
        """Follow to the next page; ``inside`` once Keycloak sends us back with a code."""
        for _hop in range(5):
            target = answer.headers.get("Location", "")
            self.inside = target.startswith("http://127.0.0.1/back?") and "code=" in target
            if not target or target.startswith("http://127.0.0.1/back"):
                break
            answer = self._get(target)
        self.page, self.status = answer.text, answer.status_code

    @property
    def asked(self) -> list[str]:
        """The fields of the form on the page."""
        return sorted(set(re.findall(r'<input[^>]*\bname="([^"]+)"', self.page)))

    @property
    def told(self) -> str:
        """The page's text."""
        return re.sub(r"\s+", " ", html.unescape(re.sub(r"<script.*?</script>|<style.*?</style>|<[^>]+>", " ", self.page, flags=re.S)))

    def send(self, **fields: str) -> Person:
        """Submit the form."""
        action = html.unescape(re.findall(r'<form[^>]*\baction="([^"]+)"', self.page)[0])
        hidden = dict(re.findall(r'<input[^>]*type="hidden"[^>]*name="([^"]+)"[^>]*value="([^"]*)"', self.page))
        self._loopback()
        self._show(self.session.post(action, data={**hidden, **fields}, allow_redirects=False, timeout=60))
        return self

    def log_in(self, username: str, password: str) -> Person:
        return self.send(username=username, password=password)

    def enrol(self) -> str:
        """On the page that sets up one-time codes: the secret, once the first code was accepted."""
        raw = re.findall(r'name="totpSecret"[^>]*value="([^"]+)"', self.page)[0]
        secret = base64.b32encode(raw.encode()).decode().rstrip("=")
        self.send(totp=code(secret), userLabel="test", totpSecret=raw)
        return secret

# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
"""`bao login -method=oidc`, the real one, with a person's browser that isn't started by it: it listens on localhost:8250 for what the browser brings back."""

from __future__ import annotations

import json
import os
import pathlib
import re
import socket
import subprocess
import tempfile
import time
import typing as t

PORT = 8250


class BaoLogin:
    """A login that is going on; ``url``: where it sends the browser. As a context it is ended where nobody finished it."""

    def __init__(self, lab: t.Any):
        for family, host in ((socket.AF_INET, "127.0.0.1"), (socket.AF_INET6, "::1")):
            with socket.socket(family) as probe:
                assert probe.connect_ex((host, PORT)) != 0, (
                    f"something listens on {host}:{PORT}, where `bao login -method=oidc` has to: the client in Keycloak permits no other port. End it.")
        # Its home: else it would find, and leave, a token in the home of whoever runs the tests.
        self._home = tempfile.TemporaryDirectory(prefix="bao-login")
        self._said = pathlib.Path(self._home.name) / "said"
        env = {"PATH": os.environ["PATH"], "HOME": self._home.name, "VAULT_ADDR": lab.vault_addr, "VAULT_CACERT": lab.ca_file}
        with self._said.open("w") as said:
            self._process = subprocess.Popen([lab.tool("bao"), "login", "-method=oidc", "-format=json", "-no-store", "skip_browser=true"], env=env,
                                             stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=said, text=True)
        self.url = self._find_url()

    def _find_url(self) -> str:
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline and self._process.poll() is None:
            found = re.search(r"https://\S+/protocol/openid-connect/auth\?\S+", self.said)
            if found:
                return found[0]
            time.sleep(0.05)
        self.end()
        raise AssertionError(f"`bao login` gives no address to open: {self.said}")

    @property
    def said(self) -> str:
        """What it told the person so far; never the token."""
        return self._said.read_text("utf-8")

    @property
    def waits(self) -> bool:
        """Whether it still waits for the browser."""
        return self._process.poll() is None

    def result(self, seconds: float = 60) -> dict[str, t.Any] | None:
        """What it got from Vault once the browser was back, None where it was refused."""
        answer, _nothing = self._process.communicate(timeout=seconds)
        return json.loads(answer)["auth"] if self._process.returncode == 0 else None

    def end(self) -> None:
        if self.waits:
            self._process.terminate()
            self._process.wait(20)

    def __enter__(self) -> BaoLogin:
        return self

    def __exit__(self, *_error: object) -> None:
        self.end()
        if self._process.stdout:
            self._process.stdout.close()
        self._home.cleanup()

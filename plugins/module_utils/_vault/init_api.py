# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The endpoints that initialise, unseal and join one server, and those that make and revoke root tokens. One line a call.

Source: the API documents of OpenBao 2.7 (system/init, unseal, seal-status, storage/raft, generate-root, rotate/root) and the answers of
a real 2.7.2. Nothing here is repeated that a second request would do twice.
"""

from __future__ import annotations

import base64
import time
import typing as t

from ansible_collections.unifiedmeta.platform.plugins.module_utils._http import ApiError, Http
from ansible_collections.unifiedmeta.platform.plugins.module_utils._vault.init_plan import Node

HEALTHY = (200, 429, 472, 473, 501, 503)
_POLL = 0.25


class InitError(Exception):
    """A step that failed, as a sentence with a way out."""


def errors(response: t.Any) -> str | None:
    """The message in an error's body."""
    try:
        return "; ".join(response.json().get("errors") or []) or None
    except (ValueError, AttributeError):
        return None


class Server:
    """One server. ``name``: how people call it; ``join_address``: the address other servers reach it by."""

    def __init__(self, name: str, http: Http, join_address: str = ""):
        self.name, self.http = name, http
        self.join_address = join_address or http.base_url

    def status(self) -> Node:
        """What it is now; an unreachable one has ``fault``."""
        try:
            found = self.http.get("v1/sys/seal-status", auth=False, what="seal status")
            if not isinstance(found.get("initialized"), bool):
                raise ApiError(self.http.system, "GET", "v1/sys/seal-status", detail="the answer isn't that of a Vault", hint="correct the address")
        except ApiError as error:
            return Node(self.name, fault=str(error))
        return Node(self.name, initialised=found["initialized"], sealed=found["sealed"], seal=found.get("type") or "shamir",
                    shares=found.get("n", 0), threshold=found.get("t", 0), progress=found.get("progress", 0),
                    storage=found.get("storage_type", ""), cluster_id=found.get("cluster_id", ""))

    def initialise(self, body: dict[str, t.Any]) -> dict[str, t.Any]:
        return self.http.put("v1/sys/init", json=body, auth=False, idempotent=False, what="initialisation")

    def join(self, leader: str, ca: str | None) -> None:
        body = {"leader_api_addr": leader, **({"leader_ca_cert": ca} if ca else {})}
        self.http.post("v1/sys/storage/raft/join", json=body, auth=False, idempotent=False, what=f"joining {leader}")

    def unseal(self, keys: t.Iterable[str], seconds: float) -> None:
        """Gives shares until it's open. A member that just joined opens a moment later. Raises :class:`InitError`."""
        if self.status().progress:
            self.http.put("v1/sys/unseal", json={"reset": True}, auth=False, what="unseal")
        threshold, last = 0, 0
        for number, key in enumerate(keys, 1):
            try:
                found = self.http.put("v1/sys/unseal", json={"key": key}, auth=False, idempotent=False, what=f"unseal share {number}")
            except ApiError as error:
                raise self._refused(error, number) from error
            if not found["sealed"]:
                return
            threshold, progress = found["t"], found["progress"]
            if progress == 0:
                # All shares are in: a raft member now proves to its leader that it holds the key.
                self.await_open(seconds)
                return
            last = progress
        raise InitError(f"{self.name}: {last} of {threshold} different shares were given, it is still sealed; give more in unseal_keys")

    def _refused(self, error: ApiError, number: int) -> Exception:
        if "authentication failed" in error.detail or "invalid key" in error.detail:
            return InitError(f"{self.name}: sealed by other shares than these ({error.detail}); it was initialised anew, or it belongs to another "
                             "cluster: compare its address with the store's entry, give its own shares, or wipe its storage so that it joins")
        if "valid hex or base64" in error.detail:
            return InitError(f"{self.name}: share {number} is neither hex nor base64; correct unseal_keys")
        return error

    def await_open(self, seconds: float, active: bool = False) -> None:
        """Waits until it's unsealed and takes requests (``active``: as the leader). Raises :class:`InitError` after ``seconds``."""
        wanted = (200,) if active else (200, 429, 473)
        deadline = time.monotonic() + seconds
        while True:
            response = self.http.request("GET", "v1/sys/health", auth=False, accept=HEALTHY, what="health")
            # A standby is of use only where it knows its leader: just after an unseal none has been elected.
            if response.status_code in wanted and (response.status_code == 200 or self._led()):
                return
            if time.monotonic() > deadline:
                state = {501: "not initialised", 503: "sealed", 429: "a standby"}.get(response.status_code, f"HTTP {response.status_code}")
                raise InitError(f"{self.name}: still {state} after {seconds:.0f} s; look at the server's log")
            time.sleep(_POLL)

    def _led(self) -> bool:
        return bool(self.http.get("v1/sys/leader", auth=False, what="leader").get("leader_address"))

    def active(self) -> bool:
        """True where this is the leader."""
        return self.http.request("GET", "v1/sys/health", auth=False, accept=HEALTHY, what="health").status_code == 200

    # --- with a token ------------------------------------------------------------------------------------------------------------
    def token_works(self, token: str) -> bool:
        """False only where the server itself says no: a root token that it knows may always look itself up (a revoked one gets «permission denied» from
        OpenBao 2.7). Raises ApiError on a refusal by anything else, such as a proxy."""
        try:
            self.http.request("GET", "v1/auth/token/lookup-self", auth=False, headers=_token(token), what="root token")
        except ApiError as error:
            if error.status == 403 and any(word in error.detail for word in ("permission denied", "invalid token", "bad token")):
                return False
            raise
        return True

    def revoke(self, token: str) -> None:
        self.http.post("v1/auth/token/revoke-self", auth=False, headers=_token(token), what="root token", idempotent=True)

    def rotate(self, token: str, what: str, path: str, body: dict[str, t.Any] | None = None, method: str = "POST") -> dict[str, t.Any]:
        """A step of splitting the root key anew (``what``: root, or recovery); the answer's data."""
        answer = self.http.request(method, f"v1/sys/rotate/{what}/{path}", json=body, auth=False, headers=_token(token), what="rekey", idempotent=False)
        return (answer.json().get("data") or {}) if answer.content else {}

    # --- a new root token --------------------------------------------------------------------------------------------------------
    def root_attempt(self) -> dict[str, t.Any]:
        """State of root token generation. Raises :class:`InitError` where the listener doesn't serve it."""
        try:
            return self.http.get("v1/sys/generate-root/attempt", auth=False, what="root token")
        except ApiError as error:
            if error.status != 405:
                raise
            raise InitError(f"{self.name}: its listener doesn't make root tokens without a login; set disable_unauthed_generate_root_endpoints "
                            "to false in the listener (best one that only this machine reaches), reload the server, and take it back afterwards") from error

    def root_begin(self, otp: str) -> str:
        return self.http.put("v1/sys/generate-root/attempt", json={"otp": otp}, auth=False, idempotent=False, what="root token")["nonce"]

    def root_cancel(self) -> None:
        self.http.delete("v1/sys/generate-root/attempt", auth=False, what="root token")

    def root_share(self, nonce: str, key: str) -> dict[str, t.Any]:
        return self.http.put("v1/sys/generate-root/update", json={"nonce": nonce, "key": key}, auth=False, idempotent=False, what="root token")


def decode_root(encoded: str, otp: str) -> str:
    """The token that an answer of generate-root hides: base64 without padding, XOR the one-time password."""
    raw = base64.b64decode(encoded + "=" * (-len(encoded) % 4))
    return bytes(one ^ two for one, two in zip(raw, otp.encode())).decode()


def _token(token: str) -> dict[str, str]:
    return {"X-Vault-Token": token}

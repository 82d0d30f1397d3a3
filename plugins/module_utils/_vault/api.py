# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Vault's and OpenBao's HTTP API in one-liners, with what is special about it: error bodies, the health endpoint's statuses, sealed, standby, KV v2."""

from __future__ import annotations

import base64
import json
import threading
import time
import typing as t
import urllib.parse

from ansible_collections.unifiedmeta.platform.plugins.module_utils._http import ApiError, Http
from ansible_collections.unifiedmeta.platform.plugins.module_utils._ledger import CasMismatch
from ansible_collections.unifiedmeta.platform.plugins.module_utils._plan import Unforeseeable

MERGE_PATCH = {"Content-Type": "application/merge-patch+json"}
# GET sys/health: 200 active, 429 standby, 472 and 473 Enterprise's secondaries, 501 not initialised, 503 sealed. None is an error of the request.
HEALTH = (429, 472, 473, 501, 503)

# A standby that knows no active node: raft is electing one, or most members are gone.
NO_LEADER = "active cluster node not found"


def _is_health(response: t.Any) -> bool:
    """A gateway's 429 or 503 tells nothing about Vault: only a body with ``initialized`` is Vault's own."""
    try:
        return response.status_code in HEALTH and "initialized" in response.json()
    except ValueError:
        return False


def _errors(response: t.Any) -> str | None:
    """``{"errors": ["…"]}`` -> one text; hashicorp/go-multierror's layout is taken out."""
    try:
        found = response.json().get("errors") or []
    except (ValueError, AttributeError):
        return None
    text = "; ".join(" ".join(str(item).replace("\t*", " ").split()) for item in found)
    if NO_LEADER in text:
        text = f"no node of the cluster is active ({text}): see that most of its members run and reach each other"
    return text or ("there is nothing at this path" if response.status_code == 404 else response.reason)


def _refuse(response: t.Any) -> str | None:
    if response.status_code == 503 and "is sealed" in response.text:
        return "it is sealed: unseal it, then run again"
    if response.status_code in (400, 501, 503) and "not yet initialized" in response.text:
        return "it is not initialised: run vault_init first"
    return None


def _retry(response: t.Any) -> bool:
    """412: Enterprise's eventual consistency. A new KV v2 mount answers 400 for a moment. Between two leaders a cluster has no active node."""
    if response.status_code == 412 or (response.status_code == 500 and NO_LEADER in response.text):
        return True
    return response.status_code == 400 and ("Upgrading from non-versioned to versioned data" in response.text
                                            or "Waiting for the primary to upgrade" in response.text)


class _Index:
    """What we have written is there for our next request, also on a standby, which answers reads by itself and may be behind: an answer says how far
    the cluster was (OpenBao 2.7: base64 of {"cluster", "value"}), and a node that isn't there yet passes the request on to the active one."""

    def __init__(self) -> None:
        self.headers: dict[str, str] = {}
        self._value, self._lock = -1, threading.Lock()

    def __call__(self, response: t.Any) -> None:
        text = response.headers.get("X-Vault-Index")
        if not text:
            return
        try:
            value = int(json.loads(base64.b64decode(text))["value"])
        except (ValueError, KeyError, TypeError):
            value = self._value + 1  # Vault Enterprise: signed, and not ours to read. The newest we met.
        with self._lock:
            if value > self._value:
                self._value = value
                self.headers.update({"X-Vault-Index": text, "X-Vault-Inconsistent": "forward-active-node"})


class _Expired:
    """Vault says 403 for a token that is gone as for one that may not; only the first is worth another login. The token itself tells which,
    asked once in a while, so that a thousand refusals don't ask a thousand times."""

    def __init__(self) -> None:
        self.http: Http | None = None
        self._alive: dict[str, float] = {}

    def __call__(self, response: t.Any) -> bool:
        if response.status_code != 403:
            return False
        token = response.request.headers.get("X-Vault-Token") or ""
        if "invalid token" in response.text or time.monotonic() - self._alive.get(token, -60.0) < 5.0:
            return "invalid token" in response.text
        found = self.http.request("GET", "auth/token/lookup-self", auth=False, headers={"X-Vault-Token": token}, accept=(403,), what="our token")
        if found.status_code != 403:
            self._alive[token] = time.monotonic()
        return found.status_code == 403


def connect(url: str, *, ca_file: str | None = None, verify: bool = True, namespace: str | None = None, timeout: float = 30.0, concurrency: int = 16,
            auth: t.Callable[[Http], t.Any] | None = None, adapter: t.Any = None, redact: t.Callable[[str], str] | None = None) -> Http:
    """A client. ``namespace``: of Vault Enterprise or OpenBao. Raises ApiError on an address or CA file that can't be used."""
    headers = {"X-Vault-Request": "true", **({"X-Vault-Namespace": namespace.strip("/") + "/"} if namespace else {})}
    name = f"Vault at {url.rstrip('/')}"
    expired, index = _Expired(), _Index()
    expired.http = Http(name, url.rstrip("/") + "/v1" if url else "", headers=headers, ca_file=ca_file, verify=verify, timeout=timeout,
                        concurrency=concurrency, errors=_errors, refuse=_refuse, retry=_retry, expired=expired, auth=auth, adapter=adapter, redact=redact,
                        follow=True, patience=timeout, observe=index, secret=True)
    index.headers = expired.http.headers
    return expired.http


class Vault:
    """Calls by path without ``v1``; names are encoded here. Answers are the ``data`` of Vault's envelope; None for what doesn't exist."""

    def __init__(self, http: Http):
        self.http = http

    def read(self, path: str, what: str = "") -> dict | None:
        answer = self.http.get(quoted(path), missing_ok=True, what=what)
        return None if answer is None else answer.get("data") or {}

    def names(self, path: str, what: str = "") -> list[str]:
        """A LIST; empty where there is nothing."""
        return (self.listing(path, what) or {}).get("keys") or []

    def listing(self, path: str, what: str = "") -> dict | None:
        answer = self.http.call("LIST", quoted(path), missing_ok=True, idempotent=True, write=False, what=what)
        return None if answer is None else answer.get("data") or {}

    def write(self, path: str, body: dict, what: str = "", *, method: str = "POST", idempotent: bool = True, write: bool = True) -> dict:
        """Almost every write of Vault sets a state, so it may be repeated; the exceptions say so."""
        headers = MERGE_PATCH if method == "PATCH" else None
        answer = self.http.request(method, quoted(path), json=body, what=what, idempotent=idempotent, headers=headers, write=write)
        return (answer.json().get("data") or {}) if answer.content else {}

    def delete(self, path: str, what: str = "") -> None:
        self.http.delete(quoted(path), missing_ok=True, what=what)

    # --- the server --------------------------------------------------------------------------------------------------------------
    def health(self) -> dict[str, t.Any]:
        """``initialized``, ``sealed``, ``standby``, ``version``; needs no token."""
        return self.http.get("sys/health", auth=False, accept=_is_health, what="health")

    def find_active(self) -> dict[str, t.Any]:
        """Health; from a standby node on, requests go to the active one, whose reads are never stale, where it can be reached by its own address."""
        state = self.health()
        if state.get("standby") and state.get("initialized") and not state.get("sealed"):
            leader = self.http.get("sys/leader", auth=False, what="leader").get("leader_address") or ""
            kept = urllib.parse.urlsplit(leader).scheme == urllib.parse.urlsplit(self.http.base_url).scheme
            if leader and kept and leader.rstrip("/") + "/v1" != self.http.base_url:
                before = self.http.base_url
                self.http.base_url = leader.rstrip("/") + "/v1"
                try:
                    return self.health()
                except ApiError:
                    # Behind a load balancer or a port-forward: the standby forwards what we send.
                    self.http.base_url = before
        return state

    def is_empty(self, check: bool) -> bool:
        """True for a Vault that isn't initialised, which check mode takes for an empty one. Raises ApiError where nothing can be done, in check mode
        Unforeseeable where nothing can be seen."""
        state = self.find_active()
        if not state.get("initialized"):
            if check:
                return True
            raise ApiError(self.http.system, detail="it is not initialised", hint="run vault_init first")
        if state.get("sealed"):
            if check:
                raise Unforeseeable(f"{self.http.system} is sealed: what differs in it can't be foreseen before it is unsealed")
            raise ApiError(self.http.system, status=503, detail="it is sealed", hint="unseal it, then run again")
        return False

    def mount_of(self, path: str) -> str | None:
        """The mount that a secret lies in, as the server tells whoever may read there; else None."""
        found = self.http.get(quoted(f"sys/internal/ui/mounts/{path}"), accept=(403, 404), what=f"mount of {path}").get("data") or {}
        return (found.get("path") or "").strip("/") or None

    # --- KV v2 -------------------------------------------------------------------------------------------------------------------
    def secret(self, mount: str, path: str) -> tuple[dict | None, int]:
        """Data and version; (None, N) for a deleted one, (None, 0) for one that never was."""
        answer = self.http.get(quoted(f"{mount}/data/{path}"), accept=(404,), what=f"secret {mount}/{path}")
        data = answer.get("data") or {}
        return data.get("data"), (data.get("metadata") or {}).get("version", 0)

    def subkeys(self, mount: str, path: str) -> tuple[list[str] | None, dict]:
        """Names of the keys of a secret, without a value on the wire, and its version's metadata; (None, …) for a deleted one, (None, {}) for none.

        A policy made before this path was used may read the data only: its names are taken and its values dropped.
        """
        answer = self.http.get(quoted(f"{mount}/subkeys/{path}"), accept=(404, 403), what=f"secret {mount}/{path}")
        if "errors" in answer and "data" not in answer and answer["errors"]:
            answer = self.http.get(quoted(f"{mount}/data/{path}"), accept=(404,), what=f"secret {mount}/{path}")
        data = answer.get("data") or {}
        found = data.get("subkeys", data.get("data"))
        return (None if found is None else list(found)), data.get("metadata") or {}

    def put_secret(self, mount: str, path: str, data: dict, cas: int, *, patch: bool = False) -> dict:
        """The new version's metadata. A mismatch is HTTP 400, and means CasMismatch here."""
        try:
            return self.write(f"{mount}/data/{path}", {"data": data, "options": {"cas": cas}}, f"secret {mount}/{path}", method="PATCH" if patch else "POST")
        except ApiError as error:
            if error.status == 400 and "did not match the current version" in error.detail:
                raise CasMismatch(str(error)) from error
            raise


def quoted(path: str) -> str:
    """A path with every character encoded that would end or change it. Raises ValueError on a segment that would lead elsewhere."""
    if any(part in (".", "..") for part in path.split("/")):
        raise ValueError(f"«{path}» would lead elsewhere; leave . and .. out of names")
    return urllib.parse.quote(path, safe="/:@!$&'()*+,;=~")

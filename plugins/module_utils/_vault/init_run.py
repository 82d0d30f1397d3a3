# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Carries out the steps of vault_init, one after the other, with the store written and synced around each that can't be repeated.

The entry of a Vault in the store: ``mark`` (an initialisation that began: time, servers, audit log), ``answer`` (what sys/init said, with
n and t), ``cluster_id``, ``pending`` (a rekey or a root token under way), ``previous`` (answers of storages that are gone).
"""

from __future__ import annotations

import secrets
import string
import time
import typing as t

from ansible_collections.unifiedmeta.platform.plugins.module_utils._bootstrap import Store
from ansible_collections.unifiedmeta.platform.plugins.module_utils._http import ApiError
from ansible_collections.unifiedmeta.platform.plugins.module_utils._vault import init_proof as proof
from ansible_collections.unifiedmeta.platform.plugins.module_utils._vault.init_api import InitError, Server, decode_root
from ansible_collections.unifiedmeta.platform.plugins.module_utils._vault.init_plan import Action, Known, Node, Wanted


class Runner:
    """``servers`` by name; ``store`` locked by the caller; ``data`` its content; ``name`` of this Vault in it; ``given`` shares of people;
    ``pgp``: keys for shares and root token as the API wants them; ``reset``: wipes the storage; ``successor``: proves
    the login that comes after the root token; ``seconds`` to wait for a server."""

    def __init__(self, servers: dict[str, Server], store: Store, data: dict[str, t.Any], name: str, wanted: Wanted, *,
                 given: t.Sequence[str] = (), pgp: dict[str, t.Any] | None = None, ca: str | None = None, audit_log: str | None = None,
                 token: str | None = None, reset: t.Callable[[], None] | None = None,
                 successor: t.Callable[[Server], None] = lambda leader: None, seconds: float = 60.0):
        self.servers, self.store, self.data, self.name, self.wanted = servers, store, data, name, wanted
        self.given, self.pgp, self.ca, self.audit_log, self.token = list(given), pgp or {}, ca, audit_log, token
        self.wipe, self.successor, self.seconds = reset, successor, seconds
        self.entry: dict[str, t.Any] = data["vaults"].get(name) or {}

    def known(self) -> Known:
        """What the planner has to know of the store."""
        answer = self.entry.get("answer") or {}
        mark = self.entry.get("mark") or {}
        return Known(mark=mark.get("time", ""), asked=mark.get("server", ""), answered=bool(answer.get("keys")), shares=len(answer.get("keys") or []),
                     threshold=answer.get("threshold", 0), encrypted=bool(answer.get("encrypted")),
                     root_token=bool(answer.get("root_token")), cluster_id=self.entry.get("cluster_id", ""))

    def proof(self) -> list[str]:
        """What speaks against the storage being empty."""
        mark = self.entry.get("mark") or {}
        others = [] if mark.get("servers") == sorted(self.servers) else [f"the run that was ended was for {', '.join(mark.get('servers') or [])}"]
        return others + proof.against(mark.get("audit"), mark.get("time", ""), self.audit_log)

    def settle(self, nodes: t.Iterable[Node]) -> bool:
        """After a rekey that was ended: which shares count is what the server says of its split. True where the entry was changed."""
        pending = self.entry.get("pending") or {}
        split = next(((node.shares, node.threshold) for node in nodes if node.initialised), None)
        if pending.get("kind") != "rekey" or split is None:
            return False
        if pending.get("keys") and split == (pending["shares"], pending["threshold"]):
            self.entry["answer"].update({key: pending[key] for key in ("keys", "shares", "threshold", "encrypted")})
        self.entry.pop("pending")
        return True

    def do(self, action: Action) -> None:
        """One step. Raises InitError, ApiError or StoreError; what was reached until then stays and is found by the next run."""
        getattr(self, "_" + action.kind)(self.servers.get(action.node))

    def remember(self, nodes: t.Iterable[Node]) -> None:
        """Keep the cluster's id, by which a stranger is told later on."""
        for node in nodes:
            ours = self.entry.get("answer") or ((self.wanted.foreign or self.wanted.given) and self.store.writable)
            if node.cluster_id and ours and not self.entry.get("cluster_id"):
                self.entry["cluster_id"] = node.cluster_id
                self.save()

    def save(self) -> None:
        """Write this Vault's entry; it's on the disk afterwards."""
        self.data["vaults"][self.name] = self.entry
        self.store.write(self.data)

    def _keys(self) -> list[str]:
        answer = self.entry.get("answer") or {}
        return self.given or ([] if answer.get("encrypted") else list(answer.get("keys") or []))

    def _leader(self) -> Server:
        for server in self.servers.values():
            if not server.status().fault and server.active():
                return server
        first = next(iter(self.servers.values()))
        first.await_open(self.seconds, active=True)
        return first

    # --- steps -------------------------------------------------------------------------------------------------------------------
    def _archive(self, _server: Server | None) -> None:
        """The shares are kept for an old snapshot; its root token isn't: it would be root again there."""
        self.entry.setdefault("previous", []).append({**self.entry.pop("answer"), "root_token": None, "cluster_id": self.entry.pop("cluster_id", "")})
        self.save()

    def _reset(self, _server: Server | None) -> None:
        """Wipe; the mark stays until the servers are seen empty, so a run that is ended here begins again at the same place."""
        self.wipe()
        deadline = time.monotonic() + self.seconds
        for server in self.servers.values():
            while True:
                found = server.status()
                if not found.fault and not found.initialised:
                    break
                if time.monotonic() > deadline:
                    raise InitError(f"{server.name}: reset_command has ended, but the server is not empty: {found.fault or 'still initialised'}; "
                                    "the command must stop it, wipe its storage and start it")
                time.sleep(0.25)

    def _initialise(self, server: Server) -> None:
        """Mark, ask, keep: the answer is on the disk before anything else happens."""
        now = time.time()
        stamp = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(now)) + f".{int(now % 1 * 1e6):06d}Z"
        self.entry["mark"] = {"time": stamp, "servers": sorted(self.servers), "server": server.name, "audit": proof.snapshot(self.audit_log)}
        self.save()
        auto = server.status().auto
        kind = "recovery" if auto else "secret"
        body = {f"{kind}_shares": self.wanted.shares, f"{kind}_threshold": self.wanted.threshold}
        if self.pgp.get("shares"):
            body["recovery_pgp_keys" if auto else "pgp_keys"] = self.pgp["shares"]
        if self.pgp.get("root"):
            body["root_token_pgp_key"] = self.pgp["root"]
        try:
            answer = server.initialise(body)
        except ApiError as error:
            if 400 <= error.status < 500 and not server.status().initialised:
                # A clear no: nothing has begun, so there is nothing to be warned of.
                self.entry.pop("mark")
                self.save()
            raise
        keys = answer.get("recovery_keys_base64" if auto else "keys_base64") or []
        self.entry["answer"] = {"keys": keys, "root_token": None if self.pgp.get("root") else answer["root_token"], "time": stamp,
                                "shares": self.wanted.shares, "threshold": self.wanted.threshold, "encrypted": bool(self.pgp.get("shares")),
                                "recovery": auto}
        if self.pgp.get("root"):
            self.entry["answer"]["encrypted_root_token"] = answer["root_token"]
        self.entry.pop("mark")
        self.save()
        if auto:
            server.await_open(self.seconds, active=True)

    def _unseal(self, server: Server) -> None:
        server.unseal(self._keys(), self.seconds)
        server.await_open(self.seconds)

    def _join(self, server: Server) -> None:
        server.join(self._leader().join_address, self.ca)

    def _await(self, server: Server) -> None:
        server.await_open(self.seconds)

    # --- root token --------------------------------------------------------------------------------------------------------------
    def _revoke_root(self, _server: Server | None) -> None:
        """Prove what comes after it, revoke, then forget: ended between the two, the next run finds it revoked."""
        token, leader = self.entry["answer"]["root_token"], self._leader()
        self.successor(leader)
        if leader.token_works(token):
            leader.revoke(token)
        self.entry["answer"]["root_token"] = None
        self.save()

    def _generate_root(self, _server: Server | None) -> None:
        leader = self._leader()
        found = leader.root_attempt()
        if found["started"]:
            if (self.entry.get("pending") or {}).get("kind") != "root":
                raise InitError(f"{leader.name}: somebody else is making a root token ({found['progress']} of {found['required']} shares given); wait, or "
                                "end theirs with «bao operator generate-root -cancel»")
            leader.root_cancel()  # Ours, of a run that was ended.
        otp = "".join(secrets.choice(string.ascii_letters + string.digits) for _number in range(found["otp_length"]))
        self.entry["pending"] = {"kind": "root"}
        self.save()
        nonce, state = leader.root_begin(otp), {}
        for key in self._keys():
            state = leader.root_share(nonce, key)
            if state.get("complete"):
                break
        if not state.get("complete"):
            leader.root_cancel()
            raise InitError(f"{leader.name}: {state.get('progress', 0)} of {state.get('required')} shares were given, no root token was made")
        self.entry.setdefault("answer", {})["root_token"] = decode_root(state.get("encoded_token") or state["encoded_root_token"], otp)
        self.entry.pop("pending")
        self.save()

    # --- rekey -------------------------------------------------------------------------------------------------------------------
    def _rekey(self, _server: Server | None) -> None:
        """New shares. They're in the store before the server switches over: it does so only when it was given them back."""
        leader, answer = self._leader(), self.entry["answer"]
        token = self.token or answer.get("root_token")
        kind = "recovery" if answer.get("recovery") else "root"
        if leader.rotate(token, kind, "init", method="GET").get("started"):
            if (self.entry.get("pending") or {}).get("kind") != "rekey":
                raise InitError(f"{leader.name}: somebody else is splitting its key anew; wait, or end theirs with «bao operator rotate-keys -cancel»")
            leader.rotate(token, kind, "init", method="DELETE")
        self.entry["pending"] = {"kind": "rekey"}
        self.save()
        encrypted = bool(self.pgp.get("shares"))
        body = {"secret_shares": self.wanted.shares, "secret_threshold": self.wanted.threshold, "require_verification": not encrypted}
        made = leader.rotate(token, kind, "init", {**body, **({"pgp_keys": self.pgp["shares"]} if encrypted else {})})
        nonce = made["nonce"]
        for key in self._keys():
            made = leader.rotate(token, kind, "update", {"nonce": nonce, "key": key})
            if made.get("complete"):
                break
        if not made.get("complete"):
            raise InitError(f"{leader.name}: not enough shares to split its key anew; give more in unseal_keys")
        fresh = {"keys": made["keys_base64"], "shares": self.wanted.shares, "threshold": self.wanted.threshold, "encrypted": encrypted}
        self.entry["pending"] = {"kind": "rekey", **fresh}
        self.save()
        for key in [] if encrypted else made["keys_base64"]:
            if leader.rotate(token, kind, "verify", {"nonce": made["verification_nonce"], "key": key}).get("complete"):
                break
        answer.update(fresh)
        self.entry.pop("pending")
        self.save()

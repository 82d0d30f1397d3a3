"""Reads audit logs: which writes really reached a server, told by the server itself.

    before = mark(server.audit_log)
    …
    assert vault_writes(server.audit_log, before) == []

Logins and calls on the caller's own token are no writes of the product and are left out (``auth/<mount>/login…``,
``auth/token/…``); everything else that OpenBao calls create, update, delete or patch counts, whether it succeeded or not.
The API server's audit log is read the same way: verbs create, update, patch, delete, deletecollection of one user.
"""
from __future__ import annotations

import json
import pathlib
import re

WRITES = {"create", "update", "delete", "patch"}
KUBE_WRITES = {"create", "update", "patch", "delete", "deletecollection"}
LOGINS = re.compile(r"^auth/(?:token/|[^/]+/login(?:/|$))")
# Asking for a token, or what one may do, creates nothing that stays in the cluster.
KUBE_QUESTIONS = re.compile(r"^/apis/(authentication|authorization)\.k8s\.io/|/serviceaccounts/[^/]+/token$")


def mark(path) -> int:
    """Where the log ends now; a log that is not there yet begins at 0."""
    path = pathlib.Path(path)
    return path.stat().st_size if path.exists() else 0


def entries(path, since: int = 0) -> list[dict]:
    """All whole entries after ``since``, oldest first; a last line that is still being written is left for later."""
    path = pathlib.Path(path)
    if not path.exists():
        return []
    with path.open("rb") as log:
        log.seek(since)
        return [json.loads(line) for line in log if line.endswith(b"\n") and line.strip()]


def vault_requests(path, since: int = 0) -> list[tuple[str, str]]:
    """(operation, path) of every request that reached OpenBao or Vault, oldest first."""
    return [(entry["request"].get("operation", ""), entry["request"].get("path", ""))
            for entry in entries(path, since) if entry.get("type") == "request"]


def vault_writes(path, since: int = 0) -> list[tuple[str, str]]:
    """(operation, path) of the writes among them."""
    return [(operation, target) for operation, target in vault_requests(path, since)
            if operation in WRITES and not LOGINS.search(target)]


def kube_writes(path, since: int = 0, user: str | None = None) -> list[tuple[str, str]]:
    """(verb, URI without its query) of the writes that reached the API server, by ``user`` when given."""
    found = []
    for entry in entries(path, since):
        target = entry.get("requestURI", "").split("?", 1)[0]
        if entry.get("stage") == "ResponseComplete" and entry.get("verb") in KUBE_WRITES and not KUBE_QUESTIONS.search(target) \
                and user in (None, entry.get("user", {}).get("username")):
            found.append((entry["verb"], target))
    return found

"""The Kubernetes API as the supervisor calls it, with the administrator's certificate."""
from __future__ import annotations

import hashlib
import os
import typing as t

from . import log, web
from .place import Place

MERGE = {"Content-Type": "application/merge-patch+json"}
STRATEGIC = {"Content-Type": "application/strategic-merge-patch+json"}


class Kube:
    """The API server on this host."""

    def __init__(self, place: Place) -> None:
        self.site = web.Site("https://127.0.0.1:6443", place.tls("server-ca.crt"), place.tls("client-admin"))

    def ready(self) -> bool:
        """Tells whether /readyz is ok."""
        try:
            return self.site.raw("GET", "/readyz") == b"ok"
        except (web.Refused, OSError):
            return False

    def nodes(self) -> list[dict[str, t.Any]]:
        """Returns all Node objects."""
        return self.site.json("GET", "/api/v1/nodes")["items"]

    def node(self, name: str) -> dict[str, t.Any] | None:
        """Returns a Node object."""
        return self.find(f"/api/v1/nodes/{name}")

    def find(self, path: str) -> dict[str, t.Any] | None:
        """Returns an object, None where there is none."""
        try:
            return self.site.json("GET", path)
        except web.Refused as fault:
            if fault.status == 404:
                return None
            raise

    def label(self, name: str, labels: dict[str, str], annotations: dict[str, str]) -> None:
        """Sets labels and annotations of a Node."""
        self.site.json("PATCH", f"/api/v1/nodes/{name}", {"metadata": {"labels": labels, "annotations": annotations}}, MERGE)

    def condition(self, name: str, condition: dict[str, str]) -> None:
        """Sets a condition of a Node."""
        self.site.json("PATCH", f"/api/v1/nodes/{name}/status", {"status": {"conditions": [condition]}}, STRATEGIC)

    def delete(self, path: str) -> None:
        """Deletes an object that may be gone."""
        try:
            self.site.json("DELETE", path)
        except web.Refused as fault:
            if fault.status != 404:
                raise

    def password(self, node: str, password: str) -> bool:
        """Notes a node's password the first time, and tells whether it is the one that was noted (https://docs.rke2.io/reference/... node password)."""
        path = "/api/v1/namespaces/kube-system/secrets"
        name = f"{node}.node-password.rke2"
        noted = self.find(f"{path}/{name}")
        if noted is None:
            salt = os.urandom(8).hex()
            body = {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": name}, "immutable": True, "stringData": {"hash": _hash(salt, password)}}
            try:
                self.site.json("POST", path, body)
            except web.Refused as fault:
                if fault.status != 409:
                    raise
                return self.password(node, password)
            return True
        import base64

        found = base64.b64decode(noted["data"]["hash"]).decode()
        return _hash(found.split(":")[0], password) == found


def _hash(salt: str, password: str) -> str:
    return f"{salt}:{hashlib.scrypt(password.encode(), salt=bytes.fromhex(salt), n=1024, r=8, p=1).hex()}"


def rejected(node: str) -> str:
    """Returns the message for a node whose password isn't the one that was noted."""
    return (f"Node password rejected, duplicate hostname or contents of '/etc/rancher/node/password' may not match server node-passwd entry, "
            f"try enabling a unique node name with the --with-node-id flag (node {node})")


def quietly(what: str, call: t.Callable[[], t.Any]) -> t.Any:
    """Returns what a call returns, None (and a line in the log) where the API can't serve it now."""
    try:
        return call()
    except (web.Refused, OSError, ValueError) as fault:
        log.warning(f"{what}: {fault}")
        return None

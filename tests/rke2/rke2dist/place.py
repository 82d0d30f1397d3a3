"""Where things lie, as RKE2 lays them out (https://docs.rke2.io/reference/... and the paths its documents name)."""
from __future__ import annotations

import os
import typing as t

from . import VERSION

SOCKET = "/run/k3s/containerd/containerd.sock"
KUBECONFIG = "/etc/rancher/rke2/rke2.yaml"
NODE_PASSWORD = "/etc/rancher/node/password"
REGISTRIES = "/etc/rancher/rke2/registries.yaml"


class Place:
    """Paths below the data directory."""

    def __init__(self, root: str) -> None:
        self.root = root

    def __call__(self, *parts: str) -> str:
        return os.path.join(self.root, *parts)

    def tls(self, *parts: str) -> str:
        """Returns a path below server/tls."""
        return self("server", "tls", *parts)

    def bin(self, name: str = "") -> str:
        """Returns a program of the runtime that is unpacked."""
        return self("data", VERSION.replace("+", "-"), "bin", name).rstrip("/")


def write(path: str, text: str | bytes, mode: int = 0o600) -> None:
    """Writes a file atomically, with its folders."""
    os.makedirs(os.path.dirname(path), mode=0o755, exist_ok=True)
    temporary = f"{path}.{os.getpid()}"
    data = text if isinstance(text, bytes) else text.encode()
    handle = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, mode)
    try:
        os.write(handle, data) if len(data) < 1 << 20 else _all(handle, data)
        os.fsync(handle)
    finally:
        os.close(handle)
    os.chmod(temporary, mode)
    os.replace(temporary, path)


def _all(handle: int, data: bytes) -> None:
    while data:
        data = data[os.write(handle, data):]


def read(path: str) -> str:
    """Returns a file's text, empty where there is none."""
    try:
        with open(path, encoding="utf-8") as file:
            return file.read()
    except FileNotFoundError:
        return ""


def setting(settings: dict[str, t.Any]) -> Place:
    """Returns the place of settings."""
    return Place(str(settings["data-dir"]))

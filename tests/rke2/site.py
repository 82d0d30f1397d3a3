"""What a site says of a set of hosts: variables beside the inventory (group_vars/all.yml), with the artefacts, their lock, and a store for secrets."""
from __future__ import annotations

import os
import secrets
import subprocess
import tarfile
import tempfile
import typing as t

import yaml

from . import artifacts, tools

tools.collection()
from ansible_collections.unifiedmeta.platform.plugins.module_utils._rke2 import artifacts as locked  # noqa: E402


def folder() -> str:
    """Returns the artefacts: real RKE2's where RKE2_ARTIFACTS names a folder of them, else the test distribution's."""
    return os.environ.get("RKE2_ARTIFACTS") or artifacts.build()


def version(path: str) -> str:
    """Returns the version that the program in a folder of artefacts says it has."""
    with tempfile.TemporaryDirectory() as work, tarfile.open(os.path.join(path, "rke2.linux-amd64.tar.gz")) as tar:
        tar.extract("bin/rke2", work, filter="data")
        said = subprocess.run([os.path.join(work, "bin", "rke2"), "--version"], capture_output=True, text=True, check=True, timeout=30)
    return said.stdout.split()[2]


def lock(folders: t.Iterable[str], path: str) -> None:
    """Writes a lock of these artefacts, as scripts/rke2-lock does."""
    found: dict[str, t.Any] = {}
    for one in folders:
        with open(os.path.join(one, "sha256sum-amd64.txt"), encoding="utf-8") as file:
            found = locked.merged(found, version(one), "amd64", locked.of_sums(file.read()))
    with open(path, "w", encoding="utf-8") as file:
        file.write(locked.emit(found))


def write(state: str, endpoint: str, path: str = "") -> dict[str, t.Any]:
    """Writes the variables of a set whose files lie in ``state``; returns them. endpoint: the registration address; path: the artefacts."""
    path = path or folder()
    lock([path], os.path.join(state, "lock.yml"))
    with open(os.path.join(state, "passphrase"), "w", encoding="utf-8", opener=lambda name, flags: os.open(name, flags, 0o600)) as file:
        file.write(secrets.token_hex(16) + "\n")
    found = {
        "platform_name": "test", "platform_domain": "platform.example.com", "rke2_version": version(path),
        "rke2_artifacts_source": path, "rke2_artifacts_lock": f"{state}/lock.yml", "rke2_artifacts_cache": f"{state}/artifacts",
        "rke2_kubeconfig": {"path": f"{state}/kubeconfig"},
        "bootstrap_store": {"path": f"{state}/store/store.vault", "passphrase_file": f"{state}/passphrase"},
        # What containers of a small machine are: less than a node should have.
        "rke2_minimum": {"disk": 2, "memory_server": 1, "memory_agent": 1},
        **({} if os.path.exists("/sys/fs/cgroup/cgroup.controllers") else {"rke2_kubelet_config": {"failCgroupV1": False}}),
        **({"rke2_endpoint": {"kind": "external", "host": endpoint}} if endpoint else {}),
    }
    os.makedirs(os.path.join(state, "group_vars"), exist_ok=True)
    with open(os.path.join(state, "group_vars", "all.yml"), "w", encoding="utf-8") as file:
        file.write("---\n" + yaml.safe_dump(found, sort_keys=False))
    return found

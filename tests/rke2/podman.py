"""podman as root, with settings, images and containers of our own: nothing of the machine's podman is read or changed.

Source: containers.conf(5), containers-storage.conf(5), podman 4.3.
"""
from __future__ import annotations

import json
import os
import subprocess
import typing as t

CONF = """[containers]
default_ulimits = ["nofile=20000:20000", "nproc=30000:30000"]
[engine]
cgroup_manager = "cgroupfs"
runtime = "runc"
events_logger = "none"
[network]
network_backend = "cni"
network_config_dir = "{root}/net.d"
cni_plugin_dirs = ["/usr/lib/cni"]
"""
STORAGE = """[storage]
driver = "overlay"
graphroot = "{root}/storage"
runroot = "/run/unifiedmeta-rke2"
"""


class PodmanError(Exception):
    """podman refused; the text says what was tried and what it answered."""


class Podman:
    """podman with its files below ``root``: images, containers and networks made here are seen only here."""

    def __init__(self, root: str) -> None:
        self.root = root

    def prepare(self) -> None:
        """Writes the settings."""
        os.makedirs(os.path.join(self.root, "net.d"), exist_ok=True)
        for name, text in (("containers.conf", CONF), ("storage.conf", STORAGE)):
            with open(os.path.join(self.root, name), "w", encoding="utf-8") as file:
                file.write(text.format(root=self.root))

    def environment(self) -> dict[str, str]:
        """Returns the environment in which podman sees our settings alone."""
        own = {"CONTAINERS_CONF": os.path.join(self.root, "containers.conf"), "CONTAINERS_STORAGE_CONF": os.path.join(self.root, "storage.conf")}
        return {**os.environ, **own}

    def call(self, *words: str, timeout: float = 300) -> subprocess.CompletedProcess[str]:
        """Runs podman; returns what it said."""
        return subprocess.run(["podman", *words], env=self.environment(), capture_output=True, text=True, timeout=timeout, check=False)

    def run(self, *words: str, timeout: float = 300) -> str:
        """Runs podman; returns its output. Raises PodmanError."""
        said = self.call(*words, timeout=timeout)
        if said.returncode:
            raise PodmanError(f"podman {' '.join(words[:2])} failed: {said.stderr.strip() or said.stdout.strip()}")
        return said.stdout.strip()

    def containers(self, label: str) -> list[str]:
        """Returns the names of the containers that carry a label (``key=value``)."""
        return self.run("ps", "--all", "--filter", f"label={label}", "--format", "{{.Names}}").split()

    def network(self, name: str, subnet: str) -> None:
        """Makes a bridge on which hosts see each other and a gateway that leads nowhere: no address is translated, so nothing comes back from outside.

        (RKE2 insists on a default route: https://docs.rke2.io/install/airgap.)
        """
        config: dict[str, t.Any] = {
            "cniVersion": "0.4.0", "name": name, "plugins": [{
                "type": "bridge", "bridge": f"um{name[-10:]}", "isGateway": True, "ipMasq": False, "hairpinMode": True,
                "ipam": {"type": "host-local", "routes": [{"dst": "0.0.0.0/0"}], "ranges": [[{"subnet": subnet}]], "dataDir": f"{self.root}/ipam"},
            }],
        }
        with open(os.path.join(self.root, "net.d", f"{name}.conflist"), "w", encoding="utf-8") as file:
            json.dump(config, file, indent=1)

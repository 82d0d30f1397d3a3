# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Where a lab instance keeps its files and which ports it uses: the one place that knows."""
from __future__ import annotations

import os
import re
from dataclasses import dataclass

# Added to the instance's port base; written into docs/lab.md as well.
OFFSETS = {
    "openbao": 200,
    "openbao-cluster": 201,
    "kube-controller-manager": 257,
    "kube-scheduler": 259,
    "keycloak": 343,
    "etcd": 379,
    "etcd-peer": 380,
    "keycloak-management": 390,
    "postgres": 432,
    "kube-apiserver": 443,
    "registry": 500,
    "s3": 900,
}
# A unix socket's path holds 107 bytes (man 7 unix); the longest that we append is `/postgres/.s.PGSQL.65535.lock`.
LONGEST_STATE_DIR = 75
SAFE = re.compile(r"[A-Za-z0-9._/-]*")
MARKER = ".unifiedmeta-lab"


class LabError(Exception):
    """What a person has to know and do; ``faults`` holds one sentence each."""

    def __init__(self, *faults: str) -> None:
        super().__init__("\n".join(faults))
        self.faults = list(faults)


@dataclass(frozen=True)
class Layout:
    """One instance of the lab.

    name: the instance (``local``, ``test`` …); state: its directory; port_base: the number its ports start from; address: where its servers listen.
    """

    name: str
    state: str
    port_base: int
    address: str = "127.0.0.1"

    def path(self, *parts: str) -> str:
        """Returns a path below the state directory."""
        return os.path.join(self.state, *parts)

    def port(self, server: str) -> int:
        """Returns the TCP port of a server named in OFFSETS."""
        return self.port_base + OFFSETS[server]

    def url(self, server: str) -> str:
        """Returns the https URL of a server named in OFFSETS."""
        return f"https://{self.address}:{self.port(server)}"

    def named_url(self, server: str) -> str:
        """Returns the https URL by the machine's own name for itself: on a page whose host is an address, browsers take no security key (WebAuthn)."""
        return f"https://localhost:{self.port(server)}" if self.address.startswith("127.") else self.url(server)

    def cert(self, leaf: str) -> str:
        """Returns the path of a leaf certificate (PEM)."""
        return self.path("pki", f"{leaf}.crt")

    def key(self, leaf: str) -> str:
        """Returns the path of a leaf's private key (PEM, 0600)."""
        return self.path("pki", f"{leaf}.key")

    @property
    def ca(self) -> str:
        """The lab CA's certificate (PEM)."""
        return self.path("ca.crt")

    @property
    def socket(self) -> str:
        """The supervisor's unix socket."""
        return self.path("supervisor.sock")

    def validate(self) -> list[str]:
        """Returns the faults of the values themselves, one sentence each."""
        faults = []
        if not self.name or not all(c.isalnum() or c == "-" for c in self.name):
            faults.append(f"lab_name is «{self.name}»: use letters, digits and hyphens only.")
        if not os.path.isabs(self.state) or os.path.normpath(self.state) in ("/", "/var", "/var/lib", "/tmp", "/root", "/home"):
            faults.append(f"lab_state_dir is «{self.state}»: give an absolute path of a directory that the lab may own and remove.")
        if not SAFE.fullmatch(self.state):
            faults.append(f"lab_state_dir «{self.state}» goes into commands and configuration files: use letters, digits and . _ - / only.")
        if len(self.state) > LONGEST_STATE_DIR:
            faults.append(
                f"lab_state_dir «{self.state}» has {len(self.state)} characters and a unix socket's path below it would be too long: "
                f"choose one of at most {LONGEST_STATE_DIR} characters."
            )
        if not 1024 <= self.port_base <= 65535 - max(OFFSETS.values()):
            faults.append(f"lab_port_base is {self.port_base}: choose one from 1024 to {65535 - max(OFFSETS.values())}.")
        return faults

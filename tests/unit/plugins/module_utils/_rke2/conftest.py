# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A host as a folder, with programs of its own in PATH: systemd itself runs in the tests of whole hosts (tests/rke2)."""

from __future__ import annotations

import io
import json
import os
import stat
import sys
import tarfile

import pytest

from ansible_collections.unifiedmeta.platform.plugins.module_utils._rke2 import node_cluster, node_service
from ansible_collections.unifiedmeta.platform.plugins.module_utils._rke2.node_layout import Layout
from tests.lab.tls import make_ca

VERSION = "v1.35.4+rke2r1"
# Keeps each unit's properties in a file; a start is over at once.
SYSTEMCTL = """
import json, os, sys
folder = os.environ["UNIT_HOST"]
place = os.path.join(folder, "units.json")
units = json.load(open(place)) if os.path.exists(place) else {}
with open(os.path.join(folder, "systemctl.log"), "a") as log:
    log.write(" ".join(sys.argv[1:]) + "\\n")
if os.path.exists(os.path.join(folder, "broken")):
    sys.stderr.write("Failed to connect to bus\\n")
    sys.exit(1)
command, names = sys.argv[1], [one for one in sys.argv[2:] if one.endswith(".service")]
blocks = []
for name in names:
    unit = units.setdefault(name, {})
    if command in ("start", "restart"):
        number = int(unit.get("InvocationID") or 0) + 1
        unit.update({"ActiveState": "active", "SubState": "running", "InvocationID": str(number), "LoadState": "loaded", "MainPID": "0",
                     "ExecMainStartTimestampMonotonic": str(int(__import__("time").monotonic() * 1e6)),
                     "ActiveEnterTimestampMonotonic": str(int(__import__("time").monotonic() * 1e6))})
    if command == "stop":
        unit.update({"ActiveState": "inactive", "SubState": "dead"})
    if command in ("enable", "disable"):
        unit["UnitFileState"] = command + "d"
    blocks.append("\\n".join(f"{key}={value}" for key, value in {"Id": name, **unit}.items()))
if command == "show":
    print("\\n\\n".join(blocks))
json.dump(units, open(place, "w"))
"""
RKE2 = "#!/bin/sh\necho 'rke2 version {version} (0123456789abcdef)'\necho 'go version go1.26'\n"


class Host:
    """``layout``: its paths; ``units``: what its systemd knows; ``said``: what systemctl was told; ``journal``: what its log holds."""

    def __init__(self, folder, programs):
        self.folder, self.programs, self.layout = folder, programs, Layout(str(folder / "root"))
        (folder / "root").mkdir()

    def path(self, path):
        return self.folder / "root" / path.lstrip("/")

    def write(self, path, text, mode=0o644):
        place = self.path(path)
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(text, "utf-8")
        place.chmod(mode)
        return place

    def program(self, name, text):
        """Put a program into PATH."""
        place = self.programs / name
        place.write_text(text, "utf-8")
        place.chmod(0o755)

    def install(self, version=VERSION, prefix="/usr/local"):
        self.write(f"{prefix}/bin/rke2", RKE2.format(version=version), 0o755)

    def set_unit(self, name, **properties):
        units = {**self.units(), f"{name}.service": {**self.units().get(f"{name}.service", {}), **properties}}
        (self.folder / "units.json").write_text(json.dumps(units), "utf-8")

    def running(self, role="server", age=100.0, invocation="7"):
        """The service runs since some seconds."""
        import time

        began = str(int((time.monotonic() - age) * 1e6))
        self.set_unit(f"rke2-{role}", LoadState="loaded", UnitFileState="enabled", ActiveState="active", SubState="running", InvocationID=invocation,
                      MainPID="0", ExecMainStartTimestampMonotonic=began, ActiveEnterTimestampMonotonic=began)

    def units(self):
        place = self.folder / "units.json"
        return json.loads(place.read_text("utf-8")) if place.exists() else {}

    def said(self, *verbs):
        place = self.folder / "systemctl.log"
        lines = place.read_text("utf-8").splitlines() if place.exists() else []
        return [line for line in lines if not verbs or line.split()[0] in verbs]

    def journal(self, *lines):
        self.program("journalctl", "#!/bin/sh\ncat <<'END'\n" + "\n".join(lines) + "\nEND\n")

    def tarball(self, version=VERSION, arch="amd64", extra=(), **files):
        """A release's tarball, as RKE2 publishes it; its path."""
        content = {"bin/rke2": (RKE2.format(version=version), 0o755), "bin/rke2-killall.sh": ("#!/bin/sh\n", 0o755),
                   "bin/rke2-uninstall.sh": ("#!/bin/sh\n# /usr/local\n", 0o755), "share/rke2/rke2-cis-sysctl.conf": ("kernel.panic=10\n", 0o644),
                   **{f"lib/systemd/system/rke2-{role}.{kind}": (f"ExecStart=/usr/local/bin/rke2 {role}\n", 0o644)
                      for role in ("server", "agent") for kind in ("service", "env")}, **files}
        place = self.folder / f"rke2.linux-{arch}.tar.gz"
        with tarfile.open(place, "w:gz") as archive:
            for name, (text, mode) in content.items():
                entry = tarfile.TarInfo(name)
                entry.size, entry.mode = len(text.encode()), mode
                archive.addfile(entry, io.BytesIO(text.encode()))
            for entry in extra:
                archive.addfile(entry)
        return place


@pytest.fixture
def host(tmp_path, monkeypatch):
    """A host without RKE2."""
    programs = tmp_path / "bin"
    programs.mkdir()
    made = Host(tmp_path, programs)
    made.program("systemctl", f"#!{sys.executable}\n{SYSTEMCTL}")
    made.program("ip",
                 "#!/bin/sh\necho '2: eth0    inet 192.0.2.7/24 brd 192.0.2.255 scope global eth0'\necho '3: cni0    inet 10.42.0.1/24 scope global cni0'\n")
    made.journal()
    monkeypatch.setenv("PATH", f"{programs}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.setenv("UNIT_HOST", str(tmp_path))
    monkeypatch.setattr(node_service, "BOOTED", str(tmp_path))
    return made


class Cluster:
    """API server and etcd as the host's certificates lead to them: ``nodes`` and ``members`` are what they answer."""

    def __init__(self, host):
        self.host, self.nodes, self.members, self.ready = host, [], [], True

    def answer(self, handler):
        path = handler.path.split("?")[0]
        if path == "/readyz":
            return (200, b"ok") if self.ready else (500, b"[-]etcd failed: reason withheld")
        if path == "/v3/cluster/member/list":
            return (404, {}) if self.members is None else (200, {"members": self.members})
        if path == "/api/v1/nodes":
            return (200, {"items": self.nodes, "metadata": {}})
        return next(((200, one) for one in self.nodes if path == f"/api/v1/nodes/{one['metadata']['name']}"), (404, {"message": "not found"}))

    @staticmethod
    def node(name, ready=True, voter=None, version=VERSION, **labels):
        conditions = [{"type": "Ready", "status": str(ready)}] + ([] if voter is None else [{"type": "EtcdIsVoter", "status": str(voter)}])
        return {"metadata": {"name": name, "labels": {**({"node-role.kubernetes.io/etcd": "true"} if voter is not None else {}), **labels},
                             "annotations": {"rke2.io/encryption-config-hash": "start-abc", "rke2.io/node-args": "[]", "other/x": "y"}, "resourceVersion": "5"},
                "spec": {"taints": [{"key": "a", "value": "b", "effect": "NoSchedule", "timeAdded": "now"}]},
                "status": {"conditions": conditions, "nodeInfo": {"kubeletVersion": version},
                           "addresses": [{"type": "InternalIP", "address": "10.0.0.1"}, {"type": "Hostname", "address": name}]}}

    @staticmethod
    def member(name, learner=False, peer="https://10.0.0.1:2380"):
        return {"ID": "12", "name": name, "peerURLs": [peer], **({"isLearner": True} if learner else {})}


@pytest.fixture
def cluster(host, scripted, tmp_path, monkeypatch):
    """A cluster that the host's files lead to: real TLS, with real certificates where RKE2 has them."""
    import ssl

    ca, certificate, key = make_ca(tmp_path / "tls")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    context.load_verify_locations(ca)
    context.verify_mode = ssl.CERT_OPTIONAL
    made = Cluster(host)
    server = scripted(made.answer, tls=context)
    made.server, made.port = server, server.server_port
    texts = {"crt": certificate.read_text("utf-8"), "key": key.read_text("utf-8"), "ca": ca.read_text("utf-8")}
    made.ca = texts["ca"]
    for folder, names in (("server/tls", ("client-admin",)), ("server/tls/etcd", ("client",)), ("agent", ("client-kubelet",))):
        for name in names:
            host.write(f"/var/lib/rancher/rke2/{folder}/{name}.crt", texts["crt"])
            host.write(f"/var/lib/rancher/rke2/{folder}/{name}.key", texts["key"], stat.S_IRUSR)
        host.write(f"/var/lib/rancher/rke2/{folder}/server-ca.crt", texts["ca"])
    host.write("/var/lib/rancher/rke2/agent/kubelet.kubeconfig", f"clusters:\n- cluster:\n    server: https://127.0.0.1:{made.port}\n")
    monkeypatch.setattr(node_cluster, "API", ("127.0.0.1", made.port))
    monkeypatch.setattr(node_cluster, "ETCD", (("127.0.0.1", 9), ("127.0.0.1", made.port)))
    return made

# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A real node: pods are processes, a Vault in one is reached through the Kubernetes API, and nothing of it stays on the machine."""
from __future__ import annotations

import json
import os
import pathlib
import subprocess

import pytest

from tests.lab.instance import Lab

pytestmark = [pytest.mark.realnode, pytest.mark.timeout(300, func_only=True)]
NAME = "openbao.default.svc"
LISTENER = {"listener": [{"tcp": {"address": "0.0.0.0:8300", "tls_cert_file": "/config/tls.crt", "tls_key_file": "/config/tls.key"}}]}
POD = {
    "apiVersion": "v1", "kind": "Pod", "metadata": {"name": "openbao", "namespace": "default", "labels": {"app": "openbao"}},
    "spec": {
        "terminationGracePeriodSeconds": 2,
        "volumes": [{"name": "config", "secret": {"secretName": "openbao"}}],
        "containers": [{
            "name": "openbao", "image": "localhost/openbao:lab", "imagePullPolicy": "Never",
            "args": ["server", "-dev", "-dev-no-store-token", "-dev-root-token-id=root", "-config=/config/openbao.json"],
            "volumeMounts": [{"name": "config", "mountPath": "/config"}],
            "ports": [{"name": "api", "containerPort": 8300}],
            "readinessProbe": {"httpGet": {"path": "/v1/sys/health", "port": "api", "scheme": "HTTPS"}, "periodSeconds": 1},
        }],
    },
}
SERVICE = {
    "apiVersion": "v1", "kind": "Service", "metadata": {"name": "openbao", "namespace": "default"},
    "spec": {"selector": {"app": "openbao"}, "ports": [{"name": "api", "port": 8200, "targetPort": "api"}]},
}


def certificate(lab: Lab, folder: pathlib.Path) -> None:
    """Issues a certificate for the Service's name, by the instance's own CA."""
    lab.run("openssl", "req", "-new", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj", "/CN=openbao",
            "-keyout", f"{folder}/tls.key", "-out", f"{folder}/tls.csr")
    (folder / "names").write_text(f"subjectAltName=DNS:{NAME}\n")
    lab.run("openssl", "x509", "-req", "-in", f"{folder}/tls.csr", "-CA", lab.ca_file, "-CAkey", str(lab.state_dir / "pki/ca.key"), "-CAcreateserial",
            "-CAserial", f"{folder}/serial", "-days", "2", "-extfile", f"{folder}/names", "-out", f"{folder}/tls.crt")


@pytest.fixture(scope="module")
def openbao(real_node: Lab, tmp_path_factory: pytest.TempPathFactory) -> Lab:
    """The node with an OpenBao in a pod, with TLS, behind a Service."""
    folder = tmp_path_factory.mktemp("openbao")
    certificate(real_node, folder)
    values = {"openbao.json": json.dumps(LISTENER), **{name: (folder / name).read_text() for name in ("tls.crt", "tls.key")}}
    secret = {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "openbao", "namespace": "default"}, "stringData": values}
    for thing in (secret, POD, SERVICE):
        real_node.kubectl("apply", "-f", "-", text=json.dumps(thing))
    real_node.kubectl("wait", "--for=condition=Ready", "pod/openbao", "--timeout=120s")
    return real_node


def test_a_pod_is_a_process_with_logs_and_exec(openbao: Lab) -> None:
    assert "Development mode" in openbao.kubectl("logs", "openbao")
    said = openbao.kubectl("exec", "openbao", "--", "/bin/bao", "version")
    assert said.startswith("OpenBao v2.7.2")


def test_vault_config_reaches_a_pod_through_the_api(openbao: Lab) -> None:
    """Before there is an ingress, the only way into the cluster is its API."""
    options = {
        "token": "root", "kubeconfig": openbao.kubeconfig, "ca_file": openbao.ca_file, "scope": "node-test",
        "port_forward": {"namespace": "default", "service": "openbao", "port": 8200},
        "config": {"mounts": {"forwarded": {"type": "kv", "options": {"version": "2"}}}},
    }
    command = [
        "ansible", "localhost", "-i", "localhost,", "-c", "local", "-m", "unifiedmeta.platform.vault_config", "-a", json.dumps(options),
        "-e", "ansible_python_interpreter={{ ansible_playbook_python }}",
    ]
    first = openbao.run(*command, check=False)
    assert first.returncode == 0 and "CHANGED" in first.stdout, first.stdout + first.stderr
    assert "SUCCESS" in openbao.run(*command).stdout
    mounts = json.loads(forwarded(openbao, "sys/mounts"))
    assert mounts["data"]["forwarded/"]["type"] == "kv"


def forwarded(lab: Lab, path: str) -> str:
    """Reads a path of the pod's OpenBao by kubectl's own port-forward and curl."""
    command = [lab.tool("kubectl"), "--kubeconfig", lab.kubeconfig, "port-forward", "service/openbao", ":8200", "--address=127.0.0.1"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout
            port = process.stdout.readline().split("127.0.0.1:")[1].split()[0]
            where = ["--resolve", f"{NAME}:{port}:127.0.0.1", "--cacert", lab.ca_file, "--noproxy", "*"]
            return lab.run("curl", "-sS", "--fail", *where, "-H", "X-Vault-Token: root", f"https://{NAME}:{port}/v1/{path}").stdout
        finally:
            process.terminate()


def test_the_second_run_restarts_nothing_and_pods_live_on(openbao: Lab) -> None:
    before = openbao.processes()
    assert {"containerd", "kubelet"} <= set(before)
    started = json.loads(openbao.kubectl("get", "pod", "openbao", "-o", "json"))["status"]["containerStatuses"][0]["state"]["running"]["startedAt"]
    assert openbao.playbook().changed == 0
    assert openbao.processes() == before
    status = json.loads(openbao.kubectl("get", "pod", "openbao", "-o", "json"))["status"]["containerStatuses"][0]
    assert status["state"]["running"]["startedAt"] == started and status["restartCount"] == 0


def traces(lab: Lab) -> list[str]:
    """Returns what of the node is on the machine: cgroups, namespaces, links, mounts, processes."""
    found = [str(path) for path in pathlib.Path("/sys/fs/cgroup").glob(f"*/unifiedmeta-{lab.name}")]
    spaces = pathlib.Path("/run/netns")
    found += [str(path) for path in spaces.iterdir() if path.name.startswith(("unifiedmeta-", "cni-"))] if spaces.exists() else []
    links = subprocess.run(["ip", "-o", "link"], capture_output=True, text=True, check=True).stdout
    found += [line for line in links.splitlines() if f"um-{lab.name}" in line]
    found += [line for line in pathlib.Path("/proc/mounts").read_text().splitlines() if str(lab.state_dir) in line]
    for entry in pathlib.Path("/proc").glob("[0-9]*"):
        try:
            if str(lab.state_dir) in os.readlink(entry / "cwd"):
                found.append((entry / "cmdline").read_text())
        except OSError:
            continue
    return found


def test_nothing_of_it_stays(openbao: Lab) -> None:
    """The last test of this file: it takes the node away."""
    assert traces(openbao)
    settings = {name: pathlib.Path(f"/proc/sys/{name}").read_text() for name in ("vm/overcommit_memory", "kernel/panic", "kernel/panic_on_oops")}
    openbao.playbook(lab_state="absent")
    assert traces(openbao) == []
    assert {name: pathlib.Path(f"/proc/sys/{name}").read_text() for name in settings} == settings
    assert not openbao.state_dir.exists()

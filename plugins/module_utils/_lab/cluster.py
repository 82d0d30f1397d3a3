# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What the lab puts into its Kubernetes cluster, whichever it is: a thin client on kubectl, and the clusters that are not built here."""
from __future__ import annotations

import base64
import json
import os
import shutil
import subprocess
import time
import typing as t

from ansible_collections.unifiedmeta.platform.plugins.module_utils._lab.command import call
from ansible_collections.unifiedmeta.platform.plugins.module_utils._lab.layout import LabError

NAMESPACE = "lab"


class Cluster:
    """A cluster by its kubeconfig."""

    def __init__(self, kubectl: str, kubeconfig: str) -> None:
        self._command = [kubectl, "--kubeconfig", kubeconfig, "--request-timeout=20s"]

    def get(self, path: str) -> dict[str, t.Any] | None:
        """Returns the object at an API path, None when there is none. Raises LabError."""
        done = self._run(["get", "--raw", path])
        if done.returncode and "NotFound" in done.stderr:
            return None
        return json.loads(self._checked(done, f"reading {path}"))

    def create(self, path: str, body: dict[str, t.Any]) -> None:
        """Creates an object; its text goes through standard input. One that somebody else has just made is fine. Raises LabError."""
        done = self._run(["create", "--raw", path, "-f", "-"], json.dumps(body))
        if not (done.returncode and "AlreadyExists" in done.stderr):
            self._checked(done, f"creating an object at {path}")

    def wait_node(self, name: str, seconds: float = 90.0) -> None:
        """Waits until a node is Ready. Raises LabError with what the node says."""
        deadline = time.monotonic() + seconds
        while True:
            node = self.get(f"/api/v1/nodes/{name}") or {}
            ready = [one for one in node.get("status", {}).get("conditions", []) if one["type"] == "Ready"]
            if ready and ready[0]["status"] == "True":
                return
            if time.monotonic() > deadline:
                said = ready[0].get("message") if ready else "it has not registered"
                raise LabError(f"Node {name} is not ready after {seconds:.0f} s: {said}. Look at the logs of kubelet and containerd.")
            time.sleep(0.3)

    def _run(self, args: list[str], text: str = "") -> subprocess.CompletedProcess[str]:
        env = {name: value for name, value in os.environ.items() if not name.lower().endswith("_proxy")}
        return call([*self._command, *args], input=text, timeout=60, env=env)

    def _checked(self, done: subprocess.CompletedProcess[str], what: str) -> str:
        if done.returncode:
            said = done.stderr.strip() or done.stdout.strip()
            raise LabError(f"Kubernetes, {what}: {said}. Check that the cluster runs and that its kubeconfig may do this.")
        return done.stdout


def login_secret(login: dict[str, t.Any]) -> dict[str, t.Any]:
    """Returns the Secret that hands the database's login for Vault over, in the form that CloudNativePG gives its own."""
    values = {name: base64.b64encode(str(login[name]).encode()).decode() for name in ("username", "password")}
    return {
        "apiVersion": "v1", "kind": "Secret", "type": "kubernetes.io/basic-auth", "data": values,
        "metadata": {"name": "postgres-openbao", "namespace": NAMESPACE},
    }


def wanted(nodes: t.Iterable[dict[str, t.Any]], login: dict[str, t.Any] | None) -> list[tuple[str, str, dict[str, t.Any]]]:
    """Returns (what, collection path, object) of everything that the lab makes in its cluster."""
    found = [(f"Node {node['metadata']['name']}", "/api/v1/nodes", node) for node in nodes]
    if login:
        namespace = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": NAMESPACE}}
        found.append((f"Namespace {NAMESPACE}", "/api/v1/namespaces", namespace))
        found.append((f"Secret {NAMESPACE}/postgres-openbao", f"/api/v1/namespaces/{NAMESPACE}/secrets", login_secret(login)))
    return found


def commands(kind: str, name: str, kubeconfig: str) -> dict[str, list[str]]:
    """Returns the commands of kind or k3d: list, create, kubeconfig, delete."""
    if kind == "kind":
        return {
            "list": ["kind", "get", "clusters"],
            "create": ["kind", "create", "cluster", "--name", name, "--kubeconfig", kubeconfig, "--wait", "180s"],
            "kubeconfig": ["kind", "get", "kubeconfig", "--name", name],
            "delete": ["kind", "delete", "cluster", "--name", name, "--kubeconfig", kubeconfig],
        }
    return {
        "list": ["k3d", "cluster", "list", "--no-headers"],
        "create": ["k3d", "cluster", "create", name, "--wait", "--timeout", "180s", "--kubeconfig-update-default=false"],
        "kubeconfig": ["k3d", "kubeconfig", "get", name],
        "delete": ["k3d", "cluster", "delete", name],
    }


def listed(output: str, name: str) -> bool:
    """Tells whether the output of «list» names the cluster: one a line, its name first."""
    return any(line.split()[:1] == [name] for line in output.splitlines())


def external(kind: str, name: str, kubeconfig: str, kubectl: str, check: bool) -> tuple[bool, str | None]:
    """Makes sure that the cluster of kind, k3d or KUBECONFIG is there.

    Returns whether it has to be made, and its kubeconfig's text (None when check mode can't know it yet). Raises LabError.
    """
    if kind == "kubeconfig":
        env = {**os.environ, "KUBECONFIG": os.environ.get("KUBECONFIG", "")}
        return False, _output([kubectl, "config", "view", "--raw", "--flatten", "--minify"], "Set KUBECONFIG to a kubeconfig with a current context.", env)
    steps, advice = commands(kind, name, kubeconfig), "Check that Docker runs («docker info» must pass), or choose «-e lab_kubernetes=build»."
    missing = not listed(_output(steps["list"], advice), name)
    if missing and check:
        return True, None
    if missing:
        _output(steps["create"], advice)
    return missing, _output(steps["kubeconfig"], advice)


def delete(kind: str, name: str, kubeconfig: str) -> bool:
    """Deletes the cluster of kind or k3d; tells whether there was one."""
    steps = commands(kind, name, kubeconfig)
    if not shutil.which(kind) or not listed(_output(steps["list"], "Check that Docker runs."), name):
        return False
    _output(steps["delete"], "Check that Docker runs, and delete the cluster by hand.")
    return True


def _output(command: list[str], advice: str, env: dict[str, str] | None = None) -> str:
    try:
        done = call(command, env=env, timeout=600)
    except (OSError, subprocess.TimeoutExpired) as error:
        raise LabError(f"«{' '.join(command[:3])}» can't be run: {error}. {advice}") from error
    if done.returncode:
        raise LabError(f"«{' '.join(command[:3])}» failed: {done.stderr.strip()[-300:]}. {advice}")
    return done.stdout

# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What the lab puts into a cluster, and the clusters that are not built here; the programs are stand-ins that note how they are called."""
from __future__ import annotations

import base64
import json
import pathlib
import stat

import pytest

from ansible_collections.unifiedmeta.platform.plugins.module_utils._lab import cluster
from ansible_collections.unifiedmeta.platform.plugins.module_utils._lab.layout import LabError

LOGIN = {"username": "openbao", "password": "canary"}


def program(folder: pathlib.Path, name: str, script: str) -> str:
    """Writes a program."""
    place = folder / name
    place.write_text(f"#!/bin/sh\necho \"$*\" >> {folder}/calls\n{script}\n")
    place.chmod(place.stat().st_mode | stat.S_IXUSR)
    return str(place)


def calls(folder: pathlib.Path) -> list[str]:
    """Returns the calls that were made."""
    return (folder / "calls").read_text().splitlines()


def test_an_object_is_read(tmp_path: pathlib.Path) -> None:
    api = cluster.Cluster(program(tmp_path, "kubectl", "echo '{\"kind\": \"Node\"}'"), "/kubeconfig")
    assert api.get("/api/v1/nodes/a") == {"kind": "Node"}
    assert calls(tmp_path) == ["--kubeconfig /kubeconfig --request-timeout=20s get --raw /api/v1/nodes/a"]


def test_a_missing_object_is_none(tmp_path: pathlib.Path) -> None:
    api = cluster.Cluster(program(tmp_path, "kubectl", "echo 'Error from server (NotFound): nodes a not found' >&2; exit 1"), "/kubeconfig")
    assert api.get("/api/v1/nodes/a") is None


def test_another_failure_names_the_path_and_what_to_do(tmp_path: pathlib.Path) -> None:
    api = cluster.Cluster(program(tmp_path, "kubectl", "echo 'Error from server (Forbidden)' >&2; exit 1"), "/kubeconfig")
    with pytest.raises(LabError, match=r"Kubernetes, reading /api/v1/nodes/a: Error from server \(Forbidden\)\. Check that"):
        api.get("/api/v1/nodes/a")


def test_an_object_reaches_kubectl_by_standard_input(tmp_path: pathlib.Path) -> None:
    cluster.Cluster(program(tmp_path, "kubectl", f"cat > {tmp_path}/body"), "/kubeconfig").create("/api/v1/namespaces/lab/secrets", cluster.login_secret(LOGIN))
    assert "canary" not in "".join(calls(tmp_path))
    assert base64.b64encode(b"canary").decode() not in "".join(calls(tmp_path))
    assert json.loads((tmp_path / "body").read_text())["data"]["password"] == base64.b64encode(b"canary").decode()


def test_one_that_somebody_else_has_just_made_is_fine(tmp_path: pathlib.Path) -> None:
    cluster.Cluster(program(tmp_path, "kubectl", "echo 'Error from server (AlreadyExists)' >&2; exit 1"), "/k").create("/api/v1/namespaces", {})
    with pytest.raises(LabError, match="creating an object at /api/v1/namespaces"):
        cluster.Cluster(program(tmp_path, "kubectl", "echo 'Error from server (Invalid)' >&2; exit 1"), "/k").create("/api/v1/namespaces", {})


def test_the_namespace_comes_before_the_secret_in_it() -> None:
    wanted = cluster.wanted([{"metadata": {"name": "a"}}], LOGIN)
    assert [what for what, _path, _body in wanted] == ["Node a", "Namespace lab", "Secret lab/postgres-openbao"]
    assert cluster.wanted([], None) == []


def node(status: str, message: str = "") -> str:
    """Returns a node as JSON."""
    return json.dumps({"status": {"conditions": [{"type": "Other", "status": "True"}, {"type": "Ready", "status": status, "message": message}]}})


def test_waiting_for_a_node(tmp_path: pathlib.Path) -> None:
    cluster.Cluster(program(tmp_path, "kubectl", f"echo '{node('True')}'"), "/k").wait_node("a", 1)


@pytest.mark.parametrize(("script", "words"), [
    (f"echo '{node('False', 'no network')}'", "no network"), ("echo 'NotFound' >&2; exit 1", "it has not registered"),
])
def test_a_node_that_never_becomes_ready_says_why(tmp_path: pathlib.Path, script: str, words: str) -> None:
    with pytest.raises(LabError, match=rf"Node a is not ready after 0 s: {words}"):
        cluster.Cluster(program(tmp_path, "kubectl", script), "/k").wait_node("a", 0.4)


@pytest.mark.parametrize(("output", "there"), [
    ("web\nlab\n", True), ("lab   1/1  0/0  true\n", True), ("lab2\n", False), ("", False), ("no clusters found\n", False),
])
def test_a_cluster_in_a_list(output: str, there: bool) -> None:
    assert cluster.listed(output, "lab") is there


@pytest.mark.parametrize("kind", ["kind", "k3d"])
def test_the_commands_of_kind_and_k3d_name_the_cluster(kind: str) -> None:
    for step, command in cluster.commands(kind, "unifiedmeta-x", "/kubeconfig").items():
        assert command[0] == kind
        assert step == "list" or "unifiedmeta-x" in command
    assert "/root/.kube" not in str(cluster.commands(kind, "x", "/kubeconfig"))


@pytest.fixture
def tools(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> pathlib.Path:
    """A kind that keeps its clusters in a file."""
    program(tmp_path, "kind", f"""case "$1 $2" in
      "get clusters") cat {tmp_path}/clusters 2>/dev/null;; "create cluster") echo unifiedmeta-x > {tmp_path}/clusters;;
      "get kubeconfig") echo 'apiVersion: v1';; "delete cluster") rm {tmp_path}/clusters;; esac; exit 0""")
    monkeypatch.setenv("PATH", str(tmp_path), prepend=":")
    return tmp_path


def test_a_cluster_is_made_once(tools: pathlib.Path) -> None:
    assert cluster.external("kind", "unifiedmeta-x", "/k", "kubectl", check=True) == (True, None)
    assert not (tools / "clusters").exists()
    assert cluster.external("kind", "unifiedmeta-x", "/k", "kubectl", check=False) == (True, "apiVersion: v1\n")
    assert cluster.external("kind", "unifiedmeta-x", "/k", "kubectl", check=False) == (False, "apiVersion: v1\n")


def test_a_cluster_is_deleted_once(tools: pathlib.Path) -> None:
    cluster.external("kind", "unifiedmeta-x", "/k", "kubectl", check=False)
    assert cluster.delete("kind", "unifiedmeta-x", "/k") is True
    assert cluster.delete("kind", "unifiedmeta-x", "/k") is False
    assert cluster.delete("k3d", "unifiedmeta-x", "/k") is False


def test_docker_that_does_not_run_is_a_sentence(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program(tmp_path, "kind", "echo 'Cannot connect to the Docker daemon' >&2; exit 1")
    monkeypatch.setenv("PATH", str(tmp_path), prepend=":")
    with pytest.raises(LabError, match=r"«kind get clusters» failed: Cannot connect .*«docker info» must pass.*lab_kubernetes=build"):
        cluster.external("kind", "x", "/k", "kubectl", check=False)


def test_the_cluster_of_kubeconfig_is_copied_whole(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> None:
    kubectl = program(tmp_path, "kubectl", 'echo "from $KUBECONFIG"')
    monkeypatch.setenv("KUBECONFIG", "/their/config")
    assert cluster.external("kubeconfig", "x", "/k", kubectl, check=True) == (False, "from /their/config\n")
    assert "--flatten --minify" in calls(tmp_path)[0]


def test_a_program_that_is_not_there() -> None:
    with pytest.raises(LabError, match="can't be run"):
        cluster.external("kubeconfig", "x", "/k", "/no/kubectl", check=False)

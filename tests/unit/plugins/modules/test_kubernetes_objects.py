# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
"""kubernetes_objects as a process: its options and refusals. A real API server: tests/lab/test_kubernetes_objects.py."""

from __future__ import annotations

import pytest
import yaml

from ansible_collections.unifiedmeta.platform.plugins.doc_fragments import reconciler
from ansible_collections.unifiedmeta.platform.plugins.modules import kubernetes_objects
from tests.unit.plugins.module_utils._kubernetes.test_reconcile import Cluster

MANIFEST = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "a", "namespace": "b"}}


def test_every_option_is_documented_with_its_default():
    texts = (reconciler.ModuleDocFragment.DOCUMENTATION, kubernetes_objects.DOCUMENTATION)
    documents = {name: option for text in texts for name, option in yaml.safe_load(text)["options"].items()}
    assert set(kubernetes_objects.SPEC) == set(documents)
    for name, option in kubernetes_objects.SPEC.items():
        assert option.get("default") == documents[name].get("default"), name
        assert option["type"] == documents[name]["type"], name
        assert option.get("required", False) == documents[name].get("required", False), name


def test_no_kubeconfig(module):
    result = module("kubernetes_objects", {"scope": "s", "manifests": [MANIFEST]})
    assert result["failed"] and "can't be read" in result["msg"]


def test_the_environment_is_the_fallback(module):
    assert "kubeconfig /none can't be read" in module("kubernetes_objects", {"scope": "s", "manifests": [MANIFEST]}, KUBECONFIG="/none")["msg"]


def test_all_faults_of_the_options(module):
    secret = {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "x", "namespace": "b"}, "stringData": {"k": "value:none"}}
    result = module("kubernetes_objects", {"scope": "not good", "manifests": [MANIFEST, MANIFEST, {"kind": "X"}, secret], "values": {"idle": "x"}})
    assert result["msg"].startswith("The manifests can't be used; nothing was done:\n- ")
    for said in ("is there twice", "has no apiVersion, metadata.name", "can't be a label's value", "there is no value 'none'", "'idle' is used by no Secret"):
        assert said in result["msg"]


@pytest.mark.parametrize(("arguments", "said"), [
    ({}, "missing required arguments: manifests, scope"), ({"manifests": []}, "missing required arguments: scope"),
    ({"scope": "s", "manifests": [], "prune": "all"}, "value of prune must be one of"),
    ({"scope": "s", "manifests": ["text"]}, "Elements value for option 'manifests' is of type")])
def test_options_that_ansible_refuses(module, arguments, said):
    assert said in module("kubernetes_objects", arguments)["msg"]


def test_a_server_that_does_not_answer(module, kubeconfig):
    result = module("kubernetes_objects", {"scope": "s", "manifests": [MANIFEST], "kubeconfig": kubeconfig("https://127.0.0.1:9")})
    assert "Kubernetes at https://127.0.0.1:9" in result["msg"] and "nothing listens" in result["msg"]


def test_what_a_run_returns(module, scripted, kubeconfig, tmp_path):
    """Made; refused by the server; too much to delete."""
    cluster = Cluster(scripted)
    given = {"scope": "s", "manifests": [MANIFEST], "kubeconfig": kubeconfig(cluster.server.url), "wait": 0}
    first = module("kubernetes_objects", {**given, "plan_file": str(tmp_path / "plan.json")})
    assert [change["action"] for change in first["plan"]] == ["create"] and first["plan_size"] == 1 and first["stats"]["writes"] == 1
    cluster.refuse["api/v1/namespaces/b/configmaps/c"] = 422
    failed = module("kubernetes_objects", {**given, "manifests": [{**MANIFEST, "metadata": {"name": "c", "namespace": "b"}}]})
    assert failed["failed"] and not failed["changed"] and "create failed" in failed["outcomes"][0]
    cluster.refuse.clear()
    less = {**given, "manifests": [{**MANIFEST, "metadata": {"name": "d", "namespace": "b"}}], "prune": "owned", "max_deletes": 0}
    refused = module("kubernetes_objects", less)
    assert "1 objects would be deleted, but max_deletes is 0; nothing was done" in refused["msg"] and "plan" not in refused


def test_neither_values_nor_manifests_are_in_the_invocation(module):
    clear = {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "x", "namespace": "b"}, "stringData": {"k": "in-clear"}}
    result = module("kubernetes_objects", {"scope": "s", "manifests": [clear], "values": {"key": "very-secret"}})
    assert "very-secret" not in str(result) and "in-clear" not in str(result)

# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Namespaces with guard rails."""

from __future__ import annotations

from ansible_collections.unifiedmeta.platform.plugins.plugin_utils._catalog_specs.kubernetes import installed, namespace_spec
from tests.unit.plugins.plugin_utils.support import component, make


def test_a_namespace_enforces_its_level(tmp_path):
    made = namespace_spec(make(tmp_path, component("a", namespace={"name": "n", "pod_security": "baseline", "labels": {"team": "x"}})))
    assert made == {"a": [{"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "n", "labels": {
        "app.kubernetes.io/managed-by": "unifiedmeta",
        "pod-security.kubernetes.io/enforce": "baseline",
        "pod-security.kubernetes.io/audit": "baseline",
        "pod-security.kubernetes.io/warn": "baseline",
        "team": "x",
    }}}]}


def test_restricted_unless_said_otherwise(tmp_path):
    made = namespace_spec(make(tmp_path, component("a")))
    assert made["a"][0]["metadata"]["labels"]["pod-security.kubernetes.io/enforce"] == "restricted"


def test_a_quota_comes_with_it(tmp_path):
    made = namespace_spec(make(tmp_path, component("a", namespace={"name": "n", "quota": {"requests.cpu": 4, "pods": "20"}})))
    quota = made["a"][1]
    assert (quota["kind"], quota["metadata"]["namespace"], quota["spec"]) == ("ResourceQuota", "n", {"hard": {"pods": "20", "requests.cpu": "4"}})


def test_a_shared_namespace_comes_with_its_first_component(tmp_path):
    made = namespace_spec(make(tmp_path, component("b", namespace={"name": "n"}), component("a", namespace={"name": "n"}, needs=["b"])))
    assert list(made) == ["b"]


def test_what_is_outside_has_no_namespace_here(tmp_path):
    made = make(tmp_path, component("a"), component("b"), external=["a"])
    assert list(namespace_spec(made)) == ["b"]
    assert [entry["name"] for entry in installed(made)] == ["b"]

# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Kinds and their paths, out of aggregated discovery."""

from __future__ import annotations

import pytest

from ansible_collections.unifiedmeta.platform.plugins.module_utils._http import ApiError, Http
from ansible_collections.unifiedmeta.platform.plugins.module_utils._kubernetes.discovery import Resource, discover

CORE = {"items": [{"metadata": {}, "versions": [{"version": "v1", "resources": [
    {"resource": "pods", "responseKind": {"group": "", "version": "v1", "kind": "Pod"}, "scope": "Namespaced"},
    {"resource": "namespaces", "responseKind": {"group": "", "version": "v1", "kind": "Namespace"}, "scope": "Cluster"},
    {"resource": "nothing"}]}]}]}
GROUPS = {"items": [{"metadata": {"name": "apps"}, "versions": [
    {"version": "v1", "resources": [{"resource": "deployments", "responseKind": {"kind": "Deployment"}, "scope": "Namespaced"}]},
    {"version": "v1beta1"}]}, {"metadata": {"name": "empty"}}]}


def answer(handler):
    return 200, CORE if handler.path == "/api" else GROUPS


def test_two_requests_tell_everything(scripted):
    server = scripted(answer)
    found = discover(Http("Kubernetes", server.url))
    assert found == {("v1", "Pod"): Resource("api/v1", "pods", True), ("v1", "Namespace"): Resource("api/v1", "namespaces", False),
                     ("apps/v1", "Deployment"): Resource("apis/apps/v1", "deployments", True)}
    assert sorted(seen[1] for seen in server.seen) == ["/api", "/apis"]
    assert all("APIGroupDiscoveryList" in seen[2]["Accept"] for seen in server.seen)


def test_paths():
    pods, spaces = Resource("api/v1", "pods", True), Resource("api/v1", "namespaces", False)
    assert pods.collection() == "api/v1/pods" and pods.collection("a") == "api/v1/namespaces/a/pods"
    assert pods.path("a", "b") == "api/v1/namespaces/a/pods/b" and spaces.path("", "b") == "api/v1/namespaces/b"
    assert pods.path("a?x", "system:node") == "api/v1/namespaces/a%3Fx/pods/system%3Anode" and pods.collection("a/b") == "api/v1/namespaces/a%2Fb/pods"
    with pytest.raises(ValueError, match="can't be a part of an address"):
        pods.path("a", "..")


def test_a_cluster_that_refuses(scripted):
    with pytest.raises(ApiError):
        discover(Http("Kubernetes", scripted((403, {"message": "no"})).url))

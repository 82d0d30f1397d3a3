# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
"""kubernetes_objects on the lab's real API server: what is applied, what is left alone, and what its audit log saw."""
from __future__ import annotations

import json
import secrets

import pytest

from ansible_collections.unifiedmeta.platform.plugins.module_utils import _plan, _reconcile
from ansible_collections.unifiedmeta.platform.plugins.module_utils._http import ApiError
from ansible_collections.unifiedmeta.platform.plugins.module_utils._kubernetes import client
from ansible_collections.unifiedmeta.platform.plugins.module_utils._kubernetes.reconcile import Reconciler
from tests.support import audit

SPACE = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "objects"}}


def make(kind="ConfigMap", name="a", api="v1", **more):
    return {"apiVersion": api, "kind": kind, "metadata": {"name": name, "namespace": "objects"}, **more}


DEPLOYMENT = make("Deployment", "web", "apps/v1", spec={
    "replicas": 2, "selector": {"matchLabels": {"app": "web"}},
    "template": {"metadata": {"labels": {"app": "web"}}, "spec": {"containers": [
        {"name": "web", "image": "example.test/web:1", "ports": [{"containerPort": 80}], "resources": {"requests": {"cpu": "0.5", "memory": "1024Mi"}}}]}}})
ALL = [DEPLOYMENT, make("Secret", "s", stringData={"key": "first"}), make(data={"x": "1"}), SPACE, make("ServiceAccount", "web"),
       make("Secret", "token", type="kubernetes.io/service-account-token") | {
           "metadata": {"name": "token", "namespace": "objects", "annotations": {"kubernetes.io/service-account.name": "web"}}}]


class World:
    """The cluster, with what a run of the module does; «objects» stands for a namespace and a scope of this test's own."""

    def __init__(self, lab):
        self.lab, self.log, self.space = lab, lab.state_dir / "audit/kubernetes.log", f"objects-{secrets.token_hex(3)}"

    def plan(self, manifests, scope="", **options):
        """A reconciler that has read, and its plan."""
        own = json.loads(json.dumps(manifests).replace('"objects"', json.dumps(self.space)))
        work = Reconciler(client.connect(self.lab.kubeconfig), own, scope or self.space, **options)
        assert work.read() == []
        return work, work.plan()

    def run(self, manifests, **options):
        """What was changed."""
        work, plan = self.plan(manifests, **options)
        assert (plan.faults, plan.conflicts) == ([], [])
        outcomes = work.apply(plan.changes)
        assert all(outcome.state == "done" for outcome in outcomes), outcomes
        assert work.wait(60) == []
        return [(change.action, change.kind, change.name.replace(self.space, "objects")) for change in plan.changes]

    def kubectl(self, *args):
        return self.lab.kubectl("-n", self.space, *args)

    def get(self, kind, name):
        return json.loads(self.kubectl("get", kind, name, "-o", "json"))


@pytest.fixture
def world(lab):
    made = World(lab)
    yield made
    lab.kubectl("delete", "namespace", made.space, "--ignore-not-found", "--wait=false")


def test_first_and_second_run(world):
    done = world.run(ALL)
    assert len(done) == len(ALL) and {action for action, _kind, _name in done} == {"create"}
    assert world.get("deployment", "web")["status"]["readyReplicas"] == 2, "it waits until it's ready"
    assert world.get("secret", "token")["data"]["token"]
    before = audit.mark(world.log)
    assert world.run(ALL) == []
    assert audit.kube_writes(world.log, before, "lab:admin") == [], "not even a dry run"
    seen = [entry for entry in audit.entries(world.log, before) if entry["stage"] == "ResponseComplete" and entry["user"]["username"] == "lab:admin"]
    assert len(seen) <= 7, "discovery and one list for each of five kinds"


def test_drift(world):
    world.run(ALL)
    world.kubectl("scale", "deployment/web", "--replicas=3")
    world.kubectl("label", "configmap/a", "mine=yes")
    world.kubectl("patch", "secret/s", "-p", '{"stringData": {"key": "changed"}}')
    _work, foreseen = world.plan(ALL)
    changes = {change.name.replace(world.space, "objects"): change for change in foreseen.changes}
    assert set(changes) == {"objects/web", "objects/s"}
    assert changes["objects/web"].before == {"spec": {"replicas": 3}} and changes["objects/web"].after == {"spec": {"replicas": 2}}
    assert "changed" not in repr(changes["objects/s"]) and "Y2hhbmdlZA" not in repr(changes["objects/s"])
    assert sorted(world.run(ALL)) == [("update", "Deployment", "objects/web"), ("update", "Secret", "objects/s")]
    assert world.get("configmap", "a")["metadata"]["labels"]["mine"] == "yes", "what isn't declared is left alone"
    assert world.run(ALL) == []


def test_a_field_that_is_declared_no_more_is_removed(world):
    world.run([SPACE, make(data={"x": "1", "y": "2"})])
    assert world.run([SPACE, make(data={"x": "1"})]) == [("update", "ConfigMap", "objects/a")]
    assert world.get("configmap", "a")["data"] == {"x": "1"}


def test_others_objects(world):
    world.run([SPACE])
    world.kubectl("create", "configmap", "a", "--from-literal=x=0")
    _work, plan = world.plan([SPACE, make(data={"x": "1"})])
    assert plan.changes == [] and "wasn't made by this scope and differs (data)" in plan.conflicts[0]
    _work, plan = world.plan([SPACE, make(data={"x": "0"})])
    assert (plan.changes, plan.conflicts) == ([], []), "as wanted, it stays theirs"
    assert world.run([SPACE, make(data={"x": "1"})], adopt=True) == [("adopt", "ConfigMap", "objects/a")]
    assert world.run([SPACE, make(data={"x": "1"})]) == []


def test_pruning_and_a_second_scope(world):
    world.run([SPACE, make(), make(name="b"), make(name="c")])
    world.run([make(name="theirs")], scope="other")
    _work, plan = world.plan([SPACE, make()], prune=True)
    with pytest.raises(_plan.Refused, match="2 objects would be deleted, but max_deletes is 1"):
        _reconcile.refuse(plan, 1)
    assert sorted(world.run([SPACE, make()], prune=True)) == [("delete", "ConfigMap", "objects/b"), ("delete", "ConfigMap", "objects/c")]
    assert world.get("configmap", "theirs")


def test_what_the_server_refuses(world):
    world.run([SPACE, make(data={"x": "1"})])
    _work, plan = world.plan([SPACE, make(data={"x": {"not": "text"}})])
    assert plan.changes == [] and f"ConfigMap {world.space}/a" in plan.faults[0]
    spaced = {**SPACE, "metadata": {"name": "x", "namespace": "y"}}
    faults = Reconciler(client.connect(world.lab.kubeconfig), [make("Deploymnt", "x", "apps/v1"), spaced], world.space).read()
    assert "did you mean Deployment?" in faults[0] and "lives in no namespace" in faults[1]


def test_a_definition_and_its_first_object(world):
    names = {"plural": "widgets", "singular": "widget", "kind": "Widget"}
    schema = {"type": "object", "x-kubernetes-preserve-unknown-fields": True}
    definition = {"apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition", "metadata": {"name": "widgets.example.test"}, "spec": {
        "group": "example.test", "scope": "Namespaced", "names": names, "versions": [
            {"name": "v1", "served": True, "storage": True, "schema": {"openAPIV3Schema": schema}}]}}
    try:
        done = world.run([make("Widget", "w", "example.test/v1", spec={"size": 1}), definition, SPACE])
        assert ("create", "Widget", "objects/w") in done
    finally:
        world.lab.kubectl("delete", "crd", "widgets.example.test", "--ignore-not-found")


def test_a_token_of_a_service_account_and_a_value_of_a_secret(world):
    world.run(ALL)
    http = client.connect(world.lab.kubeconfig)
    assert client.request_token(http, world.space, "web").count(".") == 2
    assert client.read_secret(http, f"{world.space}/s")["key"] == "first"
    with pytest.raises(ApiError, match="not found"):
        client.request_token(http, world.space, "nobody")

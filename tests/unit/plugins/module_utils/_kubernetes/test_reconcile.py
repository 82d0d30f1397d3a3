# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Planning and ordering, on a small API server of this test; the real one is met in tests/lab/test_kubernetes_objects.py."""

from __future__ import annotations

import json
import urllib.parse

import pytest

from ansible_collections.unifiedmeta.platform.plugins.module_utils._http import Http
from ansible_collections.unifiedmeta.platform.plugins.module_utils._kubernetes import objects, reconcile
from ansible_collections.unifiedmeta.platform.plugins.module_utils._kubernetes.reconcile import Reconciler

KINDS = {"Namespace": ("namespaces", "Cluster"), "ConfigMap": ("configmaps", "Namespaced"), "Secret": ("secrets", "Namespaced")}
CORE = {"items": [{"metadata": {}, "versions": [{"version": "v1", "resources": [
    {"resource": plural, "responseKind": {"kind": kind}, "scope": scope} for kind, (plural, scope) in KINDS.items()]}]}]}


class Cluster:
    """Objects by path; applies merge the manifest over what is there."""

    def __init__(self, scripted):
        self.objects: dict = {}
        self.refuse: dict = {}
        self.server = scripted(self.answer)
        self.http = Http("Kubernetes", self.server.url, errors=lambda response: response.json().get("message"))

    def answer(self, handler):
        parts = urllib.parse.urlsplit(handler.path)
        query = dict(urllib.parse.parse_qsl(parts.query))
        path = parts.path.lstrip("/")
        if path in ("api", "apis"):
            return 200, CORE if path == "api" else {"items": []}
        if path in self.refuse and handler.command != "GET":
            return self.refuse[path], {"message": f"{path} is refused"}
        if handler.command == "GET":
            return self.get(path, query)
        if handler.command == "DELETE":
            return (200, {}) if self.objects.pop(path, None) else (404, {"message": "not found"})
        sent = json.loads(self.server.seen[-1][3])
        old = self.objects.get(path) or {}
        merged = {**old, **sent, "metadata": {**old.get("metadata", {}), **sent["metadata"], "uid": "1"}}
        if sent["kind"] == "Namespace":
            merged["status"] = {"phase": "Active"}
        if "dryRun" not in query:
            self.objects[path] = merged
        return 200, merged

    def get(self, path, query):
        if path in self.objects:
            return 200, self.objects[path]
        plural = path.rsplit("/", 1)[-1]
        if plural not in [names[0] for names in KINDS.values()]:
            return 404, {"message": "not found"}
        label, _sep, value = query["labelSelector"].partition("=")
        found = [{key: part for key, part in item.items() if key not in ("kind", "apiVersion")} for name, item in sorted(self.objects.items())
                 if name.split("/")[-2] == plural and item["metadata"].get("labels", {}).get(label) == value]
        if len(found) > 1 and "continue" not in query:
            return 200, {"items": found[:1], "metadata": {"continue": "more"}}
        return 200, {"items": found[1:] if "continue" in query else found, "metadata": {}}

    def sent(self, *methods):
        return [(method, urllib.parse.urlsplit(path).path) for method, path, _headers, _body in self.server.seen if method in methods]

    def put(self, manifest, **meta):
        space = manifest["metadata"].get("namespace")
        path = f"api/v1/{f'namespaces/{space}/' if space else ''}{KINDS[manifest['kind']][0]}/{manifest['metadata']['name']}"
        self.objects[path] = {**manifest, "metadata": {**manifest["metadata"], **meta}}


@pytest.fixture
def cluster(scripted):
    return Cluster(scripted)


def make(kind="ConfigMap", name="a", namespace="n", **more):
    return {"apiVersion": "v1", "kind": kind, "metadata": {"name": name, **({"namespace": namespace} if kind != "Namespace" else {})}, **more}


SPACE = make("Namespace", "n")


def work(cluster, *manifests, **options):
    made = Reconciler(cluster.http, manifests, "s", **options)
    assert made.read() == []
    return made


def run(cluster, *manifests, **options):
    made = work(cluster, *manifests, **options)
    plan = made.plan()
    assert (plan.faults, plan.conflicts) == ([], [])
    outcomes = made.apply(plan.changes)
    assert all(outcome.state == "done" for outcome in outcomes), outcomes
    return [(change.action, change.kind, change.name) for change in plan.changes]


def test_first_and_second_run(cluster):
    assert run(cluster, make(data={"x": "1"}), SPACE) == [("create", "ConfigMap", "n/a"), ("create", "Namespace", "n")]
    assert cluster.sent("PATCH") == [("PATCH", "/api/v1/namespaces/n"), ("PATCH", "/api/v1/namespaces/n/configmaps/a")], "the namespace comes first"
    cluster.server.seen.clear()
    assert run(cluster, make(data={"x": "1"}), SPACE) == []
    assert cluster.sent("PATCH", "POST", "PUT", "DELETE") == [] and len(cluster.server.seen) == 4, "discovery and a list for each kind"


def test_how_an_apply_is_sent(cluster):
    run(cluster, SPACE)
    _method, path, headers, _body = next(seen for seen in cluster.server.seen if seen[0] == "PATCH")
    assert dict(urllib.parse.parse_qsl(urllib.parse.urlsplit(path).query)) == {"fieldManager": "unifiedmeta", "fieldValidation": "Strict", "force": "true"}
    assert headers["Content-Type"] == "application/apply-patch+yaml"


def test_long_lists_are_read_to_their_end(cluster):
    manifests = [make(name=name) for name in "abc"]
    run(cluster, *manifests)
    assert run(cluster, *manifests) == []


def test_drift_is_repaired_and_shown(cluster):
    run(cluster, make(data={"x": "1"}))
    cluster.objects["api/v1/namespaces/n/configmaps/a"]["data"] = {"x": "2"}
    made = work(cluster, make(data={"x": "1"}))
    change = made.plan().changes[0]
    assert (change.action, change.before, change.after) == ("update", {"data": {"x": "2"}}, {"data": {"x": "1"}})


def test_what_is_declared_anew_is_seen(cluster):
    run(cluster, make(data={"x": "1", "y": "2"}))
    changes = work(cluster, make(data={"x": "1"})).plan().changes
    assert [change.action for change in changes] == ["update"], "a field that is no longer declared leaves no difference but in the mark"


def test_values_of_secrets_are_compared_and_never_shown(cluster):
    run(cluster, make("Secret", stringData={"key": "old-value"}))
    changes = work(cluster, make("Secret", stringData={"key": "new-value"})).plan().changes
    assert [change.action for change in changes] == ["update"] and "bmV3" not in repr(changes) and "b2xk" not in repr(changes)


def test_check_is_a_dry_run_of_what_differs_alone(cluster):
    run(cluster, make(data={"x": "1"}), make(name="b"))
    cluster.server.seen.clear()
    work(cluster, make(data={"x": "2"}), make(name="b")).plan()
    dry = [path for method, path, _headers, _body in cluster.server.seen if method == "PATCH"]
    assert len(dry) == 1 and "dryRun=All" in dry[0] and cluster.http.stats.writes == 2


# --- others' objects --------------------------------------------------------------------------------------------------------------
def test_somebody_elses_that_is_as_wanted_stays_theirs(cluster):
    cluster.put(make(data={"x": "1"}))
    assert run(cluster, make(data={"x": "1"})) == []
    assert objects.SCOPE_LABEL not in cluster.objects["api/v1/namespaces/n/configmaps/a"]["metadata"].get("labels", {})


def test_somebody_elses_that_differs_is_a_conflict(cluster):
    cluster.put(make(data={"x": "0"}))
    made = work(cluster, make(data={"x": "1"})).plan()
    assert made.changes == [] and made.conflicts == ["ConfigMap n/a exists, wasn't made by this scope and differs (data); leave it out, or set adopt"]
    assert run(cluster, make(data={"x": "1"}), adopt=True) == [("adopt", "ConfigMap", "n/a")]
    assert run(cluster, make(data={"x": "1"})) == []


def test_another_scopes_is_a_conflict(cluster):
    cluster.put(make(data={"x": "0"}), labels={objects.SCOPE_LABEL: "other"})
    assert work(cluster, make(data={"x": "1"})).plan().conflicts == ["ConfigMap n/a belongs to the scope «other»; leave it out, or set adopt"]


# --- pruning ----------------------------------------------------------------------------------------------------------------------
def test_pruning(cluster):
    run(cluster, make(), make(name="b"), SPACE)
    cluster.put(make(name="theirs"))
    assert run(cluster, make(), SPACE) == [], "not unless it's asked for"
    assert run(cluster, make(), SPACE, prune=True) == [("delete", "ConfigMap", "n/b")]
    assert "api/v1/namespaces/n/configmaps/theirs" in cluster.objects


def test_kinds_that_are_not_in_the_call_are_left_alone(cluster):
    run(cluster, make("Secret"), make())
    assert run(cluster, make(), prune=True) == []


def test_what_is_being_deleted_is_not_deleted_again(cluster):
    run(cluster, make(), make(name="b"))
    cluster.objects["api/v1/namespaces/n/configmaps/b"]["metadata"]["deletionTimestamp"] = "now"
    assert run(cluster, make(), prune=True) == []


def test_what_others_live_in_is_deleted_last(cluster):
    run(cluster, SPACE, make(), make("Namespace", "m"))
    made = work(cluster, make("Namespace", "m"), make(namespace="m"), prune=True)
    deletes = sorted((one for one in made.plan().changes if one.action == "delete"), key=lambda one: one.wave)
    assert [change.kind for change in deletes] == ["ConfigMap", "Namespace"]


def test_what_is_gone_again_is_not_ready(cluster, monkeypatch):
    monkeypatch.setattr(reconcile, "_POLL", 0.01)
    made = work(cluster, make("Secret", type="kubernetes.io/service-account-token"))
    made.apply(made.plan().changes)
    cluster.objects.clear()
    assert made.wait(0.05) == ["Secret n/a: it doesn't exist after 0 s"]


# --- faults -----------------------------------------------------------------------------------------------------------------------
def test_kinds_that_do_not_exist(cluster):
    spaced = {**make("Namespace", "x"), "metadata": {"name": "x", "namespace": "y"}}
    made = Reconciler(cluster.http, [{**make(), "kind": "ConfigMaps"}, make(namespace=None), spaced], "s")
    faults = made.read()
    assert len(faults) == 3 and "did you mean ConfigMap?" in faults[0] and "it needs metadata.namespace" in faults[1] and "lives in no namespace" in faults[2]


def test_a_kind_that_comes_with_its_definition(cluster):
    definition = {"apiVersion": "v1", "kind": "CustomResourceDefinition", "metadata": {"name": "w"},
                  "spec": {"group": "x.io", "names": {"kind": "Widget"}, "versions": [{"name": "v1"}]}}
    widget = {"apiVersion": "x.io/v1", "kind": "Widget", "metadata": {"name": "w", "namespace": "n"}}
    made = Reconciler(cluster.http, [definition, widget], "s")
    assert [fault.split(":")[0] for fault in made.read()] == ["CustomResourceDefinition w"], "this server has no definitions, but the widget is coming"


def test_a_refused_dry_run_is_a_fault(cluster):
    run(cluster, make(data={"x": "1"}))
    cluster.refuse["api/v1/namespaces/n/configmaps/a"] = 422
    assert "is refused (HTTP 422)" in work(cluster, make(data={"x": "2"})).plan().faults[0]


def test_a_failure_stops_what_needs_it_and_nothing_else(cluster):
    cluster.refuse["api/v1/namespaces/n"] = 403
    made = work(cluster, SPACE, make(), make(namespace="m"))
    outcomes = {outcome.change.name: outcome.state for outcome in made.apply(made.plan().changes)}
    assert outcomes == {"n": "failed", "n/a": "skipped", "m/a": "done"}


# --- waiting ----------------------------------------------------------------------------------------------------------------------
def test_waiting(cluster, monkeypatch):
    monkeypatch.setattr(reconcile, "_POLL", 0.01)
    made = work(cluster, SPACE)
    made.apply(made.plan().changes)
    assert made.wait(1) == []
    cluster.objects["api/v1/namespaces/n"]["status"] = {"phase": "Terminating"}
    made = work(cluster, SPACE)
    assert made.wait(0.05) == ["Namespace n: it is Terminating after 0 s"]


def test_waiting_asks_again(cluster, monkeypatch):
    monkeypatch.setattr(reconcile, "_POLL", 0.01)
    secret = make("Secret", type="kubernetes.io/service-account-token")
    made = work(cluster, secret)
    made.apply(made.plan().changes)
    cluster.objects["api/v1/namespaces/n/secrets/a"]["data"] = {"token": "x"}
    assert made.wait(1) == []


def test_a_kind_that_is_served_a_moment_after_its_definition(cluster, monkeypatch):
    monkeypatch.setattr(reconcile, "_POLL", 0.01)
    made = work(cluster, make())
    changes = made.plan().changes
    known, asked = dict(made.resources), []

    def later(http):
        asked.append(http.map(len, ["x", "xy"]))
        return known if len(asked) > 1 else {}

    monkeypatch.setattr(reconcile, "discover", later)
    made.resources = {}
    assert [outcome.state for outcome in made.apply(changes)] == ["done"] and asked == [[1, 2], [1, 2]]


def test_a_kind_that_is_never_served(cluster, monkeypatch):
    monkeypatch.setattr(reconcile, "_POLL", 0.01)
    monkeypatch.setattr(reconcile, "_SERVED", 0.03)
    made = work(cluster, make())
    changes = made.plan().changes
    monkeypatch.setattr(reconcile, "discover", lambda _http: {})
    made.resources = {}
    outcome = made.apply(changes)[0]
    assert outcome.state == "failed" and "v1 isn't served" in outcome.error

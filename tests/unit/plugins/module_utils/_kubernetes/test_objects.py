# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Objects as data: keys, comparison, masking, readiness."""

from __future__ import annotations

import base64
import copy

import pytest

from ansible_collections.unifiedmeta.platform.plugins.module_utils._kubernetes import objects


def make(kind="ConfigMap", name="a", namespace="n", api="v1", **more):
    return {"apiVersion": api, "kind": kind, "metadata": {"name": name, **({"namespace": namespace} if namespace else {})}, **more}


def test_keys_and_titles():
    assert objects.key(make()) == ("v1", "ConfigMap", "n", "a") and objects.title(objects.key(make())) == "n/a"
    assert objects.title(objects.key(make("Namespace", namespace=""))) == "a"


def test_order():
    assert [objects.wave(kind) for kind in ("Namespace", "ServiceAccount", "Secret", "Deployment")] == [0, 1, 2, 3]


def test_all_faults_of_a_list():
    found = objects.faults([make(), "text", {"kind": "X"}, make(), {"apiVersion": "v1", "kind": "Y", "metadata": None}])
    assert found == ["manifests: number 2 isn't a mapping", "manifests: number 3 (X ) has no apiVersion, metadata.name",
                     "manifests: ConfigMap n/a is there twice", "manifests: number 5 (Y ) has no metadata.name"]
    assert objects.faults([make(), make(name="b"), make(namespace="m"), make(api="v2")]) == []


@pytest.mark.parametrize(("scope", "fine"), [
    ("vault", True), ("a.b_c-1", True), ("x" * 63, True), ("x" * 64, False), ("", False), ("-a", False), ("a b", False)])
def test_a_scope_is_a_labels_value(scope, fine):
    assert (objects.scope_faults(scope) == []) is fine


# --- what is sent -----------------------------------------------------------------------------------------------------------------
def test_marks():
    manifest = make(labels=None)
    manifest["metadata"]["labels"] = {"app": "x"}
    before = copy.deepcopy(manifest)
    made = objects.desired(manifest, "vault")
    assert manifest == before, "the input stays as it is"
    assert made["metadata"]["labels"] == {"app": "x", objects.SCOPE_LABEL: "vault"} and len(made["metadata"]["annotations"][objects.DIGEST]) == 32


def test_the_digest_tells_what_was_declared():
    def digest(**more):
        return objects.desired(make(**more), "s")["metadata"]["annotations"][objects.DIGEST]

    assert digest(data={"a": "1"}) == digest(data={"a": "1"}) != digest(data={"a": "2"})
    assert digest(status={"x": 1}) == digest(), "a status is the server's"


def test_the_digest_of_a_secret_tells_nothing_of_its_values():
    def digest(value, name="a"):
        return objects.desired(make("Secret", stringData={name: value}), "s")["metadata"]["annotations"][objects.DIGEST]

    assert digest("one") == digest("two") != digest("one", "b")


def test_string_data_become_data():
    made = objects.desired(make("Secret", data={"old": "eA=="}, stringData={"new": "비밀", "number": 5}), "s")
    assert "stringData" not in made and made["data"] == {"old": "eA==", "new": base64.b64encode("비밀".encode()).decode(), "number": "NQ=="}


def test_values_come_from_elsewhere():
    faults = []
    manifests = [make("Secret", stringData={"key": "value:k", "plain": "text"}), make(data={"x": "value:k"}), "text"]
    made = objects.filled(manifests, {"k": "secret"}, faults)
    assert faults == [] and made[0]["stringData"] == {"key": "secret", "plain": "text"}
    assert made[1]["data"] == {"x": "value:k"}, "in Secrets alone" and manifests[0]["stringData"]["key"] == "value:k"


def test_values_that_are_not_there_or_not_used():
    faults = []
    objects.filled([make("Secret", stringData={"key": "value:none"})], {"idle": "x"}, faults)
    assert faults == ["manifests: Secret a: there is no value 'none' for key; add it to values", "values: 'idle' is used by no Secret"]


# --- comparison -------------------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(("live", "wanted", "equal"), [
    ({"a": 1, "b": 2}, {"a": 1}, True), ({"a": 1}, {"a": 2}, False), ({}, {"a": 1}, False), ({"a": 1}, {"a": 1, "b": None}, True),
    ({"l": [{"n": 1, "x": 0}]}, {"l": [{"n": 1}]}, True), ({"l": [1, 2]}, {"l": [1]}, False), ({"l": [2, 1]}, {"l": [1, 2]}, False),
    ({"l": "text"}, {"l": ["t"]}, False), ("text", {"a": 1}, False), ({"a": {"b": {"c": 1, "d": 2}}}, {"a": {"b": {"c": 1}}}, True),
    ({"a": True}, {"a": "true"}, False)])
def test_what_is_in_the_other(live, wanted, equal):
    assert objects.same(live, wanted) is equal


@pytest.mark.parametrize(("live", "wanted", "equal"), [
    ("500m", "0.5", True), ("1", 1, True), ("1Gi", "1024Mi", True), ("1k", "1000", True), ("1Gi", "1G", False), ("0.1", "100m", True), ("1e3", "1k", True),
    ("x", "y", False), ("x", "x", True), (None, "1", False)])
def test_quantities_have_many_spellings(live, wanted, equal):
    assert objects.same({"resources": {"requests": {"cpu": live}}}, {"resources": {"requests": {"cpu": wanted}}}) is equal


def test_only_quantities_are_compared_by_value():
    assert not objects.same({"data": {"version": "1.0"}}, {"data": {"version": "1"}})
    assert objects.same({"spec": {"hard": {"pods": "10"}}}, {"spec": {"hard": {"pods": 10}}})


def test_differences():
    before, after = {"a": 1, "b": {"c": 1, "d": 1}, "e": 1}, {"a": 1, "b": {"c": 2, "d": 1}, "f": 1}
    assert objects.differences(before, after) == ({"b": {"c": 1}, "e": 1}, {"b": {"c": 2}, "f": 1})
    assert objects.differences({}, {}) == ({}, {})


def test_what_is_shown():
    live = make("Secret", data={"key": "c2VjcmV0"}, stringData={"x": "secret"}, status={"a": 1})
    applied = {"kubectl.kubernetes.io/last-applied-configuration": '{"data": {"key": "c2VjcmV0"}}', "mine": "1"}
    live["metadata"].update(uid="1", managedFields=[], resourceVersion="5", labels={"a": "b"}, annotations=applied)
    assert objects.shown(live) == {**make("Secret", data={"key": objects.MASK}, stringData={"x": objects.MASK}), "metadata": {
        "name": "a", "namespace": "n", "labels": {"a": "b"}, "annotations": {"mine": "1"}}}
    assert objects.shown(None) is None and objects.shown(make(data={"x": "y"}))["data"] == {"x": "y"}
    assert live["data"] == {"key": "c2VjcmV0"}


# --- readiness --------------------------------------------------------------------------------------------------------------------
def live(kind, status=None, spec=None, generation=1, **more):
    made = make(kind, spec=spec or {}, status=status or {}, **more)
    made["metadata"]["generation"] = generation
    return made


CONDITION = [{"type": "Complete", "status": "True"}, {"type": "Established", "status": "True"}]


@pytest.mark.parametrize(("found", "missing"), [
    (None, "doesn't exist"),
    (live("Deployment", {"observedGeneration": 1}, {"replicas": 2}, 2), "hasn't seen it yet"),
    (live("Deployment", {"observedGeneration": 1, "readyReplicas": 1, "updatedReplicas": 2}, {"replicas": 2}), "1 of 2 replicas"),
    (live("Deployment", {"observedGeneration": 1, "readyReplicas": 2, "updatedReplicas": 1}, {"replicas": 2}), "1 are of this version"),
    (live("Deployment", {"observedGeneration": 1, "readyReplicas": 2, "updatedReplicas": 2}, {"replicas": 2}), ""),
    (live("StatefulSet", {"observedGeneration": 1}, {"replicas": 0}), ""),
    (live("StatefulSet", {"observedGeneration": 1}, {}), "0 of 1 replicas"),
    (live("DaemonSet", {"observedGeneration": 1, "desiredNumberScheduled": 3, "numberReady": 2}), "2 of 3 pods"),
    (live("DaemonSet", {"observedGeneration": 1}), ""),
    (live("Job"), "isn't complete"), (live("Job", {"conditions": CONDITION}), ""),
    (live("CustomResourceDefinition"), "isn't established"), (live("CustomResourceDefinition", {"conditions": CONDITION}), ""),
    (live("Namespace", {"phase": "Terminating"}), "it is Terminating"), (live("Namespace"), "it is new"), (live("Namespace", {"phase": "Active"}), ""),
    (live("Secret", type="kubernetes.io/service-account-token"), "no token yet"),
    (live("Secret", type="kubernetes.io/service-account-token", data={"token": "x"}), ""),
    (live("Secret"), ""), (live("ConfigMap"), ""),
])
def test_ready(found, missing):
    said = objects.ready(found)
    assert (missing in said) if missing else said == ""

# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The controller's part of kubernetes_objects: values need pipelining, manifests alone don't."""

from __future__ import annotations

SECRET = {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "a", "namespace": "b"}, "stringData": {"key": "value:k"}}


def test_values_need_pipelining(play):
    arguments = {"scope": "s", "manifests": [SECRET], "values": {"k": "very-secret-value"}}
    assert "kubernetes_objects: without pipelining its arguments" in play("kubernetes_objects", arguments, ANSIBLE_PIPELINING="false")


def test_manifests_alone_do_not(play):
    said = play("kubernetes_objects", {"scope": "s", "manifests": [], "kubeconfig": "/does/not/exist"}, ANSIBLE_PIPELINING="false")
    assert "kubeconfig /does/not/exist can't be read" in said


def test_values_are_never_shown(play):
    said = play("kubernetes_objects", {"scope": "s", "manifests": [SECRET], "values": {"k": "very-secret-value"}, "kubeconfig": "/none"}, "-vvv")
    assert "kubeconfig /none can't be read" in said and "very-secret-value" not in said

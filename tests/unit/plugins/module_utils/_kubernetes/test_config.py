# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Kubeconfigs of many kinds, and every way in which they can be wrong."""

from __future__ import annotations

import base64
import json
import stat

import pytest
import yaml

from ansible_collections.unifiedmeta.platform.plugins.module_utils._kubernetes import config
from ansible_collections.unifiedmeta.platform.plugins.module_utils._kubernetes.config import KubeconfigError, load


@pytest.fixture(autouse=True)
def no_surroundings(monkeypatch, tmp_path):
    """No kubeconfig of the person who runs the tests."""
    monkeypatch.delenv("KUBECONFIG", raising=False)
    monkeypatch.setenv("HOME", str(tmp_path / "home"))


def b64(text):
    return base64.b64encode(text.encode()).decode()


@pytest.fixture
def write(tmp_path):
    """Factory of kubeconfigs; ``cluster`` and ``user`` are merged over a working pair."""
    def make(*, cluster=None, user=None, context=None, name="kubeconfig", **top):
        content = {
            "apiVersion": "v1", "kind": "Config", "current-context": "one",
            "contexts": [{"name": "one", "context": {"cluster": "k", "user": "u", **(context or {})}}],
            "clusters": [{"name": "k", "cluster": {"server": "https://api:6443", "certificate-authority-data": b64("CA"), **(cluster or {})}}],
            "users": [{"name": "u", "user": {"token": "secret-token"} if user is None else user}], **top}
        made = content["clusters"][0]["cluster"] if content["clusters"] else {}
        for key in [key for key, value in made.items() if value is None]:
            del made[key]
        path = tmp_path / name
        path.write_text(yaml.safe_dump({key: value for key, value in content.items() if value is not None}), "utf-8")
        return str(path)

    return make


def refusal(path, context=None):
    with pytest.raises(KubeconfigError) as caught:
        load(path, context)
    return str(caught.value)


def test_a_token(write):
    found = load(write())
    assert (found.server, found.ca, found.token, found.cert) == ("https://api:6443", b"CA", "secret-token", None)
    assert found.verify and found.namespace == "default"
    assert "secret-token" not in repr(found)


def test_inline_certificates(write):
    found = load(write(user={"client-certificate-data": b64("CERT"), "client-key-data": b64("KEY")}))
    assert (found.cert, found.key, found.token) == (b"CERT", b"KEY", None) and "KEY" not in repr(found)


def test_certificates_in_files_beside_it(write, tmp_path):
    for name in ("ca.crt", "c.crt", "c.key"):
        (tmp_path / name).write_text(name, "utf-8")
    found = load(write(cluster={"certificate-authority": "ca.crt", "certificate-authority-data": None},
                       user={"client-certificate": "c.crt", "client-key": str(tmp_path / "c.key")}))
    assert (found.ca, found.cert, found.key) == (b"ca.crt", b"c.crt", b"c.key")


def test_inline_wins_over_a_file(write):
    assert load(write(cluster={"certificate-authority": "/none"})).ca == b"CA"


def test_a_token_in_a_file(write, tmp_path):
    assert load(write(user={"tokenFile": "token"})).token_file == str(tmp_path / "token")


def test_switches_of_a_cluster(write):
    found = load(write(cluster={"insecure-skip-tls-verify": True, "tls-server-name": "inner"}, context={"namespace": "mine"}))
    assert (found.verify, found.server_name, found.namespace) == (False, "inner", "mine")


def test_contexts(write):
    path = write(contexts=[{"name": "one", "context": {"cluster": "k", "user": "u"}}, {"name": "two", "context": {"cluster": "k"}}])
    assert load(path, "two").token is None, "a context without a user"
    assert "it has no context 'three'; there are: one, two" in refusal(path, "three")
    assert "no current-context" in refusal(write(**{"current-context": ""}))


def test_where_it_is_looked_for(write, monkeypatch, tmp_path):
    path = write()
    monkeypatch.setenv("KUBECONFIG", path)
    assert load().source == path
    other = write(name="other", cluster={"server": "https://other"})
    assert load(other).server == "https://other", "the option wins"
    monkeypatch.delenv("KUBECONFIG")
    (tmp_path / "home/.kube").mkdir(parents=True)
    (tmp_path / "home/.kube/config").write_text((tmp_path / "kubeconfig").read_text("utf-8"), "utf-8")
    assert load().source == str(tmp_path / "home/.kube/config")


def test_a_pods_service_account(monkeypatch, tmp_path):
    for name in ("token", "ca.crt"):
        (tmp_path / name).write_text(name, "utf-8")
    monkeypatch.setattr(config, "POD", str(tmp_path))
    monkeypatch.setenv("KUBERNETES_SERVICE_HOST", "fd00::1")
    monkeypatch.setenv("KUBERNETES_SERVICE_PORT", "6443")
    found = load()
    assert (found.server, found.ca, found.token_file) == ("https://[fd00::1]:6443", b"ca.crt", str(tmp_path / "token"))


@pytest.mark.parametrize(("content", "said"), [
    ("a: [", "isn't YAML (line 1)"), ("just text", "isn't a kubeconfig"), ("{}", "isn't a kubeconfig"), ("[]", "isn't a kubeconfig")])
def test_what_is_no_kubeconfig(tmp_path, content, said):
    (tmp_path / "x").write_text(content, "utf-8")
    assert said in refusal(str(tmp_path / "x"))


def test_no_line_of_a_broken_file_is_shown(tmp_path):
    (tmp_path / "x").write_text("token: 'very-secret\nb: [", "utf-8")
    assert "very-secret" not in refusal(str(tmp_path / "x"))


def test_what_can_not_be_read(write, tmp_path):
    assert "can't be read (No such file" in refusal(str(tmp_path / "none"))
    assert "client-key /none/key can't be read" in refusal(write(user={"client-key": "/none/key"}))
    assert "certificate-authority-data isn't base64" in refusal(write(cluster={"certificate-authority-data": "!!"}))


def test_what_is_missing_in_it(write):
    assert "the cluster k has no server" in refusal(write(cluster={"server": None}))
    assert "it has no cluster 'gone'; there are: k" in refusal(write(context={"cluster": "gone"}))
    assert "it has no user 'gone'; there are: u" in refusal(write(context={"user": "gone"}))


def test_a_program_that_makes_tokens(write, tmp_path):
    """Through the kubernetes library, which runs it."""
    program = tmp_path / "login"
    answer = {"apiVersion": "client.authentication.k8s.io/v1", "kind": "ExecCredential", "status": {"token": "made"}}
    program.write_text(f"#!/bin/sh\necho '{json.dumps(answer)}'\n", "utf-8")
    program.chmod(program.stat().st_mode | stat.S_IXUSR)
    user = {"exec": {"apiVersion": "client.authentication.k8s.io/v1", "command": str(program), "interactiveMode": "Never"}}
    found = load(write(cluster={"certificate-authority-data": None}, user=user))
    assert (found.server, found.token) == ("https://api:6443", "made")


def test_a_program_that_fails(write, capfd):
    user = {"exec": {"apiVersion": "client.authentication.k8s.io/v1", "command": "/bin/false", "interactiveMode": "Never"}}
    try:
        found = load(write(cluster={"certificate-authority-data": None}, user=user))
    except KubeconfigError as error:
        assert "kubeconfig" in str(error)
    else:
        assert found.token is None, "the library says so on stderr and goes on without"


def test_two_files(write, monkeypatch):
    one, two = write(name="one", users=[]), write(name="two", clusters=[], contexts=[], **{"current-context": None})
    monkeypatch.setenv("KUBECONFIG", f"{one}:{two}")
    assert load().token == "secret-token"

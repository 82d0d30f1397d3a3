# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The files that a node shall have."""

from __future__ import annotations

import json

import pytest
import yaml

from ansible_collections.unifiedmeta.platform.plugins.module_utils._rke2 import node_desired
from ansible_collections.unifiedmeta.platform.plugins.module_utils._rke2.names import CONFIG, REGISTRIES, SECRETS, fingerprint

CA = "a" * 64


def wanted(role="server", config=None, files=None, secrets=None, ca=None):
    return node_desired.wanted(role, config or {"cni": "cilium"}, files or {}, {"token": "canary-token"} if secrets is None else secrets, ca)


def test_configuration_and_secrets_are_two_files_of_roots_alone(host):
    files = wanted()
    node_desired.apply(host.layout, files, node_desired.differing(host.layout, files))
    assert yaml.safe_load(host.path(CONFIG).read_text("utf-8")) == {"cni": "cilium"}
    assert yaml.safe_load(host.path(SECRETS).read_text("utf-8")) == {"token": "canary-token"}
    assert [host.path(path).stat().st_mode & 0o777 for path in (CONFIG, SECRETS)] == [0o600, 0o600]
    assert node_desired.differing(host.layout, files) == []


@pytest.mark.parametrize(("role", "secrets", "ca", "told"), [
    ("server", {"token": "s", "agent-token": "a"}, None, {"token": "s", "agent-token": "a"}),
    ("server", {"token": "s", "agent-token": "a", "etcd-s3-secret-key": "k"}, CA, {"token": f"K10{CA}::server:s", "agent-token": "a",
                                                                                   "etcd-s3-secret-key": "k"}),
    ("agent", {"token": "s", "agent-token": "a", "etcd-s3-secret-key": "k"}, CA, {"token": f"K10{CA}::node:a"}),
    ("agent", {"token": "s"}, CA, {"token": f"K10{CA}::server:s"}), ("agent", {"token": "s"}, None, {"token": "s"}),
])
def test_who_gets_which_secret(role, secrets, ca, told):
    assert yaml.safe_load(node_desired.secrets_text(role, secrets, ca)) == told


def test_without_secrets_there_is_no_file():
    assert node_desired.secrets_text("server", {"token": ""}, CA) is None and node_desired.secrets_text("agent", {}, CA) is None
    assert SECRETS not in wanted(secrets={})


def test_a_mode_that_is_too_open_is_a_difference(host):
    files = wanted()
    node_desired.apply(host.layout, files, node_desired.differing(host.layout, files))
    host.path(SECRETS).chmod(0o644)
    assert [file.path for file in node_desired.differing(host.layout, files)] == [SECRETS]
    node_desired.apply(host.layout, files, node_desired.differing(host.layout, files))
    assert host.path(SECRETS).stat().st_mode & 0o777 == 0o600


def test_files_that_nobody_wants_any_more_go_and_those_of_others_stay(host):
    other = "/etc/rancher/rke2/audit.yaml"
    first = wanted(files={REGISTRIES: {"content": "mirrors: {}\n", "mode": "0600"}})
    node_desired.apply(host.layout, first, node_desired.differing(host.layout, first))
    host.write(other, "theirs\n")
    second = wanted()
    changed = node_desired.differing(host.layout, second)
    assert [(file.path, file.text) for file in changed] == [(REGISTRIES, None)]
    node_desired.apply(host.layout, second, changed)
    assert not host.path(REGISTRIES).exists() and host.path(other).exists()
    assert node_desired.owned(host.layout) == sorted([CONFIG, SECRETS])


def test_a_list_that_somebody_has_changed_removes_nothing_else(host):
    host.write("/var/lib/rancher/rke2-platform/files.json", json.dumps(["/etc/passwd", 7, REGISTRIES]))
    host.write("/etc/passwd", "root\n")
    host.write(REGISTRIES, "x\n")
    assert [file.path for file in node_desired.differing(host.layout, {})] == [REGISTRIES]
    host.write("/var/lib/rancher/rke2-platform/files.json", "{}")
    assert node_desired.owned(host.layout) == []


def test_a_killed_run_leaves_nothing_that_the_next_one_does_not_know(host):
    first = wanted(files={REGISTRIES: {"content": "x\n"}})
    node_desired.apply(host.layout, first, [])
    assert node_desired.owned(host.layout) == sorted([CONFIG, REGISTRIES, SECRETS])


def test_differences_show_no_secret(host):
    host.write(SECRETS, "token: canary-old\n", 0o600)
    host.write(REGISTRIES, "configs:\n  r:\n    auth:\n      password: canary-login\n")
    files = wanted(ca=CA, files={REGISTRIES: {"content": "mirrors: {}\n"}}, config={"cni": "calico"})
    shown = {one["after_header"].split()[0]: one for one in node_desired.diffs(host.layout, node_desired.differing(host.layout, files))}
    assert "canary" not in json.dumps(shown)
    assert f'token: "{fingerprint("canary-old")}"' in shown[SECRETS]["before"] and f'token: "{fingerprint("canary-token")}"' in shown[SECRETS]["after"]
    assert shown[CONFIG]["before"] == "" and 'cni: "calico"' in shown[CONFIG]["after"] and "password: (hidden)" in shown[REGISTRIES]["before"]
    assert shown[SECRETS]["after_header"].endswith("(0600)")


def test_a_token_that_only_gets_its_ca_looks_the_same(host):
    host.write(SECRETS, 'token: "canary-token"\n', 0o600)
    file = wanted(ca=CA)[SECRETS]
    shown = node_desired.diffs(host.layout, [file])[0]
    assert fingerprint("canary-token") in shown["before"] and fingerprint("canary-token") in shown["after"]


def test_a_file_that_can_not_be_read_is_not_shown(host):
    host.write(CONFIG, "token {canary\n")
    assert node_desired.diffs(host.layout, [wanted()[CONFIG]])[0]["before"] == "(a file that RKE2 can't read)\n"


@pytest.mark.parametrize("line", ["    password: x", "  auth: x", "    identity_token: x", "secret: x", "  - token: x", '  "password": x'])
def test_what_is_hidden_of_other_files(line):
    assert node_desired.without_credentials(f"a: b\n{line}\nc: d\n").splitlines()[1].endswith(": (hidden)")

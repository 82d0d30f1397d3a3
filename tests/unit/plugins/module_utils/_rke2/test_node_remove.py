# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A node stopped, and a host as it was before."""

from __future__ import annotations

import os

import pytest

from ansible_collections.unifiedmeta.platform.plugins.module_utils._rke2 import node_desired, node_files, node_remove, node_stage, node_start
from ansible_collections.unifiedmeta.platform.plugins.module_utils._rke2.names import CONFIG, REGISTRIES, SECRETS

VERSION = "v1.35.4+rke2r1"


def tree(host):
    """All files and folders of the host."""
    return sorted(str(path.relative_to(host.path("/"))) for path in host.path("/").rglob("*"))


@pytest.fixture
def node(host):
    """A server that runs; what was there before is remembered."""
    for folder in ("/usr/local/bin", "/usr/local/lib/systemd/system", "/etc/default", "/var/lib", "/usr/local/share"):
        host.path(folder).mkdir(parents=True)
    host.write("/usr/local/bin/theirs", "x")
    host.write("/etc/default/theirs", "x")
    before = tree(host)
    source = host.tarball(**{"bin/rke2-killall.sh": ("#!/bin/sh\necho killed >> $UNIT_HOST/scripts.log\n", 0o755),
                             "bin/rke2-uninstall.sh": ("#!/bin/sh\necho uninstalled >> $UNIT_HOST/scripts.log\n", 0o755)})
    node_stage.put(host.layout, VERSION, source.name, node_files.sha256(str(source)), str(source))
    one = node_start.Node("server", "s1", VERSION, {"cni": "cilium"}, {REGISTRIES: {"content": "x"}, "/etc/default/rke2-server": {"content": "x"}},
                          {"token": "t"})
    node_start.apply(host.layout, one, node_start.plan(host.layout, one))
    host.write("/var/lib/rancher/rke2/server/db/etcd/member/x", "data")
    return host, before


def scripts(host):
    place = host.folder / "scripts.log"
    return place.read_text("utf-8").split() if place.exists() else []


def test_a_service_is_stopped_and_its_pods_only_where_it_is_said(node):
    host, _before = node
    assert node_remove.running(host.layout) == ["rke2-server"]
    node_remove.stop(host.layout, pods=False)
    assert node_remove.running(host.layout) == [] and host.said("stop") == ["stop rke2-server.service"] and scripts(host) == []
    node_remove.stop(host.layout, pods=True)
    assert scripts(host) == ["killed"]


def test_what_is_left_is_told(node):
    host, _before = node
    left = node_remove.left(host.layout)
    assert "/usr/local/bin/rke2" in left and "/var/lib/rancher/rke2" in left and CONFIG in left and SECRETS in left


def test_the_host_is_as_it_was_found(node):
    host, before = node
    node_remove.remove(host.layout)
    assert tree(host) == before
    assert node_remove.left(host.layout) == [] and scripts(host) == ["killed", "uninstalled"] and host.said()[-1] == "daemon-reload"
    node_remove.remove(host.layout)


def test_what_others_have_put_there_stays(node):
    host, _before = node
    host.write("/var/lib/rancher/other/x", "theirs")
    node_remove.remove(host.layout)
    assert host.path("/var/lib/rancher/other/x").exists() and host.path("/usr/local/bin/theirs").exists() and host.path("/etc/default/theirs").exists()


def test_a_host_whose_scripts_are_gone_is_cleared_all_the_same(node):
    host, _before = node
    for name in ("rke2-killall.sh", "rke2-uninstall.sh"):
        os.unlink(host.path(f"/usr/local/bin/{name}"))
    node_remove.remove(host.layout)
    assert node_remove.left(host.layout) == [] and scripts(host) == []


def test_a_data_folder_that_is_a_file_system_stays_empty(node, monkeypatch):
    host, _before = node
    data = str(host.path("/var/lib/rancher/rke2"))
    monkeypatch.setattr(os.path, "ismount", lambda path: path == data)
    node_remove.remove(host.layout)
    assert os.listdir(data) == [] and node_remove.left(host.layout) == ["/var/lib/rancher/rke2"]


def test_a_bare_host_has_nothing_to_remove(host):
    assert node_remove.left(host.layout) == [] and node_remove.running(host.layout) == [] and node_desired.owned(host.layout) == []

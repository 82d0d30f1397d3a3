# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What the running service was started with."""

from __future__ import annotations

import json
import os
import time

import pytest

from ansible_collections.unifiedmeta.platform.plugins.module_utils._rke2 import node_facts, node_service, node_started

REGISTRIES = "/etc/rancher/rke2/registries.yaml"
MANIFEST = "/var/lib/rancher/rke2/server/manifests/rke2-cilium-config.yaml"


def disk_of(host):
    config, _fault = node_facts.configuration(host.layout)
    return node_started.on_disk(host.layout, config, node_started.version(host.layout.binary()), node_facts.files(host.layout))


def found(host, role="server"):
    unit = node_service.units([f"rke2-{role}"])[f"rke2-{role}"]
    return node_started.find(host.layout, role, unit, disk_of(host))


@pytest.fixture
def node(host):
    """A server with its files."""
    host.install()
    host.write("/etc/rancher/rke2/config.yaml", "cni: cilium\n")
    host.write(REGISTRIES, "mirrors: {}\n")
    host.write(MANIFEST, "kind: HelmChartConfig\n")
    host.write("/etc/default/rke2-server", "HTTPS_PROXY=x\n")
    return host


def test_versions_are_what_the_program_says(host):
    assert node_started.version(None) is None
    host.install("v1.36.4+rke2r1")
    assert node_started.version(host.layout.binary()) == "v1.36.4+rke2r1"
    host.write("/usr/local/bin/rke2", "#!/bin/sh\necho something else\n", 0o755)
    assert node_started.version(host.layout.binary()) is None
    host.path("/usr/local/bin/rke2").chmod(0o644)
    assert node_started.version(host.layout.binary()) is None


def test_manifests_and_the_configuration_itself_are_no_files_of_a_start(node):
    disk = disk_of(node)
    assert set(disk["files"]) == {REGISTRIES, "/etc/default/rke2-server"} and disk["config"] == {"cni": "cilium"} and disk["version"] == "v1.35.4+rke2r1"


def test_a_service_that_does_not_run_was_not_started(node):
    assert found(node) is None


def test_a_service_younger_than_its_files_runs_with_them(node):
    node.running(age=-5)
    assert found(node) == disk_of(node)


@pytest.mark.parametrize("path", [REGISTRIES, "/etc/default/rke2-server"])
def test_a_file_newer_than_the_service_can_not_be_known(node, path):
    node.running(age=100)
    for other in ("/etc/rancher/rke2/config.yaml", REGISTRIES, "/etc/default/rke2-server", "/usr/local/bin/rke2"):
        assert node.path(other).stat().st_ctime > time.time() - 50
    assert found(node)["files"][path] is None


def test_a_configuration_newer_than_the_service_can_not_be_known(node):
    node.running(age=100)
    assert found(node)["config"] is None


def test_the_stamp_of_this_very_start_is_believed(node):
    node.running(age=100, invocation="9")
    before = disk_of(node)
    node_started.stamp(node.layout, "server", "9", before)
    node.write("/etc/rancher/rke2/config.yaml", "cni: calico\n")
    assert found(node) == before and disk_of(node)["config"] == {"cni": "calico"}


@pytest.mark.parametrize("change", [{"invocation": "8"}, {"role": "agent"}, {"invocation": None}])
def test_the_stamp_of_another_start_is_not(node, change):
    node.running(age=100, invocation="9")
    node_started.stamp(node.layout, "server", "9", disk_of(node))
    place = node.path("/var/lib/rancher/rke2-platform/started.json")
    place.write_text(json.dumps({**json.loads(place.read_text("utf-8")), **change}), "utf-8")
    assert found(node)["config"] is None


def test_a_program_that_was_replaced_is_asked_in_the_process_itself(node):
    node.running(age=100)
    node.set_unit("rke2-server", MainPID="4711")
    node.write("/proc/4711/exe", "#!/bin/sh\necho rke2 version v1.34.1+rke2r1\n", 0o755)
    assert found(node)["version"] == "v1.34.1+rke2r1"


def test_a_program_that_is_gone_and_a_process_too(node):
    node.running(age=100)
    os.unlink(node.path("/usr/local/bin/rke2"))
    assert found(node)["version"] is None


def test_the_stamp_holds_no_secret_and_is_roots_alone(node):
    node.write("/etc/rancher/rke2/config.yaml.d/90-secrets.yaml", "token: canary-token\n", 0o600)
    node_started.stamp(node.layout, "server", "9", disk_of(node))
    place = node.path("/var/lib/rancher/rke2-platform/started.json")
    assert "canary" not in place.read_text("utf-8") and place.stat().st_mode & 0o777 == 0o600
    assert json.loads(place.read_text("utf-8"))["config"]["token"].startswith("sha256:")

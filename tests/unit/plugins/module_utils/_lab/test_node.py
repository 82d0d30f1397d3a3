# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A real node's programs and files, as data."""
from __future__ import annotations

import json

import pytest

from ansible_collections.unifiedmeta.platform.plugins.module_utils._lab import kubernetes, node
from ansible_collections.unifiedmeta.platform.plugins.module_utils._lab.layout import Layout
from ansible_collections.unifiedmeta.platform.plugins.module_utils._lab.program import Program

LAYOUT = Layout("node", "/state", 23000, node.ADDRESS)
TOOLS = {"kubernetes": "/cache/k", "containerd": "/cache/c", "runc": "/cache/r", "containernetworking-plugins": "/cache/n"}


@pytest.fixture
def programs() -> dict[str, Program]:
    """The programs by name."""
    return {program.name: program for program in node.programs(LAYOUT, TOOLS)}


def test_containerd_comes_before_kubelet_and_after_the_api(programs: dict[str, Program]) -> None:
    api = max(program.wave for program in kubernetes.programs(LAYOUT, {"kubernetes": "/cache/k"}) if program.name != "kwok")
    assert api <= programs["containerd"].wave < programs["kubelet"].wave


def test_a_program_is_put_into_the_namespace_and_stays_the_same_otherwise() -> None:
    etcd = kubernetes.programs(LAYOUT, {"kubernetes": "/cache/k"})[0]
    inside = node.enter(LAYOUT, etcd)
    assert inside.argv[:2] == ("nsenter", "--net=/run/netns/unifiedmeta-node")
    assert inside.argv[2:] == etcd.argv
    assert (inside.name, inside.leaves, inside.probe) == (etcd.name, etcd.leaves, etcd.probe)


def test_the_machines_settings_are_shadowed_not_changed(programs: dict[str, Program]) -> None:
    script = programs["containerd"].argv[-1]
    for name, value in node.SYSCTLS.items():
        (file,) = [file for file in programs["containerd"].files if file.path.endswith(name.replace("/", "_"))]
        assert file.content == f"{value}\n"
        assert f"mount --bind {file.path} /proc/sys/{name}" in script
    assert "sysctl -w" not in script


def test_mounts_and_pod_namespaces_stay_in_a_mount_namespace_of_its_own(programs: dict[str, Program]) -> None:
    words = programs["containerd"].argv
    assert words[words.index("unshare"):][:4] == ("unshare", "--mount", "--propagation", "private")
    assert "tmpfs /run/netns" in words[-1]
    assert words[-1].index("make-rshared") < words[-1].index("exec /cache/c/containerd")


def test_the_shell_becomes_containerd_and_leaves_its_number_for_kubelet(programs: dict[str, Program]) -> None:
    script = programs["containerd"].argv[-1]
    assert script.index("echo $$ > /state/node/containerd.pid") < script.index("exec ")
    assert "$(cat /state/node/containerd.pid)/ns/mnt" in programs["kubelet"].argv[-1]
    assert "--wd=/state" in programs["kubelet"].argv[-1]


def test_containerds_configuration_names_our_own_programs(programs: dict[str, Program]) -> None:
    (config,) = [file.content for file in programs["containerd"].files if file.path.endswith("containerd.toml")]
    assert 'BinaryName = "/cache/r/runc"' in config
    assert 'bin_dir = "/cache/n"' in config
    assert f'sandbox_image = "{node.PAUSE}"' in config
    assert "restrict_oom_score_adj = true" in config
    assert "{" not in config


def test_the_network_needs_plugins_that_are_obtained() -> None:
    from ansible_collections.unifiedmeta.platform.plugins.module_utils._lab.recipes import DEBS

    network = json.loads(node.programs(LAYOUT, TOOLS)[0].files[0].content)
    used = {plugin["type"] for plugin in network["plugins"]} | {network["plugins"][0]["ipam"]["type"], "loopback"}
    assert used <= set(DEBS["containernetworking-plugins"])


def test_kubelet_lives_in_its_own_cgroup_and_asks_who_calls(programs: dict[str, Program]) -> None:
    config = json.loads(next(file.content for file in programs["kubelet"].files if file.path.endswith("kubelet.json")))
    assert config["cgroupRoot"] == "/unifiedmeta-node"
    assert config["enforceNodeAllocatable"] == []
    assert config["oomScoreAdj"] == 0
    assert config["authentication"]["anonymous"] == {"enabled": False}
    assert config["authorization"] == {"mode": "Webhook"}
    assert config["containerRuntimeEndpoint"] == f"unix://{node.socket(LAYOUT)}"


def test_kubelets_certificate_is_one_of_a_node(programs: dict[str, Program]) -> None:
    (leaf,) = programs["kubelet"].leaves
    assert (leaf.common_name, leaf.organisation) == ("system:node:lab-real", "system:nodes")
    assert node.ADDRESS in leaf.names

# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
"""User data of machines that Ansible never meets: what they get, what isn't in it."""

from __future__ import annotations

import shutil
import subprocess

import pytest
import yaml

from ansible_collections.unifiedmeta.platform.plugins.module_utils._rke2 import names, userdata
from ansible_collections.unifiedmeta.platform.plugins.module_utils._rke2.desired import Faulty
from tests.unit.plugins.module_utils._rke2 import fleet

LOCK = {**fleet.TARBALLS, **{f"rke2-images-{part}.linux-{arch}.tar.zst": "3" * 64 for part in ("core", "cilium") for arch in ("amd64", "arm64")}}
OPTIONS = {"pool": "gpu", "source": "https://artifacts.example.org/v1.35.4/", "token_command": "cat /run/token", "artifacts": LOCK}


def text(site=None, **options):
    return userdata.userdata({**fleet.SITE, "preload_images": True, **(site or {})}, fleet.hosts(), **{**OPTIONS, **options})


def made(site=None, **options):
    """The files by their path."""
    whole = yaml.safe_load(text(site, **options))
    assert whole["runcmd"] == [[userdata.SCRIPT]]
    return {file["path"]: file for file in whole["write_files"]}


def script(site=None, **options):
    return made(site, **options)[userdata.SCRIPT]["content"]


def test_it_is_a_cloud_config():
    assert text().startswith("#cloud-config\n") and set(made()) == {names.CONFIG, userdata.SCRIPT}


def test_the_configuration_is_that_of_the_pool():
    config = yaml.safe_load(made({"kubelet_args": {"max-pods": 200}}, node={"node_labels": {"spot": "yes"}, "zone": "z1"})[names.CONFIG]["content"])
    assert config == {
        "server": "https://rke2.example.org:9345",
        "kubelet-arg": ["max-pods=200"],
        "node-label": ["node.unifiedmeta.io/pool=gpu", "spot=yes", "topology.kubernetes.io/zone=z1"],
        "node-taint": ["nvidia.com/gpu=present:NoSchedule"],
    }


def test_files_are_those_of_an_agent():
    files = made({"embedded_registry": True, "proxy": {"http": "http://p:3128", "no_proxy": "10.0.0.0/8,.example.org"}, "audit_policy": {"rules": [{}]}})
    assert {names.REGISTRIES, "/etc/default/rke2-agent"} < set(files) and names.AUDIT not in files
    assert {file["permissions"] for path, file in files.items() if path != userdata.SCRIPT} == {"0600"} and files[userdata.SCRIPT]["permissions"] == "0700"


@pytest.mark.parametrize("site", [{}, {"profile": "cis"}, {"preload_images": False}])
@pytest.mark.parametrize("shell", ["sh", "bash"])
def test_the_script_is_one(site, shell):
    done = subprocess.run([shutil.which(shell), "-n"], input=script(site), text=True, capture_output=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")


def test_everything_fetched_is_checked():
    said = script(arch="arm64")
    assert [line for line in said.splitlines() if line.startswith("fetch ")] == [
        f"fetch rke2.linux-arm64.tar.gz {'2' * 64}",
        f"fetch rke2-images-core.linux-arm64.tar.zst {'3' * 64}",
        f"fetch rke2-images-cilium.linux-arm64.tar.zst {'3' * 64}",
    ]
    assert "sha256sum --check" in said and said.index("sha256sum") < said.index("tar -xzf") and "https://artifacts.example.org/v1.35.4/" in said


def test_the_token_is_fetched_and_only_its_owner_reads_it():
    said = script()
    assert (
        "token=$(cat /run/token)" in said
        and said.index("umask 077") < said.index(names.SECRETS)
        and 'printf \'token: "%s"\\n\' "$token" > ' + names.SECRETS in said
    )


def test_the_script_run(tmp_path):
    """With programs of the test's own in the place of the machine's: a wrong digest ends it before anything is unpacked."""
    log, tools = tmp_path / "log", tmp_path / "bin"
    tools.mkdir()
    for name, body in {
        "curl": 'for last; do :; done; while [ "$1" != --output ]; do shift; done; echo x > "$2"',
        "tar": "",
        "systemctl": "",
        "install": "",
    }.items():
        (tools / name).write_text(f'#!/bin/sh\necho "{name} $*" >> {log}\n{body}\n', "utf-8")
        (tools / name).chmod(0o755)
    done = subprocess.run(["sh", "-c", script()], env={"PATH": f"{tools}:/usr/bin:/bin"}, capture_output=True, text=True, check=False, cwd=tmp_path)
    assert done.returncode != 0 and "tar" not in {line.split()[0] for line in log.read_text("utf-8").splitlines()}


def test_the_profile_needs_kernel_settings():
    assert "rke2-cis-sysctl.conf" in script({"profile": "cis"}) and "sysctl" not in script()


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"source": "s3://x"}, "source: must be the URL"),
        ({"source": "https://x y"}, "source: must be the URL"),
        ({"source": "https://x'; rm"}, "source: must be the URL"),
        ({"token_command": " "}, "token_command: is missing"),
        ({"arch": "riscv64"}, "arch: must be amd64 or arm64"),
        ({"pool": "gpus"}, "did you mean gpu?"),
        ({"node": {"address": "10.0.0.9"}}, "node.address: can't be one for all machines"),
        ({"node": {"node_name": "x"}}, "node.node_name: can't be one"),
        ({"node": {"node_lables": {}}}, "did you mean rke2_node_labels?"),
        ({"limit": 100}, "bytes, 100 may be"),
    ],
)
def test_faults(options, said):
    with pytest.raises(Faulty) as caught:
        text(**options)
    assert any(said in fault for fault in caught.value.faults), caught.value.faults


def test_a_lock_that_lacks_files():
    with pytest.raises(Faulty, match="artifacts: the lock of v1.35.4.rke2r1 has no rke2-images-core.linux-amd64.tar.zst"):
        text(artifacts={})

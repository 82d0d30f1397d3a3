# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The seal that is rendered is one that a real server reads: static with the key as the role makes it, and the cloud's as far as it goes."""
from __future__ import annotations

import base64
import json
import pathlib
import subprocess
import sys

from ansible_collections.unifiedmeta.platform.plugins.plugin_utils._seal import render
from tests.lab.bao import Node
from tests.lab.initialise import Site, steps
from tests.lab.instance import ROOT
from tests.lab.tls import make_ca


def server(bao_binary, folder, config):
    """A virgin server with one more configuration file, as the catalogue's chart loads it (-config=…/seal.hcl)."""
    node = Node(folder / "node0", bao_binary, make_ca(folder / "tls"))
    (node.folder / "seal.hcl").write_text(config, "utf-8")
    node.nodes = [node]
    (node.folder / "both").mkdir()
    for name in ("config.json", "seal.hcl"):
        (node.folder / name).rename(node.folder / "both" / name)
    # The server reads every file of a folder.
    (node.folder / "config.json").symlink_to(node.folder / "both")
    return node


def test_static_with_the_key_of_the_bootstrap_store(lab, bao_binary, tmp_path):
    extra = {"bootstrap_store": {"path": str(tmp_path / "s/store"), "encrypt": False}, "vault_kubeconfig": lab.kubeconfig, "platform_profile": "onprem",
             "vault_seal_namespace": "seal-test"}
    play = tmp_path / "play.json"
    play.write_text(json.dumps([{"name": "Seal", "hosts": "platform_controller", "gather_facts": False, "tasks": [
        {"name": "Hand it over", "ansible.builtin.include_role": {"name": "unifiedmeta.platform.vault", "tasks_from": "seal"}}]}]), "utf-8")

    def run(*args):
        done = subprocess.run([str(pathlib.Path(sys.executable).with_name("ansible-playbook")), str(play), "-i", "inventories/onprem", "-e", json.dumps(extra),
                               "--diff", *args], cwd=ROOT, capture_output=True, text=True, check=False, timeout=120)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    try:
        assert "changed=1" in run("--check") and "changed=1" in run() and "changed=0" in run("-vvv")
        data = json.loads(lab.kubectl("-n", "seal-test", "get", "secret", "openbao-seal", "-o", "json"))["data"]
        key = base64.b64decode(data["seal.key"])
        assert len(base64.b64decode(key)) == 32 and key.decode() not in run("-vvv")
        (tmp_path / "seal.key").write_bytes(key)
        config = base64.b64decode(data["seal.hcl"]).decode().replace("/openbao/userconfig/openbao-seal/seal.key", str(tmp_path / "seal.key"))
    finally:
        lab.kubectl("delete", "namespace", "seal-test", "--ignore-not-found", "--wait=false")
    node = server(bao_binary, tmp_path / "bao", config)
    node.start()
    try:
        assert steps(Site(node, tmp_path / "site").init(seal="static")) == ["initialise", "await"]
        node.restart()
        node.wait_active()
    finally:
        node.stop()


def test_a_cloud_seal_is_read_and_asks_for_its_plugin(bao_binary, tmp_path):
    """Rendered, not run: since 2.7 the server has none of them built in. The stanza itself is what it understands."""
    config = render("aws", None, {"region": "eu-central-1", "kms_key_id": "alias/vault"})["config"]
    node = server(bao_binary, tmp_path / "bao", config)
    try:
        node.start()
    except AssertionError as error:
        assert "awskms" in str(error) and "parsing" not in str(error)
    else:
        assert node.vendor == "vault"
    finally:
        node.stop()

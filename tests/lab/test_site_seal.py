# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The seal that the role hands to servers in the cluster: every name in it is the site's to choose, and so is the kind of seal."""
from __future__ import annotations

import base64
import json
import pathlib
import subprocess
import sys

import pytest

from ansible_collections.unifiedmeta.platform.plugins.module_utils._bootstrap import Store
from tests.lab.instance import ROOT

NAMESPACE = "seal-options"


@pytest.fixture
def hand_over(lab, tmp_path):
    """Factory of runs of the role's entry «seal»; (ended well, output)."""
    play = tmp_path / "play.json"
    play.write_text(json.dumps([{"name": "Seal", "hosts": "platform_controller", "gather_facts": False, "tasks": [
        {"name": "Hand it over", "ansible.builtin.include_role": {"name": "unifiedmeta.platform.vault", "tasks_from": "seal"}}]}]), "utf-8")

    def run(**more):
        extra = {"vault_store": {"path": str(tmp_path / "s/store"), "encrypt": False}, "vault_kubeconfig": lab.kubeconfig,
                 "vault_seal_namespace": NAMESPACE, "vault_seal_secret": "west-seal", **more}
        done = subprocess.run([str(pathlib.Path(sys.executable).with_name("ansible-playbook")), str(play), "-i", "inventories/onprem",
                               "-e", json.dumps(extra)], cwd=ROOT, capture_output=True, text=True, check=False, timeout=120)
        return done.returncode == 0, " ".join((done.stdout + done.stderr).split())

    run.store = Store(str(tmp_path / "s/store"), encrypt=False)
    yield run
    lab.kubectl("delete", "namespace", NAMESPACE, "--ignore-not-found", "--wait=false")


def secret(lab) -> dict:
    data = json.loads(lab.kubectl("-n", NAMESPACE, "get", "secret", "west-seal", "-o", "json"))["data"]
    return {name: base64.b64decode(value).decode() for name, value in data.items()}


def test_names_and_kinds_are_the_sites_to_choose(lab, hand_over):
    well, said = hand_over(vault_seal_key="west/seal", vault_seal_key_id="west-7")
    assert well, said[-3000:]
    made = secret(lab)
    assert 'current_key_id = "west-7"' in made["seal.hcl"] and 'current_key = "file:///openbao/userconfig/west-seal/seal.key"' in made["seal.hcl"]
    assert hand_over.store.read()["secrets"]["west/seal"]["value"] == made["seal.key"]
    # The profile names another seal, which is a plugin and has options of its own.
    cloud = {"vault_seal_profile": "aws", "vault_seal_options": {"region": "eu-central-1", "kms_key_id": "alias/west"}}
    well, said = hand_over(vault_seal_plugin={"command": "openbao-plugin-kms-aws"}, **cloud)
    assert well, said[-3000:]
    made = secret(lab)
    assert set(made) == {"seal.hcl"}, "no key of a static seal is left there"
    assert 'plugin "kms" "awskms" {\n  command = "openbao-plugin-kms-aws"\n}' in made["seal.hcl"] and 'kms_key_id = "alias/west"' in made["seal.hcl"]
    # The site's word counts more than the profile's.
    well, said = hand_over(vault_seal="transit", **cloud)
    assert not well and "transit: address is missing" in said and "there is no option 'kms_key_id'" in said, said[-3000:]
    assert secret(lab) == made, "nothing was changed"

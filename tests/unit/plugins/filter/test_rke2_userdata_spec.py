# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The filter in a template of Ansible's own."""

from __future__ import annotations

import pytest
import yaml
from ansible.errors import AnsibleError
from ansible.parsing.dataloader import DataLoader
from ansible.template import Templar

from ansible_collections.unifiedmeta.platform.plugins.filter import rke2_userdata_spec as plugin
from tests.unit.plugins.module_utils._rke2 import fleet

try:
    from ansible.template import trust_as_template
except ImportError:  # ansible-core before 2.19 trusts every text.
    def trust_as_template(text):
        return text

CALL = "{{ settings | unifiedmeta.platform.rke2_userdata_spec(nodes=nodes, pool='gpu', source=source, token_command=command, artifacts=lock) }}"


def template(text=CALL, **variables):
    known = {"settings": fleet.SITE, "nodes": fleet.hosts(), "lock": fleet.TARBALLS, "source": "https://artifacts.example.org", "command": "cat /run/token"}
    return Templar(loader=DataLoader(), variables={**known, **variables}).template(trust_as_template(text))


def test_by_name():
    made = template()
    assert made.startswith("#cloud-config\n") and "node.unifiedmeta.io/pool=gpu" in made


def test_every_fault():
    with pytest.raises(AnsibleError, match="rke2_userdata_spec: - source: must be the URL") as caught:
        template(source="x", command="")
    assert "token_command: is missing" in str(caught.value)


def test_its_documentation():
    said = yaml.safe_load(plugin.DOCUMENTATION)
    assert said["name"] == "rke2_userdata_spec"
    assert set(said["options"]) == {"_input", "nodes", "pool", "source", "token_command", "artifacts", "arch", "node", "limit"}
    assert said["options"]["limit"]["default"] == plugin.userdata.LIMIT and plugin.FilterModule().filters() == {"rke2_userdata_spec": plugin.rke2_userdata_spec}


def test_the_example_works():
    task = yaml.safe_load(plugin.EXAMPLES)[0]
    made = template(task["ansible.builtin.copy"]["content"], **task["vars"])
    assert "aws secretsmanager get-secret-value" in made

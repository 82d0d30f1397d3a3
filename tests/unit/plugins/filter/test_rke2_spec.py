# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The filter in a template of Ansible's own."""

from __future__ import annotations

import json

import pytest
import yaml
from ansible.errors import AnsibleError
from ansible.parsing.dataloader import DataLoader
from ansible.template import Templar

from ansible_collections.unifiedmeta.platform.plugins.filter import rke2_spec as plugin
from tests.unit.plugins.module_utils._rke2 import fleet

try:
    from ansible.template import trust_as_template
except ImportError:  # ansible-core before 2.19 trusts every text.

    def trust_as_template(text):
        return text


def template(text, **variables):
    return Templar(loader=DataLoader(), variables=variables).template(trust_as_template(text))


def spec(site=None, nodes=None, options=""):
    return template(
        "{{ site | unifiedmeta.platform.rke2_spec(nodes=nodes" + options + ") }}", site={**fleet.SITE, **(site or {})}, nodes=nodes or fleet.hosts()
    )


def test_by_name():
    made = spec()
    assert made["version"] == fleet.VERSION and list(made["nodes"]) == ["s1", "s2", "s3", "a1", "a2"]
    assert made["nodes"]["a1"]["config"]["server"] == "https://rke2.example.org:9345"


def test_it_is_plain_data():
    assert json.loads(json.dumps(spec())) == spec()


def test_charts_settings_of_servers_and_the_lock():
    made = template(
        "{{ site | unifiedmeta.platform.rke2_spec(nodes=nodes, charts=charts, servers=servers, artifacts=lock) }}",
        site=fleet.SITE,
        nodes=fleet.hosts(),
        charts={"/var/lib/rancher/rke2/server/manifests/x.yaml": {"content": "{}\n", "mode": "0600"}},
        lock=fleet.TARBALLS,
        servers={"kube-apiserver-arg": ["oidc-issuer-url=https://id"]},
    )
    assert made["nodes"]["s1"]["config"]["kube-apiserver-arg"] == ["oidc-issuer-url=https://id"] and "kube-apiserver-arg" not in made["nodes"]["a1"]["config"]
    assert list(made["nodes"]["s2"]["files"]) == ["/var/lib/rancher/rke2/server/manifests/x.yaml"] and made["nodes"]["a1"]["files"] == {}
    assert made["artifacts"] == fleet.TARBALLS


def test_all_faults_in_one_go():
    with pytest.raises(AnsibleError) as caught:
        spec({"cnii": "x", "cni": "celium", "cluster_cidr": "10.43.0.0/16"}, fleet.hosts(2, 0))
    said = str(caught.value)
    for part in (
        "rke2_spec: 4 faults",
        "rke2_cnii: there is no such variable; did you mean rke2_cni?",
        "did you mean cilium?",
        "rke2_service_cidr",
        "2 servers",
    ):
        assert part in said


def test_one_fault_in_the_singular():
    with pytest.raises(AnsibleError, match="rke2_spec: one fault in what the site says of its cluster:\n  - rke2_cni"):
        spec({"cni": "celium"})


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{{ 'x' | unifiedmeta.platform.rke2_spec(nodes={}) }}", "the input must be a map"),
        ("{{ {} | unifiedmeta.platform.rke2_spec }}", "nodes must be a map of maps"),
        ("{{ {} | unifiedmeta.platform.rke2_spec(nodes={'s1': 'server'}) }}", "nodes must be a map of maps"),
    ],
)
def test_what_is_no_input(text, said):
    with pytest.raises(AnsibleError, match=said):
        template(text)


def test_its_documentation():
    said = yaml.safe_load(plugin.DOCUMENTATION)
    assert said["name"] == "rke2_spec" and set(said["options"]) == {"_input", "nodes", "charts", "servers", "artifacts"}
    assert plugin.FilterModule().filters() == {"rke2_spec": plugin.rke2_spec}


def test_the_example_works():
    task = yaml.safe_load(plugin.EXAMPLES)[0]
    made = template(task["ansible.builtin.debug"]["msg"], **task["vars"])
    assert made["cni"] == "cilium" and made["server"] == "https://10.0.0.1:9345"

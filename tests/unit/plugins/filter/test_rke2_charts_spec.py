# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The filter rke2_charts_spec; what every filter of a plan has is shown in test_specs.py."""

from __future__ import annotations

import pytest
from ansible.errors import AnsibleFilterError

from ansible_collections.unifiedmeta.platform.plugins.filter.rke2_charts_spec import FilterModule
from tests.unit.plugins.filter.example import PLAN

run = FilterModule().filters()["rke2_charts_spec"]


def test_keys_of_the_servers_configuration_and_files():
    made = run(PLAN, {"kind": "dns", "host": "api.example.com"}, disable_kube_proxy=True)
    assert made["config"]["cni"] == "cilium" and set(made) == {"config", "files", "charts", "registries"}
    assert "kubeProxyReplacement: true" in made["files"]["/var/lib/rancher/rke2/server/manifests/rke2-cilium-config.yaml"]["content"]


def test_what_it_refuses():
    with pytest.raises(AnsibleFilterError, match="rke2_charts_spec: rke2_endpoint.kind is kube-vip, and the component kube-vip is not part"):
        run(PLAN, {"kind": "kube-vip", "host": "10.0.0.5"})

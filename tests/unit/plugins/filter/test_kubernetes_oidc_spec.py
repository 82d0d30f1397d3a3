# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The filter kubernetes_oidc_spec; what every filter of a plan has is shown in test_specs.py."""

from __future__ import annotations

import pytest
from ansible.errors import AnsibleFilterError

from ansible_collections.unifiedmeta.platform.plugins.filter.kubernetes_oidc_spec import FilterModule
from tests.unit.plugins.filter.example import PLAN

run = FilterModule().filters()["kubernetes_oidc_spec"]


def test_a_part_of_rke2s_configuration():
    words = run(PLAN, url="https://sso.example.com", client="kubectl", prefix="people:", ca_file="/ca.pem")["kube-apiserver-arg"]
    assert words[:2] == ["oidc-issuer-url=https://sso.example.com/realms/platform", "oidc-client-id=kubectl"]
    assert {"oidc-groups-prefix=people:", "oidc-ca-file=/ca.pem"} < set(words)


def test_what_it_refuses():
    with pytest.raises(AnsibleFilterError, match="kubernetes_oidc_spec: the prefix of names and groups is «»"):
        run(PLAN, prefix="")

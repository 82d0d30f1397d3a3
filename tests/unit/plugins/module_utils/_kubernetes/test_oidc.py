# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What kube-apiserver is told of the realm. That it takes it is shown by tests/lab/test_identity.py."""

from __future__ import annotations

import pytest

from ansible_collections.unifiedmeta.platform.plugins.module_utils._kubernetes.oidc import arguments

ISSUER = "https://sso.example.com/realms/platform"


def test_names_and_groups_have_a_prefix():
    assert arguments(ISSUER, client="kubernetes", prefix="oidc:") == [
        f"oidc-issuer-url={ISSUER}", "oidc-client-id=kubernetes", "oidc-username-claim=preferred_username", "oidc-username-prefix=oidc:",
        "oidc-groups-claim=groups", "oidc-groups-prefix=oidc:"]


def test_a_ca_of_its_own():
    assert arguments(ISSUER, client="c", prefix="p:", ca_file="/etc/ssl/site.pem")[-1] == "oidc-ca-file=/etc/ssl/site.pem"


@pytest.mark.parametrize("prefix", ["", "-", "system:", "system:oidc:", "oidc", ":", " oidc:"])
def test_without_a_prefix_it_refuses(prefix):
    with pytest.raises(ValueError, match="could pass for system:masters, which rules the cluster; give letters that end in a colon, such as oidc:"):
        arguments(ISSUER, client="kubernetes", prefix=prefix)


@pytest.mark.parametrize("prefix", ["oidc:", "people:", "keycloak#", "systems:", "a.b-c/"])
def test_prefixes(prefix):
    assert f"oidc-groups-prefix={prefix}" in arguments(ISSUER, client="kubernetes", prefix=prefix)

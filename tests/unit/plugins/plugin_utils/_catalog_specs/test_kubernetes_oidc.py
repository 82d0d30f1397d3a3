# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The part of RKE2's configuration that lets people in."""

from __future__ import annotations

import pytest

from ansible_collections.unifiedmeta.platform.plugins.plugin_utils._catalog import plan as planner
from ansible_collections.unifiedmeta.platform.plugins.plugin_utils._catalog_specs.keycloak import keycloak_spec
from ansible_collections.unifiedmeta.platform.plugins.plugin_utils._catalog_specs.kubernetes_oidc import kubernetes_oidc_spec
from tests.unit.plugins.plugin_utils.support import component, make

PLAN = planner.build({"domain": "example.com", "name": "seoul"})


def options(**given):
    """The API server's options by name."""
    return dict(word.split("=", 1) for word in kubernetes_oidc_spec(PLAN, **given)["kube-apiserver-arg"])


def test_issuer_and_client_are_those_of_keycloak():
    found = options()
    assert found["oidc-issuer-url"] == "https://keycloak.example.com/realms/seoul"
    assert found["oidc-client-id"] in keycloak_spec(PLAN)["realms"]["seoul"]["clients"]


def test_its_options():
    found = options(url="https://sso.example.com/", client="kubectl", prefix="people:", ca_file="/etc/ssl/site.pem")
    assert found["oidc-issuer-url"] == "https://sso.example.com/realms/seoul" and found["oidc-client-id"] == "kubectl"
    assert found["oidc-username-prefix"] == found["oidc-groups-prefix"] == "people:" and found["oidc-ca-file"] == "/etc/ssl/site.pem"


def test_keycloak_of_the_sites_own():
    elsewhere = planner.build({"domain": "example.com", "external": ["keycloak"], "endpoints": {"keycloak": {"url": "https://id.example.com:8443"}}})
    assert kubernetes_oidc_spec(elsewhere)["kube-apiserver-arg"][0] == "oidc-issuer-url=https://id.example.com:8443/realms/platform"


def test_without_a_client_there_is_nothing():
    assert kubernetes_oidc_spec(PLAN, client="") == {}


def test_without_keycloak_it_refuses(tmp_path):
    with pytest.raises(ValueError, match="no provider of identity"):
        kubernetes_oidc_spec(make(tmp_path, component("a")))

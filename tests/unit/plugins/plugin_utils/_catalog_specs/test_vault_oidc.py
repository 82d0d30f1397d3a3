# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Vault's second pass, as vault_config itself reads it."""

from __future__ import annotations

import pytest

from ansible_collections.unifiedmeta.platform.plugins.module_utils._vault import desired
from ansible_collections.unifiedmeta.platform.plugins.plugin_utils._catalog import plan as planner
from ansible_collections.unifiedmeta.platform.plugins.plugin_utils._catalog_specs.vault import vault_spec
from ansible_collections.unifiedmeta.platform.plugins.plugin_utils._catalog_specs.vault_oidc import reach, vault_oidc_spec
from tests.unit.plugins.plugin_utils.support import component, make

PLAN = planner.build({"domain": "example.com", "external": ["openbao", "keycloak"], "endpoints": {
    "openbao": {"url": "https://127.0.0.1:18200"}, "keycloak": {"url": "https://localhost:18343"}}})


def method(**options):
    """The auth method that is derived."""
    return vault_oidc_spec(PLAN, **options)["auth"]["oidc"]


def test_vault_config_understands_it():
    assert desired.parse(vault_oidc_spec(PLAN)).faults == []
    assert desired.parse(vault_oidc_spec(planner.build({"domain": "example.com"}), ca="-----BEGIN CERTIFICATE-----")).faults == []


def test_the_method_knows_the_realm_and_its_client():
    assert method()["config"] == {"oidc_discovery_url": "https://localhost:18343/realms/platform", "oidc_client_id": "openbao",
                                  "oidc_client_secret": "vault:platform/openbao/oidc#client_secret", "default_role": "platform"}
    assert method()["tune"] == {"listing_visibility": "unauth"}, "or the login page doesn't offer it"


def test_its_options():
    config = method(url="https://sso.example.com/", ca="PEM")["config"]
    assert (config["oidc_discovery_url"], config["oidc_discovery_ca_pem"]) == ("https://sso.example.com/realms/platform", "PEM")
    elsewhere = vault_oidc_spec(PLAN, mount="people")
    assert list(elsewhere["auth"]) == ["people"] and elsewhere["identity"]["groups"]["platform-admins"]["aliases"][0]["mount"] == "people"


def test_only_members_of_the_groups_get_a_token():
    role = method()["roles"]["platform"]
    assert role["bound_claims"] == {"groups": ["/platform-admins", "/platform-operators"]} and role["groups_claim"] == "groups"
    assert role["bound_audiences"] == ["openbao"] and role["user_claim"] == "sub"


def test_it_takes_people_back_to_where_keycloak_does():
    assert method()["roles"]["platform"]["allowed_redirect_uris"] == [
        "http://localhost:8250/oidc/callback", "https://127.0.0.1:18200/ui/vault/auth/oidc/oidc/callback"]


def test_groups_get_the_policies_of_their_roles():
    groups = vault_oidc_spec(PLAN)["identity"]["groups"]
    assert {name: entry["policies"] for name, entry in groups.items()} == {"platform-admins": ["platform-admin"], "platform-operators": ["platform-operator"]}
    assert groups["platform-admins"] == {"type": "external", "policies": ["platform-admin"], "aliases": [{"mount": "oidc", "name": "/platform-admins"}]}
    assert set(vault_spec(PLAN)["policies"]) >= {"platform-admin", "platform-operator"}


def test_the_sites_part_is_merged_over_it():
    made = vault_oidc_spec(PLAN, {"auth": {"oidc": {"roles": {"platform": {"token_ttl": 60}}}}})["auth"]["oidc"]
    assert made["roles"]["platform"]["token_ttl"] == 60 and made["type"] == "oidc"


def test_automation_may_write_it_before_it_is_there():
    rules = vault_spec(PLAN)["policies"]["platform-automation"]["path"]
    assert "create" in rules["auth/oidc/*"]["capabilities"] and "create" in rules["identity/group/*"]["capabilities"]
    assert "oidc" not in vault_spec(PLAN)["auth"] and "identity" not in vault_spec(PLAN)
    assert set(reach(PLAN)) == {"auth", "identity"}


def test_nothing_without_a_client_or_keycloak(tmp_path):
    bare = make(tmp_path, component("openbao", provides=["vault"], route={"host": "v", "service": "v:1", "allow": []}))
    assert vault_oidc_spec(bare) == reach(bare) == {}
    assert vault_oidc_spec(bare, {"policies": {"x": "y"}}) == {"policies": {"x": "y"}}


def test_somebody_must_have_a_role():
    made = {**PLAN["components"]["openbao"], "sso": {**PLAN["components"]["openbao"]["sso"], "roles": {}}}
    with pytest.raises(ValueError, match="the client of openbao gives a role to no group, so nobody could log in: set its sso.roles"):
        vault_oidc_spec({**PLAN, "components": {**PLAN["components"], "openbao": made}})

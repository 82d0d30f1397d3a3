# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The desired state of Vault, as vault_config itself reads it."""

from __future__ import annotations

import copy

import pytest

from ansible_collections.unifiedmeta.platform.plugins.module_utils._vault import desired
from ansible_collections.unifiedmeta.platform.plugins.plugin_utils._catalog import plan as planner
from ansible_collections.unifiedmeta.platform.plugins.plugin_utils._catalog_specs.vault import LEDGER, vault_spec
from tests.unit.plugins.plugin_utils.support import component, make

OPENBAO = component("openbao", wave="secrets", provides=["vault"], namespace={"name": "openbao"},
                    route={"host": "vault", "service": "openbao-active:8200", "scheme": "https", "allow": []})
OPERATOR = component("external-secrets", wave="secrets")


def shop(**fields):
    """A component with two secrets, one of which becomes a Kubernetes Secret."""
    kept = [
        {"path": "platform/shop/admin", "data": {"username": "admin"}, "generate": {"password": 40}, "to": {"name": "shop-admin"}},
        {"path": "apps/shop/key", "generate": {"key": {"kind": "hex", "length": 64}}},
    ]
    return component("shop", secrets=kept, namespace={"name": "shops"}, **fields)


@pytest.fixture
def spec(tmp_path):
    """The desired state of Vault for the shop."""
    return vault_spec(make(tmp_path, OPENBAO, OPERATOR, shop()))


def test_vault_config_understands_all_of_it(spec):
    assert desired.parse(spec).faults == []


@pytest.mark.parametrize("site", [{}, {"tier": 2}, {"profile": "aws"}, {"external": ["openbao", "keycloak"]}], ids=str)
def test_vault_config_understands_what_the_own_catalogue_wants(site):
    made = planner.build({"domain": "platform.example.com", **site})
    parsed = desired.parse(vault_spec(made))
    assert parsed.faults == []
    declared = {secret["path"] for entry in made["components"].values() for secret in entry["secrets"]}
    assert {item.name for item in parsed.of("secret")} == declared


def test_secrets_and_their_mounts(spec):
    assert spec["secrets"] == {
        "apps/shop/key": {"generate": {"key": {"kind": "hex", "length": 64}}},
        "platform/shop/admin": {"data": {"username": "admin"}, "generate": {"password": {"length": 40}}},
    }
    assert {name: mount["type"] for name, mount in spec["mounts"].items()} == {"apps": "kv", "platform": "kv", LEDGER: "kv"}
    assert all(mount["options"] == {"version": "2"} for mount in spec["mounts"].values())


def test_a_component_reads_its_own_secrets_and_no_other(spec):
    assert spec["policies"]["shop"]["path"] == {
        "apps/data/shop/key": {"capabilities": ["read"]}, "apps/metadata/shop/key": {"capabilities": ["read"]},
        "platform/data/shop/admin": {"capabilities": ["read"]}, "platform/metadata/shop/admin": {"capabilities": ["read"]},
    }
    assert spec["auth"]["kubernetes"]["roles"]["shop"] == {
        "bound_service_account_names": ["shop"], "bound_service_account_namespaces": ["shops"],
        "audience": "vault", "token_policies": ["shop"], "token_ttl": 3600, "token_max_ttl": 14400,
    }


def test_external_secrets_reads_what_becomes_a_kubernetes_secret(spec):
    assert spec["policies"]["external-secrets.shops"]["path"] == {"platform/data/shop/admin": {"capabilities": ["read"]}}
    role = spec["auth"]["kubernetes"]["roles"]["external-secrets.shops"]
    assert (role["bound_service_account_names"], role["bound_service_account_namespaces"]) == (["external-secrets"], ["external-secrets"])
    assert "external-secrets" not in spec["policies"], "nothing reads all of them"


def test_external_secrets_reads_nothing_of_what_is_outside(tmp_path):
    assert not [name for name in vault_spec(make(tmp_path, OPENBAO, OPERATOR, shop(), external=["shop"]))["policies"] if name.startswith("external-secrets")]


def test_every_role_asks_for_a_token_made_for_vault(tmp_path):
    made = make(tmp_path, OPENBAO, OPERATOR, shop())
    for options, audience in (({}, "vault"), ({"audience": "vault-of-site"}, "vault-of-site")):
        roles = vault_spec(made, **options)["auth"]["kubernetes"]["roles"]
        assert {name: role["audience"] for name, role in roles.items()} == dict.fromkeys(
            ("shop", "external-secrets.shops", "platform-automation"), audience)


def test_a_component_without_business_in_vault_gets_nothing(spec):
    assert "openbao" not in spec["policies"]
    assert "openbao" not in spec["auth"]["kubernetes"]["roles"]


@pytest.mark.parametrize(("wanted", "names"), [({"service_accounts": ["one", "two"]}, ["one", "two"]), ({"service_accounts": []}, None)])
def test_service_accounts_of_a_component(tmp_path, wanted, names):
    made = vault_spec(make(tmp_path, shop(vault=wanted)))
    role = made["auth"]["kubernetes"]["roles"].get("shop")
    assert (role["bound_service_account_names"] if role else None) == names
    assert ("shop" in made["policies"]) == (names is not None)


def test_life_of_a_components_tokens(tmp_path):
    role = vault_spec(make(tmp_path, shop(vault={"ttl": "10m"})))["auth"]["kubernetes"]["roles"]["shop"]
    assert (role["token_ttl"], role["token_max_ttl"]) == (600, 2400)


def test_automation_has_a_role_and_a_policy_of_its_own(spec):
    role = spec["auth"]["kubernetes"]["roles"]["platform-automation"]
    assert role["bound_service_account_names"] == ["platform-automation"]
    assert role["bound_service_account_namespaces"] == ["platform-system"]
    assert "*" not in spec["policies"]["platform-automation"]["path"]


@pytest.mark.parametrize("name", ["runner", "platform-admin", "root"])
def test_a_component_does_not_get_automations_policy_by_its_name(tmp_path, name):
    """The catalogue doesn't know automation's name where it is another one."""
    made = make(tmp_path, shop())
    made["components"][name] = {**made["components"]["shop"], "name": name}
    with pytest.raises(ValueError, match=f"no component may be named {name}: the platform has a policy of that name, rename the component"):
        vault_spec(made, automation_service_account="runner")


def test_automation_may_have_other_names(tmp_path):
    made = vault_spec(make(tmp_path, shop()), automation_namespace="ci", automation_service_account="runner", mount="cluster-a")
    assert made["auth"]["cluster-a"]["roles"]["runner"]["bound_service_account_namespaces"] == ["ci"]
    assert "runner" in made["policies"] and "platform-automation" not in made["policies"]
    assert "kubernetes" not in made["auth"]


@pytest.mark.parametrize(("site", "config"), [({}, {"kubernetes_host": "https://kubernetes.default.svc"}), ({"external": ["openbao"]}, None)])
def test_a_server_in_the_cluster_asks_its_own_api(tmp_path, site, config):
    assert vault_spec(make(tmp_path, OPENBAO, **site))["auth"]["kubernetes"].get("config") == config


@pytest.mark.parametrize(("given", "provider", "scans"), [(None, True, True), (None, False, False), (False, True, False), (True, False, True)])
def test_scan_is_a_capability_of_openbao(tmp_path, given, provider, scans):
    made = make(tmp_path, shop(), *([OPENBAO] if provider else []))
    rule = vault_spec(made, scan=given)["policies"]["platform-automation"]["path"]["platform/detailed-metadata/*"]
    assert ("scan" in rule["capabilities"]) is scans


def test_people_log_in_without_keycloak(tmp_path):
    user = {"name": "root-of-last-resort", "password": "vault:platform/shop/admin#password", "policies": ["platform-admin"]}
    made = vault_spec(make(tmp_path, shop(provides=["vault"], route=OPENBAO["route"], vault={"users": [user]})))
    assert made["auth"]["userpass"]["type"] == "userpass"
    assert made["auth"]["userpass"]["users"]["root-of-last-resort"] == {
        "password": "vault:platform/shop/admin#password", "token_policies": ["platform-admin"], "token_ttl": 3600, "token_max_ttl": 14400}


DATABASE = {
    "connections": [{"name": "main", "plugin": "postgresql-database-plugin", "url": "postgresql://{{username}}:{{password}}@db/x",
                     "username": "vault", "password": "vault:platform/shop/admin#password", "rotate_root": True}],
    "database": [{"name": "shop", "connection": "main", "creation_statements": ["CREATE ROLE x"], "max_ttl": "2h"},
                 {"name": "report", "connection": "main", "creation_statements": ["CREATE ROLE y"], "revocation_statements": ["DROP ROLE y"]}],
}


def test_dynamic_database_users(tmp_path):
    made = vault_spec(make(tmp_path, shop(vault=DATABASE)))
    assert desired.parse(made).faults == []
    assert made["mounts"]["database"]["type"] == "database"
    connection = made["database"]["database"]["connections"]["main"]
    assert connection["allowed_roles"] == ["report", "shop"]
    assert (connection["plugin_name"], connection["rotate_root"]) == ("postgresql-database-plugin", True)
    assert made["database"]["database"]["roles"]["shop"] == {
        "db_name": "main", "creation_statements": ["CREATE ROLE x"], "default_ttl": 3600, "max_ttl": 7200}
    assert made["database"]["database"]["roles"]["report"]["revocation_statements"] == ["DROP ROLE y"]
    assert made["policies"]["shop"]["path"]["database/creds/shop"] == {"capabilities": ["read"]}


def test_the_site_may_bring_the_connection(tmp_path):
    made = make(tmp_path, shop(vault={"database": DATABASE["database"]}))
    extra = {"database": {"database": {"connections": {"main": {"plugin_name": "postgresql-database-plugin", "connection_url": "x"}}}}}
    assert vault_spec(made, extra)["database"]["database"]["connections"]["main"]["allowed_roles"] == ["report", "shop"]


def test_allowed_roles_that_the_site_names_stay(tmp_path):
    extra = {"database": {"database": {"connections": {"main": {"plugin_name": "x", "allowed_roles": ["*"]}}}}}
    made = vault_spec(make(tmp_path, shop(vault={"database": DATABASE["database"]})), extra)
    assert made["database"]["database"]["connections"]["main"]["allowed_roles"] == ["*"]


def test_roles_without_a_connection_are_refused_all_at_once(tmp_path):
    with pytest.raises(ValueError) as caught:
        vault_spec(make(tmp_path, shop(vault={"database": DATABASE["database"]})))
    assert str(caught.value) == (
        "the database role database/report names the connection 'main', which neither a component nor the site declares (declared: none); "
        "the database role database/shop names the connection 'main', which neither a component nor the site declares (declared: none)")


def test_certificates_and_keys(tmp_path):
    wanted = {
        "pki": {"pki-shop": {"root": {"common_name": "Shop", "ttl": "87600h"}, "roles": {"web": {"allowed_domains": ["shop.example.com"]}}}},
        "transit": {"transit-shop": {"keys": {"cards": {"type": "aes256-gcm96"}}}},
        "mounts": {"files": {"type": "kv", "options": {"version": "1"}}},
        "policies": [{"path": "files/*", "capabilities": ["read", "list"]}],
    }
    made = vault_spec(make(tmp_path, shop(vault=wanted)))
    assert desired.parse(made).faults == []
    assert {name: mount["type"] for name, mount in made["mounts"].items() if "shop" in name} == {"pki-shop": "pki", "transit-shop": "transit"}
    rules = made["policies"]["shop"]["path"]
    assert {"pki-shop/issue/web", "pki-shop/sign/web", "transit-shop/encrypt/cards", "transit-shop/decrypt/cards"} <= set(rules)
    assert rules["files/*"] == {"capabilities": ["list", "read"]}


def test_the_site_is_merged_over_it(tmp_path):
    extra = {
        "mounts": {"platform": {"config": {"max_versions": 5}}, "extra": {"type": "kv", "options": {"version": "2"}}},
        "auth": {"kubernetes": {"config": {"kubernetes_host": "https://10.0.0.1:6443"}}},
        "policies": {"shop": "path \"x\" { capabilities = [\"read\"] }", "team": {"path": {"extra/data/*": {"capabilities": ["read"]}}}},
        "secrets": {"extra/one": {"data": {"a": "b"}}},
        "audit": {"file": {"type": "file", "options": {"file_path": "/x"}}},
    }
    before = copy.deepcopy(extra)
    made = vault_spec(make(tmp_path, OPENBAO, shop()), extra)
    assert extra == before
    assert made["mounts"]["platform"]["config"] == {"max_versions": 5} and made["mounts"]["platform"]["type"] == "kv"
    assert made["auth"]["kubernetes"]["config"] == {"kubernetes_host": "https://10.0.0.1:6443"}
    assert made["policies"]["shop"].startswith("path")
    assert "extra/data/*" in made["policies"]["platform-automation"]["path"], "automation may work where the site adds a mount"
    assert "sys/audit/file" in made["policies"]["platform-automation"]["path"]


def test_the_same_plan_gives_the_same_text(tmp_path):
    import json

    one = vault_spec(make(tmp_path / "a", OPENBAO, shop(), OPERATOR))
    two = vault_spec(make(tmp_path / "b", OPERATOR, shop(), OPENBAO))
    assert json.dumps(one) == json.dumps(two)


@pytest.mark.parametrize(("ttl", "seconds"), [("90s", 90), ("5m", 300), ("24h", 86400), ("1h30m", 5400), ("7d", 604800)])
def test_durations(tmp_path, ttl, seconds):
    made = vault_spec(make(tmp_path, OPENBAO, shop(vault={"ttl": ttl}), OPERATOR))
    role = made["auth"]["kubernetes"]["roles"]["shop"]
    assert (role["token_ttl"], role["token_max_ttl"]) == (seconds, 4 * seconds)

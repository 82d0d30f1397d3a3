# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The desired state of Keycloak, as keycloak_config itself reads it."""

from __future__ import annotations

import pytest

from ansible_collections.unifiedmeta.platform.plugins.module_utils._keycloak import desired
from ansible_collections.unifiedmeta.platform.plugins.module_utils._keycloak.references import missing_references
from ansible_collections.unifiedmeta.platform.plugins.module_utils._keycloak.world import World
from ansible_collections.unifiedmeta.platform.plugins.plugin_utils._catalog import plan as planner
from ansible_collections.unifiedmeta.platform.plugins.plugin_utils._catalog_specs.keycloak import in_token, issuer, keycloak_spec, redirects
from tests.unit.plugins.plugin_utils.support import component, make

KEYCLOAK = component("keycloak", wave="identity", provides=["identity"], route={"host": "sso", "service": "keycloak:80", "allow": []}, secrets=[
    {"path": "platform/keycloak/admin", "data": {"username": "last-resort"}, "generate": {"password": 40}},
    {"path": "platform/keycloak/automation", "data": {"client_id": "robot"}, "generate": {"client_secret": 48}}])
SECRET = {"data": {"client_id": "shop"}, "generate": {"client_secret": 48}}


def shop(**sso):
    """A component that people log in to."""
    return component("shop", route={"host": "shop", "service": "shop:80", "allow": []}, secrets=[{"path": "platform/shop/oidc", **SECRET}],
                     sso={"client": "shop", "redirects": ["/back", "http://localhost:1234/back"], "roles": {"admin": "platform-admins"}, **sso})


@pytest.fixture
def plan(tmp_path):
    """A site with Keycloak and the shop."""
    return make(tmp_path, KEYCLOAK, shop())


@pytest.fixture
def realm(plan):
    """The realm of its people."""
    return keycloak_spec(plan)["realms"]["test"]


@pytest.mark.parametrize("site", [{}, {"tier": 2}, {"profile": "aws"}, {"external": ["openbao", "keycloak"]}, {"name": "seoul-1"}], ids=str)
def test_keycloak_config_understands_what_the_own_catalogue_wants(site):
    made = planner.build({"domain": "platform.example.com", **site})
    parsed = desired.parse(keycloak_spec(made))
    world = World()
    world.raw.update({"realm:master": {}, "role:master/admin": {}})
    assert parsed.faults == [] and missing_references(parsed, world) == []
    clients = {component["sso"]["client"] for component in made["components"].values() if "sso" in component}
    realm = made["platform"]["name"]
    assert {item.name for item in parsed.of("client")} == {f"{realm}/{name}" for name in {*clients, "kubernetes"}} | {"master/platform-automation"}
    assert {item.name for item in parsed.of("group")} == {f"{realm}/platform-{name}" for name in ("admins", "operators", "developers")}


def test_a_confidential_client_has_the_secret_of_vault(realm):
    client = realm["clients"]["shop"]
    assert client["secret"] == "vault:platform/shop/oidc#client_secret" and client["clientAuthenticatorType"] == "client-secret"
    assert client["publicClient"] is False and client["webOrigins"] == []
    assert "pkce.code.challenge.method" not in client["attributes"], "not every component can"


def test_redirects_are_whole_addresses(realm):
    client = realm["clients"]["shop"]
    assert client["redirectUris"] == ["http://localhost:1234/back", "https://shop.example.com/back"]
    assert client["rootUrl"] == client["baseUrl"] == "https://shop.example.com"


def test_a_component_elsewhere_is_reached_there(tmp_path):
    made = make(tmp_path, KEYCLOAK, shop(), external=["shop"], endpoints={"shop": {"url": "https://127.0.0.1:8443/"}})
    assert redirects(made, made["components"]["shop"]) == ["http://localhost:1234/back", "https://127.0.0.1:8443/back"]


def test_a_component_without_a_page(tmp_path):
    bare = component("tool", sso={"client": "tool", "public": True, "redirects": ["http://localhost:9/x"]})
    client = keycloak_spec(make(tmp_path, KEYCLOAK, bare))["realms"]["test"]["clients"]["tool"]
    assert client["redirectUris"] == ["http://localhost:9/x"] and client["rootUrl"] == ""
    assert not {"roles", "mappers"} & set(client)


def test_a_public_client_proves_itself_by_pkce(tmp_path):
    client = keycloak_spec(make(tmp_path, KEYCLOAK, shop(public=True)))["realms"]["test"]["clients"]["shop"]
    assert client["publicClient"] is True and client["attributes"]["pkce.code.challenge.method"] == "S256" and client["webOrigins"] == ["+"]
    assert not {"secret", "clientAuthenticatorType"} & set(client)


@pytest.mark.parametrize("name", ["shop", "kubernetes"])
def test_nothing_but_the_authorization_code_flow(realm, name):
    client = realm["clients"][name]
    assert client["standardFlowEnabled"] is True
    assert not any(client[flow] for flow in ("implicitFlowEnabled", "directAccessGrantsEnabled", "serviceAccountsEnabled"))
    assert client["fullScopeAllowed"] is False, "its tokens hold no role in other clients"
    assert [value for name, value in client["attributes"].items() if name.endswith(".enabled")] == ["false"] * 3, "device, back channel, exchange"
    assert client["authenticationFlowBindingOverrides"] == {"browser": "", "direct_grant": ""}, "nobody binds it by hand to a login without a second factor"


def test_its_scopes(tmp_path):
    made = make(tmp_path, KEYCLOAK, shop(scopes=["openid", "email", "offline_access"]))
    client = keycloak_spec(made)["realms"]["test"]["clients"]["shop"]
    assert client["default_client_scopes"] == ["acr", "basic", "email"] and client["optional_client_scopes"] == ["offline_access"]


def test_the_groups_claim(realm):
    mapper = realm["client_scopes"]["groups"]["mappers"]["groups"]
    assert mapper["protocolMapper"] == "oidc-group-membership-mapper"
    assert (mapper["config"]["claim.name"], mapper["config"]["full.path"]) == ("groups", "true"), "a subgroup is not its namesake at the top"
    assert in_token("platform-admins") == "/platform-admins"
    assert "groups" in realm["clients"]["shop"]["default_client_scopes"] and "groups" in realm["clients"]["kubernetes"]["default_client_scopes"]


def test_roles_are_the_client_s_and_their_groups_have_them(realm):
    assert set(realm["clients"]["shop"]["roles"]) == {"admin"}
    assert realm["clients"]["shop"]["mappers"]["roles"]["config"]["usermodel.clientRoleMapping.clientId"] == "shop"
    assert realm["groups"] == {"platform-admins": {"realm_roles": [], "client_roles": {"realm-management": ["realm-admin"], "shop": ["admin"]}}}


def test_a_role_that_the_catalogue_gives_to_another_group_is_taken_from_the_one_before(plan):
    given = {**plan["components"]["shop"], "sso": {**plan["components"]["shop"]["sso"], "roles": {"admin": "platform-operators"}}}
    moved = {**plan, "components": {**plan["components"], "shop": given}, "groups": ["platform-admins", "platform-operators"]}
    groups = keycloak_spec(moved)["realms"]["test"]["groups"]
    assert groups["platform-admins"]["client_roles"]["shop"] == [] and groups["platform-operators"]["client_roles"]["shop"] == ["admin"]
    assert all(group["realm_roles"] == [] for group in groups.values()), "what was given by hand goes"


def test_a_group_with_several_roles_of_one_client(tmp_path):
    made = make(tmp_path, KEYCLOAK, shop(roles={"b": "platform-admins", "a": "platform-admins"}))
    assert keycloak_spec(made)["realms"]["test"]["groups"]["platform-admins"]["client_roles"]["shop"] == ["a", "b"]


def test_operators_see_and_developers_have_nothing_to_do_in_the_console():
    groups = keycloak_spec(planner.build({"domain": "example.com"}))["realms"]["platform"]["groups"]
    assert groups["platform-operators"]["client_roles"]["realm-management"] == ["view-events", "view-realm", "view-users"], "clients show their secrets"
    assert groups["platform-developers"]["client_roles"]["realm-management"] == []


def test_a_site_s_own_group_is_made_though_nobody_names_it(tmp_path):
    folder = tmp_path / "more"
    folder.mkdir()
    (folder / "policy.yml").write_text("groups: [auditors]\n", encoding="utf-8")
    made = planner.build({"domain": "example.com"}, [str(folder)])
    made = keycloak_spec(made)["realms"]["platform"]["groups"]["auditors"]
    assert made["realm_roles"] == [] and not any(made["client_roles"].values())


def test_the_client_of_the_api_server(plan, realm):
    client = realm["clients"]["kubernetes"]
    assert client["publicClient"] is True and client["redirectUris"] == ["http://localhost:18000", "http://localhost:8000"]
    named = keycloak_spec(plan, kubernetes="k8s", kubernetes_redirects=["http://localhost:9"])["realms"]["test"]["clients"]
    assert named["k8s"]["redirectUris"] == ["http://localhost:9"] and "kubernetes" not in named
    assert set(keycloak_spec(plan, kubernetes="")["realms"]["test"]["clients"]) == {"shop"}


def test_who_takes_the_place_of_the_first_account(plan):
    master = keycloak_spec(plan)["realms"]["master"]
    assert set(master) == {"users", "clients"}, "what else is in the realm of administrators is left alone"
    assert master["users"] == {"last-resort": {"enabled": True, "password": "vault:platform/keycloak/admin#password", "realm_roles": ["admin"]}}
    robot = master["clients"]["robot"]
    assert robot["secret"] == "vault:platform/keycloak/automation#client_secret" and robot["service_account"] == {"realm_roles": ["admin"]}
    assert robot["serviceAccountsEnabled"] is True and robot["standardFlowEnabled"] is False


def test_no_accounts_without_their_secrets(tmp_path):
    bare = {**KEYCLOAK, "secrets": []}
    for number, entry in enumerate((bare, component("other"))):
        assert list(keycloak_spec(make(tmp_path / str(number), entry))["realms"]) == ["test"]


def test_the_sites_part_is_merged_over_it(plan):
    extra = {"realms": {"test": {"settings": {"displayName": "우리", "failureFactor": 9}, "users": {"kim": {"groups": ["platform-admins"]}}}}}
    made = keycloak_spec(plan, extra)["realms"]["test"]
    assert (made["settings"]["displayName"], made["settings"]["failureFactor"], made["settings"]["sslRequired"]) == ("우리", 9, "all")
    assert made["users"] == {"kim": {"groups": ["platform-admins"]}}
    assert extra == {"realms": {"test": {"settings": {"displayName": "우리", "failureFactor": 9}, "users": {"kim": {"groups": ["platform-admins"]}}}}}


def test_the_same_text_each_time(plan):
    assert str(keycloak_spec(plan)) == str(keycloak_spec(plan)) and list(keycloak_spec(plan)["realms"]) == ["master", "test"]


def test_the_issuer(tmp_path, plan):
    assert issuer(plan) == "https://sso.example.com/realms/test"
    assert issuer(plan, "https://localhost:1/") == "https://localhost:1/realms/test"
    with pytest.raises(ValueError, match="no provider of identity.*enable it, or give its address"):
        issuer(make(tmp_path / "none", component("other")))


def test_what_it_refuses(tmp_path, plan):
    with pytest.raises(ValueError, match="platform_name is master"):
        keycloak_spec({**plan, "platform": {**plan["platform"], "name": "master"}})
    with pytest.raises(ValueError, match="the client of shop is called shop, as the one of the API server: rename one"):
        keycloak_spec(plan, kubernetes="shop")
    with pytest.raises(ValueError, match="the locale fr is none of en, ko"):
        keycloak_spec(plan, locale="fr")


def test_a_realm_that_may_be_misspelt(plan):
    for content in ({"groups": {"x": {}}}, {}, None):
        with pytest.raises(ValueError, match=r"the realm tets is neither the platform's, which is called test \(platform_name\), nor master"):
            keycloak_spec(plan, {"realms": {"tets": content}})
    own = {"realms": {"customers": {"settings": {"enabled": True}}, "master": {"groups": {}}, "test": {}}}
    assert set(keycloak_spec(plan, own)["realms"]) == {"customers", "master", "test"}

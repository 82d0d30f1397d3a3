# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What a realm has from birth is what the module takes for granted of a realm that it is yet to make."""

from __future__ import annotations

from ansible_collections.unifiedmeta.platform.plugins.module_utils._keycloak.references import BORN, BORN_ROLES


def test_a_new_realm_has_what_we_say(keycloak):
    realm = keycloak.realm()
    keycloak.call("POST", "", {"realm": realm, "enabled": True})
    clients = {client["clientId"]: client["id"] for client in keycloak.get(f"{realm}/clients")}
    roles = {client: sorted(role["name"] for role in keycloak.get(f"{realm}/clients/{id_}/roles")) for client, id_ in clients.items()}
    assert {client: names for client, names in roles.items() if names} == {client: sorted(names) for client, names in BORN_ROLES.items()}
    assert sorted(clients) == sorted(BORN["client"])
    assert {scope["name"] for scope in keycloak.get(f"{realm}/client-scopes")} == set(BORN["client_scope"])
    assert {role["name"] for role in keycloak.get(f"{realm}/roles")} == {name.format(realm=realm) for name in BORN["role"]}
    assert {flow["alias"] for flow in keycloak.get(f"{realm}/authentication/flows") if flow["topLevel"]} == set(BORN["flow"])

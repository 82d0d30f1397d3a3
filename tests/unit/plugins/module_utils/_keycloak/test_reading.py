# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Reading in rounds."""

from __future__ import annotations

from ansible_collections.unifiedmeta.platform.plugins.module_utils._keycloak import reading
from ansible_collections.unifiedmeta.platform.plugins.module_utils._keycloak.api import SHARES, Keycloak
from ansible_collections.unifiedmeta.platform.plugins.module_utils._keycloak.desired import parse
from tests.unit.plugins.module_utils._keycloak.paper import THERE, Paper, ledger, read, realm

CLIENTS = [{"id": "c1", "clientId": "app", "name": "App"}]


def test_a_realm_that_is_not_there_is_asked_for_once():
    keycloak = Keycloak(Paper())
    reading.read(keycloak, parse(realm(clients={"app": {}}, roles={})), ledger())
    assert keycloak.http.asked == ["r"] and keycloak.world.raw == {}


def test_declared_objects_are_brought_into_one_form():
    keycloak = read({"r/clients": CLIENTS}, realm(clients={"app": {"name": "x", "enabled": True}, "new": {}}))
    assert keycloak.world.objects["client:r/app"] == {"name": "App", "enabled": False} and "client:r/new" not in keycloak.world.objects
    assert keycloak.world.ids["client:r/app"] == "c1"


def test_what_is_ours_is_known_to_the_readers():
    keycloak = read({}, realm(), {"group:r/a": {"id": "g1"}})
    assert keycloak.world.owned == {"group:r/a": {"id": "g1"}}


def test_a_new_realm_is_looked_at_after_its_birth():
    keycloak = Keycloak(Paper())
    reading.read(keycloak, parse(realm(clients={"app": {}})), ledger())
    keycloak.http.answers.update({"r": THERE["realm:r"], "r/clients": [{"id": "c9", "clientId": "account"}]})
    keycloak.look("r")
    assert keycloak.world.ids == {"client:r/account": "c9"}


def test_requests_do_not_grow_with_the_objects():
    """Of a thousand clients with mappers as many requests as of one, but for the shares in which their list is read side by side."""
    def asked(number):
        clients = {f"c{index}": {"mappers": {"m": {"protocolMapper": "x"}}} for index in range(number)}
        return len(read({"r/clients": CLIENTS}, realm(clients=clients, roles={"r": {}}, client_scopes={}, groups={"g": {}})).http.asked)

    assert asked(1) <= 8 and asked(1000) == asked(3900) == asked(1) + SHARES - 1

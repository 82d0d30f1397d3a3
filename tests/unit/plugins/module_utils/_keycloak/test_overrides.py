# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Flows of single clients, by name here and by id there."""

from __future__ import annotations

import pytest

from ansible_collections.unifiedmeta.platform.plugins.module_utils._http import ApiError
from ansible_collections.unifiedmeta.platform.plugins.module_utils._keycloak import overrides
from tests.unit.plugins.module_utils._keycloak.paper import THERE, Site, realm

FLOWS = {"flow:r/browser": {"id": "f0", "alias": "browser", "builtIn": True, "providerId": "basic-flow", "authenticationExecutions": []},
         "flow:r/mfa": {"id": "f1", "alias": "mfa ~next", "providerId": "basic-flow", "authenticationExecutions": []}}
APP = {"id": "c1", "clientId": "app", "authenticationFlowBindingOverrides": {"browser": "f1", "direct_grant": "f9"}}


def site(bound, there=None):
    return Site(realm(clients={"app": {overrides.FIELD: bound}}), {**THERE, **FLOWS, "client:r/app": APP} if there is None else there, ["client:r/app"])


def test_an_id_is_compared_by_its_name():
    assert site({"browser": "mfa"}).changes == [], "also while its swap isn't finished"
    change = site({"browser": "browser"}).change("client:r/app")
    assert (change.before, change.after) == ({overrides.FIELD: {"browser": "mfa"}}, {overrides.FIELD: {"browser": "browser"}})
    assert overrides.shown(site({}).world, "r", {"browser": "f9"}) == {"browser": "f9"}, "what leads nowhere is seen"


def test_a_name_is_sent_as_its_id():
    assert site({"browser": "browser"}).run() == [("PUT r/clients/c1", {overrides.FIELD: {"browser": "f0"}, "clientId": "app"})]


def test_none_of_its_own_any_more():
    assert site({"browser": ""}).run()[0][1][overrides.FIELD]["browser"] == ""


def test_a_flow_that_is_gone_meanwhile():
    made = site({"browser": "browser"})
    del made.world.ids["flow:r/browser"]
    made.world.raw.pop("flow:r/browser")
    with pytest.raises(ApiError, match="flow browser of realm r.*it isn't there"):
        overrides.sent(made.keycloak, "r", {"browser": "browser"})


def test_what_is_wrong_is_told():
    assert site({"brwser": "browser"}).faults == [
        "config.realms.r.clients.app.authenticationFlowBindingOverrides: unknown key brwser; did you mean browser?; it takes browser and direct_grant"]
    assert "the flow mf neither exists nor is declared" in site({"browser": "mf"}).faults[0]


def test_whether_flows_have_to_be_read():
    assert overrides.declared(site({"browser": "mfa"}).desired, "r") and not overrides.declared(site({}).desired, "r")
    assert not overrides.declared(site({"browser": "mfa"}).desired, "other")


def test_a_flow_of_the_same_run_comes_first():
    flow = {"executions": [{"authenticator": "auth-username-password-form", "requirement": "REQUIRED"}]}
    made = Site(realm(clients={"app": {overrides.FIELD: {"browser": "new"}}}, authentication={"flows": {"new": flow}}), THERE, ["realm:r"])
    assert made.changes.index("create flow:r/new") < made.changes.index("create client:r/app") and not made.faults


def test_a_flow_that_locks_out_is_no_clients_either():
    flow = {"executions": [{"authenticator": "deny-access-authenticator", "requirement": "REQUIRED"}]}
    made = Site(realm(clients={"app": {overrides.FIELD: {"browser": "new"}}}, authentication={"flows": {"new": flow}}), THERE, ["realm:r"])
    assert "the flow new must not be the client app's browser flow: nobody who has only a password yet could log in" in made.faults[0]

# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The section, and which requests a call costs."""

from __future__ import annotations

import pytest

from ansible_collections.unifiedmeta.platform.plugins.module_utils._keycloak import authentication
from ansible_collections.unifiedmeta.platform.plugins.module_utils._keycloak.desired import parse
from tests.unit.plugins.module_utils._keycloak.paper import THERE, Site, read, realm

LOGIN = {"authenticator": "auth-username-password-form", "requirement": "REQUIRED"}
ROW = {"id": "e1", "level": 0, "providerId": "auth-username-password-form", "requirement": "REQUIRED"}


def flow(alias, built_in=False, **more):
    return {"id": f"id-{alias}", "alias": alias, "providerId": "basic-flow", "builtIn": built_in, "topLevel": True, "authenticationExecutions": [], **more}


LISTS = {"r/authentication/flows": [flow("browser", True), flow("mfa"), flow("other")], "r/authentication/required-actions": [],
         "r/authentication/flows/mfa/executions": [{**ROW, "authenticationConfig": "c1"}], "r/authentication/flows/other/executions": [ROW],
         "r/authentication/config/c1": {"id": "c1", "alias": "x", "config": {"a": "b"}}, "admin/serverinfo": {}}


def asked(content, **settings):
    keycloak = read({**LISTS, "r": {**THERE["realm:r"], **settings}}, realm(authentication=content))
    return [path.replace("r/authentication/", "") for path in keycloak.http.asked], keycloak.world


@pytest.mark.parametrize(("content", "expected"), [
    ({}, []), ({"flows": None, "bindings": None}, []), ("x", "must be a map with any of flows, bindings, required_actions"),
    ({"flow": {}}, "unknown key flow; did you mean flows?"), ({"flows": []}, "flows: must be a map of names"), ({"bindings": []}, "bindings: must be a map"),
    ({"required_actions": []}, "required_actions: must be a map of names"),
])
def test_the_section(content, expected):
    faults = parse(realm(authentication=content)).faults
    assert not faults if not expected else len(faults) == 1 and expected in faults[0]


def test_every_realm_with_the_section_has_its_bindings_looked_after():
    assert "flow_bindings:r" in parse(realm(authentication={})).items and "flow_bindings:r" not in parse(realm(clients={})).items
    assert Site(realm(authentication={}), THERE, ["realm:r"]).changes == []


def test_steps_are_read_of_declared_and_bound_flows_only():
    paths, world = asked({"flows": {"mfa": {"executions": [LOGIN]}}}, browserFlow="other", directGrantFlow="browser")
    assert [path for path in paths if path.startswith(("flows", "config"))] == [
        "flows", "flows/mfa/executions", "config/c1", "flows/other/executions"]
    assert {"required-actions", "r/identity-provider/instances"} <= set(paths)
    assert world.raw["flow:r/mfa"]["configs"]["c1"]["config"] == {"a": "b"} and "rows" not in world.raw["flow:r/browser"]


def test_a_flow_that_was_cut_off_is_read_under_its_final_name():
    lists = {**LISTS, "r/authentication/flows": [flow("mfa ~next")], "r/authentication/flows/mfa%20~next/executions": [ROW]}
    keycloak = read({**lists, "r": {**THERE["realm:r"], "browserFlow": "mfa ~next"}}, realm(authentication={"flows": {"mfa": {"executions": [LOGIN]}}}))
    assert keycloak.world.raw["flow:r/mfa"]["rows"] == [ROW] and keycloak.world.objects["flow:r/mfa"]["unfinished"]


def test_the_server_is_asked_what_it_has_only_where_something_is_new():
    config = realm(authentication={"flows": {"mfa": {"executions": [LOGIN]}}})
    assert "admin/serverinfo" not in read(LISTS, config).http.asked
    config = realm(authentication={"flows": {"mfa": {"executions": [{**LOGIN, "authenticator": "acme"}]}}})
    assert "admin/serverinfo" in read(LISTS, config).http.asked
    config = realm(authentication={"required_actions": {"ACME": {"enabled": True}}})
    assert "admin/serverinfo" in read(LISTS, config).http.asked


def test_a_realm_without_the_section_costs_nothing():
    assert [path for path in read(LISTS, realm(roles={})).http.asked if "authentication" in path] == []


def test_clients_with_flows_of_their_own_need_the_list():
    paths = read(LISTS, realm(clients={"app": {"authenticationFlowBindingOverrides": {"browser": "mfa"}}})).http.asked
    assert [path for path in paths if "authentication" in path] == ["r/authentication/flows"]


def test_the_kinds_come_in_order():
    waves = {kind.name: kind.wave for kind in authentication.KINDS}
    assert waves["required_action"] <= waves["flow"] < waves["flow_bindings"]

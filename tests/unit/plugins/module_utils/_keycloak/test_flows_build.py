# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A flow comes into being step by step, and is looked at. That Keycloak does so is shown in tests/lab."""

from __future__ import annotations

import copy

import pytest

from ansible_collections.unifiedmeta.platform.plugins.module_utils import _http_create
from ansible_collections.unifiedmeta.platform.plugins.module_utils._http import ApiError
from ansible_collections.unifiedmeta.platform.plugins.module_utils._keycloak import flows_build as building
from ansible_collections.unifiedmeta.platform.plugins.module_utils._keycloak import flows_tree as trees
from tests.unit.plugins.module_utils._keycloak.paper_flows import keycloak

LOGIN = {"authenticator": "auth-username-password-form", "requirement": "REQUIRED"}
TREE = [
    {"authenticator": "auth-cookie", "requirement": "ALTERNATIVE"},
    {"authenticator": "identity-provider-redirector", "requirement": "ALTERNATIVE", "config": {"defaultProvider": "corp"}},
    {"flow": "forms", "requirement": "ALTERNATIVE", "description": "d", "executions": [
        LOGIN, {"flow": "두번째", "requirement": "CONDITIONAL", "executions": [
            {"authenticator": "conditional-sub-flow-executed", "requirement": "REQUIRED", "config": {"flow_to_check": "forms"}},
            {"authenticator": "auth-otp-form", "requirement": "ALTERNATIVE"}]}]}]


def flow(tree=None, alias="mfa", secrets=None, description="two"):
    return building.Flow("r", alias, "basic-flow", description, copy.deepcopy(TREE if tree is None else tree), secrets or {})


@pytest.fixture
def client():
    return keycloak()


def shown(client, alias="mfa", final="mfa"):
    wanted = flow(alias=final)
    found = building.rows(client, wanted, alias)
    return trees.view(final, found, building.configs(client, wanted, found))


@pytest.mark.parametrize("alias", ["mfa", "mfa ~next"])
def test_a_flow_comes_out_as_declared(client, alias):
    id_ = building.build(client, flow(), alias)
    assert client.http.flows[id_]["alias"] == alias and client.http.flows[id_]["description"] == "two"
    assert shown(client, alias) == TREE
    assert [found["alias"] for found in client.http.flows.values()] == [alias, f"{alias} forms", f"{alias} 두번째"]


def test_steps_bring_their_requirement_along_and_subflows_get_it_last(client):
    building.build(client, flow(), "mfa")
    sent = [path for path, _body in client.http.sent]
    assert sent[:2] == ["POST authentication/flows", "POST authentication/executions"]
    assert sent[-2:] == ["PUT authentication/flows/mfa/executions"] * 2 and len(sent) == 12
    assert {body["requirement"] for path, body in client.http.sent if path == "POST authentication/executions"} == {"ALTERNATIVE", "REQUIRED"}


def test_settings_have_a_name_of_their_own_and_name_subflows_as_the_realm_does(client):
    building.build(client, flow(), "mfa ~next")
    building.build(client, flow(), "mfa")
    names = [config["alias"] for config in client.http.configs.values()]
    assert len(set(names)) == 4 and all(name.startswith(("mfa identity-provider-redirector id-", "mfa conditional-sub-flow-executed id-")) for name in names)
    checked = [config["config"]["flow_to_check"] for config in client.http.configs.values() if "flow_to_check" in config["config"]]
    assert checked == ["mfa ~next forms", "mfa forms"]


def test_secrets_are_sent_in_clear_and_compared_by_their_mask(client):
    tree = [{"authenticator": "captcha", "requirement": "REQUIRED", "config": {"secret.key": "(secret)", "site.key": "k"}}]
    wanted = flow(tree, secrets={"0#secret.key": "open"})
    building.build(client, wanted, "mfa")
    assert [config["config"] for config in client.http.configs.values()] == [{"secret.key": "open", "site.key": "k"}]
    building.check(client, wanted, "mfa")
    assert "open" not in repr(wanted)


@pytest.mark.parametrize(("tree", "expected"), [
    ([{"authenticator": "x", "requirement": "REQUIRED", "config": {"defaultProvidr": "corp"}}], "config of x"),
    ([{**LOGIN, "requirement": "ALTERNATIVE"}], "auth-username-password-form can't be ALTERNATIVE; declare one of REQUIRED"),
])
def test_what_comes_out_otherwise_is_taken_away(client, tree, expected):
    with pytest.raises(ApiError) as error:
        building.build(client, flow(tree), "mfa")
    assert expected in str(error.value) and "flow mfa of realm r" in str(error.value) and "corp" not in str(error.value)
    assert client.http.flows == {} and client.http.configs == {}


def test_a_step_that_is_refused_takes_the_flow_along(client):
    client.http.refuse = lambda method, path, body: path == "authentication/executions" and body["authenticator"] == "auth-otp-form"
    with pytest.raises(ApiError, match="not today"):
        building.build(client, flow(), "mfa")
    assert client.http.flows == {}


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("alias", ["mfa", "mfa ~next"])
def test_every_post_is_lost_once(client, when, alias, monkeypatch):
    monkeypatch.setattr(_http_create.time, "sleep", lambda seconds: None)
    seen = set()

    def lose(method, path):
        body = repr(client.http.sent[-1])
        first = body not in seen
        seen.add(body)
        return when if first else ""

    client.http.lose = lose
    building.build(client, flow(), alias)
    assert shown(client, alias) == TREE and len(client.http.flows) == 3 and len(client.http.steps) == 7 and len(client.http.configs) == 2


def test_a_flow_of_others_gets_no_steps_of_ours(client, monkeypatch):
    monkeypatch.setattr(_http_create.time, "sleep", lambda seconds: None)
    building.build(client, flow(TREE[:1]), "mfa")
    before, client.http.lose = copy.deepcopy(client.http.flows), lambda method, path: "before" if len(client.http.sent) < 4 else ""
    with pytest.raises(ApiError, match="exists"):
        building.build(client, flow(), "mfa")
    assert client.http.flows == before


def test_a_flow_that_is_there_is_left_alone(client):
    building.build(client, flow(), "mfa")
    before = copy.deepcopy(client.http.flows)
    with pytest.raises(ApiError, match="exists"):
        building.build(client, flow(), "mfa")
    assert client.http.flows == before


@pytest.mark.parametrize(("change", "expected"), [
    (lambda tree: tree.pop(), "the number of steps"),
    (lambda tree: tree[0].update(requirement="DISABLED"), "requirement of auth-cookie"),
    (lambda tree: tree[2].update(description="other"), "description of forms"),
    (lambda tree: tree.reverse(), "authenticator, description, flow of forms"),
])
def test_a_look_tells_the_first_difference(client, change, expected):
    building.build(client, flow(), "mfa")
    wanted = flow()
    change(wanted.tree)
    with pytest.raises(ApiError, match="Keycloak keeps it otherwise than declared") as error:
        building.check(client, wanted, "mfa")
    assert expected in str(error.value)


def test_a_flow_gets_its_name_after_its_parts(client):
    id_ = building.build(client, flow(), "mfa ~next")
    del client.http.sent[:]
    building.settle(client, flow(description="three"), id_)
    assert [path for path, _body in client.http.sent] == [
        "PUT authentication/config/id-014-of-it", "PUT authentication/flows/mfa ~next/executions", "PUT authentication/flows/mfa ~next/executions",
        f"PUT authentication/flows/{id_}"]
    assert [found["alias"] for found in client.http.flows.values()] == ["mfa", "mfa forms", "mfa 두번째"] and shown(client) == TREE
    assert client.http.flows[id_]["description"] == "three" and "~next" not in repr(client.http.configs)
    building.settle(client, flow(), id_)


def test_paths_hold_any_name():
    assert flow(alias="a b/%").by_name("한 a") == "r/authentication/flows/%ED%95%9C%20a/executions"
    assert building.Flow("r", "mfa", "client-flow", "", []).head("x") == {
        "alias": "x", "description": "", "providerId": "client-flow", "topLevel": True, "builtIn": False}

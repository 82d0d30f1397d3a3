# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Flows as objects: declared, compared, planned. How they are written: test_flows_build, test_flows_swap."""

from __future__ import annotations

import pytest

from ansible_collections.unifiedmeta.platform.plugins.module_utils._http import ApiError
from ansible_collections.unifiedmeta.platform.plugins.module_utils._keycloak import flows
from ansible_collections.unifiedmeta.platform.plugins.module_utils._keycloak.desired import parse
from ansible_collections.unifiedmeta.platform.plugins.module_utils._model import Item
from tests.unit.plugins.module_utils._keycloak.paper import SECRETS, THERE, Site, realm
from tests.unit.plugins.module_utils._keycloak.paper_flows import Flows, keycloak
from tests.unit.plugins.module_utils._keycloak.test_flows_build import TREE, shown
from tests.unit.plugins.module_utils._keycloak.test_flows_build import flow as built
from tests.unit.plugins.module_utils._keycloak.test_server import INFO

LOGIN = {"authenticator": "auth-username-password-form", "requirement": "REQUIRED"}
CAPTCHA = {"authenticator": "captcha", "requirement": "REQUIRED", "config": {"site.key": "k", "secret.key": "vault:platform/mail#password"}}
ROWS = [{"id": "e1", "level": 0, "providerId": "auth-username-password-form", "requirement": "REQUIRED"}]
STORED = {"id": "f1", "alias": "mfa", "providerId": "basic-flow", "description": "two", "authenticationExecutions": [], "rows": ROWS, "configs": {}}
MFA = {"description": "two", "executions": [LOGIN]}


def declared(alias="mfa", **fields):
    return realm(authentication={"flows": {alias: {**MFA, **fields}}})


def site(config=None, stored=None, owned=("realm:r", "flow:r/mfa"), **options):
    there = {**THERE, "flow_bindings:r": {}, "server:info": INFO, **({"flow:r/mfa": {**STORED, **stored}} if stored is not None else {})}
    return Site(config or declared(), there, owned, **options)


# --- the declaration -------------------------------------------------------------------------------------------------------------
def test_a_declared_flow():
    item = parse(declared(executions=[LOGIN, CAPTCHA], enrolled_only=True)).items["flow:r/mfa"]
    assert item.fields == {
        "description": "two", "provider": "basic-flow", "unfinished": False, "secrets": {"1#secret.key": "vault:platform/mail#password"},
        "executions": [LOGIN, {**CAPTCHA, "config": {"site.key": "k", "secret.key": "(secret)"}}]}
    assert item.extra == {"enrolled_only": True, "providers": [
        ("authenticator", "auth-username-password-form", "config.realms.r.authentication.flows.mfa.executions[0].authenticator"),
        ("authenticator", "captcha", "config.realms.r.authentication.flows.mfa.executions[1].authenticator")]}
    assert item.needs == ("realm:r",) and "secrets" not in parse(declared()).items["flow:r/mfa"].fields


def test_what_the_server_must_have_depends_on_the_kind_of_flow():
    page = {"flow": "page", "provider": "form-flow", "authenticator": "registration-page-form", "requirement": "REQUIRED",
            "executions": [{"authenticator": "registration-user-creation", "requirement": "REQUIRED"}]}
    found = parse(declared(executions=[page])).items["flow:r/mfa"].extra["providers"]
    assert [entry[:2] for entry in found] == [("form-authenticator", "registration-page-form"), ("form-action", "registration-user-creation")]
    client = parse(declared(provider="client-flow", executions=[{"authenticator": "client-jwt", "requirement": "REQUIRED"}])).items["flow:r/mfa"]
    assert client.extra["providers"][0][:2] == ("client-authenticator", "client-jwt") and client.fields["provider"] == "client-flow"


@pytest.mark.parametrize(("config", "expected"), [
    (declared("browser"), "flows.browser: is Keycloak's own and can't be changed; choose another name, and bind that"),
    (declared("a/b"), "flows.a/b: «a/b» holds /, which Keycloak refuses in the name of a flow"),
    (declared("a ~next"), "the mark of a flow that is being built"),
    (declared(provider="form-flow"), "provider: must be basic-flow or client-flow, not form-flow"),
    (declared(executions=None), "executions: must be a list of steps"),
    (declared(executions=[{**LOGIN, "config": {"a": "vault:broken"}}]), "«vault:broken» isn't a reference"),
    (declared(descripton="x"), "unknown key descripton; did you mean description?"),
    (declared(enrolled_only="perhaps"), "enrolled_only: must be true or false"),
])
def test_what_is_wrong_is_told(config, expected):
    faults = parse(config).faults
    assert len(faults) == 1 and expected in faults[0]


def test_a_flow_that_is_no_map():
    assert len(parse(realm(authentication={"flows": {"mfa": []}})).faults) == 2


# --- the plan --------------------------------------------------------------------------------------------------------------------
def test_one_as_declared():
    assert site(stored={}).changes == []


@pytest.mark.parametrize(("stored", "fields"), [
    ({"description": None}, ["description"]), ({"rows": []}, ["executions"]), ({"unfinished": True}, ["unfinished"]),
    ({"rows": [{**ROWS[0], "requirement": "DISABLED"}], "description": ""}, ["description", "executions"]),
])
def test_what_differs(stored, fields):
    made = site(stored=stored)
    assert made.changes == ["update flow:r/mfa"] and made.planned.changes[0].as_dict()["fields"] == fields


def test_one_made_by_hand():
    made = site(stored={"rows": []}, owned=["realm:r"])
    assert made.planned.conflicts == ["flow r/mfa exists, isn't ours and differs in executions"]
    assert site(stored={}, owned=["realm:r"]).changes == []
    assert site(stored={"rows": []}, owned=["realm:r"], adopt=True).changes == ["adopt flow:r/mfa"]


def test_what_can_not_be_changed():
    assert "the flow mfa" not in site(stored={"builtIn": True}).faults[0] and "Keycloak's own" in site(stored={"builtIn": True}).faults[0]
    assert "has 'client-flow', and it can't be changed to 'basic-flow'" in site(stored={"providerId": "client-flow"}).faults[0]


def test_an_authenticator_that_nobody_has():
    made = site(declared(executions=[{**LOGIN, "authenticator": "auth-otp-from"}]))
    assert made.faults[0].endswith("executions[0].authenticator: the server has no authenticator auth-otp-from; did you mean auth-otp-form?")


def test_secrets_are_compared_by_their_fingerprint():
    rows = [{"id": "e1", "level": 0, "providerId": "captcha", "requirement": "REQUIRED", "authenticationConfig": "c1"}]
    stored = {"rows": rows, "configs": {"c1": {"config": {"site.key": "k", "secret.key": "**********"}}}}
    config = declared(executions=[CAPTCHA])
    info = {"providers": {}}
    first = Site(config, {**THERE, "flow_bindings:r": {}, "server:info": info, "flow:r/mfa": {**STORED, **stored}}, ["realm:r", "flow:r/mfa"])
    assert first.planned.changes[0].as_dict()["fields"] == ["secrets"] and SECRETS["platform/mail"]["password"] not in repr(first.planned)


def test_a_provider_that_would_lose_its_secret():
    provider = {"alias": "corp", "providerId": "oidc", "postBrokerLoginFlowAlias": "mfa", "config": {"clientSecret": "**********"}}

    def made(stored, **more):
        there = {**THERE, "flow_bindings:r": {}, "flow:r/mfa": {**STORED, **stored}, "identity_provider:r/corp": {**provider, **more.pop("provider", {})}}
        content = {"authentication": {"flows": {"mfa": MFA}}, **more}
        return Site(realm(**content), there, ["realm:r", "flow:r/mfa", "identity_provider:r/corp"])

    assert "the identity provider corp uses it, and would lose its clientSecret when the flow is replaced" in made({"rows": []}).faults[0]
    assert not made({}).faults and not made({"rows": []}, provider={"postBrokerLoginFlowAlias": "other"}).faults
    own = {"corp": {"providerId": "oidc", "config": {"clientSecret": "vault:platform/mail#password"}}}
    assert not made({"rows": []}, identity_providers=own).faults


# --- the run ---------------------------------------------------------------------------------------------------------------------
def item(tree, description="two", **fields):
    made = {"description": description, "provider": "basic-flow", "executions": tree, "unfinished": False, **fields}
    return Item("flow", "r/mfa", "here", made, "r", ("realm:r",), {"secrets": lambda alias: {}, "providers": [], "enrolled_only": False})


def test_a_new_flow_is_built_under_its_name():
    client = keycloak()
    flows.KIND.create(client, item(TREE), {})
    assert shown(client) == TREE and client.world.ids["flow:r/mfa"] == client.http.by_alias("mfa")
    assert "~next" not in repr(client.http.sent)


def test_one_that_another_run_began_is_replaced():
    client = keycloak()
    flows.building.build(client, built(TREE[:1]), "mfa")
    flows.KIND.create(client, item(TREE), {})
    assert shown(client) == TREE and client.world.ids["flow:r/mfa"] == client.http.by_alias("mfa")


def test_other_refusals_are_errors():
    client = keycloak()
    client.http.refuse = lambda method, path, body: True
    with pytest.raises(ApiError, match="not today"):
        flows.KIND.create(client, item(TREE), {})


def test_a_description_alone_is_written_in_place():
    client = keycloak()
    old = client.world.ids["flow:r/mfa"] = flows.building.build(client, built(TREE), "mfa")
    flows.KIND.update(client, item(TREE, "new"), {"description": "new"}, {})
    assert client.http.flows[old]["description"] == "new" and client.http.by_alias("mfa") == old
    flows.KIND.update(client, item(TREE[:2]), {"executions": TREE[:2]}, {})
    assert client.world.ids["flow:r/mfa"] == client.http.by_alias("mfa") != old


def test_a_flow_in_use_is_not_deleted():
    client = keycloak(Flows())
    flows.building.build(client, built(TREE), "mfa")
    flows.building.build(client, built(TREE), "mfa ~next")
    client.http.realm = {"browserFlow": "mfa"}
    with pytest.raises(ApiError, match="it can't be deleted while it is in use by browserFlow; bind another flow there first"):
        flows.KIND.delete(client, item(TREE))
    client.http.realm = {}
    flows.KIND.delete(client, item(TREE))
    assert client.http.flows == {}
    flows.KIND.delete(client, item(TREE))


def test_providers_secrets_are_read_when_a_flow_is_replaced():
    own = {"corp": {"providerId": "oidc", "config": {"clientSecret": "vault:platform/mail#password"}}}
    made = site(realm(authentication={"flows": {"mfa": MFA}}, identity_providers=own))
    seen = []

    class Probe:
        desired, resolver = made.desired, type("Resolver", (), {"resolve": staticmethod(lambda value: dict.fromkeys(value, "open"))})

        def object(self, kind, live, change):
            seen.append((live.extra["secrets"]("corp"), live.extra["secrets"]("nobody")))

    flows.KIND.make(Probe(), made.desired.items["flow:r/mfa"], None)
    assert seen == [({"clientSecret": "open"}, {})]

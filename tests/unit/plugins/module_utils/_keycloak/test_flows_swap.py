# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A flow is replaced while people log in through it; a run may end before any of its requests."""

from __future__ import annotations

import copy

import pytest

from ansible_collections.unifiedmeta.platform.plugins.module_utils._http import ApiError
from ansible_collections.unifiedmeta.platform.plugins.module_utils._keycloak import flows_build as building
from ansible_collections.unifiedmeta.platform.plugins.module_utils._keycloak.flows_swap import Swap, Uses, uses
from tests.unit.plugins.module_utils._keycloak.paper_flows import Cut, Flows, keycloak
from tests.unit.plugins.module_utils._keycloak.test_flows_build import TREE, flow, shown

SIMPLE = TREE[:2]
SECRET = {"clientSecret": "open"}


def site(provider=True):
    """A realm whose flow mfa is used by everything that can use one."""
    client = keycloak(Flows())
    building.build(client, flow(alias="other", tree=SIMPLE), "other")
    id_ = building.build(client, flow(), "mfa")
    server = client.http
    server.realm = {"browserFlow": "mfa", "directGrantFlow": "other", "resetCredentialsFlow": "mfa"}
    server.clients = {"c1": {"browser": id_, "direct_grant": server.by_alias("other")}, "c2": {}}
    if provider:
        server.providers = {"corp": {"firstBrokerLoginFlowAlias": "other", "postBrokerLoginFlowAlias": "mfa", "trustEmail": True,
                                     "config": {"clientId": "p", "clientSecret": "**********"}},
                            "plain": {"postBrokerLoginFlowAlias": "other", "config": {}}}
    del server.sent[:]
    return client


def swap(client, tree=None, secrets=None, again=False, description="two"):
    known = {"corp": SECRET if secrets is None else secrets}
    return Swap(client, flow(SIMPLE if tree is None else tree, description=description), lambda alias: known.get(alias, {}), again).run()


def settled(client, tree=None):
    """Is everything as if nothing had ever happened but the change?"""
    server, id_ = client.http, client.http.by_alias("mfa")
    assert shown(client) == (SIMPLE if tree is None else tree)
    assert not any("~next" in found["alias"] for found in server.flows.values())
    assert server.realm == {"browserFlow": "mfa", "directGrantFlow": "other", "resetCredentialsFlow": "mfa"}
    assert server.clients == {"c1": {"browser": id_, "direct_grant": server.by_alias("other")}, "c2": {}}
    assert server.providers["corp"]["postBrokerLoginFlowAlias"] == "mfa" and server.providers["corp"]["firstBrokerLoginFlowAlias"] == "other"
    assert len(server.steps) == sum(len(found["steps"]) for found in server.flows.values())


def test_a_flow_is_replaced_wherever_it_is_used():
    client = site()
    old = client.http.by_alias("mfa")
    new = swap(client)
    assert new != old and client.http.by_alias("mfa") == new
    settled(client)
    asked = [path for path, _body in client.http.sent]
    order = [asked.index(path) for path in ("POST authentication/flows", "PUT ", "PUT identity-provider/instances/corp", "PUT clients/c1",
                                            f"DELETE authentication/flows/{old}", f"PUT authentication/flows/{new}")]
    assert order == sorted(order) and "PUT clients/c2" not in asked and "PUT identity-provider/instances/plain" not in asked
    assert dict(client.http.sent)["PUT "] == {"browserFlow": "mfa ~next", "resetCredentialsFlow": "mfa ~next", "directGrantFlow": "other"}, (
        "one request binds them all")


def test_a_providers_hidden_settings_go_along_in_clear():
    client = site()
    swap(client)
    assert client.http.providers["corp"] == {"firstBrokerLoginFlowAlias": "other", "postBrokerLoginFlowAlias": "mfa", "trustEmail": True,
                                             "config": {"clientId": "p", "clientSecret": "open"}}
    assert "**" not in repr(client.http.sent)


def test_hidden_settings_that_nobody_declares_stop_it_in_time():
    client = site()
    before = copy.deepcopy(client.http.realm)
    with pytest.raises(ApiError, match="the identity provider corp uses it, and Keycloak would lose that one's clientSecret.*declare the provider with its"):
        swap(client, secrets={})
    assert client.http.realm == before and shown(client) == TREE


def test_one_that_nobody_uses():
    client = site(provider=False)
    client.http.realm, client.http.clients = {"browserFlow": "other"}, {}
    del client.http.sent[:]
    swap(client)
    assert shown(client) == SIMPLE and not [path for path, _body in client.http.sent if path == "PUT "]


def test_one_that_is_as_declared_is_only_described():
    client = site()
    swap(client, TREE, description="three")
    assert [path for path, _body in client.http.sent] == [f"PUT authentication/flows/{client.http.by_alias('mfa')}"]
    assert client.http.flows[client.http.by_alias("mfa")]["description"] == "three"


def test_a_secret_that_nobody_can_see_is_a_reason_to_build_it_anew():
    client = site()
    old = client.http.by_alias("mfa")
    assert swap(client, TREE, again=True) != old
    settled(client, TREE)


def test_one_that_is_missing_is_made():
    client = keycloak(Flows())
    assert swap(client) == client.http.by_alias("mfa") and shown(client) == SIMPLE


# --- failures --------------------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("refused", ["PUT ", "PUT identity-provider/instances/corp", "PUT clients/c1"])
def test_where_something_can_not_be_bound_everything_is_as_before(refused):
    client = site()
    before = copy.deepcopy((client.http.flows, client.http.realm, client.http.clients))
    often = []

    def once(method, path, body):
        often.append(f"{method} {path}" == refused)
        return sum(often) == 1 and often[-1]

    client.http.refuse = once
    with pytest.raises(ApiError, match="not today.*everything is bound to the old flow again"):
        swap(client)
    assert (client.http.flows, client.http.realm, client.http.clients) == before
    assert client.http.providers["corp"]["postBrokerLoginFlowAlias"] == "mfa"
    client.http.refuse = None
    swap(client)
    settled(client)


def test_where_not_even_that_can_be_done_the_next_run_completes_it():
    client = site()
    client.http.refuse = lambda method, path, body: path == "clients/c1"
    with pytest.raises(ApiError, match="not today.*a part may be bound to the new flow already, the next run completes that"):
        swap(client)
    client.http.refuse = None
    swap(client)
    settled(client)


def test_a_use_that_came_up_meanwhile_is_found():
    client = site()
    put = client.http._put

    def race(parts, body):
        put(parts, body)
        if parts[:1] == ["clients"] and "c3" not in client.http.clients:
            client.http.clients["c3"] = {"browser": client.http.by_alias("mfa")}

    client.http._put = race
    with pytest.raises(ApiError, match="the old flow is still in use by client c3"):
        swap(client)
    assert client.http.realm["browserFlow"] == "mfa" and shown(client) == TREE


# --- a run that ends before its n-th request -------------------------------------------------------------------------------------
WRITES = 9


def test_the_number_of_writes():
    client = site()
    swap(client)
    assert len(client.http.sent) == WRITES, [path for path, _body in client.http.sent]


@pytest.mark.parametrize("cut", range(WRITES))
@pytest.mark.parametrize("then", ["same", "back", "other"])
def test_the_next_run_completes_it(cut, then):
    client = site()
    client.http.cut = cut
    with pytest.raises(Cut):
        swap(client)
    # Whatever is bound now, one logs in by a whole flow.
    bound = {client.http.realm["browserFlow"], client.http.realm["resetCredentialsFlow"], client.http.providers["corp"]["postBrokerLoginFlowAlias"]}
    for alias in bound | {client.http.flows[client.http.clients["c1"]["browser"]]["alias"]}:
        assert shown(client, alias) in (TREE, SIMPLE)
    client.http.cut, wanted = None, {"same": SIMPLE, "back": TREE, "other": TREE[:1]}[then]
    swap(client, wanted)
    settled(client, wanted)


# --- uses ------------------------------------------------------------------------------------------------------------------------
def test_uses_are_told_by_name():
    client = site()
    found = uses(client, flow(), "mfa", client.http.by_alias("mfa"))
    assert str(found) == "browserFlow, resetCredentialsFlow, identity provider corp, client c1" and found.clients == {"c1": ["browser"]}
    assert not uses(client, flow(), "nobody", "x") and not Uses()

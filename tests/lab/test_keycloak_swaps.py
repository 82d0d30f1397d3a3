# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Flows on a real Keycloak are swapped while they are in use, by realm and clients; a run that is ended in between is completed by the next."""

from __future__ import annotations

import copy
import time

import pytest

from ansible_collections.unifiedmeta.platform.plugins.module_utils._keycloak import flows_build, flows_swap
from ansible_collections.unifiedmeta.platform.plugins.module_utils._plan import Refused
from tests.lab.keycloak_flows import BROWSER, LOGIN, SIMPLE, WHOLE, config, flow_realm, flow_runs, kim, ours, settings, steps  # noqa: F401  # pylint: disable=unused-import
from tests.lab.keycloak_login import Person, code
from tests.lab.keycloak_runs import changes

FORMS = {"flow": "forms", "requirement": "ALTERNATIVE"}


def test_a_flow_in_use_is_swapped(runs, realm):
    keycloak = runs.keycloak
    runs(config(realm))
    flow = keycloak.one(f"{realm}/authentication/flows", alias="platform browser")
    keycloak.call("POST", f"{realm}/clients", {"clientId": "own", "authenticationFlowBindingOverrides": {"browser": flow["id"]}})
    changed = runs.twice(config(realm, SIMPLE))
    assert changes(changed) == [f"update flow {realm}/platform browser"] and changed["plan"][0]["fields"] == ["executions"]
    new = keycloak.one(f"{realm}/authentication/flows", alias="platform browser")
    assert new["id"] != flow["id"] and keycloak.get(realm)["browserFlow"] == "platform browser"
    assert keycloak.client(realm, "own")["authenticationFlowBindingOverrides"] == {"browser": new["id"]}
    assert ours(keycloak, realm) == WHOLE[:2] and settings(keycloak, realm) == []


def test_a_client_with_a_flow_of_its_own(runs, realm):
    keycloak = runs.keycloak

    def whole(executions: list, **overrides: str) -> dict:
        made = config(realm, executions)
        made["realms"][realm]["clients"]["own"] = {"publicClient": True, "authenticationFlowBindingOverrides": overrides}
        return made

    def bound() -> dict:
        known = {flow["id"]: flow["alias"] for flow in keycloak.get(f"{realm}/authentication/flows")}
        return {name: known[id_] for name, id_ in keycloak.client(realm, "own")["authenticationFlowBindingOverrides"].items()}

    runs.twice(whole(SIMPLE, browser="platform browser", direct_grant="direct grant"))
    assert bound() == {"browser": "platform browser", "direct_grant": "direct grant"}
    # The flow's id changes while the client does.
    runs.twice(whole(BROWSER, browser="platform browser", direct_grant=""))
    assert bound() == {"browser": "platform browser"}
    runs.twice(whole(BROWSER, browser="browser"))
    assert bound() == {"browser": "browser"}
    with pytest.raises(Refused, match="the flow browsr neither exists nor is declared; did you mean browser"):
        runs(whole(BROWSER, browser="browsr"))
    with pytest.raises(Refused, match="unknown key brwser; did you mean browser"):
        runs(whole(BROWSER, brwser="browser"))


def test_people_in_the_midst_of_it(runs, realm):
    """Whoever is logged in stays so; whoever is about to begins again."""
    keycloak = runs.keycloak
    runs(config(realm, SIMPLE))
    kim(keycloak, realm)
    inside, underway = Person(keycloak, realm).log_in("kim", "pass-of-kim"), Person(keycloak, realm)
    secret = inside.enrol()
    underway.log_in("kim", "pass-of-kim")
    assert inside.inside and "otp" in underway.asked
    runs(config(realm, [BROWSER[0], BROWSER[2]]))
    inside.open()
    assert inside.inside
    underway.send(otp=code(secret, time.time() + 30))
    assert not underway.inside, underway.told
    underway.open()
    assert underway.log_in("kim", "pass-of-kim").send(otp=code(secret, time.time() + 30)).inside, underway.told


def test_only_the_description(runs, realm):
    runs(config(realm))
    before = runs.keycloak.one(f"{realm}/authentication/flows", alias="platform browser")
    changed = copy.deepcopy(config(realm))
    changed["realms"][realm]["authentication"]["flows"]["platform browser"]["description"] = "두 가지"
    assert runs.twice(changed)["plan"][0]["fields"] == ["description"]
    after = runs.keycloak.one(f"{realm}/authentication/flows", alias="platform browser")
    assert after["id"] == before["id"] and after["description"] == "두 가지"


# --- a run that is ended in the midst of a swap ----------------------------------------------------------------------------------
class Cut(BaseException):
    """The process is gone: nothing catches it."""


# what was the last thing done
CUTS = {
    "building": (flows_build, "check"), "bound": (flows_swap.Swap, "_delete"), "deleted": (flows_build, "settle"), "parts renamed": (flows_build, "describe"),
}


LATER = {"same": SIMPLE, "back": BROWSER, "other": [BROWSER[0], {**FORMS, "executions": [LOGIN]}]}


@pytest.mark.parametrize(("point", "then"), [*((point, "same") for point in CUTS), ("bound", "back"), ("deleted", "back"), ("bound", "other")])
def test_the_next_run_completes_a_swap(runs, realm, monkeypatch, point, then):
    keycloak = runs.keycloak
    runs(config(realm))
    flow = keycloak.one(f"{realm}/authentication/flows", alias="platform browser")
    keycloak.call("POST", f"{realm}/clients", {"clientId": "own", "authenticationFlowBindingOverrides": {"browser": flow["id"]}})
    owner, name = CUTS[point]

    def cut(*args, **options):
        raise Cut

    with monkeypatch.context() as patch:
        patch.setattr(owner, name, cut)
        with pytest.raises(Cut):
            runs(config(realm, SIMPLE))
    bound = keycloak.get(realm)["browserFlow"]
    assert steps(keycloak, realm, bound), "there is a whole flow to log in by, whatever happened"
    runs.twice(config(realm, LATER[then]))
    names = WHOLE if then == "back" else WHOLE[:2]
    assert ours(keycloak, realm) == names and keycloak.get(realm)["browserFlow"] == "platform browser"
    now = keycloak.one(f"{realm}/authentication/flows", alias="platform browser")
    assert keycloak.client(realm, "own")["authenticationFlowBindingOverrides"] == {"browser": now["id"]}


def test_where_a_client_can_not_be_bound_everything_is_as_before(runs, realm, monkeypatch):
    keycloak = runs.keycloak
    runs(config(realm))
    flow = keycloak.one(f"{realm}/authentication/flows", alias="platform browser")
    keycloak.call("POST", f"{realm}/clients", {"clientId": "own", "authenticationFlowBindingOverrides": {"browser": flow["id"]}})
    real, refused = flows_swap.Keycloak.put, []

    def put(self, path, body, what=""):
        if "/clients/" in path and not refused:
            refused.append(path)
            raise flows_swap.ApiError(self.http.system, "PUT", path, 403, "not today")
        return real(self, path, body, what)

    monkeypatch.setattr(flows_swap.Keycloak, "put", put)
    with pytest.raises(Refused, match="not today.*everything is bound to the old flow again"):
        runs(config(realm, SIMPLE))
    assert refused and keycloak.get(realm)["browserFlow"] == "platform browser" and ours(keycloak, realm) == WHOLE
    assert keycloak.client(realm, "own")["authenticationFlowBindingOverrides"] == {"browser": flow["id"]}

# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Who would still use a flow after the run."""

from __future__ import annotations

import pytest

from ansible_collections.unifiedmeta.platform.plugins.module_utils._keycloak import flows_left
from tests.unit.plugins.module_utils._keycloak.paper import THERE, Site, realm

OURS = {"flow:r/ours": {"id": "f1", "alias": "ours", "providerId": "basic-flow", "authenticationExecutions": []}}
OTHER = {"flow:r/other": {"id": "f2", "alias": "other", "providerId": "basic-flow", "authenticationExecutions": []}}
WORLD = {**THERE, **OURS, **OTHER}
BOUND = {"realm:r": {**THERE["realm:r"], "browserFlow": "ours"}}
PROVIDER = {"identity_provider:r/git": {"alias": "git", "providerId": "github", "firstBrokerLoginFlowAlias": "ours ~next"}}
CLIENT = {"client:r/app": {"id": "c1", "clientId": "app", "authenticationFlowBindingOverrides": {"browser": "f1", "direct_grant": "f2"}}}
GIT = {"providerId": "github"}


def used(there, deleted=(), **config):
    site = Site(realm(**config), {**WORLD, **there})
    return flows_left.uses("r/ours", site.desired, site.world, deleted)


def test_nobody():
    assert used({}) == [] and used({}, clients={"app": {}}, authentication={"bindings": {"browser": "other"}}) == []


@pytest.mark.parametrize("there,who", [(BOUND, "the realm's browser flow"), (PROVIDER, "identity provider git"), (CLIENT, "client app")])
def test_who_uses_it(there, who):
    assert used(there) == [who]


def test_all_of_them():
    assert len(used({**BOUND, **PROVIDER, **CLIENT})) == 3


def test_what_this_very_run_changes():
    assert used(BOUND, authentication={"bindings": {"browser": "other"}}) == []
    assert used({}, authentication={"bindings": {"direct_grant": "ours"}}) == ["the realm's direct_grant flow"]
    assert used(PROVIDER, identity_providers={"git": {**GIT, "firstBrokerLoginFlowAlias": "other"}}) == []
    assert used(PROVIDER, identity_providers={"git": GIT}) == ["identity provider git"], "not spoken about"
    assert used(CLIENT, clients={"app": {"authenticationFlowBindingOverrides": {"browser": ""}}}) == []
    assert used(CLIENT, clients={"app": {"authenticationFlowBindingOverrides": {"direct_grant": ""}}}) == ["client app"]
    assert used({}, clients={"new": {"authenticationFlowBindingOverrides": {"browser": "ours"}}}) == ["client new"]


def test_what_goes_in_the_same_run_uses_nothing():
    assert used({**PROVIDER, **CLIENT}, ("client:r/app", "identity_provider:r/git")) == []


# --- as a fault of the plan ------------------------------------------------------------------------------------------------------
OWNED = ["realm:r", "flow:r/ours", "client:r/app"]


def test_pruning_one_that_is_in_use_is_a_fault():
    site = Site(realm(authentication={"flows": {}}), {**WORLD, **BOUND, **CLIENT}, OWNED, prune="owned")
    assert site.faults == ["flow ours of realm r is no longer declared, and can't be deleted while it is in use by the realm's browser flow, client app; "
                           "bind another flow there, or declare it"]


def test_pruning_it_with_its_last_user():
    site = Site(realm(authentication={"flows": {}}, clients={}), {**WORLD, **CLIENT}, OWNED, prune="owned")
    assert site.faults == [] and sorted(site.changes) == ["delete client:r/app", "delete flow:r/ours"]


def test_one_that_stays_may_be_used():
    assert Site(realm(authentication={"flows": {}}), {**WORLD, **BOUND}, ["realm:r"], prune="owned").faults == []

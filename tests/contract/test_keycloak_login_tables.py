"""How people log in: the fields of flows, bindings, providers and directories are Keycloak's own."""
from __future__ import annotations

import pytest

from ansible_collections.unifiedmeta.platform.plugins.module_utils._keycloak import (
    authentication,
    bindings,
    federation,
    flows_guard,
    flows_swap,
    overrides,
    providers,
    required_actions,
)
from tests.contract.representations import recorded

API = recorded()["classes"]
KINDS = {kind.name: kind for part in (authentication, providers, federation) for kind in part.KINDS}
# kind -> class, and what is called otherwise there or is ours alone
CASES = {
    "identity_provider": ("IdentityProvider", {"secrets": "config"}),
    "identity_provider_mapper": ("IdentityProviderMapper", {}),
    "required_action": ("RequiredActionProvider", {"default": "defaultAction"}),
    "user_federation": ("Component", {"provider": "providerId", "secrets": "config"}),
    "user_federation_mapper": ("Component", {"provider": "providerId", "secrets": "config"}),
    "flow": ("AuthenticationFlow", {"provider": "providerId", "executions": "authenticationExecutions", "secrets": "authenticationExecutions",
                                    "unfinished": "alias"}),
}


@pytest.mark.parametrize("kind", CASES)
def test_fields_of_a_kind(kind):
    known, named = CASES[kind]
    assert {name for name in KINDS[kind].types if named.get(name, name) not in API[known]} == set()


def test_every_kind_is_held_against_a_class():
    assert set(KINDS) - set(CASES) == {"flow_bindings"}


def test_bindings_are_fields_of_a_realm():
    assert {field for field, _kind in flows_guard.BINDINGS.values()} == {
        name for name in API["Realm"] if name.endswith("Flow") and not name.startswith("accessToken")}
    assert set(bindings.KIND.types) == set(flows_guard.BINDINGS) and overrides.FIELD in API["Client"]
    assert set(flows_swap.PROVIDER_FIELDS) == {name for name in API["IdentityProvider"] if name.endswith("FlowAlias")}


def test_what_a_provider_has_and_we_leave_to_keycloak():
    """The alias is its name, the id the server's own; organisations have an API of their own; the old switch is one of config."""
    left = set(API["IdentityProvider"]) - set(KINDS["identity_provider"].types)
    assert left == {"alias", "internalId", "organizationId", "types", "updateProfileFirstLoginMode"}


def test_what_a_required_action_has_and_we_leave_to_keycloak():
    left = set(API["RequiredActionProvider"]) - {required_actions._API.get(name, name) for name in KINDS["required_action"].types}
    assert left == {"alias", "name", "providerId"}

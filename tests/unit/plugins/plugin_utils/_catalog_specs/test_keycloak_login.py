# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
"""How people log in: the flows hold against the guard that keycloak_config itself has, the settings against its tables."""

from __future__ import annotations

import pytest

from ansible_collections.unifiedmeta.platform.plugins.module_utils._keycloak import flows_guard, flows_parse, tables
from ansible_collections.unifiedmeta.platform.plugins.plugin_utils._catalog_specs import keycloak_login as login

REALM = flows_guard.Realm({alias: entry["enabled"] for alias, entry in login.AUTHENTICATION["required_actions"].items()}, ())


def tree(alias: str) -> list:
    """A flow in the form that is built."""
    faults: list[str] = []
    made = flows_parse.parse(login.AUTHENTICATION["flows"][alias]["executions"], alias, faults)
    assert faults == []
    return made


@pytest.mark.parametrize("binding", ["browser", "direct_grant"])
def test_people_get_in_and_strangers_do_not(binding):
    assert flows_guard.faults(binding, tree(login.AUTHENTICATION["bindings"][binding]), REALM) == []


def test_nobody_gets_into_a_browser_by_a_password_alone():
    """Whoever has no second factor, and could set up none, is stuck."""
    with pytest.raises(flows_guard.Stuck):
        flows_guard.pass_through(tree(login.BROWSER), flows_guard.NEWCOMER, REALM._replace(actions={}))


def test_without_a_browser_whoever_has_no_code_is_refused():
    code, other = tree(login.DIRECT)[2:]
    assert code["requirement"] == other["requirement"] == "CONDITIONAL"
    assert [step["authenticator"] for step in code["executions"]] == ["conditional-user-configured", "direct-grant-validate-otp"]
    condition, deny = other["executions"]
    assert condition["config"] == {"flow_to_check": code["flow"], "check_result": "not-executed"}
    assert (deny["authenticator"], deny["requirement"]) == ("deny-access-authenticator", "REQUIRED")


def test_a_newcomer_sets_up_a_code_at_the_first_login():
    flows_guard.pass_through(tree(login.BROWSER), flows_guard.NEWCOMER, REALM)


def test_settings_are_keycloak_s():
    made = login.settings("seoul", "ko")
    assert set(made) <= set(tables.REALM)
    assert made == {name: tables.REALM[name](value) for name, value in made.items()}, "in the very form that is compared"
    assert (made["displayName"], made["defaultLocale"], made["supportedLocales"]) == ("seoul", "ko", ["en", "ko"])


def test_settings_protect():
    made = login.settings("x", "en")
    assert made["sslRequired"] == "all" and made["bruteForceProtected"] and not made["permanentLockout"]
    assert not made["registrationAllowed"] and not made["resetPasswordAllowed"]
    assert made["passwordPolicy"].startswith("length(14)")
    assert {name for name in tables.REALM if name.startswith("otpPolicy")} <= set(made), "all or nothing"
    assert made["eventsExpiration"] == 2592000 and made["attributes"] == {"adminEventsExpiration": "7776000"}


def test_nobody_takes_the_second_factor_off_or_another_address_on():
    assert login.AUTHENTICATION["required_actions"]["delete_credential"] == {"enabled": False}
    assert login.PROFILE["attributes"]["email"]["permissions"]["edit"] == ["admin"]


def test_sessions_of_apps_end():
    made = login.settings("x", "en")
    assert made["offlineSessionMaxLifespanEnabled"] and made["offlineSessionMaxLifespan"] == 2592000 > made["offlineSessionIdleTimeout"]


def test_a_language_that_is_not_there():
    with pytest.raises(ValueError, match="none of en, ko"):
        login.settings("x", "de")

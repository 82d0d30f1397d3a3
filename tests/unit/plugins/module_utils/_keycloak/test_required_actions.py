# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Required actions."""

from __future__ import annotations

import pytest

from tests.unit.plugins.module_utils._keycloak.paper import THERE, Site, read, realm
from tests.unit.plugins.module_utils._keycloak.test_server import INFO

TOTP = {"alias": "CONFIGURE_TOTP", "providerId": "CONFIGURE_TOTP", "name": "Configure OTP", "enabled": True, "defaultAction": False, "priority": 54,
        "config": {"add-recovery-codes": "true"}}
KEY = "required_action:r/CONFIGURE_TOTP"
WORLD = {**THERE, KEY: TOTP, "server:info": INFO}


def plan(fields, alias="CONFIGURE_TOTP", there=None, owned=("realm:r",), **options):
    return Site(realm(authentication={"required_actions": {alias: fields}}), WORLD if there is None else there, owned, **options)


def test_one_as_declared():
    assert plan({"enabled": True, "default": False, "priority": 54, "config": {"add-recovery-codes": True}}).changes == []
    assert plan({}).changes == []


def test_what_differs_is_shown_and_the_whole_is_sent():
    site = plan({"enabled": False, "default": True, "config": {"max_auth_age": 60}})
    change = site.change(KEY)
    assert change.before == {"enabled": True, "default": False, "config": {"max_auth_age": ""}}
    assert change.after == {"enabled": False, "default": True, "config": {"max_auth_age": "60"}}
    assert site.run() == [("PUT r/authentication/required-actions/CONFIGURE_TOTP", {
        **TOTP, "enabled": False, "defaultAction": True, "config": {"add-recovery-codes": "true", "max_auth_age": "60"}})]


def test_one_that_is_installed_is_registered():
    site = plan({"enabled": True}, "TERMS", owned=["realm:r"])
    assert site.changes == ["create required_action:r/TERMS"]
    sent = site.run({"r/authentication/unregistered-required-actions": [{"providerId": "TERMS", "name": "Terms"}],
                     "r/authentication/required-actions/TERMS": {"alias": "TERMS", "enabled": False}})
    assert sent == [("POST r/authentication/register-required-action", {"providerId": "TERMS", "name": "Terms"}),
                    ("PUT r/authentication/required-actions/TERMS", {"alias": "TERMS", "enabled": True})]


def test_one_that_was_born_with_its_realm_is_changed():
    site = plan({"enabled": False}, there={})
    site.keycloak.look = lambda name: site.world.put(KEY, TOTP)
    sent = site.run({"r": THERE["realm:r"]})
    assert [path for path, _body in sent] == ["POST ", "PUT r/authentication/required-actions/CONFIGURE_TOTP"] and not sent[1][1]["enabled"]


def test_what_somebody_changed_since_we_looked_stays():
    site = plan({"enabled": False})
    now = {**TOTP, "priority": 77, "config": {"theirs": "x"}}
    sent = site.run({"r/authentication/required-actions/CONFIGURE_TOTP": now})
    assert sent == [("PUT r/authentication/required-actions/CONFIGURE_TOTP", {**now, "enabled": False})]


def test_one_that_nobody_has_installed():
    assert plan({"enabled": True}, "TERMZ").faults == [
        "config.realms.r.authentication.required_actions.TERMZ: the server has no required action TERMZ; did you mean TERMS?"]


def test_those_of_a_realm_of_others():
    assert "differs in enabled" in plan({"enabled": False}, owned=()).planned.conflicts[0]
    assert f"adopt {KEY}" in plan({"enabled": False}, owned=(), adopt=True).changes


def test_they_are_never_pruned():
    assert plan({}, owned=["realm:r", KEY, "required_action:r/TERMS"], prune="owned").changes == []


@pytest.mark.parametrize(("fields", "expected"), [
    ({"enabeld": True}, "unknown key enabeld; did you mean enabled?"), ({"enabled": "perhaps"}, "enabled: must be true or false"),
    ({"priority": "x"}, "priority: must be a whole number"), ([], "must be a map"), ({"config": "x"}, "config: must be a map of texts"),
])
def test_what_is_wrong_is_told(fields, expected):
    assert expected in plan(fields).faults[0]


def test_they_are_read_in_one_list_with_remains_left_out():
    config = realm(authentication={"required_actions": {"CONFIGURE_TOTP": {"enabled": True}}})
    keycloak = read({"r/authentication/required-actions": [TOTP, {"providerId": "X"}], "r/authentication/flows": []}, config)
    assert keycloak.world.raw[KEY] == TOTP and keycloak.world.objects[KEY] == {"enabled": True}
    assert not [key for key in keycloak.world.raw if key.startswith("required_action") and key != KEY]

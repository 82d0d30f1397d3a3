# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Users that Keycloak would keep as something else."""

from __future__ import annotations

import pytest

from ansible_collections.unifiedmeta.platform.plugins.module_utils._keycloak import users_check
from tests.unit.plugins.module_utils._keycloak.paper import THERE, Site, realm

EDIT = {"permissions": {"view": ["admin"], "edit": ["admin", "user"]}}
PROFILE = {"attributes": [{"name": "email", **EDIT}, {"name": "desk", **EDIT}, {"name": "seen", "permissions": {"view": ["admin"], "edit": []}},
                          {"name": "bare"}]}


def site(users, there=None, settings=None, **more):
    """A realm that is there with that profile, and settings that are stored."""
    known = {**THERE, "realm:r": {**THERE["realm:r"], **(settings or {})}, "user_profile:r": PROFILE}
    return Site(realm(users=users, **more), known if there is None else there, ["realm:r"])


# --- addresses -------------------------------------------------------------------------------------------------------------------
TWINS = {"anna": {"email": "x@example.com"}, "berta": {"email": "X@Example.com"}, "chris": {}, "dan": {"email": ""}, "eve": {"email": ""}}


def test_two_with_one_address():
    assert site(TWINS).faults == ["config.realms.r.users.berta.email: config.realms.r.users.anna has that address too; give one of them another, "
                                  "or set duplicateEmailsAllowed"]
    assert Site(realm(users=TWINS)).faults == site(TWINS).faults, "in a realm to come as well"


def test_where_that_is_allowed():
    assert site(TWINS, settings={"duplicateEmailsAllowed": True}).faults == []
    assert Site(realm(users=TWINS, settings={"duplicateEmailsAllowed": True})).faults == []
    assert len(site(TWINS, settings={"duplicateEmailsAllowed": True, "enabled": True}, **{"roles": {}}).faults) == 0
    both = {**THERE, "realm:r": {**THERE["realm:r"], "duplicateEmailsAllowed": True}}
    assert len(Site(realm(users=TWINS, settings={"duplicateEmailsAllowed": False}), both, ["realm:r"]).faults) == 1, "it is about to be forbidden"


def test_users_of_two_realms_may_share_an_address():
    config = {"realms": {name: {"users": {"anna": {"email": "x@example.com"}}} for name in ("r", "s")}}
    assert Site(config).faults == []


def test_an_address_that_is_the_username():
    users = {"kim": {"email": "Kim@example.com"}, "lee@example.com": {"email": "lee@example.com"}, "none": {}}
    assert site(users, settings={"registrationEmailAsUsername": True}).faults == [
        "config.realms.r.users.kim: with registrationEmailAsUsername the address is the username; declare the user as kim@example.com"]
    assert site(users).faults == []
    assert len(Site(realm(users=users, settings={"registrationEmailAsUsername": True})).faults) == 1


# --- attributes ------------------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("given,fault", [
    ({"desk": "7"}, None), ({"desk": ""}, None), ({"nobody": ""}, None), ({}, None),
    ({"desc": "7"}, "attributes.desc: Keycloak would drop it, since the user profile doesn't know it; did you mean desk?; declare it in user_profile, or set "
                    "unmanagedAttributePolicy there"),
    ({"seen": "7"}, "attributes.seen: Keycloak would drop it, since administrators may not write it; give admin in user_profile, "
                    "attributes.seen.permissions.edit"),
    ({"bare": "7"}, "attributes.bare: Keycloak would drop it, since administrators may not write it"),
    ({"locale": "ko"}, "attributes.locale: Keycloak would drop it, since the user profile doesn't know it"),
])
def test_attributes_that_would_be_dropped(given, fault):
    found = site({"kim": {"attributes": given}}).faults
    assert len(found) == bool(fault) and (not fault or found[0].startswith(f"config.realms.r.users.kim.{fault}")), found


def test_what_this_very_run_allows():
    users = {"kim": {"attributes": {"floor": "7", "seen": "1"}}}
    assert len(site(users).faults) == 2
    assert site(users, user_profile={"attributes": {"floor": EDIT, "seen": EDIT}}).faults == []
    assert len(site(users, user_profile={"unmanagedAttributePolicy": "ADMIN_EDIT"}).faults) == 1, "what the profile knows stays under its rules"
    assert len(site(users, user_profile={"unmanagedAttributePolicy": "ADMIN_VIEW"}).faults) == 2
    assert site({"kim": {"attributes": {"locale": "ko"}}}, settings={"internationalizationEnabled": True}).faults == []


def test_a_realm_to_come():
    assert len(Site(realm(users={"kim": {"attributes": {"floor": "7"}}})).faults) == 1
    assert Site(realm(users={"kim": {"attributes": {"floor": "7"}}}, user_profile={"unmanagedAttributePolicy": "ENABLED"})).faults == []


def test_what_the_user_has_already_is_known():
    known = {**THERE, "user_profile:r": PROFILE, "user:r/kim": {"id": "u", "username": "kim", "attributes": {"desc": ["7"]}}}
    assert site({"kim": {"attributes": {"desc": "7"}}}, known).faults == []


def test_a_directory_brings_attributes_of_its_own():
    known = {**THERE, "user_profile:r": PROFILE, "user:r/kim": {"id": "u", "username": "kim", "federationLink": "d"}}
    made = site({"kim": {"attributes": {"LDAP_ID": "7"}}}, known)
    assert users_check.unknown(made.desired.items["user:r/kim"], made.world) == [] and made.faults == []

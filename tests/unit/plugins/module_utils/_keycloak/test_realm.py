# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The realm, its mail server, texts and user profile."""

from __future__ import annotations

import pytest

from ansible_collections.unifiedmeta.platform.plugins.module_utils._keycloak import realm as realm_part
from ansible_collections.unifiedmeta.platform.plugins.module_utils._keycloak.kinds import MASKED
from tests.unit.plugins.module_utils._keycloak.paper import THERE, Site, read, realm

MAIL = {"smtpServer": {"host": "mail", "auth": True, "password": "vault:platform/mail#password"}}
STORED = {"host": "mail", "auth": "true", "password": MASKED, "user": "u"}
PRINT = {"smtp:r": {"hmac_password": "to be set"}}


def test_a_realm_that_is_not_there():
    site = Site(realm(settings={"displayName": "R", "accessTokenLifespan": "5m"}, localization={"ko": {"a": "가"}}))
    assert site.changes == ["create realm:r", "create localization:r/ko"]
    looked = []
    site.keycloak.look = looked.append
    sent = site.run({"r": {"id": "id-r", "displayName": "R", "accessTokenLifespan": 300}})
    assert sent == [("POST ", {"enabled": True, "displayName": "R", "accessTokenLifespan": 300, "realm": "r"}), ("POST r/localization/ko", {"a": "가"})]
    assert looked == ["r"], "what it has from birth is read"


def test_what_differs_is_sent_and_what_a_put_would_lose():
    site = Site(realm(settings={"displayName": "R", "enabled": True, "attributes": {"frontendUrl": "https://x"}}), THERE, ["realm:r"])
    assert site.change("realm:r").as_dict()["fields"] == ["attributes", "displayName"]
    stored = THERE["realm:r"]
    assert site.run({"r": stored}) == [("PUT r", {**stored, "displayName": "R", "attributes": {"theirs": "1", "frontendUrl": "https://x"}})]


def test_policies_are_sent_whole():
    there = {"realm:r": {**THERE["realm:r"], "otpPolicyDigits": 6, "otpPolicyType": "totp", "webAuthnPolicyRpId": "", "webAuthnPolicyPasswordlessRpId": ""}}
    site = Site(realm(settings={"otpPolicyDigits": 8}), there, ["realm:r"])
    assert site.run({"r": there["realm:r"]}) == [("PUT r", {**there["realm:r"], "otpPolicyDigits": 8})]


def test_what_the_first_request_did_not_take_is_sent_again():
    site = Site(realm(settings={"otpPolicyDigits": 8, "displayName": "R"}))
    sent = site.run({"r": {"id": "id-r", "displayName": "R", "otpPolicyDigits": 6, "otpPolicyType": "totp"}})
    assert sent[0] == ("POST ", {"enabled": True, "displayName": "R", "realm": "r"}), "a part of the policy of codes would set the rest to zero"
    assert sent[1:] == [("PUT r", {"id": "id-r", "displayName": "R", "otpPolicyDigits": 8, "otpPolicyType": "totp"})]


def test_a_realm_of_others():
    site = Site(realm(settings={"displayName": "R"}), THERE)
    assert site.planned.conflicts == ["realm r exists, isn't ours and differs in displayName"]
    assert Site(realm(settings={"enabled": True}), THERE).planned.conflicts == []
    assert Site(realm(settings={"displayName": "R"}), THERE, adopt=True).changes == ["adopt realm:r"]


def test_a_realm_is_never_pruned():
    assert Site({"realms": {}}, THERE, ["realm:r"], prune="owned").changes == []


@pytest.mark.parametrize("settings,fault", [
    ({"displayNam": "x"}, "config.realms.r.settings: unknown key displayNam; did you mean displayName?"),
    ({"enabled": "maybe"}, "config.realms.r.settings.enabled: must be true or false, not that text"),
    ({"accessTokenLifespan": "soon"}, "config.realms.r.settings.accessTokenLifespan: must be a duration such as 90s"),
    ({"smtpServer": {"password": "clear"}}, "config.realms.r.settings.smtpServer.password: must be a reference"),
    ({"smtpServer": {"hots": "x"}}, "config.realms.r.settings.smtpServer: unknown key hots; did you mean host?"),
    ("text", "config.realms.r.settings: must be a map"),
])
def test_faults_of_settings(settings, fault):
    faults = Site(realm(settings=settings)).desired.faults
    assert len(faults) == 1 and faults[0].startswith(fault) and "clear" not in faults[0]


# --- mail server -----------------------------------------------------------------------------------------------------------------
def test_a_mail_server_goes_whole_and_its_password_is_noted():
    site = Site(realm(settings=MAIL), {**THERE, "smtp:r": {}}, ["realm:r"])
    assert site.change("smtp:r").after == {"host": "mail", "auth": True, "password": "(secret) changed"}
    assert site.run() == [("PUT r", {"smtpServer": {"host": "mail", "auth": "true", "password": "m4il"}})]
    assert set(site.apply.notes["smtp:r"]) == {"hmac_password"}


def test_a_mail_server_as_we_left_it():
    first = Site(realm(settings=MAIL), {**THERE, "smtp:r": {}}, ["realm:r"])
    first.run()
    there = {**THERE, "smtp:r": STORED}
    owned = {"realm:r": {}, "smtp:r": first.apply.notes["smtp:r"]}
    assert Site(realm(settings=MAIL), there, owned).changes == []
    moved = Site(realm(settings={"smtpServer": {**MAIL["smtpServer"], "host": "other"}}), there, owned)
    assert moved.run() == [("PUT r", {"smtpServer": {"host": "other", "auth": "true", "password": "m4il", "user": "u"}})], "the password goes along, unmasked"


def test_a_password_that_only_keycloak_knows_is_not_lost():
    site = Site(realm(settings={"smtpServer": {"host": "other"}}), {**THERE, "smtp:r": STORED}, ["realm:r"])
    assert site.faults == ["config.realms.r.settings.smtpServer: password is set in Keycloak, which doesn't show it, so a change would lose it; declare it, "
                           "as a reference"]
    assert Site(realm(settings={"smtpServer": {"host": "mail"}}), {**THERE, "smtp:r": STORED}, ["realm:r"]).faults == []


# --- texts -----------------------------------------------------------------------------------------------------------------------
def test_texts_by_key():
    there = {**THERE, "localization:r/ko": {"a": "가", "theirs": "x"}}
    site = Site(realm(localization={"ko": {"a": "가", "b": "나"}}), there, ["realm:r", "localization:r/ko"])
    assert site.change("localization:r/ko").after == {"b": "나"} and site.run() == [("POST r/localization/ko", {"b": "나"})]
    assert Site(realm(localization={"ko": {"a": 1}})).desired.faults == ["config.realms.r.localization.ko.a: must be a text"]
    assert site.apply.notes["localization:r/ko"] == {"keys": ["a", "b"]}


def test_pruning_takes_our_texts_only():
    there = {**THERE, "localization:r/ko": {}}
    owned = {"localization:r/ko": {"keys": ["a/b", "c"]}}
    site = Site(realm(localization={}), there, owned, prune="owned")
    assert site.run({"r/localization/ko": {"theirs": "x"}}) == [("DELETE r/localization/ko/a%2Fb", None), ("DELETE r/localization/ko/c", None)]
    alone = Site(realm(localization={}), there, owned, prune="owned")
    assert alone.run({"r/localization/ko": {}})[-1] == ("DELETE r/localization/ko", None), "nothing is left of it"


def test_texts_of_which_nothing_is_noted_are_left_alone():
    there = {**THERE, "localization:r/ko": {}}
    site = Site(realm(localization={}), there, ["localization:r/ko"], prune="owned")
    assert site.changes == [] and realm_part.kept(site.desired, site.world)[0].startswith("texts r/ko are no longer declared, and are left alone")
    assert realm_part.kept(Site(realm(localization={"ko": {}}), there, ["localization:r/ko"]).desired, site.world) == []
    later = Site(realm(localization={"ko": {"new": "x"}}), there, {"realm:r": {}, "localization:r/ko": {"keys": ["old"]}})
    later.run()
    assert later.apply.notes["localization:r/ko"] == {"keys": ["new", "old"]}


def test_only_declared_languages_are_read():
    answers = {"r/localization": ["ko", "de"], "r/localization/ko": {"a": "가"}}
    keycloak = read(answers, realm(localization={"ko": {"a": "가"}}))
    assert keycloak.world.raw["localization:r/ko"] == {"a": "가"} and keycloak.world.raw["localization:r/de"] == {}
    assert "r/localization/de" not in keycloak.http.asked and "r/localization" not in read({}, realm()).http.asked


# --- user profile ----------------------------------------------------------------------------------------------------------------
PROFILE = {"attributes": [{"name": "username", "validations": {"length": {"min": 3}}, "multivalued": False}, {"name": "theirs"}], "groups": []}


def test_entries_of_the_profile_by_name():
    declared = {"unmanagedAttributePolicy": "ENABLED", "attributes": {"username": {"validations": {}}, "desk": {"displayName": "Desk"}}}
    site = Site(realm(user_profile=declared), {**THERE, "user_profile:r": PROFILE}, ["realm:r"])
    assert site.change("user_profile:r").before["attributes"] == {"username": {"validations": {"length": {"min": 3}}}, "desk": None}
    assert site.run({"r/users/profile": PROFILE}) == [("PUT r/users/profile", {"unmanagedAttributePolicy": "ENABLED", "groups": [], "attributes": [
        {"name": "username", "validations": {}, "multivalued": False}, {"name": "theirs"}, {"displayName": "Desk", "name": "desk"}]})]


def test_of_two_components_that_two_runs_made_one_stays():
    """The same one, whichever run looks."""
    site = Site(realm(user_profile={"unmanagedAttributePolicy": "ENABLED"}), {**THERE, "user_profile:r": PROFILE}, ["realm:r"])
    sent = site.run({"r/users/profile": PROFILE, "r/components": [{"id": "c2"}, {"id": "c1"}, {"id": "c3"}]})
    assert [name for name, _body in sent] == ["PUT r/users/profile", "DELETE r/components/c2", "DELETE r/components/c3", "PUT r/users/profile"]
    assert sent[0] == sent[-1]


def test_lists_of_the_profile_are_sets():
    """Keycloak answers them in an order of its own, and shows an empty one for what was left out."""
    def with_parts(view, **more):
        return {"permissions": {"view": view, **more}, "required": {"roles": view}, "selector": {"scopes": view}}

    there = {**THERE, "user_profile:r": {"attributes": [{"name": "desk", **with_parts(["admin", "user"], edit=[]), "validations": {"options": ["b", "a"]}}]}}
    same = with_parts(["user", "admin", "user"])
    assert Site(realm(user_profile={"attributes": {"desk": same}}), there, ["realm:r"]).changes == []
    for differs in ({"permissions": {"view": ["user"]}}, {"permissions": {"view": ["user", "admin"], "edit": ["user"]}}, {"required": {}}, {"required": None},
                    {"selector": None}, {"validations": {"options": ["a", "b"]}}):
        assert Site(realm(user_profile={"attributes": {"desk": differs}}), there, ["user_profile:r"]).changes == ["update user_profile:r"], differs
    always = {**THERE, "user_profile:r": {"attributes": [{"name": "desk", "required": {}}]}}
    assert Site(realm(user_profile={"attributes": {"desk": {"required": None}}}), always, ["user_profile:r"]).changes, "required by everybody isn't required"
    assert realm_part.entries([1]) == [1] and realm_part.entries({"a": {"required": True}, "b": 1}) == {"a": {"required": True}, "b": 1}


def test_a_profile_as_declared():
    declared = {"attributes": {"username": {"multivalued": False}}}
    assert Site(realm(user_profile=declared), {**THERE, "user_profile:r": PROFILE}, ["realm:r"]).changes == []
    assert Site(realm(user_profile={"attributes": [1]})).desired.faults == ["config.realms.r.user_profile.attributes: must be a map of names to maps"]
    assert read({"r/users/profile": PROFILE}, realm(user_profile=declared)).world.raw["user_profile:r"] == PROFILE


def test_the_profile_of_a_new_realm_is_read_first():
    site = Site(realm(user_profile={"attributes": {"desk": {}}}))
    sent = site.run({"r": {"id": "id-r"}, "r/users/profile": PROFILE})
    assert [entry["name"] for entry in sent[-1][1]["attributes"]] == ["username", "theirs", "desk"]

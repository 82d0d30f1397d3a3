# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Identity providers and their mappers."""

from __future__ import annotations

import pytest

from ansible_collections.unifiedmeta.platform.plugins.module_utils._keycloak import providers
from ansible_collections.unifiedmeta.platform.plugins.module_utils._keycloak.desired import parse
from tests.unit.plugins.module_utils._keycloak.paper import PRINTS, THERE, Site, read, realm
from tests.unit.plugins.module_utils._keycloak.test_server import INFO

SECRET = "vault:platform/grafana/sso#client_secret"
KEY, MAPPER_KEY = "identity_provider:r/corp", "identity_provider_mapper:r/corp/e~/mail"
CONFIG = {"clientId": "p", "clientSecret": SECRET, "tokenUrl": "https://corp/t", "useJwksUrl": True}
STORED = {"alias": "corp", "providerId": "oidc", "internalId": "i1", "enabled": True, "trustEmail": True, "linkOnly": False, "types": ["X"], "config": {
    "clientId": "p", "clientSecret": "**********", "tokenUrl": "https://corp/t", "useJwksUrl": "true", "guiOrder": "3"}}
MAPPER = {"identityProviderMapper": "oidc-user-attribute-idp-mapper", "config": {"claim": "email"}}
STORED_MAPPER = {"id": "m1", "name": "e/mail", "identityProviderAlias": "corp", "identityProviderMapper": "oidc-user-attribute-idp-mapper",
                 "config": {"claim": "email", "theirs": "x"}}
SAME = {KEY: {"hmac_secrets": PRINTS.of(f"{KEY}.secrets", {"clientSecret": "s3cret"})}, "realm:r": {}}
AT = "r/identity-provider/instances"


def corp(**fields):
    return realm(identity_providers={"corp": {"providerId": "oidc", "trustEmail": True, "config": CONFIG, **fields}})


def site(config, stored=None, owned=None, mapper=None, **options):
    there = {**THERE, "server:info": INFO, "flow:r/first": {"id": "f", "alias": "first", "authenticationExecutions": []}}
    there.update({KEY: {**STORED, **stored}} if stored is not None else {})
    there.update({MAPPER_KEY: {**STORED_MAPPER, **mapper}} if mapper is not None else {})
    return Site(config, there, SAME if owned is None else owned, **options)


# --- the declaration -------------------------------------------------------------------------------------------------------------
def test_a_declared_provider():
    desired = parse(corp(firstBrokerLoginFlowAlias="first", postBrokerLoginFlowAlias="", mappers={"e/mail": MAPPER}))
    item = desired.items[KEY]
    assert item.fields["secrets"] == {"clientSecret": SECRET} and item.fields["config"] == {"clientId": "p", "tokenUrl": "https://corp/t", "useJwksUrl": "true"}
    assert item.needs == ("realm:r", "flow:r/first") and desired.items[MAPPER_KEY].needs == (KEY,)
    assert {"identity_provider:r", "identity_provider_mapper:r/corp"} <= desired.sections


@pytest.mark.parametrize(("fields", "expected"), [
    ({"providerId": ""}, "corp.providerId: is missing"), ({"config": {"clientSecret": "open"}}, "corp.config.clientSecret: must be a reference"),
    ({"trustMail": True}, "unknown key trustMail; did you mean trustEmail?"), ({"mappers": []}, "corp.mappers: must be a map of names"),
    ({"mappers": {"m": {"config": {}}}}, "corp.mappers.m.identityProviderMapper: is missing"), ({"config": "x"}, "config: must be a map of texts"),
])
def test_what_is_wrong_is_told(fields, expected):
    faults = parse(corp(**fields)).faults
    assert len(faults) == 1 and expected in faults[0] and "open" not in faults[0]


def test_providers_that_are_no_map():
    assert "must be a map of names" in parse(realm(identity_providers=[])).faults[0]
    assert "must be a map" in parse(realm(identity_providers={"corp": 3})).faults[0]
    slash = parse(realm(identity_providers={"a/b": {"providerId": "oidc"}}))
    assert "«a/b» holds /, which Keycloak refuses in the name of an identity provider" in slash.faults[0]


# --- providers -------------------------------------------------------------------------------------------------------------------
def test_a_new_one():
    made = site(corp())
    assert made.changes == [f"create {KEY}"] and "s3cret" not in repr(made.planned)
    assert made.run() == [(f"POST {AT}", {"alias": "corp", "providerId": "oidc", "trustEmail": True, "config": {
        "clientId": "p", "clientSecret": "s3cret", "tokenUrl": "https://corp/t", "useJwksUrl": "true"}})]
    assert made.ledger.fact(KEY, "hmac_secrets") == SAME[KEY]["hmac_secrets"]


def test_one_as_declared():
    assert site(corp(linkOnly=False, firstBrokerLoginFlowAlias=""), {}).changes == []


def test_what_differs_goes_with_the_rest_of_it_and_its_secret_in_clear():
    made = site(corp(displayName="회사", config={**CONFIG, "clientId": "q"}), {})
    assert made.planned.changes[0].as_dict()["fields"] == ["config", "displayName"]
    sent = made.run({f"{AT}/corp": {**STORED, "postBrokerLoginFlowAlias": "bound meanwhile"}})
    assert sent == [(f"PUT {AT}/corp", {**STORED, "postBrokerLoginFlowAlias": "bound meanwhile", "displayName": "회사", "config": {
        "clientId": "q", "clientSecret": "s3cret", "tokenUrl": "https://corp/t", "useJwksUrl": "true", "guiOrder": "3"}})]


def test_a_secret_that_turned():
    made = site(corp(), {}, {KEY: {"hmac_secrets": "of another"}, "realm:r": {}})
    assert made.planned.changes[0].as_dict()["fields"] == ["secrets"]
    assert made.run({f"{AT}/corp": STORED})[0][1]["config"] == {**STORED["config"], "clientSecret": "s3cret"}


def test_a_secret_that_a_write_would_lose():
    without = {key: value for key, value in CONFIG.items() if key != "clientSecret"}
    assert "corp.config: clientSecret is set in Keycloak, which doesn't show it" in site(corp(config=without, displayName="x"), {}).faults[0]
    assert not site(corp(config=without), {}).faults, "nothing is written, so nothing is lost"


def test_what_can_not_be_changed_or_is_not_there():
    assert "has 'saml', and it can't be changed to 'oidc'" in site(corp(), {"providerId": "saml"}).faults[0]
    assert "the server has no identity provider oicd; did you mean oidc?" in site(corp(providerId="oicd")).faults[0]
    assert "the flow frist neither exists nor is declared; did you mean first?" in site(corp(firstBrokerLoginFlowAlias="frist")).faults[0]


def test_a_flow_whose_swap_was_cut_off_counts_as_the_final_one():
    assert site(corp(postBrokerLoginFlowAlias="first"), {"postBrokerLoginFlowAlias": "first ~next"}).changes == []


def test_one_made_by_hand():
    assert "differs in config, secrets" in site(corp(config={**CONFIG, "clientId": "q"}), {}, ["realm:r"]).planned.conflicts[0]
    assert site(corp(), {}, ["realm:r"], adopt=True).changes == [f"adopt {KEY}"]


def test_one_that_another_run_made_meanwhile():
    made = site(corp(), owned=["realm:r"])
    sent = made.run({f"POST {AT}": 409, f"{AT}/corp": {**STORED, "trustEmail": False}})
    assert [path for path, _body in sent] == [f"POST {AT}", f"PUT {AT}/corp"] and sent[1][1]["trustEmail"]


def test_pruned_ones():
    made = site(realm(identity_providers={}), {}, {**SAME, MAPPER_KEY: {}}, mapper={}, prune="owned")
    assert made.changes == [f"delete {KEY}"] and made.run() == [(f"DELETE {AT}/corp", None)]


# --- mappers ---------------------------------------------------------------------------------------------------------------------
def test_a_new_mapper():
    made = site(corp(mappers={"e/mail": MAPPER}), {})
    assert made.run() == [(f"POST {AT}/corp/mappers", {"name": "e/mail", "identityProviderAlias": "corp", **MAPPER})]


def test_a_mapper_that_differs_is_ours_where_its_provider_is():
    assert site(corp(mappers={"e/mail": MAPPER}), {}, mapper={}).changes == []
    made = site(corp(mappers={"e/mail": MAPPER}), {}, mapper={"config": {"claim": "mail", "theirs": "x"}})
    assert made.run() == [(f"PUT {AT}/corp/mappers/m1", {**STORED_MAPPER, "config": {"claim": "email", "theirs": "x"}})]


def test_a_mapper_of_another_sort():
    made = site(corp(mappers={"e/mail": {**MAPPER, "identityProviderMapper": "oidc-user-idp-mapper"}}), {})
    assert "the server has no identity provider mapper oidc-user-idp-mapper; did you mean oidc-user-attribute-idp-mapper?" in made.faults[0]
    assert "can't be changed" in site(corp(mappers={"e/mail": MAPPER}), {}, mapper={"identityProviderMapper": "x"}).faults[0]


def test_pruned_mappers():
    made = site(corp(mappers={}), {}, {**SAME, MAPPER_KEY: {}}, mapper={}, prune="owned")
    assert made.run() == [(f"DELETE {AT}/corp/mappers/m1", None)]


# --- reading ---------------------------------------------------------------------------------------------------------------------
def test_what_is_read():
    answers = {AT: [STORED, {**STORED, "alias": "other"}], f"{AT}/corp/mappers": [STORED_MAPPER]}
    keycloak = read(answers, corp(mappers={"e/mail": MAPPER}))
    assert keycloak.world.raw[MAPPER_KEY] == STORED_MAPPER and "identity_provider:r/other" in keycloak.world.raw
    assert [path for path in keycloak.http.asked if "identity" in path] == [AT, f"{AT}/corp/mappers"] and "admin/serverinfo" not in keycloak.http.asked
    assert [path for path in read(answers, corp()).http.asked if "mappers" in path] == []
    assert "admin/serverinfo" in read({AT: [], "admin/serverinfo": INFO}, corp()).http.asked
    assert [path for path in read(answers, realm(roles={})).http.asked if "identity" in path] == []


def test_the_order_of_the_run():
    waves = [kind.wave for kind in providers.KINDS]
    assert waves == sorted(waves) and providers.KINDS[0].write_only == ("secrets",)


def test_names_are_told_as_they_are():
    faults = parse(realm(identity_providers={"workflow/x": {"providerId": "oidc"}})).faults
    assert faults == ["config.realms.r.identity_providers.workflow/x: «workflow/x» holds /, which Keycloak refuses in the name of an identity provider"]


def test_secrets_in_clear_are_told_by_the_name_of_the_setting():
    given = {"providerId": "oidc", "config": {"clientSecret": "open", "privateKey": "open"}, "mappers": {
        "m": {"identityProviderMapper": "x", "config": {"shared.secret": "open"}}}}
    faults = parse(realm(identity_providers={"corp": given})).faults
    places = ("corp.config.clientSecret", "corp.config.privateKey", "corp.mappers.m.config.shared.secret")
    assert faults == [f"config.realms.r.identity_providers.{place}: must be a reference such as vault:<mount>/<path>#<key>, since it is a secret"
                      for place in places]


def test_what_names_something_is_no_reference():
    faults = parse(realm(identity_providers={"corp": {"providerId": "vault:a/b#c", "firstBrokerLoginFlowAlias": "vault:a/b#c"}})).faults
    assert sum("takes no reference to a secret" in fault for fault in faults) == 2

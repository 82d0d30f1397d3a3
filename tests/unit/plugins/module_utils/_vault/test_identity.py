# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Groups, entities and aliases: names outside, ids inside."""

from __future__ import annotations

import types

import pytest

from ansible_collections.unifiedmeta.platform.plugins.module_utils._http import ApiError
from ansible_collections.unifiedmeta.platform.plugins.module_utils._model import Item
from ansible_collections.unifiedmeta.platform.plugins.module_utils._vault.identity import KINDS
from tests.unit.plugins.module_utils._vault.conftest import data

GROUP, ALIAS = KINDS["identity_group"], KINDS["identity_group_alias"]
PEOPLE = Item("identity_group", "people", "here", {"member_entities": ["kim", "lee"]})
ADMINS = Item("identity_group_alias", "admins@oidc", "here", {"name": "platform-admins"}, extra={"of": "admins", "mount": "oidc"})
KIM = Item("identity_entity_alias", "kim@up", "here", {"name": "kim"}, extra={"of": "kim", "mount": "up"})
IDS = {"GET identity/entity/name/kim": data(id="1"), "GET identity/entity/name/lee": data(id="2")}


def test_members_are_told_by_name(vault):
    client, _table = vault(
        {
            "GET identity/group/name/people": data(member_entity_ids=["2", "1", "9"], policies=["b", "a"], type="internal"),
            "LIST identity/entity/id": data(key_info={"1": {"name": "kim"}, "2": {"name": "lee"}}),
        }
    )
    found = GROUP.read(client, PEOPLE)
    assert found["member_entities"] == ["9", "kim", "lee"] and found["policies"] == ["a", "b"]


def test_members_that_are_not_managed_are_not_looked_up(vault):
    client, table = vault({"GET identity/group/name/people": data(member_entity_ids=["1"])})
    GROUP.read(client, Item("identity_group", "people", "here", {"policies": []}))
    assert table.asked() == ["GET identity/group/name/people"] and GROUP.read(client, Item("identity_group", "no", "here")) is None


def test_members_are_written_by_id(vault):
    client, table = vault(IDS)
    GROUP.create(client, PEOPLE, {"type": "internal", **PEOPLE.fields})
    assert table.body("POST identity/group/name/people") == {"type": "internal", "member_entity_ids": ["1", "2"]}
    GROUP.update(client, PEOPLE, {"policies": ["a"]}, {})
    assert table.body("POST identity/group/name/people") == {"policies": ["a"]}


def test_a_member_that_is_missing_is_named(vault):
    client, _table = vault()
    with pytest.raises(ApiError, match="entity kim: it doesn't exist; declare it under identity"):
        GROUP.update(client, PEOPLE, dict(PEOPLE.fields), {})


@pytest.mark.parametrize(
    ("item", "answer", "found"),
    [
        (ADMINS, data(alias={"name": "x", "mount_path": "auth/oidc/"}), {"name": "x"}),
        (ADMINS, data(alias={"name": "x", "mount_path": "auth/other/"}), None),
        (ADMINS, data(alias={}), None),
        (ADMINS, None, None),
        (KIM, data(aliases=[{"name": "a", "mount_path": "auth/oidc/"}, {"name": "b", "mount_path": "auth/up/"}]), {"name": "b"}),
        (KIM, data(aliases=None), None),
    ],
)
def test_an_alias_is_found_by_its_method(vault, item, answer, found):
    folder = "group" if item is ADMINS else "entity"
    client, _table = vault({f"GET identity/{folder}/name/{item.extra['of']}": answer} if answer else {})
    assert KINDS[item.kind].read(client, item) == found


def test_an_alias_is_made_with_accessor_and_id(vault):
    client, table = vault({"GET sys/auth": data(**{"oidc/": {"accessor": "acc"}}), "GET identity/group/name/admins": data(id="7", alias={})})
    ALIAS.create(client, ADMINS, ADMINS.fields)
    expected = {"name": "platform-admins", "mount_accessor": "acc", "canonical_id": "7"}
    assert table.body("POST identity/group-alias") == expected
    ALIAS.update(client, ADMINS, {"name": "platform-admins"}, {})
    assert table.asked().count("POST identity/group-alias") == 2, "gone meanwhile: made again"


@pytest.mark.parametrize(("there", "made"), [("platform-admins", True), ("another", False), (None, False)])
def test_an_alias_that_came_meanwhile_is_as_good_as_made(vault, there, made):
    """Another run was faster. Where the name is another group's, or ours has another one, it is refused as before."""
    alias = {"name": there, "mount_path": "auth/oidc/"} if there else {}
    client, _table = vault({"GET sys/auth": data(**{"oidc/": {"accessor": "acc"}}), "GET identity/group/name/admins": data(id="7", alias=alias),
                            "POST identity/group-alias": (400, {"errors": ["combination of mount and group alias name is already in use"]})})
    if made:
        assert ALIAS.create(client, ADMINS, ADMINS.fields)["name"] == "platform-admins"
    else:
        with pytest.raises(ApiError, match="already in use"):
            ALIAS.create(client, ADMINS, ADMINS.fields)


def test_an_alias_without_its_method_is_an_error(vault):
    client, _table = vault({"GET sys/auth": data()})
    with pytest.raises(ApiError, match="there is no auth method oidc; declare it under auth"):
        ALIAS.create(client, ADMINS, ADMINS.fields)


def test_an_alias_is_changed_and_deleted_by_its_id(vault):
    alias = {"id": "9", "name": "old", "mount_path": "auth/oidc/", "mount_accessor": "acc", "canonical_id": "7"}
    client, table = vault({"GET identity/group/name/admins": data(alias=alias)})
    ALIAS.update(client, ADMINS, {"name": "new"}, {})
    assert table.body("POST identity/group-alias/id/9") == {"name": "new", "mount_accessor": "acc", "canonical_id": "7"}
    ALIAS.delete(client, ADMINS)
    assert table.asked()[-1] == "DELETE identity/group-alias/id/9"
    table.answers.clear()
    ALIAS.delete(client, ADMINS)
    assert table.asked()[-1] == "GET identity/group/name/admins"


def test_a_name_may_be_an_address():
    alias, world = KINDS["identity_entity_alias"], types.SimpleNamespace(auths={"oidc": {}})
    assert alias.exists("john@example.com@oidc", world) and not alias.exists("john@oidc@gone", world)
    assert alias.revive("john@example.com@oidc", world).extra == {"of": "john@example.com", "mount": "oidc"}

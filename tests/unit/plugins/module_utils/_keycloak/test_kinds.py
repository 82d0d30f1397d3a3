# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What Keycloak's kinds have in common."""

from __future__ import annotations

import pytest

from ansible_collections.unifiedmeta.platform.plugins.module_utils._fields import table
from ansible_collections.unifiedmeta.platform.plugins.module_utils._http import ApiError
from ansible_collections.unifiedmeta.platform.plugins.module_utils._keycloak.api import Keycloak
from ansible_collections.unifiedmeta.platform.plugins.module_utils._keycloak.kinds import MASKED, Kind, unmasked
from ansible_collections.unifiedmeta.platform.plugins.module_utils._keycloak.world import World
from ansible_collections.unifiedmeta.platform.plugins.module_utils._model import Item
from tests.unit.plugins.module_utils._keycloak.paper import Paper

TYPES = table("text: colour", "map: attributes", "text: password hint")
ITEM = Item("thing", "r/a~/b", "config.x", {"colour": "red", "attributes": {"k": "1"}}, "r")


def thing(**options):
    return Kind("thing", TYPES, wave=1, path="things", partial=("attributes",), write_only=("password",), unseen=("hint",), **options)


def client(answers=None, raw=None):
    made = Keycloak(Paper(answers))
    if raw is not None:
        made.world.put("thing:r/a~/b", raw)
    return made


def test_what_errors_call_it():
    assert thing().what(ITEM) == "thing a/b of realm r" and thing(label="odd thing").what(Item("thing", "r/a/b", "")) == "odd thing a / b of realm r"
    assert thing().what(Item("thing", "r", "")) == "thing r"


def test_declared_keys_of_a_partial_map_are_compared():
    answer = {"colour": None, "attributes": {"theirs": "x"}, "id": "1"}
    assert thing().view(ITEM, answer, World()) == {"colour": "", "attributes": {"k": ""}}
    assert thing().view(ITEM, {"attributes": None}, World())["attributes"] == {"k": ""}


def test_a_new_one():
    keycloak = client()
    thing().create(keycloak, ITEM, dict(ITEM.fields))
    assert keycloak.http.sent == [("POST r/things", {"colour": "red", "attributes": {"k": "1"}, "name": "a/b"})]
    assert keycloak.world.ids == {"thing:r/a~/b": "new-1"}


def test_one_that_is_there_already_is_checked():
    keycloak = client({"POST r/things": 409, "r/things": [{"id": "7", "name": "a/b", "colour": "blue", "attributes": {"k": "1", "theirs": "2"}}]})
    thing().create(keycloak, ITEM, {**ITEM.fields, "password": "p", "hint": "h"})
    assert keycloak.http.sent[1] == ("PUT r/things/7", {"colour": "red", "password": "p", "hint": "h", "name": "a/b"})
    same = client({"POST r/things": 409, "r/things": [{"id": "7", "name": "a/b", "colour": "red", "attributes": {"k": "1"}}]})
    thing().create(same, ITEM, dict(ITEM.fields))
    assert [sent for sent, _body in same.http.sent] == ["POST r/things"], "our own first try needs nothing more"


def test_a_refusal_that_means_something_else_is_told():
    with pytest.raises(ApiError, match="HTTP 409"):
        thing().create(client({"POST r/things": 409, "r/things": [{"id": "7", "name": "another"}]}), ITEM, {})


def test_an_update_keeps_what_is_not_ours():
    raw = {"id": "7", "name": "a/b", "colour": "blue", "size": 3, "attributes": {"theirs": "2", "k": "0"}, "secret": MASKED}
    keycloak = client(raw=raw)
    thing().update(keycloak, ITEM, {"attributes": {"k": "1"}}, {})
    assert keycloak.http.sent == [("PUT r/things/7", {"attributes": {"theirs": "2", "k": "1"}, "name": "a/b"})]
    keycloak = client(raw=raw)
    thing(merge=True).update(keycloak, ITEM, {"colour": "red"}, {})
    assert keycloak.http.sent == [("PUT r/things/7", {"id": "7", "name": "a/b", "colour": "red", "size": 3, "attributes": {"theirs": "2", "k": "0"}})]


def test_an_update_keeps_what_somebody_changed_since_we_looked():
    raw = {"id": "7", "name": "a/b", "colour": "blue", "attributes": {"theirs": "2", "k": "0"}}
    now = {"things": {**raw, "colour": "green", "attributes": {"theirs": "3", "new": "4", "k": "0"}}}
    keycloak = client({"r/things/7": now["things"]}, raw)
    thing().update(keycloak, ITEM, {"attributes": {"k": "1"}}, {})
    assert keycloak.http.sent == [("PUT r/things/7", {"attributes": {"theirs": "3", "new": "4", "k": "1"}, "name": "a/b"})]
    thing(merge=True).update(keycloak, ITEM, {"attributes": {"k": "1"}}, {})
    assert keycloak.http.sent[1][1]["colour"] == "green"


def test_what_a_put_keeps_by_itself_is_not_sent():
    keycloak = client(raw={"id": "7", "name": "a/b", "attributes": {"theirs": "2"}})
    thing(keeps=True).update(keycloak, ITEM, {"attributes": {"k": "1"}}, {})
    assert keycloak.http.sent == [("PUT r/things/7", {"attributes": {"k": "1"}, "name": "a/b"})] and keycloak.http.asked == []


def test_masked_values_never_travel_back():
    assert unmasked({"a": MASKED, "b": [{"c": MASKED, "d": "x"}], "e": "y"}) == {"b": [{"d": "x"}], "e": "y"}


def test_deletion():
    keycloak = client(raw={"id": "7"})
    kind = thing()
    kind.delete(keycloak, kind.revive("r/a~/b", keycloak.world))
    assert keycloak.http.sent == [("DELETE r/things/7", None)] and not kind.exists("r/a~/b", keycloak.world)


def test_what_goes_with_its_parent_is_ours_where_that_is():
    item = Item("thing", "r/a", "", needs=("role:r/a", "role:r/other"))
    assert thing(prunable=False).owners(item) == ("role:r/a",) and thing().owners(item) == ()
    assert thing().revive("r/x/y", World()).parent == "r/x"

# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Groups."""

from __future__ import annotations

from ansible_collections.unifiedmeta.platform.plugins.module_utils._keycloak import groups
from tests.unit.plugins.module_utils._keycloak.paper import THERE, Site, read, realm

CONFIG = realm(groups={"platform": {"attributes": {"tier": "1"}, "realm_roles": ["operator"], "subgroups": {"ops / 한국": {"subgroups": {"night": {}}}}}})
ROLE = {"role:r/operator": {"id": "1", "name": "operator"}, "role:r/reader": {"id": "2", "name": "reader"}}
PLATFORM = {"id": "g1", "name": "platform", "attributes": {"tier": ["1"], "theirs": ["x"]}, "realmRoles": ["operator"], "clientRoles": {}}
OPS = {"id": "g2", "name": "ops / 한국", "parentId": "g1"}
NIGHT = {"id": "g3", "name": "night", "parentId": "g2"}
WORLD = {**THERE, **ROLE, "group:r/platform": PLATFORM, "group:r/platform/ops ~/ 한국": OPS, "group:r/platform/ops ~/ 한국/night": NIGHT}
OWNED = {"realm:r": {}, "group:r/platform": {"id": "g1"}, "group:r/platform/ops ~/ 한국": {"id": "g2"}, "group:r/platform/ops ~/ 한국/night": {"id": "g3"}}


def without(*keys, **more):
    return {**{key: answer for key, answer in WORLD.items() if key not in keys}, **more}


def test_groups_are_made_from_the_top():
    site = Site(CONFIG, {**THERE, **ROLE}, ["realm:r"])
    assert site.changes == ["create group:r/platform", "create group:r/platform/ops ~/ 한국", "create group:r/platform/ops ~/ 한국/night"]
    assert site.run() == [
        ("POST r/groups", {"attributes": {"tier": ["1"]}, "name": "platform"}), ("POST r/groups/new-1/role-mappings/realm", [{"id": "1", "name": "operator"}]),
        ("POST r/groups/new-1/children", {"name": "ops / 한국"}), ("POST r/groups/new-3/children", {"name": "night"})]
    assert site.apply.notes["group:r/platform"] == {"id": "new-1"}, "so that it is found again where somebody moves it"


def test_groups_as_declared():
    assert Site(CONFIG, WORLD, OWNED).changes == []


def test_one_that_differs():
    config = realm(groups={"platform": {"attributes": {"tier": "2"}, "realm_roles": ["reader"], "client_roles": {}}})
    site = Site(config, WORLD, OWNED)
    assert site.run() == [("PUT r/groups/g1", {"attributes": {"tier": ["2"], "theirs": ["x"]}, "name": "platform"}),
                          ("POST r/groups/g1/role-mappings/realm", [{"id": "2", "name": "reader"}]),
                          ("DELETE r/groups/g1/role-mappings/realm", [{"id": "1", "name": "operator"}])]
    roles_only = Site(realm(groups={"platform": {"realm_roles": []}}), WORLD, OWNED)
    assert [call for call, _body in roles_only.run()] == ["DELETE r/groups/g1/role-mappings/realm"], "its attributes are left alone"


def test_one_that_was_moved_comes_back_and_brings_its_own():
    there = without("group:r/platform/ops ~/ 한국", "group:r/platform/ops ~/ 한국/night",
                    **{"group:r/ops ~/ 한국": {**OPS, "parentId": None}, "group:r/ops ~/ 한국/night": NIGHT})
    site = Site(CONFIG, there, OWNED)
    assert site.changes == ["update group:r/platform/ops ~/ 한국"]
    change = site.planned.changes[0]
    assert (change.before, change.after) == ({"path": "/ops ~/ 한국"}, {"path": "/platform/ops ~/ 한국"})
    assert site.run() == [("POST r/groups/g1/children", {"id": "g2", "name": "ops / 한국"}), ("PUT r/groups/g2", {"name": "ops / 한국"})]


def test_one_that_was_renamed_gets_its_name_back():
    renamed = {"group:r/other": {**PLATFORM, "name": "other"}, "group:r/other/ops ~/ 한국": OPS, "group:r/other/ops ~/ 한국/night": NIGHT}
    there = without("group:r/platform", "group:r/platform/ops ~/ 한국", "group:r/platform/ops ~/ 한국/night", **renamed)
    site = Site(CONFIG, there, OWNED)
    assert site.changes == ["update group:r/platform"]
    assert site.run() == [("POST r/groups", {"id": "g1", "name": "platform"}), ("PUT r/groups/g1", {"name": "platform"})]


def test_one_whose_new_place_is_declared_is_made_anew():
    config = realm(groups={"platform": {}, "new": {}})
    site = Site(config, {**THERE, "group:r/new": {**PLATFORM, "name": "new"}}, {"realm:r": {}, "group:r/platform": {"id": "g1"}})
    assert site.changes == ["create group:r/platform"]


def test_one_of_others():
    site = Site(realm(groups={"platform": {"realm_roles": ["reader"]}}), WORLD)
    assert site.planned.conflicts == ["group r/platform exists, isn't ours and differs in realm_roles"]


def test_one_that_was_there_already():
    site = Site(CONFIG, {**THERE, **ROLE}, ["realm:r"])
    found = {**PLATFORM, "realmRoles": []}
    sent = site.run({"POST r/groups": 409, "r/groups": [{"id": "g9", "name": "platform2"}, found]})
    assert sent[1] == ("POST r/groups/g1/role-mappings/realm", [{"id": "1", "name": "operator"}])
    assert ("POST r/groups/g1/children", {"name": "ops / 한국"}) in sent


def test_pruning():
    site = Site(realm(groups={"platform": {"attributes": {"tier": "1"}}}), WORLD, OWNED, prune="owned")
    assert sorted(site.changes) == ["delete group:r/platform/ops ~/ 한국", "delete group:r/platform/ops ~/ 한국/night"]
    assert {call for call, _body in site.run()} == {"DELETE r/groups/g2", "DELETE r/groups/g3"}


def test_pruning_spares_what_holds_groups_of_others():
    theirs = {"group:r/platform/theirs": {"id": "g9", "name": "theirs", "parentId": "g1"}}
    site = Site(realm(groups={}), {**WORLD, **theirs}, OWNED, prune="owned")
    assert sorted(site.changes) == ["delete group:r/platform/ops ~/ 한국", "delete group:r/platform/ops ~/ 한국/night"]
    assert groups.kept(site.desired, site.world) == [
        "group r/platform is no longer declared, and is left alone: it holds r/platform/theirs, which isn't ours and would go with it"]
    assert groups.kept(Site(CONFIG, {**WORLD, **theirs}, OWNED).desired, site.world) == []


def test_pruning_finds_what_was_renamed():
    """It is ours whatever it is called by now, and so are those in it."""
    renamed = {"group:r/other": {**PLATFORM, "name": "other"}, "group:r/other/ops ~/ 한국": OPS, "group:r/other/ops ~/ 한국/night": NIGHT}
    there = without("group:r/platform", "group:r/platform/ops ~/ 한국", "group:r/platform/ops ~/ 한국/night", **renamed)
    site = Site(realm(groups={}), there, OWNED, prune="owned")
    assert sorted(site.changes) == ["delete group:r/platform", "delete group:r/platform/ops ~/ 한국", "delete group:r/platform/ops ~/ 한국/night"]
    assert {call for call, _body in site.run()} == {"DELETE r/groups/g1", "DELETE r/groups/g2", "DELETE r/groups/g3"}
    theirs = {"group:r/other/theirs": {"id": "g9", "name": "theirs", "parentId": "g1"}}
    site = Site(realm(groups={}), {**there, **theirs}, OWNED, prune="owned")
    assert sorted(site.changes) == ["delete group:r/platform/ops ~/ 한국", "delete group:r/platform/ops ~/ 한국/night"]
    assert groups.kept(site.desired, site.world)[0].endswith("it holds r/other/theirs, which isn't ours and would go with it")


def test_a_renamed_one_that_somebody_declares_or_needs_is_left_alone():
    there = {**THERE, "group:r/other": {**PLATFORM, "name": "other"}}
    owned = {"realm:r": {}, "group:r/platform": {"id": "g1"}}
    assert Site(realm(groups={}, users={"kim": {"groups": ["other"]}}), there, owned, prune="owned").changes == ["create user:r/kim"]
    assert Site(realm(groups={"other": {}}), there, owned, prune="owned").changes == []
    assert "group:r/other" in Site(realm(users={}), there, owned, prune="owned").world.raw, "groups aren't spoken about"


def test_faults():
    config = realm(groups={"g": {"rolles": [], "realm_roles": ["operater"], "client_roles": {"ap": ["x"]}, "subgroups": {"s": ["x"]}},
                           "empty": {"client_roles": {"ap": []}}})
    assert sorted(Site(config, {**THERE, **ROLE, "client:r/app": {"id": "c"}}).faults) == sorted([
        "config.realms.r.groups.g: unknown key rolles",
        "config.realms.r.groups.g.subgroups.s: must be a map, not a list",
        "config.realms.r.groups.g: the realm role operater neither exists nor is declared; did you mean operator?",
        "config.realms.r.groups.empty: the client ap neither exists nor is declared; did you mean app?",
        "config.realms.r.groups.g: the client ap neither exists nor is declared; did you mean app?"])


# --- reading ---------------------------------------------------------------------------------------------------------------------
def test_one_flat_list_with_names_of_every_kind():
    slash = {"id": "g8", "name": "platform/ops"}
    keycloak = read({"r/groups": [NIGHT, OPS, {**PLATFORM, "subGroupCount": 1}, slash]}, CONFIG)
    assert {key for key in keycloak.world.raw if key.startswith("group:")} == {
        "group:r/platform", "group:r/platform/ops ~/ 한국", "group:r/platform/ops ~/ 한국/night", "group:r/platform~/ops"}
    assert keycloak.http.asked.count("r/groups") == 1 and not any("children" in path for path in keycloak.http.asked)


def test_a_server_that_lists_the_top_only_is_asked_level_by_level():
    answers = {"r/groups": [{**PLATFORM, "subGroupCount": 1}], "r/groups/g1/children": [{"id": "g2", "name": "ops / 한국", "subGroupCount": 1}],
               "r/groups/g2/children": [{"id": "g3", "name": "night"}]}
    assert "group:r/platform/ops ~/ 한국/night" in read(answers, CONFIG).world.raw


def test_groups_are_read_where_somebody_speaks_about_them():
    assert "r/groups" not in read({}, realm(roles={})).http.asked
    assert "r/groups" in read({"r/groups": []}, realm(users={"kim": {"groups": ["a"]}})).http.asked
    assert "r/groups" in read({"r/groups": []}, realm(users={"kim": {"groups": []}})).http.asked, "who is to be in none may be in some"
    assert "r/groups" in read({"r/groups": []}, realm(clients={"app": {"service_account": {"groups": []}}})).http.asked
    assert "r/groups" not in read({}, realm(users={"kim": {"realm_roles": []}})).http.asked

# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What a kind of object is when its system says nothing else."""

from __future__ import annotations

import types

import pytest

from ansible_collections.unifiedmeta.platform.plugins.module_utils._fields import table
from ansible_collections.unifiedmeta.platform.plugins.module_utils._kind import Kind, Step, merged
from ansible_collections.unifiedmeta.platform.plugins.module_utils._ledger import Ledger
from ansible_collections.unifiedmeta.platform.plugins.module_utils._model import Item
from ansible_collections.unifiedmeta.platform.plugins.module_utils._secrets import Reference

ITEM = Item("realm_role", "lab/platform admins", "config.x", parent="lab", needs=("realm:lab",))
LEDGER = Ledger(None, "keycloak", "x")


def test_its_label_is_its_name_unless_it_has_one():
    assert Kind("realm_role").what(ITEM) == "realm role lab/platform admins"
    assert Kind("realm_role", label="role").what(ITEM) == "role lab/platform admins"


def test_it_has_its_types_and_nothing_special():
    kind = Kind("realm_role", table("text: description"), wave=3)
    assert set(kind.fields(ITEM)) == {"description"} and kind.wave == 3 and not kind.whole
    assert kind.fixed == kind.write_only == kind.unseen == kind.spared(ITEM, {}, LEDGER) == () and kind.step(ITEM, None, LEDGER) is None
    assert Step().before == Step().after == Step().ahead == Step().facts == {}


def test_one_that_goes_with_another_is_ours_where_that_is():
    assert Kind("realm_role").owners(ITEM) == ()
    assert Kind("smtp", prunable=False).owners(ITEM) == ("realm:lab",)


def test_what_it_holds_goes_with_it():
    kind = Kind("client", holds=("mapper/", "account"))
    keys = ["client:r/a", "client:r/a/x", "mapper:r/a/m", "mapper:r/a/m/n", "mapper:r/ab/m", "mapper:r/a", "account:r/a", "account:r/a/x", "role:r/a/m"]
    assert kind.held("r/a", keys) == ["mapper:r/a/m", "mapper:r/a/m/n", "account:r/a"]
    assert Kind("role").held("r/a", keys) == []


def test_it_needs_what_its_item_needs_and_no_secret_of_the_same_run():
    assert Kind("realm_role").needs(ITEM, [Reference("m/a", "x")]) == ("realm:lab",) and Kind("realm_role").clear == ()


def test_what_the_ledger_names_is_an_object_again():
    assert Kind("realm_role").revive("lab/a", types.SimpleNamespace()).key == "realm_role:lab/a"


def test_a_write_that_replaces_keeps_what_is_set_and_not_declared():
    item = Item("realm", "lab", "config.x", {"name": "new", "themes": ["a"]})
    actual = {"name": "old", "themes": ["b"], "login": "by hand", "empty": "", "none": [], "no": {}, "off": False}
    assert merged(item, {"name": "newest"}, actual) == {"name": "newest", "themes": ["a"], "login": "by hand", "off": False}


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (lambda kind: kind.create(None, ITEM, {}), "objects of the kind realm role can't be made"),
        (lambda kind: kind.update(None, ITEM, {}, {}), "objects of the kind realm role can't be changed"),
        (lambda kind: kind.delete(None, ITEM), "objects of the kind realm role can't be deleted"),
        (lambda kind: kind.exists("lab/a", types.SimpleNamespace(objects={})), "realm role can't be pruned: nothing tells whether one is there"),
    ],
)
def test_what_a_system_forgot_is_told(call, said):
    with pytest.raises(TypeError, match=said):
        call(Kind("realm_role"))

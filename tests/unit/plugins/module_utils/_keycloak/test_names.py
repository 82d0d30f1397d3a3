# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Names as parts of keys."""

from __future__ import annotations

import pytest

from ansible_collections.unifiedmeta.platform.plugins.module_utils._keycloak.names import above, escape, join, realm_rule, split


@pytest.mark.parametrize("parts", [["platform", "grafana"], ["r", "a/b", "c"], ["r", "a", "b/c"], ["r", "~"], ["r", "a~", "b"], ["r", "a~/b"], ["r", "역할 1"],
                                   ["r", "https://a b/~c/"], ["r", "~~/", "/~"]])
def test_names_survive_the_way_there_and_back(parts):
    assert split(join(*parts)) == parts


def test_no_two_names_share_a_key():
    tricky = [["a/b", "c"], ["a", "b/c"], ["a~", "b"], ["a~/b"], ["a/b"], ["a~~/b"], ["a", "b"]]
    assert len({join(*parts) for parts in tricky}) == len(tricky)


def test_a_path_that_a_person_writes():
    assert split("/platform/team ~/ one/") == ["platform", "team / one"]
    assert split("a~b/c~") == ["a~b", "c~"] and escape("a/b~") == "a~/b~~"
    assert above("r/a~/b/role") == "r/a~/b" and above("r/a") == "r"


@pytest.mark.parametrize("name", ["platform", "a-b_c.d", "R2"])
def test_a_realm_may_be_called(name):
    assert realm_rule(name) == name


@pytest.mark.parametrize("name", ["", "a b", "a/b", "한글", "a?b", "..."])
def test_a_realm_may_not_be_called(name):
    with pytest.raises(ValueError, match="use letters, digits"):
        realm_rule(name)

# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Groups that components may name. The messages with file and line: tests/unit/catalog/invalid."""

from __future__ import annotations

import pytest

from ansible_collections.unifiedmeta.platform.plugins.plugin_utils._catalog import groups, plan, source
from tests.unit.plugins.plugin_utils.support import entry

KNOWN = ["platform-admins", "team"]
PAGE = {"host": "a", "service": "a:80"}


def told(*entries):
    """What is said of components."""
    return [str(fault).split(": ", 1)[1] for fault in groups.check(entries, KNOWN)]


def read(folder, text):
    """Groups of a site's list, and what is said of it."""
    (folder / "policy.yml").write_text(text, encoding="utf-8")
    found, faults = groups.read([str(folder)], plan.SCHEMA)
    return found, [str(fault).split("policy.yml", 1)[1] for fault in faults]


@pytest.mark.parametrize("allow", [[], ["team"], ["platform-admins", "team"]])
def test_known_groups(allow):
    sso = {"client": "a", "redirects": ["/x"], "roles": {"admin": "platform-admins", "member": "team"}}
    assert told(entry("a", route={**PAGE, "allow": allow}, sso=sso), entry("b")) == []


@pytest.mark.parametrize(("fields", "said"), [
    ({"route": {**PAGE, "allow": ["platform-admin"]}}, "a: there is no group 'platform-admin'; did you mean 'platform-admins'?"),
    ({"sso": {"client": "a", "redirects": ["/x"], "roles": {"boss": "teem"}}},
     "a: the role 'boss' is for a group 'teem', which doesn't exist; did you mean 'team'?"),
    ({"route": {**PAGE, "allow": ["x"]}},
     "a: there is no group 'x'; known are platform-admins, team (a site lists its own under `groups` in the policy.yml of its catalogue folder)"),
])
def test_unknown_groups(fields, said):
    assert told(entry("a", **fields)) == [said]


def test_every_unknown_group_is_told():
    assert len(told(entry("a", route={**PAGE, "allow": ["x", "y"]}), entry("b", route={**PAGE, "allow": ["x"]}))) == 3


def test_a_site_lists_its_own(tmp_path):
    assert read(tmp_path, "groups: [team, data-scientists]\n") == (["team", "data-scientists"], [])


def test_most_catalogues_have_no_list(tmp_path):
    assert groups.read([str(tmp_path), str(tmp_path / "nowhere")], plan.SCHEMA) == ([], [])


@pytest.mark.parametrize(("text", "said"), [
    ("groups: team\n", ':1: groups: "team" must be a list; expected: names of groups in Keycloak'),
    ("groups: [My Team]\n", ':1: groups[0]: "My Team" has the wrong form; expected: Lower-case letters, digits and dashes; at most 63'),
    ("licences: {}\ngroups: []\n", ":1: unknown key 'licences'; there is only 'groups'"),
    ("{}\n", ":1: 'groups' is missing; add it (names of groups in Keycloak)"),
    ("groups: [\n", ":2: this is no YAML: did not find expected node content; mend the syntax"),
    ("", ": this must be a mapping of keys; see docs/catalogue.md"),
])
def test_a_list_that_is_none(tmp_path, text, said):
    assert read(tmp_path, text) == ([], [said])


def test_the_platforms_own():
    assert source.read(plan.POLICY, "policy.yml").data["groups"] == ["platform-admins", "platform-operators", "platform-developers"]


def test_the_own_catalogue_names_no_other():
    made = plan.build({"domain": "platform.example.com"})["components"].values()
    named = {group for one in made for group in (*one.get("route", {}).get("allow", []), *one.get("sso", {}).get("roles", {}).values())}
    assert named == {"platform-admins", "platform-operators", "platform-developers"}

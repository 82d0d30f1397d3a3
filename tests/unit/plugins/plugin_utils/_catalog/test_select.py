# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Which components a site has."""

from __future__ import annotations

import pytest

from ansible_collections.unifiedmeta.platform.plugins.plugin_utils._catalog.select import choose
from tests.unit.plugins.plugin_utils.support import POLICY, SITE, entry

EMPTY = {**SITE, "choices": {}, "external": [], "kubernetes_version": ""}


def chosen(entries, **site):
    """Selection and what was said."""
    selection, faults = choose(entries, {**EMPTY, **site}, POLICY)
    return selection, [str(fault) for fault in faults]


def test_everything_that_fits_is_there():
    selection, faults = chosen([entry("a"), entry("b")])
    assert (sorted(selection.entries), selection.absent, faults) == (["a", "b"], {}, [])


@pytest.mark.parametrize(("fields", "site", "reason"), [
    ({"enabled": False}, {}, "it is not enabled"),
    ({"tiers": [1]}, {"tier": 3}, "tier 3 doesn't have it"),
    ({"profiles": ["aws"]}, {"profile": "gcp"}, "the profile gcp doesn't have it"),
    ({"enabled": False, "tiers": [2]}, {}, "it is not enabled"),
])
def test_why_a_component_is_left_out(fields, site, reason):
    selection, faults = chosen([entry("a", **fields)], **site)
    assert (selection.entries, selection.absent, faults) == ({}, {"a": reason}, [])


def test_a_single_provider_needs_no_choice():
    selection, faults = chosen([entry("a", provides=["storage", "s3"])])
    assert (selection.roles, faults) == ({"s3": "a", "storage": "a"}, [])


def test_a_choice_leaves_the_others_out():
    selection, faults = chosen([entry("a", provides=["storage"]), entry("b", provides=["storage"])], choices={"storage": "a"})
    assert (sorted(selection.entries), selection.roles, faults) == (["a"], {"storage": "a"}, [])
    assert selection.absent == {"b": "a was chosen for storage"}


def test_two_providers_ask_for_a_choice():
    _selection, faults = chosen([entry("a", provides=["storage"]), entry("b", provides=["storage"])])
    assert faults == ["a.yml:9: a, b all provide storage, and a platform has one provider a role; set platform_choices.storage to one of them"]


def test_a_provider_that_is_left_out_does_not_count():
    selection, faults = chosen([entry("a", provides=["storage"]), entry("b", provides=["storage"], enabled=False)])
    assert (selection.roles, faults) == ({"storage": "a"}, [])


def test_a_role_of_the_site_itself_leaves_all_providers_out():
    selection, faults = chosen([entry("a", provides=["storage"]), entry("b", provides=["storage"])], external=["storage"])
    assert (selection.entries, selection.roles, faults) == ({}, {}, [])
    assert set(selection.absent.values()) == {"the site has a storage of its own (platform_external)"}


def test_a_component_of_the_site_itself_stays_in_the_plan():
    selection, faults = chosen([entry("a", provides=["storage"])], external=["a"])
    assert (sorted(selection.entries), selection.roles, selection.external, faults) == (["a"], {"storage": "a"}, {"a"}, [])


@pytest.mark.parametrize(("site", "told"), [
    ({"choices": {"storge": "a"}}, "inventory variable platform_choices.storge: there is no role 'storge'; did you mean 'storage'?"),
    ({"choices": {"storage": "xyz"}}, "inventory variable platform_choices.storage: 'xyz' does not provide storage; there is only 'a'"),
    ({"external": ["x"]}, "inventory variable platform_external: there is no component or role 'x'; known are a, storage"),
    ({"kubernetes_version": "1.29.0"},
     "a.yml:10: a runs on Kubernetes >=1.30, and this cluster has 1.29.0; take another version of the component or of the cluster"),
    ({"kubernetes_version": "new"},
     "the lookup's option kubernetes_version (variable rke2_version): 'new' is no version such as 1.35.4; give the cluster's version"),
])
def test_what_is_refused(site, told):
    assert chosen([entry("a", provides=["storage"], kubernetes=">=1.30")], **site)[1] == [told]


def test_a_choice_that_is_left_out_says_why():
    _selection, faults = chosen([entry("a", provides=["s3"], tiers=[2]), entry("b", provides=["s3"])], choices={"s3": "a"})
    assert faults == ["inventory variable platform_choices.s3: 'a' is chosen, but tier 1 doesn't have it; choose another of: b"]


def test_the_only_one_that_could_be_chosen_is_not_there():
    assert chosen([entry("a", provides=["s3"], enabled=False)], choices={"s3": "a"})[1] == [
        "inventory variable platform_choices.s3: 'a' is chosen, but it is not enabled; enable a"]


def test_without_a_choice_it_goes_on_with_the_first():
    """So that what the others say and need is not told as well."""
    selection, faults = chosen([entry(name, provides=["storage"]) for name in "abc"])
    assert (len(faults), sorted(selection.entries), selection.roles, selection.told) == (1, ["a"], {"storage": "a"}, {"b", "c"})


def test_a_wrong_choice_is_one_fault():
    assert len(chosen([entry("a", provides=["s3"]), entry("b", provides=["s3"])], choices={"s3": "c"})[1]) == 1


@pytest.mark.parametrize("site", [{"choices": {"s3": "broken"}}, {"choices": {"gitops": "a"}}, {"external": ["broken", "gitops"]}])
def test_what_lies_in_faulty_files_is_not_told_as_unknown(site):
    entries = [entry("a", provides=["s3"]), entry("b", provides=["s3"])]
    choices = {"s3": "a", **site.get("choices", {})}
    selection, faults = choose(entries, {**EMPTY, **site, "choices": choices}, POLICY, ["broken", "gitops"])
    assert (faults, selection.told - {"b"}) == ([], {"broken", "gitops"})


def test_licences_are_asked_of_what_is_there():
    bad = {"license": "AGPL-3.0-only"}
    assert len(chosen([entry("a", **bad)])[1]) == 1
    assert chosen([entry("a", enabled=False, **bad)])[1] == []
    assert chosen([entry("a", **bad)], external=["a"])[1] == []


def test_why_something_is_not_there():
    selection, _faults = chosen([entry("a", provides=["s3"], enabled=False), entry("b", tiers=[3])])
    assert selection.why_not("s3") == "nothing that the site has provides s3 (a: it is not enabled)"
    assert selection.why_not("b") == "tier 1 doesn't have it"
    assert selection.why_not("never heard of") == ""

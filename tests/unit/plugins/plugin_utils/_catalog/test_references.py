# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What components say of each other."""

from __future__ import annotations

import pytest

from ansible_collections.unifiedmeta.platform.plugins.plugin_utils._catalog import references
from ansible_collections.unifiedmeta.platform.plugins.plugin_utils._catalog.select import choose
from tests.unit.plugins.plugin_utils.support import POLICY, SITE, entry

EMPTY = {**SITE, "choices": {}, "external": [], "kubernetes_version": ""}
ALERT = {"name": "ADown", "expr": "up == 0", "summary": "It is down"}


def whole(*entries, known=()):
    """What is said of a whole catalogue."""
    return [str(fault) for fault in references.names(entries, {*known, *(one.name for one in entries)})]


def picked(*entries, **site):
    """What is said of a selection."""
    return [str(fault) for fault in references.selected(choose(entries, {**EMPTY, **site}, POLICY)[0])]


def test_needs_of_components_and_roles_are_known():
    assert whole(entry("a", needs=["b", "storage"]), entry("b", provides=["storage"])) == []


def test_a_need_of_a_faulty_entry_is_known():
    assert whole(entry("a", needs=["broken"]), known=["broken"]) == []
    assert references.names([entry("a", needs=["role"], network={"egress": ["role"]})], {"a"}, {"role"}) == []


def test_which_provider_closes_a_circle_the_site_says():
    able = [entry("a", needs=["c"], provides=["db"]), entry("b", provides=["db"]), entry("c", needs=["db"])]
    assert whole(*able) == picked(*able, choices={"db": "b"}) == []
    assert picked(*able, choices={"db": "a"}) == ["a.yml:9: components need each other in a circle: a -> c -> a; drop one of these needs"]


def test_which_provider_comes_too_late_the_site_says():
    able = [entry("a", provides=["db"], wave="backup"), entry("b", provides=["db"]), entry("c", needs=["db"])]
    assert whole(*able) == picked(*able, choices={"db": "b"}) == []
    assert [told.split(";")[0] for told in picked(*able, choices={"db": "a"})] == ["c.yml:9: c (wave platform) needs a, which comes later (wave backup)"]


def test_one_cause_is_one_fault():
    users = [entry("a", needs=["kc", "idp"]), entry("b", needs=["idp"]), entry("c", needs=["kc"])]
    assert picked(*users, entry("kc", provides=["idp"], enabled=False)) == [
        "a.yml:9: a, b and c need kc and idp, but nothing that the site has provides idp (kc: it is not enabled); "
        "enable it, name it in platform_external, or disable a, b and c"]


def test_what_is_told_already_is_not_told_again():
    """Two providers and no choice: the choice is what is missing, not the need."""
    selection, faults = choose([entry("a", provides=["db"]), entry("b", provides=["db"]), entry("c", needs=["b", "db"])], EMPTY, POLICY)
    assert (len(faults), references.selected(selection)) == (1, [])


def test_what_a_fault_was_told_about_is_noted():
    selection, _faults = choose([entry("a", needs=["b"]), entry("b", enabled=False)], EMPTY, POLICY)
    assert len(references.selected(selection)) == 1
    assert selection.told == {"b"}


@pytest.mark.parametrize(("entries", "told"), [
    ([entry("a", needs=["prometeus"]), entry("prometheus")],
     "a.yml:9: a needs 'prometeus', which is neither a component nor a role; did you mean 'prometheus'?"),
    ([entry("a", needs=["b"], wave="secrets"), entry("b", wave="identity")],
     "a.yml:9: a (wave secrets) needs b, which comes later (wave identity); move one of them to another wave, or drop the need"),
    ([entry("a", needs=["b"]), entry("b", needs=["a"])], "a.yml:9: components need each other in a circle: a -> b -> a; drop one of these needs"),
    ([entry("a", needs=["db"], provides=["app"]), entry("b", needs=["app"], provides=["db"])],
     "a.yml:9: components need each other in a circle: a -> b -> a; drop one of these needs"),
    ([entry("a", needs=["a"])], "a.yml:9: a needs itself; drop the need"),
    ([entry("a", needs=["app"], provides=["app"])], "a.yml:9: a needs itself; drop the need"),
    ([entry("a", needs=["s3"]), *(entry(f"c{number}", provides=["x", "y"][:number]) for number in range(13))][:3] + [entry(f"d{n}") for n in range(12)],
     "a.yml:9: a needs 's3', which is neither a component nor a role; roles are x"),
    ([entry("a", provides=["b"]), entry("b")], "a.yml:9: the role 'b' has the name of a component; rename the role"),
    ([entry("a", network={"egress": ["interne"]})], "a.yml:9: a: 'interne' is neither a component nor a role; did you mean 'internet'?"),
    ([entry("a", network={"ingress": ["x"]})],
     "a.yml:9: a: 'x' is neither a component nor a role; known are a, cluster, internet, kube-apiserver"),
    ([entry("a", alerts=[ALERT])],
     "a.yml:9: the alert ADown has no runbook: neither runbooks/ADown.md in its folder nor docs/runbooks/ADown.md beside the catalogue exists; write one: "
     "what it means, how to find out, what to do"),
])
def test_what_is_refused_in_any_catalogue(entries, told):
    assert whole(*entries) == [told]


@pytest.mark.parametrize("place", ["docs/runbooks", "catalog/a/runbooks"])
def test_a_runbook_lies_beside_the_catalogue_or_in_the_folder(tmp_path, place):
    (tmp_path / place).mkdir(parents=True)
    (tmp_path / place / "ADown.md").write_text("# ADown\n", encoding="utf-8")
    assert whole(entry("a", str(tmp_path / "catalog"), alerts=[ALERT])) == []


def test_a_runbook_may_have_another_name(tmp_path):
    (tmp_path / "catalog/a/runbooks").mkdir(parents=True)
    (tmp_path / "catalog/a/runbooks/Down.md").write_text("# Down\n", encoding="utf-8")
    assert whole(entry("a", str(tmp_path / "catalog"), alerts=[{**ALERT, "runbook": "Down"}])) == []


@pytest.mark.parametrize("site", [{}, {"external": ["b"]}, {"external": ["storage"]}])
def test_needs_are_met_by_what_is_there_or_outside(site):
    assert picked(entry("a", needs=["storage"]), entry("b", provides=["storage"]), **site) == []


def test_what_is_outside_needs_nothing_here():
    assert picked(entry("a", needs=["b"]), entry("b", enabled=False), external=["a"]) == []


SECRET = {"path": "platform/x/admin", "generate": {"password": 32}, "data": {}}
ROUTE = {"host": "x", "service": "a:80", "allow": []}
CLIENT = {"client": "x", "public": True, "redirects": ["https://x/"]}


@pytest.mark.parametrize(("fields", "told"), [
    ({"needs": ["c"]}, "a needs c, but it is not enabled; enable it, name it in platform_external, or disable a"),
    ({"secrets": [SECRET]}, "the secret path 'platform/x/admin' is declared by a and by b; only one may have it: rename one"),
    ({"route": ROUTE}, "the route host 'x' is declared by a and by b; only one may have it: rename one"),
    ({"sso": CLIENT}, "the client of Keycloak 'x' is declared by a and by b; only one may have it: rename one"),
    ({"alerts": [ALERT]}, "the alert 'ADown' is declared by a and by b; only one may have it: rename one"),
])
def test_what_only_one_may_have(fields, told):
    found = picked(entry("a", **fields), entry("b", **({} if "needs" in fields else fields)), entry("c", enabled=False))
    assert [fault.split(": ", 1)[1] for fault in found] == [told]


def test_one_component_may_not_claim_twice_either():
    assert picked(entry("a", secrets=[SECRET, SECRET])) == [
        "a.yml:9: the secret path 'platform/x/admin' is declared twice by a; only one may have it: rename one"]


def test_what_is_left_out_claims_nothing():
    assert picked(entry("a", route=ROUTE), entry("b", route=ROUTE, enabled=False)) == []


@pytest.mark.parametrize(("one", "two", "keys"), [
    ({}, {}, []),
    ({"priority": "data"}, {}, ["priority"]),
    ({"pod_security": "baseline"}, {"pod_security": "privileged"}, ["pod_security"]),
    ({"quota": {"pods": 10}}, {"quota": {"pods": 10}}, []),
    ({"labels": {"a": "b"}}, {}, ["labels"]),
])
def test_a_shared_namespace(one, two, keys):
    found = picked(entry("a", namespace={"name": "n", **one}), entry("b", namespace={"name": "n", **two}))
    assert [fault.split("disagree on ")[1].split(":")[0] for fault in found] == keys

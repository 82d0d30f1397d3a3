# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Components that are complete: layers, placeholders, what is written out, and who is blamed."""

from __future__ import annotations

from ansible_collections.unifiedmeta.platform.plugins.plugin_utils._catalog import resolve, source
from ansible_collections.unifiedmeta.platform.plugins.plugin_utils._catalog.select import Selection
from tests.unit.plugins.plugin_utils.support import SITE, entry

WHERE = {**SITE, "registry": "", "endpoints": {}}


def resolved(*entries, external=(), **site):
    """Components and what was said."""
    faults = []
    selection = Selection({one.name: one for one in entries}, external=set(external))
    return resolve.components(selection, {**WHERE, **site}, faults), [str(fault) for fault in faults]


def layers(one, **texts):
    """Give an entry values, a text a layer."""
    for layer, text in texts.items():
        name = "" if layer == "base" else layer
        one.values[name] = source.parse(text, f"values-{layer}.yml")
    return one


def test_layers_come_in_their_order():
    one = layers(entry("a"), base="x: 0\nbase: 1\n", tier1="x: 1\ntier: 1\n", onprem="x: 2\nprofile: 1\n", site="x: 3\n", aws="x: 9\n", tier2="x: 9\n")
    assert resolved(one)[0]["a"]["values"] == {"x": 3, "base": 1, "tier": 1, "profile": 1}
    assert resolved(one, tier=2, profile="gcp")[0]["a"]["values"] == {"x": 3, "base": 1}
    del one.values["site"]
    assert resolved(one, tier=2, profile="gcp")[0]["a"]["values"] == {"x": 9, "base": 1}


def test_an_empty_values_file_is_no_values():
    assert resolved(layers(entry("a"), base=""))[0]["a"]["values"] == {}


def test_a_component_knows_itself_and_the_others():
    one = layers(entry("a"), base="mine: ((self.namespace))\ntheirs: ((b.namespace))\nsite: ((platform.name))\n")
    components, faults = resolved(one, entry("b", namespace={"name": "other"}))
    assert (components["a"]["values"], faults) == ({"mine": "a", "theirs": "other", "site": "test"}, [])


def test_the_last_layer_that_says_it_is_blamed():
    one = layers(entry("a"), base="x: ((no.thing))\ny: 1\n", onprem="y:\n  z: ((no.other))\n")
    _components, faults = resolved(one)
    assert [fault.split(": ")[0] for fault in faults] == ["values-base.yml:1", "values-onprem.yml:2"]


def test_facts_of_what_is_left_out_are_told_once_with_the_reason():
    one = layers(entry("a"), base="x: ((b.name))\ny: ((b.namespace)) ((c.name))\n")
    selection = Selection({"a": one}, absent={"b": "it is not enabled", "c": "x"}, told={"c"})
    faults = []
    resolve.components(selection, WHERE, faults)
    assert [str(fault) for fault in faults] == [
        "values-base.yml:1: ((b.name)) names 'b', which this site doesn't have: it is not enabled; "
        "enable b, name it in platform_external, or change the value"]
    assert selection.told == {"c"}, "the selection stays as it was"


def test_facts_of_faulty_files_are_not_told():
    one = layers(entry("a"), base="x: ((broken.name))\ny: ((brken.name))\n")
    faults = []
    resolve.components(Selection({"a": one}, told={"broken"}), WHERE, faults)
    assert [str(fault).split(",", maxsplit=1)[0] for fault in faults] == ["values-base.yml:2: ((brken.name)) names 'brken'"]


def test_entry_and_manifests_are_filled_in_as_well():
    one = entry("a", summary="On ((platform.domain))")
    one.manifests = [source.parse("---\napiVersion: v1\nkind: X\nmetadata: {name: ((self.name)), namespace: ((self.nmspace))}\n", "m.yml", many=True)]
    components, faults = resolved(one)
    assert components["a"]["summary"] == "On example.com"
    assert components["a"]["manifests"][0]["metadata"]["name"] == "a"
    assert faults == ["m.yml:4: ((self.nmspace)): self has no 'nmspace'; did you mean 'namespace'?"]


def test_what_the_site_has_elsewhere_is_marked():
    components, _faults = resolved(entry("a"), entry("b"), external=["b"])
    assert [components[name]["external"] for name in "ab"] == [False, True]


def test_what_may_be_left_out_is_written_out():
    one = entry("a", alerts=[{"name": "ADown", "expr": "up == 0", "summary": "It is down"}], sso={"client": "a", "redirects": ["https://x/"]},
                secrets=[{"path": "platform/a/x", "generate": {"p": 32}, "to": {"name": "s"}}, {"path": "platform/a/y", "generate": {"p": 32}}])
    made = resolved(one)[0]["a"]
    assert made["alerts"][0]["runbook"] == "ADown"
    assert made["sso"]["secret"] == "platform/a/oidc"
    assert made["secrets"][0]["to"] == [{"namespace": "a", "name": "s", "type": "Opaque", "refresh": "periodic"}]
    assert made["secrets"][1]["to"] == []


def test_the_entry_itself_stays_as_it_was():
    one = layers(entry("a", secrets=[{"path": "platform/a/x", "generate": {"p": 32}, "to": {"name": "s"}}]), base="x: [1]\n")
    made = resolved(one)[0]["a"]
    made["values"]["x"].append(2)
    assert one.values[""].data == {"x": [1]}
    assert isinstance(one.data["secrets"][0]["to"], dict)


def test_kinds_come_before_their_objects():
    one = entry("a")
    one.manifests = [source.parse(f"apiVersion: v1\nkind: {kind}\nmetadata: {{name: x}}\n", f"{kind}.yml", many=True)
                     for kind in ("Thing", "CustomResourceDefinition", "Other")]
    assert [thing["kind"] for thing in resolved(one)[0]["a"]["manifests"]] == ["CustomResourceDefinition", "Thing", "Other"]

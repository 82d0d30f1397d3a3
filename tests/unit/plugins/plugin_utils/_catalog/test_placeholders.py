# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Facts of the plan inside texts."""

from __future__ import annotations

import pytest

from ansible_collections.unifiedmeta.platform.plugins.plugin_utils._catalog.placeholders import Unknown, facts, platform, resolve, walk

SITE = {"name": "lab", "domain": "example.com", "tier": 1, "profile": "onprem", "registry": "", "endpoints": {}}
KNOWN = {"platform": {"domain": "example.com", "tier": 2}, "self": {"namespace": "a"}, "kube-state": {"url": "https://x"}}


@pytest.mark.parametrize(("text", "result"), [
    ("nothing", "nothing"),
    ("((platform.domain))", "example.com"),
    ("((platform.tier))", 2),
    ("tier ((platform.tier))", "tier 2"),
    ("https://x.((platform.domain))/((self.namespace))", "https://x.example.com/a"),
    ("((kube-state.url))", "https://x"),
    ("$((platform.domain))", "$((platform.domain))"),
    ("((1 + 2))", "((1 + 2))"),
    ("((up.x) > 1)", "((up.x) > 1)"),
    ("{{ .Values.x }} {{ x }} ${y}", "{{ .Values.x }} {{ x }} ${y}"),
    (5, 5), (None, None), (True, True), (1.5, 1.5),
])
def test_resolve(text, result):
    assert resolve(text, KNOWN) == result
    assert type(resolve(text, KNOWN)) is type(result)


@pytest.mark.parametrize(("text", "what", "advice"), [
    ("((platfrom.domain))", "((platfrom.domain)) names 'platfrom', which this site doesn't have", "did you mean 'platform'?"),
    ("x((self.namespce))", "((self.namespce)): self has no 'namespce'", "did you mean 'namespace'?"),
    ("(( platform.domain ))", "(( platform.domain )) is no placeholder", "write it in small letters and without blanks, such as ((self.url))"),
    ("x ((Platform.domain)) ((self.name))", "((Platform.domain)) is no placeholder", "write it in small letters and without blanks, such as ((self.url))"),
])
def test_what_is_unknown(text, what, advice):
    with pytest.raises(Unknown) as caught:
        resolve(text, KNOWN)
    assert caught.value.owner == ("platfrom" if "platfrom" in text else ""), "what isn't known at all"
    assert (caught.value.what, caught.value.advice) == (what, advice)


def test_a_structure_is_walked_and_every_fault_reported():
    found = []
    data = {"a": ["((platform.domain))", {"b": "((x.y))"}], "c": "((self.z))", "d": 1}
    result = walk(data, KNOWN, lambda path, error: found.append((path, error.what)))
    assert result == {"a": ["example.com", {"b": "((x.y))"}], "c": "((self.z))", "d": 1}
    assert [path for path, _what in found] == [("a", 1, "b"), ("c",)]
    assert data["a"][0] == "((platform.domain))"


def test_keys_are_left_alone():
    assert walk({"((platform.domain))": 1}, KNOWN, lambda path, error: None) == {"((platform.domain))": 1}


@pytest.mark.parametrize(("component", "known"), [
    ({"name": "a", "namespace": {"name": "n"}}, {"name": "a", "namespace": "n"}),
    (
        {"name": "a", "namespace": {"name": "n"}, "route": {"host": "shop", "service": "web:8080", "scheme": "http"}, "sso": {"client": "c"}},
        {"name": "a", "namespace": "n", "host": "shop.example.com", "url": "https://shop.example.com", "service_url": "http://web.n.svc:8080", "client": "c"},
    ),
])
def test_facts_of_a_component(component, known):
    assert facts(component, SITE) == known


def test_an_endpoint_of_the_site_wins():
    site = {**SITE, "endpoints": {"a": {"url": "https://10.0.0.1:8200/"}}}
    component = {"name": "a", "namespace": {"name": "n"}, "route": {"host": "shop", "service": "web:8080", "scheme": "http"}}
    known = facts(component, site)
    assert (known["url"], known["service_url"], known["host"]) == ("https://10.0.0.1:8200", "https://10.0.0.1:8200", "10.0.0.1")


def test_facts_of_the_site():
    assert platform(SITE) == {"name": "lab", "domain": "example.com", "tier": 1, "profile": "onprem", "registry": ""}

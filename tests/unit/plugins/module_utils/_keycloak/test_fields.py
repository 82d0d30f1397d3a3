# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Types of fields, and helpers of sections."""

from __future__ import annotations

import re

import pytest

from ansible_collections.unifiedmeta.platform.plugins.module_utils._keycloak import fields
from ansible_collections.unifiedmeta.platform.plugins.module_utils._model import Desired


@pytest.mark.parametrize("given", ["https://a.example.com/*", "http://localhost:8080", "/login/generic_oauth", "/*", "com.example.app:/callback",
                                   "myapp://back",
                                   "urn:ietf:wg:oauth:2.0:oob", "https://호스트.example/한"])
def test_a_redirect_is_an_address_or_a_path(given):
    assert fields.redirects([given]) == [given]


@pytest.mark.parametrize("given", ["grafana.example.com/login", "*", "", "https://", "//evil.example.com/x", "https://a b/", "/a b", "http:/x", "javascript",
                                   "https://a/<script>"])
def test_a_redirect_is_nothing_else(given):
    with pytest.raises(ValueError, match=r"paths such as /path/\* \(«"):
        fields.redirects(["/ok", given])


@pytest.mark.parametrize("given", ["https://*", "https://*.example.com/x", "https://host*", "app:*", "app://*", "/a*/b", "https://h/*/x"])
def test_an_asterisk_ends_a_path_and_nothing_else(given):
    with pytest.raises(ValueError, match="addresses whose path may end in \\*"):
        fields.redirects(["/ok/*", "https://host/*", "app://host/*", given])


@pytest.mark.parametrize("given", ["javascript:alert(1)", "data:text/html,x", "https://host@evil.example.com/", "http://[x"])
def test_an_address_that_isn_t_what_it_looks_like(given):
    with pytest.raises(ValueError, match="is neither"):
        fields.redirects([given])


def test_all_entries_that_are_wrong_are_told():
    with pytest.raises(ValueError, match=r"\(«a» is neither, «b» is neither\)$"):
        fields.redirects(["a", "/ok", "b"])
    with pytest.raises(ValueError, match=r"\(«a» is neither, «b» is neither\)$"):
        fields.origins(["a", "+", "b"])


def test_redirects_are_a_set():
    assert fields.redirects(["/b", "/a", "/b"]) == ["/a", "/b"] and fields.redirects(None) == [] and fields.redirects("/a") == ["/a"]


def test_origins():
    assert fields.origins(["+", "https://b", "https://a:1"]) == ["+", "https://a:1", "https://b"]
    for given in ("https://a/path", "a.example.com", "ftp://a", "*", "https://*"):
        with pytest.raises(ValueError, match=f"origins such as https://host.*«{re.escape(given)}»"):
            fields.origins([given])


def test_addresses_of_a_client():
    assert fields.url("https://a.example.com") == "https://a.example.com" and fields.url(None) == "" and fields.url("${authBaseUrl}") == "${authBaseUrl}"
    with pytest.raises(ValueError, match="«a.example.com» is neither"):
        fields.url("a.example.com")


def test_attributes():
    assert fields.lists({"a": "x", "b": ["1", 2], "c": True, "d": None}) == {"a": ["x"], "b": ["1", "2"], "c": ["true"], "d": []}
    assert fields.lists(None) == {}
    with pytest.raises(ValueError, match="a map of texts"):
        fields.lists(["a"])


def test_roles_by_client():
    assert fields.by_client({"app": ["b", "a", "b"], "one": "x"}) == {"app": ["a", "b"], "one": ["x"]} and fields.by_client(None) == {}
    with pytest.raises(ValueError, match="a map of a client"):
        fields.by_client(["app"])


def test_paths_of_groups():
    assert fields.paths(["/b/", "a", "/a/b~/c"]) == ["a", "a/b~/c", "b"] and fields.exact(["b,c", "a"]) == ["a", "b,c"]


def test_forms_of_realms():
    assert fields.ssl("ALL") == "all" and fields.ssl(None) == "" and fields.lower("Kim@Example.COM") == "kim@example.com"
    with pytest.raises(ValueError, match="all, external or none"):
        fields.ssl("always")
    assert fields.policy("length(12)  and   notUsername()") == "length(12) and notUsername" and fields.policy(None) == ""


@pytest.mark.parametrize("name", ["email", "a/b", "offline_access", "api:read", "https://x/y"])
def test_a_scope_may_be_called(name):
    assert fields.scope_rule(name) == name


@pytest.mark.parametrize("name", ["a b", "한", 'a"b', "a\\b"])
def test_a_scope_may_not_be_called(name):
    with pytest.raises(ValueError, match="use ASCII letters"):
        fields.scope_rule(name)


def test_a_section_is_a_map():
    desired = Desired()
    assert fields.content_map(desired, {"a": 1}, "x") == {"a": 1} and desired.faults == []
    assert fields.content_map(desired, ["a"], "config.x") == {} and desired.faults == ["config.x: must be a map of names"]


def test_roles_that_are_needed():
    given = {"realm_roles": ["a/b"], "client_roles": {"app": ["x"]}}
    assert fields.role_needs("r", given, "realm_roles", "client_roles") == ("role:r/a~/b", "client:r/app", "client_role:r/app/x")
    assert fields.role_needs("r", {"client_roles": {"app": []}}, "realm_roles", "client_roles") == ("client:r/app",), "one that isn't there is told"
    assert fields.role_needs("r", {"realm_roles": "vault:a/b#c"}, "realm_roles", "client_roles") == ()

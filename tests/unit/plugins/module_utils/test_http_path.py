# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Names as parts of an address: what the server gets is the name, whatever it holds."""

from __future__ import annotations

import urllib.parse

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.unifiedmeta.platform.plugins.module_utils._http import Http
from ansible_collections.unifiedmeta.platform.plugins.module_utils._http_path import address, loopback, origin, readable, segment

NAMES = ["plain", "a/b", "platform admins", "운영자", "q?x#y", "50%", "%2F", "a:b", "a&b=c", "…", "a\\b", "..a", "a;b", "[x]"]


@pytest.mark.parametrize("name", NAMES)
def test_a_name_is_one_part_of_a_path(scripted, name):
    server = scripted((200, {}))
    Http("System", server.url).get(f"admin/realms/{segment(name)}/roles", what="roles")
    path = server.seen[0][1]
    assert path.startswith("/admin/realms/") and path.endswith("/roles") and path.count("/") == 4
    assert urllib.parse.unquote(path.split("/")[3]) == name


@given(st.text(min_size=1).filter(lambda name: name not in (".", "..") and not any(0xD800 <= ord(sign) <= 0xDFFF for sign in name)))
def test_every_name_comes_back(name):
    made = segment(name)
    assert urllib.parse.unquote(made) == name and not set(made) & set("/?# ") and address("http://h", f"a/{made}") == f"http://h/a/{made}"


@pytest.mark.parametrize("name", ["", ".", ".."])
def test_a_name_that_would_lead_elsewhere_is_refused(name):
    with pytest.raises(ValueError, match="can't be a part of an address"):
        segment(name)


@pytest.mark.parametrize(("path", "made"), [
    ("a b", "http://h/v1/a%20b"), ("/a", "http://h/v1/a"), ("a?x=1#y", "http://h/v1/a?x=1#y"), ("https://other/x", "https://other/x"),
    ("a%2Fb", "http://h/v1/a%2Fb")])
def test_addresses(path, made):
    assert address("http://h/v1", path) == made


@pytest.mark.parametrize(("one", "other", "same"), [
    ("https://h/a", "https://H:443/b?c", True), ("http://h:80/", "http://h", True), ("http://[::1]:1/a", "http://[::1]:1/b", True),
    ("https://h", "http://h", False), ("https://h", "https://h:8443", False), ("https://h", "https://h.evil", False), ("https://h", "https://h@evil", False)])
def test_where_a_token_would_go(one, other, same):
    assert (origin(one) == origin(other)) is same


@pytest.mark.parametrize(("url", "here", "seen"), [
    ("http://127.0.0.1:8080", True, False), ("http://127.9.9.9", True, False), ("http://localhost/x", True, False),
    ("http://[::1]:80", True, False), ("https://sso.example.com", False, False),
    ("http://sso.example.com", False, True), ("HTTP://10.0.0.7", False, True), ("http://localhost.example", False, True)])
def test_what_others_on_the_way_can_read(url, here, seen):
    assert loopback(url) is here and readable(url) is seen

# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Long lists, page by page."""

from __future__ import annotations

import pytest

from ansible_collections.unifiedmeta.platform.plugins.module_utils import _http
from ansible_collections.unifiedmeta.platform.plugins.module_utils._http import ApiError, Http


def listed(server, following, **options) -> list:
    return list(Http("System", server.url).pages("x", following, **options))


def asked(server) -> list[str]:
    return [path for _method, path, _headers, _body in server.seen]


def test_by_link(scripted):
    server = scripted((200, [1, 2], {"Link": '</x?page=2&page_size=2>; rel="next"'}), (200, [3]))
    assert listed(server, _http.by_link, params={"page_size": 2}) == [1, 2, 3]
    assert asked(server) == ["/x?page_size=2", "/x?page=2&page_size=2"]


@pytest.mark.parametrize("link", ["/api/v2.0/x?page=2", "x?page=2", "?page=2", "{url}/api/v2.0/x?page=2"])
def test_a_link_is_relative_to_the_answer_that_holds_it(scripted, link):
    """Harbor's begins with the path that the base address ends with."""
    server = scripted(lambda handler: (200, [2]) if "page=2" in handler.path else (200, [1], {"Link": f'<{link.format(url=server.url)}>; rel="next"'}))
    http = Http("Harbor", server.url + "/api/v2.0")
    assert list(http.pages("x", _http.by_link, params={"page_size": 1})) == [1, 2]
    assert asked(server) == ["/api/v2.0/x?page_size=1", "/api/v2.0/x?page=2"]


def test_a_link_never_leads_the_token_elsewhere(scripted, tls_files):
    ca, context = tls_files
    other = scripted((200, ["theirs"]))
    for server, target in ((scripted((200, [1], {"Link": f'<{other.url}/x?page=2&sig=s>; rel="next"'})), other.url),
                           (scripted((200, [1], {"Link": f'<//{other.url[7:]}/x>; rel="next"'}), tls=context), "https:" + other.url[5:])):
        found = Http("System", server.url, ca_file=ca, headers={"X-Token": "t"}).pages("x", _http.by_link)
        assert next(found) == 1
        with pytest.raises(ApiError, match=rf"the next page's link leads to another server, {target}/x \(HTTP 200\); correct the server's own"):
            next(found)
    down = scripted(lambda handler: (200, [1], {"Link": f'<http://{handler.headers["Host"]}/x?page=2>; rel="next"'}), tls=context)
    with pytest.raises(ApiError, match="leads to another server, http://"):
        list(Http("System", down.url, ca_file=ca).pages("x", _http.by_link))
    assert other.seen == [] and len(down.seen) == 1


def test_by_offset_says_the_size_itself(scripted):
    server = scripted((200, ["a", "b"]), (200, ["c", "d"]), (200, []))
    assert listed(server, _http.by_offset(2)) == ["a", "b", "c", "d"]
    assert asked(server) == ["/x?first=0&max=2", "/x?first=2&max=2", "/x?first=4&max=2"]


def test_a_page_that_is_not_full_is_the_last(scripted):
    server = scripted((200, ["a"]), (200, ["never"]))
    assert listed(server, _http.by_offset(2), params={"briefRepresentation": "false"}) == ["a"]
    assert asked(server) == ["/x?first=0&max=2&briefRepresentation=false"]


def test_by_page_with_the_items_inside(scripted):
    server = scripted((200, {"items": [1, 2]}), (200, {"items": [3]}))
    assert listed(server, _http.by_page(2), items="items") == [1, 2, 3]
    assert asked(server) == ["/x?page=1&per_page=2", "/x?page=2&per_page=2"]


@pytest.mark.parametrize("following", [_http.by_link, _http.by_offset(2), _http.by_page(2)])
def test_a_list_that_is_not_there_is_empty(scripted, following):
    assert listed(scripted(404), following, missing_ok=True) == []


def test_names_of_parameters_are_the_systems_own():
    assert _http.by_offset(5, "offset", "limit").first == {"offset": 0, "limit": 5}
    assert _http.by_page(5, "p", "n").first == {"p": 1, "n": 5}

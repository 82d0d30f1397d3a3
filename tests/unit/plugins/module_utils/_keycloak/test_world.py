# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What is there, by key."""

from __future__ import annotations

from ansible_collections.unifiedmeta.platform.plugins.module_utils._keycloak.world import World


def test_an_answer_is_kept_with_its_id():
    world = World()
    world.put("client:r/a", {"id": "1", "name": "x"})
    world.put("default_client_scopes:r", {"scopes": []})
    assert world.ids == {"client:r/a": "1"} and world.raw["client:r/a"]["name"] == "x" and world.objects == {}
    world.drop("client:r/a")
    world.drop("client:r/gone")
    assert world.ids == {} and list(world.raw) == ["default_client_scopes:r"]


def test_what_lies_in_a_parent():
    world = World()
    for key in ("client_role:r/a/x", "client_role:r/a/y", "client_role:r/ab/z", "role:r/a"):
        world.put(key, {"id": key})
    assert [key for key, _answer in world.of("client_role", "r/a")] == ["client_role:r/a/x", "client_role:r/a/y"]

# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The registry of parts."""

from __future__ import annotations

import pytest

from ansible_collections.unifiedmeta.platform.plugins.module_utils._keycloak import parts
from ansible_collections.unifiedmeta.platform.plugins.module_utils._keycloak.api import Keycloak
from ansible_collections.unifiedmeta.platform.plugins.module_utils._keycloak.kinds import Kind
from ansible_collections.unifiedmeta.platform.plugins.module_utils._model import Desired
from tests.unit.plugins.module_utils._keycloak.paper import Paper


def test_no_two_parts_share_a_name():
    kinds = [kind.name for part in parts.PARTS for kind in part.KINDS]
    sections = [name for part in parts.PARTS for name in part.SECTIONS]
    assert len(kinds) == len(set(kinds)) == len(parts.KINDS) and len(sections) == len(set(sections)) == len(parts.SECTIONS)
    assert all(isinstance(kind, Kind) for kind in parts.KINDS.values())


@pytest.mark.parametrize("kind", parts.KINDS.values(), ids=list(parts.KINDS))
def test_a_kind_knows_its_fields(kind):
    """What is fixed, write-only, unseen or partial is a field."""
    if kind.types:
        assert {*kind.fixed, *kind.write_only, *kind.unseen, *kind.partial} <= set(kind.types)
    assert kind.label and kind.wave >= 0


def test_what_a_kind_holds_is_a_kind():
    assert {name.rstrip("/") for kind in parts.KINDS.values() for name in kind.holds} <= set(parts.KINDS)
    keys = ["client_role:r/gone/admin", "mapper:r/gone/m", "composites:r/gone/admin", "service_account:r/gone", "client_role:r/stays/x", "composites:r/gone"]
    assert parts.KINDS["client"].held("r/gone", keys) == keys[:4], "the parts of the realm role of that name stay"
    assert parts.KINDS["role"].held("r/gone", keys) == keys[5:]
    assert parts.KINDS["group"].held("r/a", ["group:r/a/b", "group:r/a/b/c", "group:r/a~/b"]) == ["group:r/a/b", "group:r/a/b/c"]


def test_waves_follow_the_references():
    wave = {name: kind.wave for name, kind in parts.KINDS.items()}
    assert wave["realm"] < wave["client_scope"] < wave["client"] < wave["client_role"] < wave["composites"] < wave["user"]
    assert wave["role"] < wave["group"] < wave["user"] and wave["client"] < wave["mapper"] and wave["client_role"] < wave["group"]


def test_rounds_ask_all_parts():
    keycloak, desired = Keycloak(Paper()), Desired()
    first = [job for part in parts.PARTS for job in part.ROUNDS[0](keycloak, desired, "r")] if all(part.ROUNDS for part in parts.PARTS) else None
    assert len(parts.ROUNDS) == max(len(part.ROUNDS) for part in parts.PARTS)
    assert first is None or len(list(parts.ROUNDS[0](keycloak, desired, "r"))) == len(first)

# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What an object names must exist or be declared."""

from __future__ import annotations

import pytest

from ansible_collections.unifiedmeta.platform.plugins.module_utils._vault.desired import parse
from ansible_collections.unifiedmeta.platform.plugins.module_utils._vault.references import missing_references
from ansible_collections.unifiedmeta.platform.plugins.module_utils._vault.world import World

POLICY = 'path "a" { capabilities = ["read"] }'
KV = {"type": "kv", "options": {"version": "2"}}
APPROLE = {"type": "approle", "roles": {"r": {"token_policies": ["ops"]}}}


def missing(config: dict, **world) -> list[str]:
    desired = parse(config)
    assert desired.faults == []
    return missing_references(desired, World(**world))


@pytest.mark.parametrize(
    ("config", "world"),
    [
        ({"auth": {"a": APPROLE}, "policies": {"ops": POLICY}}, {}),
        ({"auth": {"a": APPROLE}, "policies": {"OPS": POLICY}}, {}),
        ({"auth": {"a": APPROLE}}, {"policies": {"ops": None}}),
        ({"auth": {"a": APPROLE}}, {"policies": None}),
        ({"auth": {"a": {"type": "approle", "roles": {"r": {"token_policies": ["default", "team-{{identity.entity.name}}"]}}}}}, {}),
        ({"secrets": {"kv/a": {"generate": {"x": 20}}}}, {"mounts": {"kv": KV}}),
        ({"secrets": {"team/kv/a": {"generate": {"x": 20}}}, "mounts": {"team/kv": KV}}, {}),
        ({"database": {"db": {"roles": {"r": {"db_name": "pg"}}}}}, {"mounts": {"db": {"type": "database"}}, "names": {"database_connection:db": {"db/pg"}}}),
        ({"database": {"db": {"roles": {"r": {"db_name": "pg"}}}}}, {"mounts": {"db": {"type": "database"}}}),
        ({"pki": {"i": {"intermediate": {"common_name": "I", "signed_by": "r"}}}}, {"mounts": {"i": {"type": "pki"}, "r": {"type": "pki"}}}),
        ({"identity": {"groups": {"g": {"member_entities": ["kim"]}}}}, {"names": {"identity_entity": {"kim"}}}),
        ({"identity": {"groups": {"g": {"type": "external", "aliases": [{"mount": "oidc", "name": "x"}]}}}}, {"auths": {"oidc": {}}}),
    ],
)
def test_what_is_there_or_declared_is_no_fault(config, world):
    assert missing(config, **world) == []


@pytest.mark.parametrize(
    ("config", "world", "fault"),
    [
        ({"auth": {"a": APPROLE}}, {}, "config.auth.a.roles.r: the policy ops neither exists nor is declared"),
        ({"auth": {"a": APPROLE}}, {"policies": {"opps": None}}, "did you mean opps?"),
        ({"identity": {"groups": {"g": {"policies": ["nope"]}}}}, {}, "config.identity.groups.g: the policy nope neither exists"),
        (
            {"secrets": {"platfrom/a": {"generate": {"x": 20}}}},
            {"mounts": {"platform": KV}},
            "no kv mount of version 2 is declared or there for it; did you mean platform?",
        ),
        ({"secrets": {"old/a": {"generate": {"x": 20}}}}, {"mounts": {"old": {"type": "kv", "options": {"version": "1"}}}}, "no kv mount of version 2"),
        ({"secrets": {"a/b": {"generate": {"x": 20}}}, "mounts": {"a": {"type": "transit"}}}, {}, "no kv mount of version 2"),
        ({"transit": {"t": {"keys": {"k": {}}}}}, {}, "config.transit.t.keys.k: the mount t neither exists nor is declared"),
        ({"transit": {"t": {"keys": {"k": {}}}}}, {"mounts": {"t": {"type": "pki"}}}, "the mount t is of type pki, not transit"),
        (
            {"database": {"db": {"roles": {"r": {"db_name": "pq"}}}}},
            {"mounts": {"db": {"type": "database"}}, "names": {"database_connection:db": {"db/pg"}}},
            "the database connection db/pq neither exists nor is declared",
        ),
        (
            {"pki": {"i": {"intermediate": {"common_name": "I", "signed_by": "root"}}}},
            {"mounts": {"i": {"type": "pki"}}},
            "the root CA root/root neither exists",
        ),
        ({"identity": {"groups": {"g": {"member_entities": ["kim"]}}}}, {"names": {"identity_entity": set()}}, "the entity kim neither exists nor is declared"),
        (
            {"identity": {"groups": {"g": {"type": "external", "aliases": [{"mount": "oidc", "name": "x"}]}}}},
            {"auths": {"oidcs": {}}},
            "the auth method oidc neither exists nor is declared; did you mean oidcs?",
        ),
    ],
)
def test_what_leads_nowhere_is_a_sentence(config, world, fault):
    found = missing(config, **world)
    assert any(fault in sentence for sentence in found), found


def test_all_are_told():
    roles = {f"r{n}": {"token_policies": [f"p{n}", "default"]} for n in range(5)}
    assert len(missing({"auth": {"a": {"type": "approle", "roles": roles}}, "transit": {"t": {"keys": {"k": {}}}}})) == 6


def test_very_many_faults_stay_quick():
    """Suggestions cost; they are looked for in the first few faults only."""
    roles = {f"r{n}": {"token_policies": [f"pollicy-{n}"]} for n in range(2000)}
    found = missing({"auth": {"a": {"type": "approle", "roles": roles}}, "policies": {f"policy-{n}": POLICY for n in range(2000)}})
    assert len(found) == 2000 and "did you mean" in found[0] and "did you mean" not in found[-1]

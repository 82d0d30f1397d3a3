# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The sections database, pki, transit and identity into objects."""

from __future__ import annotations

import pytest

from ansible_collections.unifiedmeta.platform.plugins.module_utils._vault.desired import parse

CONNECTION = {
    "plugin_name": "postgresql-database-plugin",
    "connection_url": "postgresql://{{username}}:{{password}}@h/db",
    "username": "vault",
    "password": "vault:m/db#password",
    "allowed_roles": "b,a",
}


def test_database():
    desired = parse(
        {
            "database": {
                "db": {
                    "connections": {"pg": {**CONNECTION, "rotate_root": True}},
                    "roles": {"r": {"db_name": "pg", "creation_statements": ["CREATE a", "GRANT b"], "default_ttl": "1h"}},
                    "static_roles": {"s": {"db_name": "pg", "username": "u", "rotation_period": "24h"}},
                }
            }
        }
    )
    assert desired.faults == []
    connection = desired.items["database_connection:db/pg"]
    assert connection.extra == {"rotate_root": True} and "rotate_root" not in connection.fields
    assert connection.fields["allowed_roles"] == ["a", "b"] and connection.needs == ("mount:db",)
    role = desired.items["database_role:db/r"]
    assert role.fields["creation_statements"] == ["CREATE a", "GRANT b"] and role.needs == ("mount:db", "database_connection:db/pg")
    assert desired.items["database_static_role:db/s"].fields["rotation_period"] == 86400
    assert desired.sections == {"database_connection:db", "database_role:db", "database_static_role:db"}


def test_pki():
    desired = parse(
        {
            "pki": {
                "root": {
                    "root": {"common_name": "R", "ttl": "87600h"},
                    "urls": {"issuing_certificates": "http://a,http://b"},
                    "roles": {"web": {"allowed_domains": "a.b", "max_ttl": "72h"}},
                },
                "int": {"intermediate": {"common_name": "I", "signed_by": "root", "issuer_name": "i2026"}},
            }
        }
    )
    assert desired.faults == []
    root = desired.items["pki_root:root/root"]
    assert root.extra["spec"] == {"common_name": "R", "ttl": 315360000} and root.fields == {} and root.leaf == "root"
    intermediate = desired.items["pki_intermediate:int/i2026"]
    assert intermediate.extra["signed_by"] == "root" and intermediate.needs == ("mount:int", "pki_root:root/root", "mount:root")
    assert desired.items["pki_urls:root"].fields == {"issuing_certificates": ["http://a", "http://b"]}
    assert desired.items["pki_role:root/web"].fields == {"allowed_domains": ["a.b"], "max_ttl": 259200}
    assert desired.sections == {"pki_role:root"}, "certificate authorities are never pruned"


def test_transit():
    desired = parse({"transit": {"t": {"keys": {"k": {"type": "aes256-gcm96", "auto_rotate_period": "30d"}}}}})
    assert desired.items["transit_key:t/k"].fields == {"type": "aes256-gcm96", "auto_rotate_period": 2592000}
    assert desired.sections == {"transit_key:t"}


def test_identity():
    desired = parse(
        {
            "identity": {
                "groups": {
                    "admins": {"type": "external", "policies": ["p"], "aliases": [{"mount": "oidc/", "name": "platform-admins"}]},
                    "people": {"member_entities": ["kim"]},
                },
                "entities": {"kim": {"aliases": [{"mount": "userpass", "name": "kim"}, {"mount": "oidc", "name": "kim@x"}]}},
            }
        }
    )
    assert desired.faults == []
    assert desired.items["identity_group:admins"].fields == {"type": "external", "policies": ["p"]}
    alias = desired.items["identity_group_alias:admins@oidc"]
    assert (
        alias.fields == {"name": "platform-admins"}
        and alias.extra == {"of": "admins", "mount": "oidc"}
        and alias.needs == ("identity_group:admins", "auth:oidc")
    )
    assert desired.items["identity_group:people"].fields == {"member_entities": ["kim"], "type": "internal"}
    assert desired.items["identity_group:people"].needs == ("identity_entity:kim",)
    assert {"identity_entity_alias:kim@userpass", "identity_entity_alias:kim@oidc"} <= set(desired.items)
    assert desired.sections == {"identity_group", "identity_group_alias", "identity_entity", "identity_entity_alias"}


FAULTS = [
    ({"database": {"db": {"connection": {}}}}, "config.database.db: unknown key connection; did you mean connections?"),
    ({"database": {"db": {"roles": ["r"]}}}, "config.database.db.roles: must be a map, not a list"),
    ({"database": {"db": []}}, "config.database.db: must be a map, not a list"),
    ({"database": {"db": {"connections": {"pg": {}}}}}, "config.database.db.connections.pg.plugin_name: is missing"),
    ({"database": {"db": {"connections": {"pg": {"plugin_name": "x", "rotate_root": True}}}}}, "rotate_root: needs the first password"),
    ({"database": {"db": {"connections": {"pg": {**CONNECTION, "pasword": "x"}}}}}, "unknown key pasword; did you mean password?"),
    ({"database": {"db": {"roles": {"r": {}}}}}, "config.database.db.roles.r.db_name: is missing"),
    ({"database": {"db": {"static_roles": {"r": {"db_name": "pg"}}}}}, "static_roles.r.username: is missing"),
    ({"database": {"db": {"roles": {"r": {"db_name": "pg", "creation_statements": {"a": 1}}}}}}, "creation_statements: must be a list of texts, not a map"),
    ({"pki": {"p": {"root": {"ttl": "1h"}}}}, "config.pki.p.root.common_name: is missing"),
    ({"pki": {"p": {"intermediate": {"common_name": "I"}}}}, "config.pki.p.intermediate.signed_by: is missing"),
    ({"pki": {"p": {"urls": {"issuing_certificate": []}}}}, "did you mean issuing_certificates?"),
    ({"pki": {"p": {"roles": {"r": {"allow_subdomain": True}}}}}, "did you mean allow_subdomains?"),
    ({"transit": {"t": {"keys": {"k": {"deletion_allowed": "maybe"}}}}}, "config.transit.t.keys.k.deletion_allowed: must be true or false"),
    ({"identity": {"group": {}}}, "config.identity: unknown key group; did you mean groups?"),
    ({"identity": {"groups": ["g"]}}, "config.identity.groups: must be a map of names, not a list"),
    ({"identity": {"groups": {"g": {"type": "extern"}}}}, "must be internal or external, not «extern»"),
    ({"identity": {"groups": {"g": {"aliases": [{"mount": "a", "name": "b"}]}}}}, "only an external group has an alias, and only one"),
    ({"identity": {"groups": {"g": {"type": "external", "aliases": [{"mount": "a", "name": "b"}, {"mount": "c", "name": "d"}]}}}}, "and only one"),
    ({"identity": {"groups": {"g": {"type": "external", "member_entities": ["x"]}}}}, "leave member_entities out"),
    ({"identity": {"entities": {"e": {"aliases": [{"mount": "a"}]}}}}, "aliases[0]: must hold mount (an auth method) and name"),
    ({"identity": {"entities": {"e": {"aliases": {"mount": "a"}}}}}, "aliases: must be a list of {mount, name}"),
]


@pytest.mark.parametrize(("config", "fault"), FAULTS, ids=[str(number) for number in range(len(FAULTS))])
def test_a_fault_is_one_sentence(config, fault):
    found = parse(config).faults
    assert any(fault in sentence for sentence in found), found


@pytest.mark.parametrize(("url", "refused"), [
    ("postgresql://u:secret@h/db", True),
    ("u:secret@tcp(h)/db", True),
    ("postgresql://u:sec/ret-secret@h/db", True),
    ("host=h user=u password=secret", True),
    ("host=h PASSWORD = 'secret' user=u", True),
    ("mongodb://{{username}}:{{password}}@h/db", False),
    ("{{username}}:{{password}}@tcp(h:3306)/", False),
    ("host=h user={{username}} password={{password}}", False),
    ("sqlserver://{{username}}:{{password}}@h:1433?database=x@y", False),
    ("postgresql://h:5432/db", False),
    ("vault:m/db#url", False),
])  # fmt: skip
def test_a_password_in_an_address_is_refused_without_showing_it(url, refused):
    found = parse({"database": {"db": {"connections": {"pg": {**CONNECTION, "connection_url": url}}}}}).faults
    assert ["holds a password" in fault for fault in found] == [True] * refused and "secret" not in "".join(found)


def test_an_empty_part_speaks_about_its_kind():
    desired = parse({"database": {"db": {"roles": {}}}, "transit": {"t": {"keys": None}}, "pki": {"p": {"root": {}}}})
    assert desired.items == {} and desired.faults == []
    assert desired.sections == {"database_role:db", "transit_key:t"}

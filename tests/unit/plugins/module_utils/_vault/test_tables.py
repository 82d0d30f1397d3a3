# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The tables hang together; that their fields are the server's is shown in tests/contract."""

from __future__ import annotations

import pytest

from ansible_collections.unifiedmeta.platform.plugins.module_utils._fields import TYPES
from ansible_collections.unifiedmeta.platform.plugins.module_utils._vault import tables
from ansible_collections.unifiedmeta.platform.plugins.module_utils._vault.fields import cidrs, claims
from ansible_collections.unifiedmeta.platform.plugins.module_utils._vault.world import KINDS

ALL = {
    name: found
    for name, found in vars(tables).items()
    if name.isupper() and isinstance(found, dict) and name not in ("ROLES", "AUTH_CONFIG", "TOKEN_ALIASES", "FIXED", "WRITE_ONLY", "UNSEEN")
}
ALL.update({f"role of {name}": found[1] for name, found in tables.ROLES.items()})
ALL.update({f"config of {name}": found for name, found in tables.AUTH_CONFIG.items()})


@pytest.mark.parametrize("name", ALL)
def test_every_field_has_a_type(name):
    assert ALL[name] and set(ALL[name].values()) <= {*TYPES.values(), cidrs, claims}


def test_names_of_old_lead_to_fields_of_every_role():
    for _folder, types in tables.ROLES.values():
        assert set(tables.TOKEN_ALIASES.values()) <= set(types)
        assert not set(tables.TOKEN_ALIASES) & set(types)


@pytest.mark.parametrize("group", ["FIXED", "WRITE_ONLY", "UNSEEN"])
def test_special_fields_belong_to_kinds_that_have_them(group):
    known = {
        "auth_role": {name for _folder, types in tables.ROLES.values() for name in types},
        "auth_config": {name for types in tables.AUTH_CONFIG.values() for name in types},
    }
    for kind, names in getattr(tables, group).items():
        assert kind in KINDS
        assert set(names) <= (known.get(kind) or set(KINDS[kind].types))


def test_kinds_take_their_special_fields_from_the_tables():
    assert KINDS["mount"].fixed == tables.FIXED["mount"]
    assert KINDS["auth_config"].write_only == ("token_reviewer_jwt", "oidc_client_secret")
    assert KINDS["database_connection"].unseen == ("verify_connection", "rotate_root")
    assert KINDS["policy"].fixed == KINDS["policy"].write_only == KINDS["policy"].unseen == ()

# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The declaration as a whole."""

from __future__ import annotations

import pytest

from ansible_collections.unifiedmeta.platform.plugins.module_utils._keycloak.desired import parse
from ansible_collections.unifiedmeta.platform.plugins.module_utils._keycloak.parts import SECTIONS


def test_nothing_declared():
    assert parse({}).items == {} and parse({"realms": None}).items == {} and parse({"realms": {}}).faults == []


def test_a_realm_without_a_word_is_declared():
    desired = parse({"realms": {"r": None, "s": {"clients": None}}})
    assert set(desired.items) == {"realm:r", "realm:s"} and desired.sections == set(), "an empty section says nothing, a section of none says «none»"
    assert parse({"realms": {"r": {"clients": {}}}}).sections == {"client:r"}


def test_what_lies_where():
    client = {"roles": {"c": {}}, "mappers": {"m": {"protocolMapper": "x"}}}
    desired = parse({"realms": {"r": {"clients": {"a/b": client}, "groups": {"g": {"subgroups": {"h": {}}}}}}})
    assert desired.faults == [] and desired.sections == {"client:r", "client_role:r/a~/b", "mapper:r/a~/b", "group:r"}
    for key in ("client_role:r/a~/b/c", "mapper:r/a~/b/m", "group:r/g/h", "client:r/x"):
        assert desired.covers(key), key
    assert not desired.covers("client_role:r/other/c") and not desired.covers("user:r/x")


@pytest.mark.parametrize("config,fault", [
    ({"realm": {}}, "config: unknown key realm; did you mean realms?"),
    ({"clients": {}}, "config: unknown key clients; it takes realms"),
    ({"realms": {"r": {"smtpServer": {}}}}, "config.realms.r: unknown key smtpServer; it belongs to settings"),
    ({"realms": {"r": {"displayName": "R"}}}, "config.realms.r: unknown key displayName; it belongs to settings"),
    ({"realms": []}, None),
    ({"realms": ["r"]}, "config.realms: must be a map of names"),
    ({"realms": {"a b": {}}}, "config.realms: «a b» can't be a name; use letters, digits, - _ and ."),
    ({"realms": {"r": "x"}}, "config.realms.r: must be a map with any of authentication"),
    ({"realms": {"r": {"clinets": {}}}}, "config.realms.r: unknown key clinets; did you mean clients?"),
    ({"realms": {"r": {"roles": {"x": {"description": "vault:x"}}}}}, "config.realms.r.roles.x.description: «vault:x» isn't a reference"),
])
def test_faults(config, fault):
    faults = parse(config).faults
    assert (faults[0].startswith(fault) and len(faults) == 1) if fault else not faults


def test_everything_wrong_is_told_at_once():
    wrong = {section: {"a": {"nonsense": 1}} for section in ("roles", "client_scopes", "clients", "groups", "users")}
    faults = parse({"realms": {"r": {**wrong, "settings": {"nonsense": 1}, "localization": 3}}}).faults
    assert len(faults) == 7 and all("nonsense" in fault or "localization" in fault for fault in faults)


def test_every_section_has_a_reader():
    assert {"settings", "localization", "user_profile", "roles", "client_scopes", "default_client_scopes", "optional_client_scopes", "clients", "groups",
            "users"} <= set(SECTIONS)


def test_parsing_is_linear():
    """A thousand clients with mappers and roles in a moment, each once."""
    clients = {f"c{number}": {"mappers": {"m": {"protocolMapper": "x"}}, "roles": {"a": {}}} for number in range(1000)}
    assert len(parse({"realms": {"r": {"clients": clients}}}).items) == 3001

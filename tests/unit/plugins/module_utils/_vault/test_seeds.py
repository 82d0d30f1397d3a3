# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The state of secrets: read in bulk, never their values."""

from __future__ import annotations

import pytest

from ansible_collections.unifiedmeta.platform.plugins.module_utils._http import ApiError
from ansible_collections.unifiedmeta.platform.plugins.module_utils._vault.seeds import SCAN_FROM, Seed, gone, scan, stamp
from tests.unit.plugins.module_utils._vault.conftest import data
from tests.unit.plugins.module_utils._vault.test_world import ALIVE, DENIED, MOUNTS, ledger, read, secrets


def info(version=1, created="t", **more) -> dict:
    return {"current_version": version, "versions": {str(version): {"created_time": created, "deletion_time": "", "destroyed": False, **more}}}


SCAN = "GET kv/detailed-metadata/?scan=true"


def test_many_secrets_are_one_listing(vault):
    listed = data(key_info={"s0": info(), "s1": info(2), "s2": info(deletion_time="2020-01-01T00:00:00Z"), "theirs": info()})
    meta = {"version": 2, "created_time": "t"}
    client, table = vault({"GET sys/mounts": MOUNTS, SCAN: listed, "GET kv/subkeys/s1": data(subkeys={"x": None}, metadata=meta)})
    known = ledger(secret__kv={}, **{"secret:kv/s0": {"stamp": "1@t", "keys": ["x"]}, "secret:kv/s1": {"stamp": "1@t", "keys": ["x", "y"]}})
    found = read(client, secrets(6), known)
    assert found.seeds["kv/s0"] == Seed(1, "1@t", False, ["x"]), "as we left it: not looked into"
    assert found.seeds["kv/s1"].keys == ["x"] and found.seeds["kv/s2"].deleted and found.seeds["kv/s3"].version == 0
    assert [asked for asked in table.asked() if "subkeys" in asked] == ["GET kv/subkeys/s1"]


@pytest.mark.parametrize("refusal", [DENIED, (405, {"errors": ["x"]}), (400, {"errors": ["x"]})])
def test_without_that_listing_secrets_are_read_one_by_one(vault, refusal):
    client, table = vault({"GET sys/mounts": MOUNTS, SCAN: refusal, "GET kv/subkeys/s0": data(subkeys={"x": None}, metadata={"version": 1}), **ALIVE})
    found = read(client, secrets(6))
    assert found.seeds["kv/s0"].keys == ["x"] and found.seeds["kv/s5"].version == 0
    assert len([asked for asked in table.asked() if "subkeys" in asked]) == 6


def test_a_few_secrets_need_no_listing(vault):
    client, table = vault({"GET sys/mounts": MOUNTS})
    read(client, secrets(SCAN_FROM))
    assert SCAN not in table.asked()


def test_a_broken_listing_is_an_error(vault):
    client, _table = vault({"GET sys/mounts": MOUNTS, SCAN: (500, {"errors": ["broken"]})})
    with pytest.raises(ApiError, match="secrets of kv"):
        read(client, secrets(6))
    client, _table = vault({"GET sys/mounts": MOUNTS})
    assert {seed.version for seed in read(client, secrets(6)).seeds.values()} == {0}, "404: an empty mount"


def test_a_mount_stays_in_its_place(vault):
    client, table = vault({"GET k%3Fv/detailed-metadata/?scan=true": data(key_info={"a": info()})})
    assert scan(client, "k?v") == {"a": Seed(1, "1@t")} and len(table.asked()) == 1


def test_secrets_of_ours_are_looked_at_where_secrets_are_spoken_about(vault):
    client, table = vault({"GET sys/mounts": MOUNTS})
    read(client, {"secrets": {}}, ledger(**{"secret:kv/old": {}}))
    assert "GET kv/subkeys/old" in table.asked()
    client, table = vault({"GET sys/mounts": MOUNTS})
    read(client, {"mounts": {}}, ledger(**{"secret:kv/old": {}}))
    assert "GET kv/subkeys/old" not in table.asked()


@pytest.mark.parametrize(
    ("metadata", "expected"),
    [
        ({}, False),
        ({"deletion_time": ""}, False),
        ({"deletion_time": "2020-01-01T00:00:00.5Z"}, True),
        ({"deletion_time": "2999-01-01T00:00:00Z"}, False),
        ({"destroyed": True}, True),
    ],
)
def test_a_deletion_that_lies_ahead_is_none(metadata, expected):
    assert gone(metadata) is expected


def test_a_stamp_tells_versions_and_births_apart():
    assert len({stamp(1, {"created_time": "a"}), stamp(2, {"created_time": "a"}), stamp(1, {"created_time": "b"})}) == 3

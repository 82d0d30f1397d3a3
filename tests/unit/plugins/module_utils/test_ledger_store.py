# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The ledger's place in Vault, and the key of the fingerprints. A real server: tests/lab."""

from __future__ import annotations

import base64

import pytest

from ansible_collections.unifiedmeta.platform.plugins.module_utils import _secrets
from ansible_collections.unifiedmeta.platform.plugins.module_utils._http import ApiError
from ansible_collections.unifiedmeta.platform.plugins.module_utils._ledger import DESCRIPTION
from ansible_collections.unifiedmeta.platform.plugins.module_utils._ledger_store import LedgerStore, fingerprints
from ansible_collections.unifiedmeta.platform.plugins.module_utils._vault.api import Vault, connect
from tests.unit.plugins.module_utils._vault.conftest import Table, data

PRINTS = _secrets.Fingerprints(b"k" * 32)
MISMATCH = (400, {"errors": ["check-and-set parameter did not match the current version"]})


@pytest.fixture
def vault(scripted, quick):
    """Factory of (our client, the table)."""
    def make(answers):
        table = Table(scripted, answers)
        return Vault(connect(table.url)), table

    return make


@pytest.mark.parametrize("answer", [204, (400, {"errors": ["path is already in use at platform-ledger/"]})])
def test_the_ledgers_mount_is_made_at_the_first_write(vault, answer):
    client, table = vault(
        {"POST sys/mounts/platform-ledger": answer, "POST platform-ledger/data/vault/x": [(404, {"errors": ["no handler for route"]}), data(version=1)]}
    )
    store = LedgerStore(client)
    assert store.read("vault/x") == (None, 0)
    assert store.write("vault/x", {"objects": "{}"}, 0) == 1 and store.write("vault/x", {"objects": "{}"}, 1) == 1
    assert table.asked().count("POST sys/mounts/platform-ledger") == 1
    assert not [asked for asked in table.asked() if asked == "GET sys/mounts"], "who writes a ledger may not be allowed to list mounts"


def test_one_that_is_known_to_be_missing_is_made_first(vault):
    client, table = vault({"POST platform-ledger/data/vault/x": data(version=1)})
    assert LedgerStore(client, mounted=False).write("vault/x", {"objects": "{}"}, 0) == 1
    assert table.asked() == ["POST sys/mounts/platform-ledger", "POST platform-ledger/data/vault/x"]
    assert table.body("POST sys/mounts/platform-ledger")["description"] == DESCRIPTION


def test_a_ledger_that_may_not_be_mounted_is_an_error(vault):
    client, _table = vault({"POST sys/mounts/platform-ledger": (403, {"errors": ["permission denied"]}), "GET auth/token/lookup-self": data()})
    with pytest.raises(ApiError, match="mount platform-ledger .*permission denied.*; run vault_config first: it makes the mount of every ledger"):
        LedgerStore(client, mounted=False).write("vault/x", {}, 0)


def test_the_fingerprints_key_is_born_once(vault):
    key = base64.b64encode(b"k" * 32).decode()
    there = (200, data(data={"key": key}, metadata={"version": 1}))
    client, table = vault({"GET platform-ledger/data/fingerprint-key": [404, 404, there], "POST platform-ledger/data/fingerprint-key": MISMATCH})
    store = LedgerStore(client, mounted=True)
    assert fingerprints(store, make=False) is None
    assert fingerprints(store, make=True).of("a", "b") == PRINTS.of("a", "b"), "another run was faster: its key counts"
    assert table.body("POST platform-ledger/data/fingerprint-key")["options"] == {"cas": 0}
    assert len(table.body("POST platform-ledger/data/fingerprint-key")["data"]["key"]) == 44

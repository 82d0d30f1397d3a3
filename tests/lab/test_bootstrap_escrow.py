# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Copies between the bootstrap store and a real Vault."""
from __future__ import annotations

import pytest

from ansible_collections.unifiedmeta.platform.plugins.module_utils._bootstrap import Store
from ansible_collections.unifiedmeta.platform.plugins.module_utils._secrets import SecretError
from ansible_collections.unifiedmeta.platform.plugins.module_utils._vault.api import Vault, connect
from ansible_collections.unifiedmeta.platform.plugins.modules.bootstrap_escrow import Escrow
from tests.support.returned import documented

KEEP = {"openbao/admin-password": "vault:platform/openbao/admin#password"}


@pytest.fixture
def world(bao_server, tmp_path):
    """A server with a KV mount and a person's password, and a store with a token and unseal shares."""
    server = bao_server(storage="inmem")
    server.call("POST", "sys/mounts/platform", {"type": "kv", "options": {"version": "2"}})
    server.call("POST", "platform/data/openbao/admin", {"data": {"username": "a", "password": "of-the-person"}})
    store = Store(str(tmp_path / "s/store"), encrypt=False)
    data = store.read()
    data["secrets"] = {"rke2/token": {"value": "of-the-nodes"}}
    data["vaults"] = {"openbao": {"answer": {"keys": ["a-share"], "root_token": "a-root-token"}}}
    store.write(data)

    def run(check=False, keep=None):
        http = connect(server.addr, ca_file=server.ca_file, auth=lambda _http: {"X-Vault-Token": server.root_token})
        seen = []
        result = documented("bootstrap_escrow", Escrow(Vault(http), store, "platform/bootstrap", keep or KEEP, check).run(seen.append))
        assert "of-the-" not in str(result)
        assert "" not in seen, "an empty value would mask every letter of the output"
        return [(step["action"], step["name"]) for step in result["plan"]]

    run.server, run.store = server, store
    return run


def copy(world):
    return world.server.call("GET", "platform/data/bootstrap/rke2/token")["data"]["data"]


def test_both_ways(world):
    wanted = [("create", "bootstrap/rke2/token"), ("create", "openbao/admin-password")]
    assert world(check=True) == wanted and "openbao/admin-password" not in world.store.read()["secrets"]
    assert world() == wanted
    assert copy(world) == {"value": "of-the-nodes"}
    assert world.store.read()["secrets"]["openbao/admin-password"]["value"] == "of-the-person"
    assert world() == [], "nothing is copied back"


def test_what_opens_vault_is_never_copied(world):
    world()
    listed = world.server.call("LIST", "platform/metadata/bootstrap")["data"]["keys"]
    assert listed == ["rke2/"] and "a-share" not in world.server.audit_log.read_text("utf-8")
    assert world.store.read()["vaults"]["openbao"]["answer"]["keys"] == ["a-share"]


def test_drift_on_either_side(world):
    world()
    world.server.call("POST", "platform/data/bootstrap/rke2/token", {"data": {"value": "spoilt"}})
    world.server.call("POST", "platform/data/openbao/admin", {"data": {"password": "of-the-rotation"}})
    assert world() == [("update", "bootstrap/rke2/token"), ("update", "openbao/admin-password")]
    assert copy(world) == {"value": "of-the-nodes"} and world.store.read()["secrets"]["openbao/admin-password"]["value"] == "of-the-rotation"


def test_a_copy_that_was_deleted_is_made_again(world):
    world()
    world.server.call("DELETE", "platform/data/bootstrap/rke2/token")
    assert world() == [("create", "bootstrap/rke2/token")] and copy(world) == {"value": "of-the-nodes"}


def test_a_secret_that_is_not_there(world):
    keep = {"x": "vault:platform/none#key"}
    assert ("create", "x") in world(check=True, keep=keep), "in check mode a run will have made it"
    with pytest.raises(SecretError, match="declare it, or write it first"):
        world(keep=keep)

# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What a reconciler of another system has in Vault. A real server: tests/lab/test_vault_store.py."""

from __future__ import annotations

import base64

import pytest

from ansible_collections.unifiedmeta.platform.plugins.module_utils import _secrets
from ansible_collections.unifiedmeta.platform.plugins.module_utils._http import ApiError
from ansible_collections.unifiedmeta.platform.plugins.module_utils._ledger import ForeignLedger
from ansible_collections.unifiedmeta.platform.plugins.module_utils._plan import Unforeseeable
from ansible_collections.unifiedmeta.platform.plugins.module_utils._planner import UNKNOWN
from ansible_collections.unifiedmeta.platform.plugins.module_utils._vault import session
from ansible_collections.unifiedmeta.platform.plugins.module_utils._vault_store import VaultStore, nested
from tests.unit.plugins.module_utils._vault.conftest import Table, data

HEALTHY = {"initialized": True, "sealed": False, "standby": False}
MOUNTED = {"GET sys/health": HEALTHY, "GET sys/internal/ui/mounts/team/kv/a": data(path="team/kv/"), "GET team/kv/data/a": data(
    data={"x": "hunter22"}, metadata={"version": 1})}
THERE, NOWHERE = _secrets.parse("vault:team/kv/a#x"), _secrets.parse("vault:team/kv/b#x")


@pytest.fixture
def store(scripted, quick):
    """Factory of (store, table, registered values)."""
    def make(answers, check=False, **more):
        table, seen = Table(scripted, answers), []
        params = {**{name: option.get("default") for name, option in session.SPEC.items()}, "url": table.url, "token": "a-token", **more}
        return VaultStore(params, seen.append, check), table, seen

    return make


def test_the_connection_is_one_option():
    option = nested(lambda *_names: None)["vault"]
    assert option["apply_defaults"] and set(option["options"]) == {*session.SPEC, "declared"} and option["options"]["token"]["no_log"]


def test_an_address_is_asked_for_by_its_whole_name():
    params = {name: option.get("default") for name, option in session.SPEC.items()}
    with pytest.raises(ApiError, match=r"set vault.url \(or VAULT_ADDR\), or vault.port_forward"):
        VaultStore(params, print)


def test_references_are_resolved_from_the_mount_that_they_lie_in(store):
    made, table, seen = store({**MOUNTED, "GET team/kv/data/c": data(data={"x": "other"}, metadata={})})
    with made:
        value = made.values()
        assert value(THERE) == "hunter22" and value(_secrets.parse("vault:team/kv/c#x")) == "other" and "hunter22" in seen
    assert [asked for asked in table.asked() if "mounts" in asked] == ["GET sys/internal/ui/mounts/team/kv/a"], "asked once for a mount"


def test_where_the_server_does_not_tell_it_is_the_first_part(store):
    denied = (403, {"errors": ["preflight capability check returned 403"]})
    made, table, _seen = store({**MOUNTED, "GET sys/internal/ui/mounts/team/kv/a": denied, "GET team/data/kv/a": denied, "GET auth/token/lookup-self": data()})
    with made, pytest.raises(ApiError, match="let the policy of our login read team/data/kv/a"):
        made.values()(THERE)
    assert "GET team/data/kv/a" in table.asked()


def test_a_missing_secret_is_a_fault_and_in_check_mode_a_warning(store):
    made, _table, _seen = store(MOUNTED)
    with made, pytest.raises(_secrets.SecretError, match="the secret team/kv/b doesn't exist"):
        made.values()(NOWHERE)
    made, _table, _seen = store(MOUNTED, check=True)
    with made:
        assert made.values()(NOWHERE) is UNKNOWN
    assert made.warnings == ["the secret team/kv/b doesn't exist; declare it, or write it first; taken to be made by an earlier task of the run"]


def test_in_check_mode_a_secret_that_no_task_makes_is_a_fault(store):
    made, _table, _seen = store(MOUNTED, check=True, declared=["team/kv/other"])
    with made, pytest.raises(_secrets.SecretError, match="the secret team/kv/b doesn't exist; declare it, or write it first"):
        made.values()(NOWHERE)
    made, _table, _seen = store(MOUNTED, check=True, declared=["team/kv/b"])
    made.resolver = _secrets.Resolver({"vault": made._read, "kubernetes": lambda path: None})
    with made:
        assert made.values()(NOWHERE) is UNKNOWN
        assert made.values()(_secrets.parse("kubernetes:team/kv#x")) is UNKNOWN, "what is made in Kubernetes is said nowhere"
    assert len(made.warnings) == 2
    empty, _table, _seen = store({"GET sys/health": (501, {"initialized": False, "sealed": True, "standby": True})}, check=True, declared=[])
    with empty:
        assert empty.values()(NOWHERE) is UNKNOWN, "whoever declares nothing writes it between the phases"


def test_what_was_read_ahead_is_known_and_faults_are_told_when_it_is_asked_for(store):
    made, table, seen = store(MOUNTED)
    with made:
        with made.ahead([NOWHERE, THERE]):
            pass
        asked = table.asked()
        assert "GET team/kv/data/a" in asked and "hunter22" in seen
        assert made.values()(THERE) == "hunter22" and table.asked() == asked, "not asked again"
        with pytest.raises(_secrets.SecretError, match="the secret team/kv/b doesn't exist"):
            made.values()(NOWHERE)


def test_a_vault_that_refuses_is_not_asked_on_for_each(store):
    denied = (403, {"errors": ["permission denied"]})
    made, table, _seen = store({**MOUNTED, "GET team/kv/data/a": denied, "GET auth/token/lookup-self": data()})
    with made:
        with made.ahead([THERE, NOWHERE]):
            pass
        assert "GET team/kv/data/b" not in table.asked()
        with pytest.raises(ApiError, match="let the policy of our login read team/kv/data/a"):
            made.values()(THERE)


def test_a_ledger_is_loaded_and_fingerprints_are_made(store):
    ledger = data(data={"objects": '{"realm:lab":{}}', "site": "blue"}, metadata={"version": 3})
    key = data(data={"key": base64.b64encode(b"k" * 32).decode()}, metadata={"version": 1})
    made, table, _seen = store({**MOUNTED, "GET platform-ledger/data/keycloak/x": ledger, "GET platform-ledger/data/fingerprint-key": key})
    with made:
        found = made.ledger("keycloak", "x", "blue")
        assert found.owns("realm:lab") and found.version == 3 and made.prints(make=False).of("a", "b")
        with pytest.raises(ForeignLedger, match="keycloak/x belongs to the site blue, and this is green"):
            made.ledger("keycloak", "x", "green")
    assert not [asked for asked in table.asked() if asked.startswith(("POST", "PUT"))]


def test_a_vault_that_is_not_initialised_is_empty_in_check_mode(store):
    answer = {"GET sys/health": (501, {"initialized": False, "sealed": True, "standby": True})}
    made, table, _seen = store(answer, check=True)
    with made:
        assert made.ledger("keycloak", "x").objects == {} and made.prints(make=True) is None and made.values()(THERE) is UNKNOWN
    assert table.asked() == ["GET sys/health"]
    with pytest.raises(ApiError, match="it is not initialised; run vault_init first"), store(answer)[0]:
        pass


def test_a_sealed_one_can_not_be_foreseen(store):
    answer = {"GET sys/health": (503, {**HEALTHY, "sealed": True})}
    with pytest.raises(Unforeseeable, match="is sealed"), store(answer, check=True)[0]:
        pass

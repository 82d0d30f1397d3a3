# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The order of a run: what is asked, refused, written, noted. Real servers: tests/lab."""

from __future__ import annotations

import base64

import pytest

from ansible_collections.unifiedmeta.platform.plugins.module_utils._http import ApiError
from ansible_collections.unifiedmeta.platform.plugins.module_utils._kubernetes.client import read_secret
from ansible_collections.unifiedmeta.platform.plugins.module_utils._ledger import ForeignLedger, Ledger
from ansible_collections.unifiedmeta.platform.plugins.module_utils._ledger_store import LedgerStore
from ansible_collections.unifiedmeta.platform.plugins.module_utils._plan import Change, Planned, Refused, Unforeseeable
from ansible_collections.unifiedmeta.platform.plugins.module_utils._vault.reconcile import Reconciler
from tests.lab.vault_runs import parameters
from tests.unit.plugins.module_utils._vault.conftest import data

POLICY = 'path "a" { capabilities = ["read"] }'
HEALTHY = {"initialized": True, "sealed": False, "standby": False}
BASE = {
    "GET sys/health": HEALTHY,
    "GET sys/mounts": data(**{"platform-ledger/": {"type": "kv"}}),
    "GET sys/auth": data(),
    "LIST sys/policies/detailed/acl": data(key_info={}),
}
LEDGER = "POST platform-ledger/data/vault/default"
PEOPLE = {"auth": {"up": {"type": "userpass", "users": {"kim": {"password": "kubernetes:n/s#key"}}}}}


def run(client, config, check=False, seen=None, kubernetes=None, **options):
    readers = {"kubernetes": lambda path: read_secret(kubernetes(), path)} if kubernetes else {}
    made = Reconciler(client, parameters(config=config, **options), (seen if seen is not None else []).append, readers)
    return made, lambda: made.run(check)


def test_what_was_turned_is_not_turned_again(vault):
    """At another look only the keys of secrets that this run has not turned yet are named."""
    client, _table = vault({**BASE, "GET platform-ledger/data/vault/default": (404, {"errors": []})})
    names = ["kv/a#x", "kv/a#y", "kv/a#b/c#z", "kv/b#x"]
    made, _go = run(client, {}, rotate=names)
    made._plan = lambda *_args: Planned()
    store = LedgerStore(client)
    changes = [Change("rotate", "secret", "kv/a"), Change("create", "secret", "kv/b"), Change("rotate", "database_connection", "kv/a#b/c")]
    made._look_again(Ledger(store, "vault", "default"), store, changes)
    assert made.rotate == ("kv/a#b/c#z", "kv/b#x")


# --- states of the server --------------------------------------------------------------------------------------------------------
def test_a_server_that_is_not_initialised_is_empty_in_check_mode(vault):
    client, table = vault({"GET sys/health": (501, {"initialized": False, "sealed": True, "standby": True})})
    _made, go = run(client, {"policies": {"a": POLICY}}, True)
    assert [entry["name"] for entry in go()["plan"]] == ["a"] and table.asked() == ["GET sys/health"]
    with pytest.raises(ApiError, match="it is not initialised; run vault_init first"):
        run(client, {})[1]()


def test_secrets_of_an_empty_server_are_taken_to_be_made_by_an_earlier_task(vault):
    client, table = vault({"GET sys/health": (501, {"initialized": False, "sealed": True, "standby": True})})
    config = {"auth": {"oidc": {"type": "oidc", "config": {"oidc_client_id": "x", "oidc_client_secret": "vault:platform/x/oidc#client_secret"}}},
              "identity": {"groups": {"g": {"type": "external", "policies": ["of-the-first-pass"]}}}}
    _made, go = run(client, config, True)
    assert [entry["kind"] for entry in go()["plan"]] == ["auth", "auth_config", "identity_group"] and table.asked() == ["GET sys/health"]
    with pytest.raises(Refused, match="the policy of-the-first-pass neither exists nor is declared"):
        run(client, {**config, "policies": {"own": POLICY}}, True)[1]()


def test_a_sealed_server_is_named(vault):
    client, _table = vault({"GET sys/health": (503, {**HEALTHY, "sealed": True})})
    with pytest.raises(ApiError, match="it is sealed .HTTP 503.; unseal it"):
        run(client, {})[1]()
    with pytest.raises(Unforeseeable, match="is sealed: what differs in it can't be foreseen before it is unsealed"):
        run(client, {}, True)[1]()


# --- refusals --------------------------------------------------------------------------------------------------------------------
def test_what_is_wrong_in_itself_is_told_with_what_leads_nowhere(vault):
    client, table = vault(BASE)
    roles = {"r": {"token_policies": ["nope"], "token_tll": 1}}
    with pytest.raises(Refused) as refused:
        run(client, {"auth": {"ap": {"type": "approle", "roles": roles}}})[1]()
    assert "did you mean token_ttl?" in refused.value.faults[0] and "the policy nope neither exists" in refused.value.faults[1]
    assert not [asked for asked in table.asked() if not asked.startswith(("GET", "LIST"))]


def test_a_wrong_configuration_needs_no_server(vault):
    client, _table = vault({"GET sys/mounts": (403, {"errors": ["denied"]}), "GET auth/token/lookup-self": data()})
    with pytest.raises(Refused, match="unknown key x"):
        run(client, {"x": {}})[1]()


@pytest.mark.parametrize(
    ("options", "config", "message"),
    [
        ({}, {"policies": {"theirs": POLICY}}, "are not ours and differ; nothing was done. Set adopt: true"),
        ({"rotate": ["kv/x#y"]}, {}, "The configuration can't be applied; nothing was done"),
        ({"prune": "owned", "max_deletes": 0}, {"policies": {}}, "1 objects would be deleted, but max_deletes is 0"),
    ],
)
def test_refusals_come_before_any_write(vault, options, config, message):
    owned = data(data={"objects": '{"policy:theirs":{}}'} if "max_deletes" in options else {"objects": "{}"}, metadata={"version": 1})
    client, table = vault(
        {**BASE, "LIST sys/policies/detailed/acl": data(key_info={"theirs": {"policy": "x"}}), "GET platform-ledger/data/vault/default": owned}
    )
    with pytest.raises(Refused, match=message):
        run(client, config, **options)[1]()
    assert not [asked for asked in table.asked() if not asked.startswith(("GET", "LIST"))]


# --- writes ----------------------------------------------------------------------------------------------------------------------
def test_the_ledger_is_written_before_and_not_again_without_need(vault):
    client, table = vault({**BASE, LEDGER: data(version=1)})
    result = run(client, {"policies": {"a": POLICY}})[1]()
    writes = [asked for asked in table.asked() if asked.startswith("POST")]
    assert writes == [LEDGER, "POST sys/policies/acl/a"] and result["changed"] and result["stats"]["writes"] == 2
    assert table.body(LEDGER) == {"data": {"objects": '{"policy:a":{}}'}, "options": {"cas": 0}}


def test_facts_are_noted_after(vault):
    seeds = {"mounts": {"kv": {"type": "kv-v2"}}, "secrets": {"kv/a": {"generate": {"x": 20}}}}
    client, table = vault({**BASE, LEDGER: [data(version=1), data(version=2)], "POST kv/data/a": data(version=1, created_time="t")})
    run(client, seeds)[1]()
    assert table.asked().count(LEDGER) == 2
    assert table.body(LEDGER)["data"]["objects"] == '{"mount:kv":{},"secret:kv/a":{"keys":["x"],"stamp":"1@t"}}'


def test_check_mode_and_nothing_to_do_write_nothing(vault):
    client, table = vault(BASE)
    assert run(client, {"policies": {"a": POLICY}}, True)[1]()["changed"]
    assert not run(client, {"policies": {}})[1]()["changed"]
    assert not [asked for asked in table.asked() if not asked.startswith(("GET", "LIST"))]


def test_a_failure_is_told_with_every_outcome(vault):
    client, table = vault({**BASE, LEDGER: data(version=1), "POST sys/policies/acl/bad": (400, {"errors": ["no HCL"]})})
    _made, go = run(client, {"policies": {"bad": POLICY, "good": POLICY}})
    with pytest.raises(Refused, match="1 of 2 changes were made; run again") as failed:
        go()
    assert "policy bad: create failed" in str(failed.value) and "no HCL" in str(failed.value)
    assert {outcome.change.name: outcome.state for outcome in failed.value.outcomes} == {"bad": "failed", "good": "done"}
    assert "POST sys/policies/acl/good" in table.asked()


def test_deleted_names_leave_the_ledger(vault):
    owned = data(data={"objects": '{"policy:a":{},"policy:b":{}}'}, metadata={"version": 4})
    client, table = vault(
        {
            **BASE,
            "LIST sys/policies/detailed/acl": data(key_info={"a": {"policy": POLICY}, "b": {"policy": POLICY}}),
            "GET platform-ledger/data/vault/default": owned,
            LEDGER: data(version=5),
        }
    )
    run(client, {"policies": {"a": POLICY}}, prune="owned")[1]()
    assert "DELETE sys/policies/acl/b" in table.asked()
    assert table.body(LEDGER) == {"data": {"objects": '{"policy:a":{}}'}, "options": {"cas": 4}}


# --- secrets of Kubernetes -------------------------------------------------------------------------------------------------------
class Cluster:
    """Answers one Secret."""

    def __init__(self, found):
        self.found = found

    def get(self, path, **_options):
        assert path == "api/v1/namespaces/n/secrets/s"
        return self.found


def test_a_secret_of_kubernetes_is_resolved_and_registered(vault):
    client, table = vault(
        {
            **BASE,
            LEDGER: data(version=1),
            "GET platform-ledger/data/fingerprint-key": [404, 404, data(data={"key": base64.b64encode(b"k" * 32).decode()}, metadata={"version": 1})],
        }
    )
    seen: list[str] = []
    found = Cluster({"data": {"key": base64.b64encode(b"from-kubernetes").decode()}})
    run(client, PEOPLE, seen=seen, kubernetes=lambda: found)[1]()
    assert table.body("POST auth/up/users/kim") == {"password": "from-kubernetes"} and "from-kubernetes" in seen


def test_one_that_is_missing_counts_as_existing_in_check_mode_only(vault):
    client, _table = vault(BASE)
    _made, go = run(client, PEOPLE, True, kubernetes=lambda: Cluster(None))
    assert len(go()["plan"]) == 2
    with pytest.raises(Refused, match="the Kubernetes secret n/s doesn't exist"):
        run(client, PEOPLE, kubernetes=lambda: Cluster(None))[1]()
    with pytest.raises(Refused, match="can't be resolved here"):
        run(client, PEOPLE)[1]()


# --- our own policies ------------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(("told", "asked"), [(["a"], []), ([], ["GET auth/token/lookup-self"])])
def test_our_policies_are_asked_for_only_where_the_login_did_not_tell(vault, told, asked):
    client, table = vault({"GET auth/token/lookup-self": data(policies=["a"])})
    made = Reconciler(client, parameters(config={}), own_policies=lambda: told)
    assert list(made._own_policies()) == ["a"] and table.asked() == asked


OLD = 'path "old" { capabilities = ["read"] }'
DENIED = (403, {"errors": ["permission denied"]})
AUTOMATION = {"policies": {"automation": POLICY, "theirs": POLICY}, "auth": {"ap": {"type": "approle", "roles": {"r": {}}}}}


def older() -> dict:
    """Answers to a token whose policy is too old; the lists are used up, so each test has its own."""
    return {
        **BASE,
        "GET sys/auth": data(**{"ap/": {"type": "approle"}}),
        "LIST auth/ap/role": [DENIED, DENIED, data(keys=[])],
        "GET auth/ap/role/r": [DENIED, data()],
        "GET auth/token/lookup-self": data(policies=["automation"]),
        "GET platform-ledger/data/vault/default": data(data={"objects": '{"policy:automation":{},"auth:ap":{}}'}, metadata={"version": 1}),
    }


def test_a_refused_plan_does_not_touch_our_own_policy(vault):
    """What can be seen already forbids the run: then «nothing was done» is true."""
    listed = data(key_info={"automation": {"policy": OLD}, "theirs": {"policy": OLD}})
    client, table = vault({**older(), "LIST sys/policies/detailed/acl": listed})
    with pytest.raises(Refused, match="policy theirs exists, isn't ours and differs"):
        run(client, AUTOMATION)[1]()
    assert not [asked for asked in table.asked() if not asked.startswith(("GET", "LIST"))]


def test_our_own_policy_is_updated_then_the_rest_is_read_and_planned_anew(vault):
    client, table = vault({**older(), "LIST sys/policies/detailed/acl": data(key_info={"automation": {"policy": OLD}}), LEDGER: data(version=2)})
    result = run(client, AUTOMATION)[1]()
    assert [(entry["action"], entry["name"]) for entry in result["plan"]] == [
        ("update", "automation"),
        ("create", "theirs"),
        ("create", "ap/r"),
    ]
    assert "our own policy automation was updated before" in result["warnings"][0]
    assert table.asked().index("POST sys/policies/acl/automation") < table.asked().index(LEDGER)


# --- scope and site --------------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("scope", ["", "../fingerprint-key", "x/../platform", "a/b", ".", "..", "-a", "a b", "a."])
def test_a_scope_is_a_plain_name(vault, scope):
    client, table = vault(BASE)
    with pytest.raises(Refused, match="can't be one; use letters, digits"):
        run(client, {"policies": {}}, scope=scope)[1]()
    assert not [asked for asked in table.asked() if "platform-ledger" in asked]


def test_another_sites_scope_is_refused(vault):
    theirs = data(data={"objects": "{}", "site": "blue"}, metadata={"version": 1})
    client, table = vault({**BASE, "GET platform-ledger/data/vault/default": theirs, LEDGER: data(version=2)})
    with pytest.raises(ForeignLedger, match="belongs to the site blue, and this is green; give each site a scope of its own"):
        run(client, {"policies": {"a": POLICY}}, site="green")[1]()
    assert LEDGER not in table.asked()
    run(client, {"policies": {"a": POLICY}}, site="blue")[1]()
    assert table.body(LEDGER)["data"]["site"] == "blue"

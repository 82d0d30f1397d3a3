# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Ownership on a real server: pruning, its guard, scopes, the ledger, and what is refused before anything is written."""

from __future__ import annotations

import json

import pytest

from ansible_collections.unifiedmeta.platform.plugins.module_utils._http import ApiError
from ansible_collections.unifiedmeta.platform.plugins.module_utils._plan import Refused
from ansible_collections.unifiedmeta.platform.plugins.module_utils._reconcile import Failed
from tests.lab.vault_full import full
from tests.lab.vault_runs import Runs, changes
from tests.support.audit import mark, vault_writes

POLICY = 'path "a/b" { capabilities = ["read"] }'


def policies(*names: str) -> dict:
    return {"policies": dict.fromkeys(names, POLICY)}


def test_prune_deletes_what_this_scope_made_and_no_more(run, server):
    server.call("PUT", "sys/policies/acl/theirs", {"policy": POLICY})
    run(policies("a", "b", "c"))
    run(policies("other"), scope="second")
    assert not run(policies("a"))["changed"], "without prune nothing is deleted"
    result = run.twice(policies("a"), prune="owned")
    assert changes(result) == ["delete policy b", "delete policy c"]
    assert set(server.call("LIST", "sys/policies/acl")["data"]["keys"]) == {"a", "default", "other", "root", "theirs"}
    assert not run(policies("other"), scope="second", prune="owned")["changed"]
    assert changes(run({"policies": {}}, scope="second", prune="owned")) == ["delete policy other"]


def test_prune_of_every_kind_leaves_nothing_of_ours(run, server):
    with open(server.ca_file, encoding="utf-8") as stream:
        config = full(stream.read())
    config["transit"]["team/transit"]["keys"]["sign"]["deletion_allowed"] = True
    run(config)
    fewer = {
        "mounts": {"platform": config["mounts"]["platform"], **{name: config["mounts"][name] for name in ("pki", "pki_int", "team/transit")}},
        "auth": {name: {"type": name, ("users" if name == "userpass" else "roles"): {}} for name in config["auth"]},
        "policies": {},
        "secrets": {},
        "pki": {"pki": {"roles": {}}, "pki_int": {"roles": {}}},
        "transit": {"team/transit": {"keys": {}}},
        "identity": {"groups": {}, "entities": {}},
    }
    with pytest.raises(Refused, match="24 objects would be deleted, but max_deletes is 10"):
        run(fewer, prune="owned")
    result = run.twice(fewer, prune="owned", max_deletes=100)
    assert len([entry for entry in result["plan"] if entry["action"] == "delete"]) == 24
    assert server.call("LIST", "sys/policies/acl")["data"]["keys"] == ["default", "root"]
    assert run.run.vault.http.stats.writes == 0
    assert changes(run.twice({"mounts": {}, "auth": {}}, prune="owned")) == [
        *(f"delete auth {name}" for name in sorted(config["auth"])),
        *(f"delete mount {name}" for name in sorted(config["mounts"])),
    ]


def test_a_transit_key_that_may_not_be_deleted_is_named_and_the_rest_is_done(run):
    config = {"mounts": {"t": {"type": "transit"}}, "transit": {"t": {"keys": {"keep": {"type": "aes256-gcm96"}}}}, **policies("a", "b")}
    run(config)
    with pytest.raises(Refused) as refused:
        run({"mounts": config["mounts"], "transit": {"t": {"keys": {}}}, **policies("a")}, prune="owned")
    assert "1 of 2 changes were made" in str(refused.value) and "transit_key t/keep: delete failed" in str(refused.value)
    assert changes(run({"mounts": config["mounts"], "transit": {"t": {"keys": {}}}, **policies("a")}, True, prune="owned")) == ["delete transit_key t/keep"]


def test_prune_spares_sections_that_the_call_does_not_speak_about(run):
    run({**policies("a"), "auth": {"approle": {"type": "approle", "roles": {"r": {"token_policies": ["a"]}}}}})
    assert not run({"auth": {"approle": {"type": "approle"}}}, prune="owned")["changed"]
    assert changes(run({"auth": {"approle": {"type": "approle", "roles": {}}}}, prune="owned")) == ["delete auth_role approle/r"]


def test_max_deletes_refuses_everything(run, server):
    run(policies(*(f"p{n}" for n in range(6))))
    before = mark(server.audit_log)
    with pytest.raises(Refused) as refused:
        run(policies("p0", "new"), prune="owned", max_deletes=4)
    assert refused.value.faults == [f"policy p{n}" for n in range(1, 6)] and "max_deletes is 4" in str(refused.value)
    assert vault_writes(server.audit_log, before) == []
    assert len(changes(run(policies("p0", "new"), prune="owned", max_deletes=5))) == 6


def test_a_pruned_secret_can_be_undeleted(run, server):
    config = {"mounts": {"kv": {"type": "kv-v2"}}, "secrets": {"kv/a": {"generate": {"x": 20}}, "kv/b": {"generate": {"x": 20}}}}
    run(config)
    del config["secrets"]["kv/b"]
    assert changes(run.twice(config, prune="owned")) == ["delete secret kv/b"]
    server.call("POST", "kv/undelete/b", {"versions": [1]})
    assert len(server.call("GET", "kv/data/b")["data"]["data"]["x"]) == 20
    assert not run(config, prune="owned")["changed"], "undeleted by a person: theirs now"


def test_the_ledger_says_who_made_what(run, server):
    run(policies("a"), scope="one")
    run(policies("b"), scope="two")
    assert server.call("LIST", "platform-ledger/metadata/vault")["data"]["keys"] == ["one", "two"]
    assert json.loads(server.call("GET", "platform-ledger/data/vault/two")["data"]["data"]["objects"]) == {"policy:b": {}}
    with pytest.raises(Refused, match="policy a exists, isn't ours and differs"):
        run({"policies": {"a": POLICY.replace("read", "list")}}, scope="two")


def test_a_large_ledger_is_packed_and_read_again(run):
    config = policies(*(f"policy-with-a-name-of-some-length-{n:04}" for n in range(3000)))
    run(config, concurrency=16)
    assert run.run.desired.items
    again = run(config)
    assert not again["changed"] and again["stats"]["requests"] <= 6


def test_work_cut_after_the_ledger_was_written_is_taken_up(run, server):
    """Names without objects in the ledger: the objects are made; objects without facts: nothing is sent twice without need."""
    run(policies("a", "b"))
    server.call("DELETE", "sys/policies/acl/b")
    assert changes(run.twice(policies("a", "b"))) == ["create policy b"]


BAD = {
    "unknown section": ({"mount": {}}, "unknown key mount; did you mean mounts?"),
    "unknown key": (
        {"auth": {"approle": {"type": "approle", "roles": {"r": {"token_polices": ["a"]}}}}},
        "unknown key token_polices; did you mean token_policies?",
    ),
    "wrong type": ({"auth": {"approle": {"type": "approle", "roles": {"r": {"token_ttl": "soon"}}}}}, "token_ttl: must be a duration"),
    "unknown auth method": ({"auth": {"x": {"type": "kubernets"}}}, "did you mean kubernetes?"),
    "missing policy": (
        {"auth": {"approle": {"type": "approle", "roles": {"r": {"token_policies": ["nobody"]}}}}},
        "the policy nobody neither exists nor is declared",
    ),
    "missing mount": ({"secrets": {"nowhere/x": {"generate": {"a": 20}}}}, "no kv mount of version 2"),
    "missing database": ({"database": {"db": {"roles": {"r": {"db_name": "pg"}}}}}, "the mount db neither exists nor is declared"),
    "duplicate": ({"policies": {"A": POLICY, "a": POLICY}}, "is declared at config.policies.A already"),
    "built in": ({"policies": {"root": POLICY}}, "choose another name"),
    "wrong mount": ({"mounts": {"x": {"type": "transit"}}, "pki": {"x": {"roles": {"r": {}}}}}, "the mount x is of type transit, not pki"),
    "group alias": ({"identity": {"groups": {"g": {"type": "external", "aliases": [{"mount": "nope", "name": "x"}]}}}}, "the auth method nope neither exists"),
}


def test_what_was_refused_and_is_made_by_hand_afterwards_is_not_ours(run, server):
    with pytest.raises(Failed, match="policy broken: create failed"):
        run({"policies": {"broken": 'path "a/b" { capabilities = [', "good": POLICY}})
    found = json.loads(server.call("GET", "platform-ledger/data/vault/default")["data"]["data"]["objects"])
    assert "policy:good" in found and "policy:broken" not in found
    server.call("PUT", "sys/policies/acl/broken", {"policy": POLICY})
    with pytest.raises(Refused, match="policy broken exists, isn't ours"):
        run({"policies": {"broken": POLICY.replace("read", "list"), "good": POLICY}})
    assert not run(policies("good"), prune="owned")["changed"]


@pytest.mark.parametrize("name", BAD)
def test_bad_input_is_refused_before_any_write(run, server, name):
    config, message = BAD[name]
    before = mark(server.audit_log)
    with pytest.raises(Refused) as refused:
        run({**config, "audit": {}})
    assert message in str(refused.value) and "nothing was done" in str(refused.value)
    assert vault_writes(server.audit_log, before) == []


def test_all_faults_at_once(run):
    config: dict = {}
    for part, _message in BAD.values():
        for section, content in part.items():
            config.setdefault(section, {}).update(content)
    with pytest.raises(Refused) as refused:
        run(config)
    assert len(refused.value.faults) >= 8


def test_an_audit_device_is_made_by_api_or_checked(run, server):
    """Vault takes audit devices by API; OpenBao only in its configuration, so there a missing one is a clear fault."""
    declared = {"audit": {"file": {"type": "file", "options": {"file_path": server.call("GET", "sys/audit")["data"]["file/"]["options"]["file_path"]}}}}
    assert not run(declared)["changed"]
    with pytest.raises(Refused, match="differs in options"):
        run({"audit": {"file": {"type": "file", "options": {"file_path": "/elsewhere"}}}})
    if server.vendor == "vault":
        second = {"audit": {"two": {"type": "file", "options": {"file_path": str(server.folder / "two.log")}}}}
        assert changes(run.twice(second)) == ["create audit two"]
    else:
        with pytest.raises(Refused, match="its server's configuration only"):
            run({"audit": {"two": {"type": "file", "options": {"file_path": "/x"}}}})


def test_states_of_the_server_are_named(bao_server):
    server = bao_server(initialised=False, storage="inmem")
    config = policies("a")
    assert changes(Runs(server, {"token": None})(config, True)) == ["create policy a"], "an uninitialised server is an empty one in check mode"
    with pytest.raises(ApiError, match="not initialised; run vault_init"):
        Runs(server)(config)
    server.initialise()
    with pytest.raises(ApiError, match="sealed.*unseal"):
        Runs(server)(config)
    server.unseal()
    with pytest.raises(ApiError, match="invalid token|the token was refused"):
        Runs(server, {"token": "wrong"})(config)
    with pytest.raises(ApiError, match="token .or VAULT_TOKEN. is not there"):
        Runs(server, {"token": None})(config)

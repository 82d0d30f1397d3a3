# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
"""vault_init from options to result, on servers that answer by script; the whole of it is met in tests/lab/test_vault_init*.py."""

from __future__ import annotations

import pytest

from ansible_collections.unifiedmeta.platform.plugins.module_utils._bootstrap import Store
from ansible_collections.unifiedmeta.platform.plugins.module_utils._vault import init_main
from tests.support.returned import documented

EMPTY = {"type": "shamir", "initialized": False, "sealed": True, "t": 0, "n": 0, "progress": 0, "storage_type": "raft"}
SEALED = {**EMPTY, "initialized": True, "t": 1, "n": 1}
OPEN = {**SEALED, "sealed": False, "cluster_id": "one"}


@pytest.fixture
def options(tmp_path):
    """Factory of the module's options for one server."""
    def make(url, **more):
        return {
            "name": "openbao", "servers": [{"url": url, "name": None, "join_address": None, "pod": None}], "kubeconfig": None, "ca_file": None,
            "validate_certs": True, "timeout": 5.0, "wait": 1.0, "seal": None, "shares": 1, "threshold": 1, "pgp_keys": [], "root_token_pgp_key": None,
            "unseal_keys": [], "unseal": True, "join": True, "rekey": False, "token": None, "root_token": "keep", "successor": None, "foreign": False,
            "reinitialise_empty": False, "audit_log": None, "reset_command": [], "assume": [],
            "store": {"path": str(tmp_path / "s" / "store"), "passphrase": None, "encrypt": False, "content": None, "wait": 1.0}, **more}

    return make


def run(params, check=False, command=lambda argv: (0, "", ""), warn=lambda text: None):
    return documented("vault_init", init_main.run(params, check, command, warn))


def test_check_mode_makes_nothing(scripted, options, tmp_path):
    server = scripted((200, EMPTY))
    result = run(options(server.url), check=True)
    assert result["changed"] and result["initialised"] and not result["sealed"] and result["root_token_stored"]
    assert [step["action"] for step in result["plan"]] == ["initialise", "unseal"]
    assert not (tmp_path / "s").exists() and [seen[0] for seen in server.seen] == ["GET"]
    assert result["diff"]["before"].splitlines()[0].endswith("empty, seal shamir") and result["stats"]["writes"] == 0


def test_nothing_to_do(scripted, options):
    server = scripted((200, OPEN))
    result = run(options(server.url, foreign=True))
    assert (result["changed"], result["plan"], result["initialised"], result["sealed"], result["root_token_stored"]) == (False, [], True, False, False)
    assert result["diff"]["before"] == result["diff"]["after"] and "encrypted_shares" not in result


def test_faults_of_the_input_come_before_any_request(scripted, options):
    server = scripted((200, EMPTY))
    with pytest.raises(init_main.Failed, match="4 faults:\n- ") as caught:
        run(options(server.url, shares=0, pgp_keys=["?"], ca_file="/does/not/exist"))
    assert server.seen == [] and caught.value.result == {} and "ca_file: /does/not/exist can't be read" in str(caught.value)


def test_one_fault_is_one_sentence(scripted, options):
    with pytest.raises(init_main.Failed) as caught:
        run(options(scripted((200, SEALED)).url))
    assert str(caught.value).startswith("http://127.0.0.1") and "initialised by somebody else" in str(caught.value)


def test_a_step_that_fails_tells_what_was_done(scripted, options, quick):
    """sys/init breaks: the result has the plan, says what failed and that a mark was left."""
    server = scripted((200, EMPTY), (200, EMPTY), "reset", (200, SEALED))
    with pytest.raises(init_main.Failed) as caught:
        run(options(server.url))
    assert "initialise http://" in str(caught.value) and "the store holds a mark" in str(caught.value)
    assert caught.value.result["changed"] is False and [step["action"] for step in caught.value.result["plan"]] == ["initialise", "unseal"]


def test_the_next_run_explains_the_loss(scripted, options, tmp_path, quick):
    server = scripted((200, EMPTY), (200, EMPTY), "reset", (200, SEALED))
    for _time in range(2):
        with pytest.raises(init_main.Failed) as caught:
            run(options(server.url))
    assert "the unseal shares exist nowhere" in str(caught.value)
    with pytest.raises(init_main.Failed, match="no audit log was named"):
        run(options(server.url, reinitialise_empty=True, reset_command=["/bin/true"]))


def test_a_reset_command_that_fails(scripted, options, tmp_path):
    log = tmp_path / "audit.log"
    store = Store(str(tmp_path / "s" / "store"), encrypt=False)
    data = store.read()
    server = scripted((200, SEALED))
    data["vaults"]["openbao"] = {"mark": {"time": "2026-01-01T00:00:00Z", "servers": [server.url], "audit": {"path": str(log), "inode": 0, "size": 0}}}
    store.write(data)
    log.write_text('{"time": "2026-01-01T00:00:01Z", "request": {"path": "sys/audit/test"}}\n', "utf-8")
    asked = []

    def command(argv):
        asked.append(argv)
        return 3, "", "no such service"

    params = options(server.url, reinitialise_empty=True, reset_command=["/bin/wipe", "openbao"], audit_log=str(log))
    assert [step["action"] for step in run(params, check=True)["plan"]] == ["reset", "initialise", "unseal"]
    assert asked == [], "check mode runs no command"
    with pytest.raises(init_main.Failed, match="reset_command ended with 3: no such service"):
        run(params, command=command)
    assert asked == [["/bin/wipe", "openbao"]]


def test_what_a_reset_command_says_holds_no_secret(scripted, options, tmp_path):
    log = tmp_path / "audit.log"
    store = Store(str(tmp_path / "s" / "store"), encrypt=False)
    data = store.read()
    server = scripted((200, SEALED))
    data["vaults"]["openbao"] = {"mark": {"time": "2026-01-01T00:00:00Z", "servers": [server.url], "audit": {"path": str(log), "inode": 0, "size": 0}},
                                 "previous": [{"keys": ["an-older-share"], "root_token": None}]}
    data["vaults"]["other"] = {"answer": {"keys": ["a-share-of-another"], "root_token": "a-root-token"}}
    data["secrets"]["rke2/token"] = {"value": "the-clusters-token", "created": "2026-01-01T00:00:00Z"}
    store.write(data)
    log.write_text('{"time": "2026-01-01T00:00:01Z", "request": {"path": "sys/audit/test"}}\n', "utf-8")
    secrets = ["an-older-share", "a-share-of-another", "a-root-token", "the-clusters-token", "the-token-of-the-run"]
    params = options(server.url, reinitialise_empty=True, reset_command=["/bin/wipe"], audit_log=str(log), token=secrets[4])
    with pytest.raises(init_main.Failed, match="reset_command ended with 1: env: ") as caught:
        run(params, command=lambda argv: (1, "", "env: " + " ".join(secrets)))
    assert not any(secret in str(caught.value) + repr(caught.value.result) for secret in secrets), str(caught.value)


def test_forms_in_which_a_program_may_say_a_secret():
    key = "-----BEGIN KEY-----\n  aGVhcnQ0Mg==\n-----END KEY-----\n"
    found = init_main._told_apart(["c2hhcmUtb25l", "not base64!", key])
    assert {"c2hhcmUtb25l", b"share-one".hex(), "not base64!", "aGVhcnQ0Mg==", key} <= found


def test_a_store_that_can_not_be_used(scripted, options):
    server = scripted((200, EMPTY))
    store = {"path": "relative", "passphrase": None, "encrypt": True, "content": None, "wait": 1.0}
    with pytest.raises(init_main.Failed, match="no passphrase") as caught:
        run(options(server.url, store=store))
    assert "must be absolute" in str(caught.value) and server.seen == []


def test_warnings_reach_the_person(scripted, options, tmp_path):
    store = Store(str(tmp_path / "s" / "store"), encrypt=False)
    data = store.read()
    data["vaults"]["openbao"] = {"answer": {"keys": ["1"], "threshold": 1}, "cluster_id": "one"}
    store.write(data)
    said = []
    assert not run(options(scripted((200, OPEN)).url, shares=3, threshold=2), warn=said.append)["changed"]
    assert said == ["the root key is split 1 of 1, wanted is 2 of 3; set rekey to change it"]


def test_steps_of_an_earlier_task_count_in_check_mode_only(scripted, options):
    server = scripted((200, EMPTY))
    first = run(options(server.url), check=True)
    last = run(options(server.url, root_token="absent", assume=first["plan"]), check=True)
    assert [step["action"] for step in last["plan"]] == ["revoke_root"]


def test_encrypted_shares_are_handed_out(scripted, options, tmp_path):
    store = Store(str(tmp_path / "s" / "store"), encrypt=False)
    data = store.read()
    data["vaults"]["openbao"] = {"answer": {"keys": ["for one", "for two"], "encrypted": True, "threshold": 1}, "cluster_id": "one"}
    store.write(data)
    assert run(options(scripted((200, OPEN)).url))["encrypted_shares"] == ["for one", "for two"]


def test_a_pod_needs_access_to_its_cluster(options, tmp_path):
    pod = {"namespace": "openbao", "name": "openbao-0", "port": 8200}
    params = options("http://x", kubeconfig=str(tmp_path / "none"))
    params["servers"][0]["pod"] = pod
    with pytest.raises(init_main.Failed, match=r"kubeconfig .*none can't be read"):
        run(params)

# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
"""vault_config in a play, as people run it: no secret in any output, argument, file or cache; a large plan; a request budget."""

from __future__ import annotations

import json

import pytest

from tests.support.audit import mark, vault_requests, vault_writes
from tests.support.canary import Watch, files, needles, sweep, vault_secrets
from tests.support.task import Task

CANARY = "canary-in-the-declaration-7f3a"


@pytest.fixture
def play(server, tmp_path):
    return Task(tmp_path, "vault_config", {"VAULT_ADDR": server.addr, "VAULT_TOKEN": server.root_token, "VAULT_CACERT": server.ca_file})


def everything() -> dict:
    return {
        "mounts": {"platform": {"type": "kv-v2"}},
        "secrets": {"platform/app": {"data": {"password": CANARY}, "generate": {"token": 40, "key": {"kind": "ed25519", "public": "pub"}}}},
        "auth": {"people": {"type": "userpass", "users": {"kim": {"password": "vault:platform/app#token", "token_policies": ["default"]}}}},
    }


def test_secrets_are_nowhere_but_in_the_server(play, server):
    for flags, more in ((("--check", "--diff", "-vvv"), {}), (("--diff", "-vvv"), {}), (("--diff", "-vvv"), {"rotate": ["platform/app#token"]})):
        run, folder = play(everything(), *flags, **more)
        with Watch(run, folders=[folder / "out"]) as watch:
            result = run.wait(120).check()
        assert "changed=1" in result.stdout or "changed=2" in result.stdout
        secrets = {**vault_secrets(server), "canary": CANARY} if "--check" not in flags else {"canary": CANARY, "root token": server.root_token}
        # The play itself holds what a person wrote into it.
        evidence = watch.evidence() | {path: text for path, text in files([folder]).items() if not str(path).endswith("play.json")}
        public = server.call("GET", "platform/data/app")["data"]["data"]["pub"] if "--check" not in flags else ""
        found = sweep(evidence, needles({label: value for label, value in secrets.items() if value != public}))
        # VAULT_TOKEN is how this test hands the token over.
        found = [leak for leak in found if not leak.startswith("root token stands in environment")]
        assert not found, "\n".join(found)


def test_a_second_run_writes_nothing_within_a_budget(play, server):
    config = {**everything(), "policies": {f"p{n}": 'path "a" { capabilities = ["read"] }' for n in range(50)}}
    play(config)[0].wait(120).check()
    before = mark(server.audit_log)
    result = play(config)[0].wait(120).check()
    assert "changed=0" in result.stdout and vault_writes(server.audit_log, before) == []
    # mounts, methods, policies, ledger, fingerprint key, two lists, one user, one secret, the secret that a reference names
    assert len(vault_requests(server.audit_log, before)) <= 10


def test_a_failure_tells_what_to_do(play, server):
    bad = {"auth": {"people": {"type": "userpass", "users": {"kim": {"password": CANARY, "token_polices": ["default"]}}}}}
    run, _folder = play(bad, "-vvv")
    result = run.wait(120)
    assert result.rc != 0 and "did you mean token_policies?" in result.stdout and "nothing was done" in result.stdout
    assert CANARY not in result.stdout


def test_a_large_plan_lies_in_a_file(play, tmp_path):
    config = {"policies": {f"p{n:03}": 'path "a" { capabilities = ["read"] }' for n in range(230)}}
    path = tmp_path / "plan.json"
    result = play(config, "--check", plan_file=str(path))[0].wait(120).check()
    assert len(json.loads(path.read_text("utf-8"))) == 230 and str(path) in result.stdout

# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Logins, tokens that end in mid-run, standby nodes, faults on the wire: on real servers."""

from __future__ import annotations

import base64
import json
import time

import pytest
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, utils

from ansible_collections.unifiedmeta.platform.plugins.module_utils._http import ApiError
from ansible_collections.unifiedmeta.platform.plugins.module_utils._plan import Refused
from ansible_collections.unifiedmeta.platform.plugins.module_utils._vault import login, reconcile, session
from tests.lab.vault_runs import Runs, changes, parameters
from tests.support.audit import mark, vault_requests, vault_writes
from tests.support.wire import At, Fault, Storm, Wire

POLICY = 'path "a" { capabilities = ["read"] }'
WAY = {"method": "kubernetes", "mount": "jwt", "role": "automation", "namespace": "n", "service_account": "s", "audiences": []}


def policies(count: int) -> dict:
    return {"policies": {f"p{n:03}": POLICY for n in range(count)}}


class Automation:
    """An auth method that takes tokens which this test signs: the same call as the kubernetes method's, without a cluster."""

    def __init__(self, server, seconds: int):
        self.key, self.asked = ec.generate_private_key(ec.SECP256R1()), 0
        public = self.key.public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo).decode()
        server.call("POST", "sys/auth/jwt", {"type": "jwt"})
        server.call("POST", "auth/jwt/config", {"jwt_validation_pubkeys": [public]})
        server.call("PUT", "sys/policies/acl/all", {"policy": 'path "*" { capabilities = ["create", "read", "update", "patch", "delete", "list", "sudo"] }'})
        role = {
            "role_type": "jwt",
            "user_claim": "sub",
            "bound_audiences": ["vault"],
            "token_policies": ["all"],
            "token_ttl": seconds,
            "token_max_ttl": seconds,
        }
        server.call("POST", "auth/jwt/role/automation", role)

    def __call__(self, _way: dict) -> str:
        self.asked += 1
        parts = [{"alg": "ES256", "typ": "JWT"}, {"sub": "robot", "aud": "vault", "exp": int(time.time()) + 60}]
        text = b".".join(base64.urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=") for part in parts)
        numbers = utils.decode_dss_signature(self.key.sign(text, ec.ECDSA(hashes.SHA256())))
        signature = b"".join(number.to_bytes(32, "big") for number in numbers)
        return (text + b"." + base64.urlsafe_b64encode(signature).rstrip(b"=")).decode()


def run_with(server, jwt, config, monkeypatch, check=False, **options):
    """One run that logs in by ``jwt``; the session, and what the run gave."""
    monkeypatch.setattr(session.Session, "_jwt", lambda self, way: jwt(way))
    given = parameters(url=server.addr, ca_file=server.ca_file, login=[WAY], config=config, **options)
    seen: set[str] = set()
    with session.Session(given, seen.add) as connection:
        result = reconcile.Reconciler(connection.vault, given, connection.register).run(check)
        made = connection.login.made
    return made, seen, result


def test_a_login_is_made_once_and_its_token_revoked(server, monkeypatch):
    automation = Automation(server, 600)
    before = mark(server.audit_log)
    token, seen, result = run_with(server, automation, policies(40), monkeypatch)
    assert len(result["plan"]) == 40 and automation.asked == 1 and token in seen
    calls = [path for _operation, path in vault_requests(server.audit_log, before)]
    assert calls.count("auth/jwt/login") == 1 and calls.count("auth/token/revoke-self") == 1
    assert not [path for path in calls if path.startswith("auth/token/") and path != "auth/token/revoke-self"], "no other token call"
    assert server.request("GET", "auth/token/lookup-self", token=token).status_code == 403


def test_a_token_is_renewed_before_it_ends(server, monkeypatch):
    """A token of two seconds and a run of more: the wire makes every write slow."""
    automation = Automation(server, 2)
    folder = server.folder / "wire"
    with Wire(server.addr, server.ca_file, folder, script=lambda event: Fault("slow", seconds=0.5) if "/policies/acl/p" in event.path else None) as wire:
        server.addr, server.ca_file, direct = wire.url, wire.ca_file, (server.addr, server.ca_file)
        try:
            _token, _seen, result = run_with(server, automation, policies(60), monkeypatch, concurrency=6)
        finally:
            server.addr, server.ca_file = direct
    assert len(result["plan"]) == 60 and automation.asked >= 2
    assert not Runs(server)(policies(60))["changed"]


def test_a_token_that_is_revoked_in_mid_run_is_replaced_by_another_login(server, monkeypatch):
    automation = Automation(server, 600)

    def revoke(event, stage):
        if stage == "arrived" and event.path.endswith("/p030") and event.method == "POST" and event.count == 0:
            server.call("POST", "sys/leases/revoke-prefix/auth/jwt/login", {})

    with Wire(server.addr, server.ca_file, server.folder / "wire", watch=revoke) as wire:
        direct = (server.addr, server.ca_file)
        server.call("POST", "sys/leases/revoke-prefix/auth/jwt/login", {})
        monkeypatch.setattr(server, "addr", server.addr)
        monkeypatch.setattr(session.Session, "_jwt", lambda self, way: automation(way))
        given = parameters(url=wire.url, ca_file=wire.ca_file, login=[WAY], config=policies(60), concurrency=4)
        with session.Session(given, lambda value: None) as connection:
            result = reconcile.Reconciler(connection.vault, given, connection.register).run(False)
        assert direct == (server.addr, server.ca_file)
    assert len(result["plan"]) == 60 and automation.asked == 2


def test_a_given_token_that_ends_in_mid_run_is_one_sentence(server):
    token = server.call("POST", "auth/token/create", {"policies": ["root"], "ttl": "1h"})["auth"]["client_token"]

    def revoke(event, stage):
        if stage == "arrived" and event.path.endswith("/p030") and event.method == "POST":
            server.call("POST", "auth/token/revoke", {"token": token})

    with Wire(server.addr, server.ca_file, server.folder / "wire", watch=revoke) as wire, pytest.raises((Refused, ApiError)) as failed:
        Runs(server, {"url": wire.url, "ca_file": wire.ca_file, "token": token, "concurrency": 4})(policies(120))
    text = str(failed.value)
    assert "the token was refused: it is wrong, expired or revoked" in text and len(text.splitlines()) <= 3, text
    assert token not in text
    assert len(changes(Runs(server)(policies(120)))) < 120, "the next run goes on from there"


def test_ways_are_tried_in_order_and_all_reasons_are_told(server, monkeypatch):
    monkeypatch.setattr(session.Session, "_jwt", lambda self, way: "no.token.really")
    ways = [WAY, {"method": "bootstrap", "store": {"path": "/nonexistent/store"}, "name": "openbao"}, {"method": "token"}]
    assert Runs(server, {"login": ways})(policies(1), True)["changed"], "the token is the last way"
    with pytest.raises(ApiError) as refused:
        Runs(server, {"login": ways, "token": None})(policies(1), True)
    text = str(refused.value)
    assert all(part in text for part in ("kubernetes: ", "bootstrap: ", "token: token (or VAULT_TOKEN) is not there", "give a valid token")), text
    assert set(login.METHODS) == {"token", "kubernetes", "bootstrap"}


def test_a_token_without_rights_is_named(server):
    token = server.call("POST", "auth/token/create", {"policies": ["default"]})["auth"]["client_token"]
    before = mark(server.audit_log)
    with pytest.raises(ApiError, match="mount list .GET sys/mounts.: .*permission denied.*give an identity that may do this"):
        Runs(server, {"token": token})(policies(1))
    assert vault_writes(server.audit_log, before) == []


def test_a_policy_that_may_read_data_but_no_subkeys_is_enough(server):
    config = {"mounts": {"kv": {"type": "kv-v2"}}, "secrets": {"kv/a": {"generate": {"x": 20}}}}
    Runs(server)(config)
    rules = {"sys/mounts": '"read"', "sys/auth": '"read"', "kv/data/*": '"read"', "platform-ledger/data/*": '"read"'}
    text = "".join(f'path "{path}" {{ capabilities = [{given}] }}\n' for path, given in rules.items())
    server.call("PUT", "sys/policies/acl/old", {"policy": text})
    token = server.call("POST", "auth/token/create", {"policies": ["old"]})["auth"]["client_token"]
    assert not Runs(server, {"token": token})(config)["changed"]


UPGRADED = """
path "sys/mounts" { capabilities = ["read"] }
path "sys/auth" { capabilities = ["read"] }
path "sys/policies/*" { capabilities = ["read", "list", "create", "update"] }
path "platform-ledger/data/*" { capabilities = ["read", "create", "update"] }
path "auth/approle/*" { capabilities = ["read", "list", "create", "update"] }
path "kv/data/*" { capabilities = ["read", "create", "update", "patch"] }
path "kv/subkeys/*" { capabilities = ["read"] }
"""


def test_our_own_policy_goes_first_when_it_is_too_old(server):
    """Made by an older version, it doesn't let us read what the new one wants to see: one run, no step by hand."""
    older = UPGRADED[: UPGRADED.index('path "auth/approle')]
    config = {
        "mounts": {"kv": {"type": "kv-v2"}},
        "secrets": {"kv/a": {"generate": {"x": 20}}},
        "policies": {"automation": older},
        "auth": {"approle": {"type": "approle", "roles": {"r": {"token_ttl": "1h"}}}},
    }
    Runs(server)(config)
    token = server.call("POST", "auth/token/create", {"policies": ["automation"]})["auth"]["client_token"]
    run, before = Runs(server, {"token": token}), mark(server.audit_log)
    with pytest.raises(ApiError, match="permission denied"):
        run(config)
    config["policies"]["automation"] = UPGRADED
    predicted = run(config, True)
    assert changes(predicted) == ["update policy automation"] and vault_writes(server.audit_log, before) == []
    assert "secret kv/a can't be seen before the policy automation is updated; taken to be as declared" in predicted["warnings"]
    assert any("the list of auth_role of approle" in warning for warning in predicted["warnings"])
    result = run(config)
    assert result["plan"] == predicted["plan"] and "our own policy automation was updated before" in result["warnings"][0]
    again = run(config)
    assert not again["changed"] and "warnings" not in again


def test_from_a_standby_the_run_goes_to_the_active_node(bao_server):
    cluster = bao_server(nodes=3)
    standby = next(node for node in cluster.nodes if node.request("GET", "sys/health").status_code == 429)
    run = Runs(standby, {"token": cluster.root_token})
    run(policies(5))
    assert run.run.vault.http.base_url == cluster.call("GET", "sys/leader")["leader_address"] + "/v1"
    assert not run(policies(5))["changed"]


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_a_storm_on_the_wire_ends_in_the_same_state(server, seed):
    """Resets, 429 with Retry-After, 500, 503 and slow answers: retried, and nothing is made twice."""
    config = {"mounts": {"kv": {"type": "kv-v2"}}, "secrets": {f"kv/s{n}": {"generate": {"x": 24}} for n in range(20)}, **policies(20)}
    faults = (
        Fault("reset-before"),
        Fault("reset-after"),
        Fault("answer", 503),
        Fault("answer", 500),
        Fault("answer-after", 502),
        Fault("cut"),
        Fault("answer", 429, retry_after=0.1),
        Fault("slow", seconds=0.2),
    )
    with Wire(server.addr, server.ca_file, server.folder / "wire", script=Storm(seed, rate=0.15, faults=faults)) as wire:
        result = Runs(server, {"url": wire.url, "ca_file": wire.ca_file})(config)
        assert wire.spoilt() and result["stats"]["retries"] > 0
    assert {server.call("GET", f"kv/metadata/s{n}")["data"]["current_version"] for n in range(20)} == {1}
    assert not Runs(server)(config)["changed"]


def test_a_gateways_answer_is_not_taken_for_health(server):
    with Wire(server.addr, server.ca_file, server.folder / "wire", script=At(Fault("answer", 503), "GET", "/sys/health")) as wire:
        assert changes(Runs(server, {"url": wire.url, "ca_file": wire.ca_file})(policies(1), True)) == ["create policy p000"]


def test_a_server_sealed_in_mid_run_is_named(server):
    def seal(event, stage):
        if stage == "arrived" and event.path.endswith("/p020") and event.method == "POST":
            server.call("PUT", "sys/seal")

    wire = Wire(server.addr, server.ca_file, server.folder / "wire", watch=seal)
    with wire, pytest.raises((Refused, ApiError), match="it is sealed: unseal it, then run again"):
        Runs(server, {"url": wire.url, "ca_file": wire.ca_file, "concurrency": 2})(policies(60))
    server.unseal()
    Runs(server)(policies(60))
    assert not Runs(server)(policies(60))["changed"]

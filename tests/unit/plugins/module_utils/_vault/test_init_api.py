# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Calls and their errors, on a server that answers by script. The real ones are met in tests/lab/test_vault_init*.py."""

from __future__ import annotations

import base64
import json

import pytest

from ansible_collections.unifiedmeta.platform.plugins.module_utils._http import ApiError, Http
from ansible_collections.unifiedmeta.platform.plugins.module_utils._vault import init_api
from ansible_collections.unifiedmeta.platform.plugins.module_utils._vault.init_api import InitError, Server, decode_root, errors

STATUS = {"type": "shamir", "initialized": True, "sealed": True, "t": 2, "n": 3, "progress": 0, "storage_type": "raft", "cluster_id": "one"}
SEALED, OPEN = (503, {"sealed": True}), (200, {"sealed": False})


@pytest.fixture
def server(scripted, quick, monkeypatch):
    """Factory of (our client, the scripted server)."""
    monkeypatch.setattr(init_api, "_POLL", 0.01)

    def make(*script):
        found = scripted(*script)
        return Server("a", Http("Vault", found.url, errors=errors)), found

    return make


def asked(found):
    return [(method, path) for method, path, _headers, _body in found.seen]


def bodies(found):
    return [json.loads(body) if body else None for _method, _path, _headers, body in found.seen]


def test_status(server):
    node = server((200, STATUS))[0].status()
    assert (node.name, node.initialised, node.sealed, node.seal, node.shares, node.threshold, node.storage, node.cluster_id, node.fault) == (
        "a", True, True, "shamir", 3, 2, "raft", "one", "")
    assert node.auto is False and server((200, {**STATUS, "type": "static"}))[0].status().auto is True


def test_status_of_an_old_or_silent_server(server):
    assert server((200, {"initialized": False, "sealed": True}))[0].status().seal == "shamir"
    assert "isn't that of a Vault" in server((200, {"status": "ok"}))[0].status().fault
    assert "HTTP 404" in server((404, {}))[0].status().fault


def test_the_initialisation_is_never_repeated(server):
    ours, found = server("reset")
    with pytest.raises(ApiError):
        ours.initialise({"secret_shares": 1})
    assert asked(found) == [("PUT", "/v1/sys/init")]
    ours, found = server((503, {"errors": ["busy"]}))
    with pytest.raises(ApiError, match="busy"):
        ours.initialise({})
    assert len(found.seen) == 1


def test_unseal_gives_shares_until_it_is_open(server):
    ours, found = server((200, STATUS), (200, {"sealed": True, "t": 2, "n": 3, "progress": 1}), (200, {"sealed": False, "t": 2, "n": 3, "progress": 0}))
    ours.unseal(["one", "two", "three"], 1)
    assert bodies(found)[1:] == [{"key": "one"}, {"key": "two"}]


def test_unseal_begins_anew_where_somebody_began(server):
    ours, found = server((200, {**STATUS, "progress": 1}), (200, {}), (200, {"sealed": False, "t": 1, "n": 1, "progress": 0}))
    ours.unseal(["one"], 1)
    assert bodies(found)[1] == {"reset": True}


def test_unseal_of_a_member_waits_for_its_leader(server):
    still = (200, {"sealed": True, "t": 1, "n": 1, "progress": 0})
    leaderless, led = (200, {"leader_address": ""}), (200, {"leader_address": "https://b"})
    ours, found = server((200, STATUS), still, SEALED, (429, {"standby": True}), leaderless, (429, {}), led)
    ours.unseal(["one"], 5)
    assert asked(found)[-1] == ("GET", "/v1/sys/leader")


@pytest.mark.parametrize(("answer", "said"), [
    ((400, {"errors": ["failed to decrypt keys from storage: cipher: message authentication failed"]}), "sealed by other shares"),
    ((400, {"errors": ["invalid key: key is shorter than minimum 16 bytes"]}), "sealed by other shares"),
    ((500, {"errors": ["error decrypting challenge: cipher: message authentication failed"]}), "sealed by other shares"),
    ((400, {"errors": ["'key' must be a valid hex or base64 string"]}), "share 1 is neither hex nor base64"),
])
def test_shares_that_do_not_fit(server, answer, said):
    with pytest.raises(InitError, match=said):
        server((200, STATUS), answer)[0].unseal(["one"], 1)


def test_an_error_of_another_kind_stays_what_it_is(server):
    with pytest.raises(ApiError, match="no space left"):
        server((200, STATUS), (400, {"errors": ["no space left"]}))[0].unseal(["one"], 1)


def test_too_few_different_shares(server):
    with pytest.raises(InitError, match="1 of 2 different shares were given"):
        server((200, STATUS), (200, {"sealed": True, "t": 2, "n": 3, "progress": 1}))[0].unseal(["same", "same"], 1)


@pytest.mark.parametrize(("answer", "said"), [(SEALED, "still sealed"), ((501, {}), "still not initialised")])
def test_waiting_ends(server, answer, said):
    with pytest.raises(InitError, match=said):
        server(answer)[0].await_open(0.05)


def test_a_standby_is_no_leader(server):
    with pytest.raises(InitError, match="still a standby"):
        server((429, {}))[0].await_open(0.05, active=True)
    assert server(OPEN)[0].active() and not server((429, {}))[0].active()


def test_joining(server):
    ours, found = server((200, {"joined": True}))
    ours.join("https://leader", "PEM")
    ours.join("https://leader", None)
    assert bodies(found) == [{"leader_api_addr": "https://leader", "leader_ca_cert": "PEM"}, {"leader_api_addr": "https://leader"}]


def test_tokens_travel_in_the_header_alone(server):
    ours, found = server((200, {}), (204, b""), (403, {"errors": ["2 errors occurred: permission denied; invalid token"]}))
    assert ours.token_works("secret-token")
    ours.revoke("secret-token")
    assert not ours.token_works("secret-token")
    for _method, path, headers, body in found.seen:
        assert headers["X-Vault-Token"] == "secret-token" and "secret-token" not in path and b"secret-token" not in body


def test_a_proxys_refusal_is_not_a_revocation(server):
    with pytest.raises(ApiError, match="blocked by policy"):
        server((403, b"<html>blocked by policy</html>"))[0].token_works("t")
    assert not server((403, {"errors": ["permission denied"]}))[0].token_works("t")


def test_a_root_token_where_the_listener_does_not_serve_it(server):
    with pytest.raises(InitError, match="disable_unauthed_generate_root_endpoints"):
        server((405, {"errors": ["unsupported operation"]}))[0].root_attempt()
    with pytest.raises(ApiError):
        server((400, {"errors": ["other"]}))[0].root_attempt()


def test_steps_of_a_root_token(server):
    ours, found = server((200, {"started": False}), (200, {"nonce": "n1"}), (200, {"complete": True}), (204, b""))
    assert ours.root_attempt() == {"started": False} and ours.root_begin("otp") == "n1"
    assert ours.root_share("n1", "key") == {"complete": True}
    ours.root_cancel()
    assert asked(found)[-1] == ("DELETE", "/v1/sys/generate-root/attempt") and bodies(found)[2] == {"nonce": "n1", "key": "key"}


def test_steps_of_a_rekey(server):
    ours, found = server((200, {"data": {"nonce": "n"}}), (204, b""))
    assert ours.rotate("t", "root", "init", {"secret_shares": 1}) == {"nonce": "n"}
    assert ours.rotate("t", "recovery", "init", method="DELETE") == {}
    assert asked(found) == [("POST", "/v1/sys/rotate/root/init"), ("DELETE", "/v1/sys/rotate/recovery/init")]


@pytest.mark.parametrize("token", ["s.XHTWWwQa78uJ2cTaj8rX35FV", "hvs.CAESIJ"])
def test_a_hidden_root_token_comes_out(token):
    otp = "0123456789abcdefghijklmnopqrstuvwxyz"[:len(token)]
    hidden = base64.b64encode(bytes(one ^ two for one, two in zip(token.encode(), otp.encode()))).decode()
    assert decode_root(hidden.rstrip("="), otp) == decode_root(hidden, otp) == token


def test_errors_of_a_body_that_is_none(server):
    with pytest.raises(ApiError, match="HTTP 418"):
        server((418, b"<html>"))[0].join("x", None)


def test_the_address_for_others():
    http = Http("Vault", "http://127.0.0.1:8200/")
    assert Server("a", http).join_address == "http://127.0.0.1:8200" and Server("a", http, "https://inner").join_address == "https://inner"

"""Every request that vault_config and vault_init send is one that OpenBao's own API description knows: path, method, and every field.

The requests are recorded on the wire, of runs that create, read, change, rotate, prune and delete an object of every kind.
"""
from __future__ import annotations

import copy

import pytest

from tests.contract.openapi import Api, recorded
from tests.support.site import Site, config
from tests.support.target import Target
from tests.support.wire import Wire

API = Api(recorded())
# Where the description is silent or wrong; each with its reason.
SILENT = {
    "/sys/health": "it is described without its query, which we don't send",
    "/database/config/": "most of a connection's fields belong to the database's plugin",
    "/auth/jwt/role/": "two schemas of one name: test_vault_tables.py asks the server itself",
}
KINDS = {"platform": "kv", "platform-ledger": "kv", "pki": "pki", "sub": "pki", "transit": "transit", "database": "database",
         "auth/kubernetes": "kubernetes", "auth/approle": "approle", "auth/userpass": "userpass", "auth/jwt": "jwt"}


def everything() -> dict:
    """A desired state with an object of every kind that needs no other server."""
    made = config()
    made["mounts"]["database"] = {"type": "database", "tune": {"default_lease_ttl": "1h"}}
    made["mounts"]["sub"] = {"type": "pki"}
    role = {"role_type": "jwt", "user_claim": "sub", "bound_audiences": ["ci"], "token_policies": ["ci"]}
    made["auth"]["jwt"] = {"type": "jwt", "tune": {"max_lease_ttl": "2h"}, "config": {"jwt_validation_pubkeys": [PUBLIC_KEY]}, "roles": {"ci": role}}
    made["auth"]["userpass"]["users"] = {"operator": {"password": "vault:platform/operator/login#password", "token_policies": ["ci"]}}
    made["secrets"]["platform/operator/login"] = {"generate": {"password": 32}}
    made["database"] = {"database": {
        "connections": {"postgres": {"plugin_name": "postgresql-database-plugin", "connection_url": "postgresql://{{username}}:{{password}}@127.0.0.1:1/db",
                                     "username": "a", "password": "vault:platform/operator/login#password", "verify_connection": False}},
        "roles": {"read": {"db_name": "postgres", "creation_statements": ["SELECT 1"], "default_ttl": "1h"}}}}
    made["pki"]["pki"]["urls"] = {"issuing_certificates": ["https://ca.example.test"]}
    made["pki"]["sub"] = {"intermediate": {"common_name": "Sub", "key_type": "ec", "signed_by": "pki", "ttl": "8760h"}}
    made["identity"]["entities"] = {"robot": {"policies": ["ci"], "aliases": [{"mount": "approle", "name": "robot"}]}}
    made["identity"]["groups"]["inner"] = {"type": "internal", "member_entities": ["robot"]}
    return made


PUBLIC_KEY = """-----BEGIN PUBLIC KEY-----
MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEEVs/o5+uQbTjL3chynL4wXgUg2R9
q9UU8I5mEovUf86QZ7kOBIjJwqnzD1omageEHWwHdBO6B+dFabmdT9POxg==
-----END PUBLIC KEY-----
"""


def faults(events) -> list[str]:
    """What is wrong with recorded requests, each kind once."""
    found = set()
    for event in events:
        path = event.path.removeprefix("/v1")
        if not any(path.startswith(silent) for silent in SILENT):
            mount = next((name for name in KINDS if path.startswith(f"/{name}/")), None)
            fault = API.check(event.method, path, event.fields, KINDS.get(mount))
            found |= {fault} if fault else set()
    return sorted(found)


def test_vault_config(bao_server, tmp_path):
    server = bao_server(storage="inmem")
    with Wire(server.addr, server.ca_file, tmp_path / "wire") as wire:
        target = Target(server, wire, tmp_path)
        first = target.run(desired=everything())
        assert first.get("changed"), first
        again = target.run(desired=everything())
        assert again.get("changed") is False, again
        changed = drift(server)
        assert target.run(desired=changed, rotate=["platform/app-00/admin#password"])["changed"]
        less = {section: {} for section in changed}
        less["mounts"] = changed["mounts"]
        less["auth"] = {name: {**body, "roles": {}} for name, body in changed["auth"].items() if "roles" in body}
        pruned = target.run(desired=less, prune="owned", max_deletes=500)
        assert pruned.get("changed") and "delete" in {change["action"] for change in pruned["plan"]}, pruned
    methods = {event.method for event in wire.events}
    assert {"GET", "LIST", "POST", "DELETE"} <= methods and len(wire.events) > 200
    assert faults(wire.events) == []


def drift(server) -> dict:
    """Changes by hand, and a desired state that differs from the first in every kind that can be changed."""
    server.call("DELETE", "sys/policies/acl/app-03")
    server.call("POST", "sys/mounts/pki/tune", {"max_lease_ttl": "1h"})
    made = copy.deepcopy(everything())
    made["policies"]["app-01"] = 'path "x" { capabilities = ["list"] }'
    made["auth"]["kubernetes"]["roles"]["app-02"]["token_ttl"] = "2h"
    made["auth"]["jwt"]["tune"]["max_lease_ttl"] = "3h"
    made["secrets"]["platform/app-05/admin"]["generate"]["extra"] = 20
    made["transit"]["transit"]["keys"]["autounseal"]["deletion_allowed"] = True
    made["identity"]["groups"]["admins"]["policies"] = ["app-01"]
    made["mounts"]["platform"]["config"]["max_versions"] = 7
    return made


def test_vault_init(bao_server, tmp_path):
    server = bao_server(initialised=False, storage="inmem")
    with Wire(server.addr, server.ca_file, tmp_path / "wire") as wire:
        site = Site(server, tmp_path / "site", wire)
        site.play(site.init()).check()
        site.play(site.init(shares=5, threshold=3, rekey=True)).check()
        site.play(site.init(shares=5, threshold=3, root_token="absent")).check()
    assert {"/v1/sys/init", "/v1/sys/unseal", "/v1/auth/token/revoke-self"} & {event.path for event in wire.events}
    assert [fault for fault in faults(wire.events) if "/sys/rotate/" not in fault] == []


@pytest.mark.parametrize("method, path, fields", [("POST", "/v1/sys/initialise", ()), ("POST", "/v1/sys/auth/x", ("typ",)), ("PATCH", "/v1/sys/mounts/x", ())])
def test_a_wrong_request_is_found(method, path, fields):
    class Event:  # pylint: disable=too-few-public-methods
        """As the wire notes it down."""

    event = Event()
    event.method, event.path, event.fields = method, path, fields
    assert len(faults([event])) == 1

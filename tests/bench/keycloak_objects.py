"""The objects of Keycloak's benchmark, the same for everyone: to each client three mappers, half a group and three tenths of a role."""
from __future__ import annotations

import time

from tests.bench.objects import password

MOUNT = "bench"  # of the clients' secrets in Vault, which ours reads there; the others are given the value
CLAIMS = ("department", "team", "desk")


def counts(size: int) -> dict[str, int]:
    """How many of each kind ``size`` clients bring; 100 are 300 mappers, 50 groups and 30 roles."""
    return {"clients": size, "mappers": size * len(CLAIMS), "groups": size // 2, "roles": size * 3 // 10}


def tasks(size: int) -> int:
    """How many tasks of a loop make them: mappers come with their client."""
    number = counts(size)
    return sum(number.values()) - number["mappers"]


def mapper(claim: str) -> dict:
    """A protocol mapper's fields, with all that Keycloak would add by itself, so that nobody finds a difference where there is none."""
    return {"protocol": "openid-connect", "protocolMapper": "oidc-usermodel-attribute-mapper", "config": {
        "user.attribute": claim, "claim.name": claim, "jsonType.label": "String", "id.token.claim": "true", "access.token.claim": "true",
        "userinfo.token.claim": "true", "introspection.token.claim": "true"}}


def objects(size: int) -> dict:
    """Plain data by kind and name, as the API names the fields: clients with ``secret`` and ``mappers``, groups, roles."""
    number = counts(size)
    return {
        "roles": {f"role-{n:05}": {"description": f"Role {n}"} for n in range(number["roles"])},
        "groups": {f"group-{n:05}": {"attributes": {"team": [f"team-{n:05}"]}} for n in range(number["groups"])},
        "clients": {f"client-{n:05}": {
            "name": f"Client {n}", "protocol": "openid-connect", "rootUrl": f"https://app-{n:05}.example.com", "redirectUris": ["/callback"],
            "webOrigins": ["+"], "publicClient": False, "directAccessGrantsEnabled": False, "secret": password(n),
            "mappers": {claim: mapper(claim) for claim in CLAIMS}} for n in range(number["clients"])},
    }


def config(realm: str, size: int) -> dict:
    """The same as the desired state of keycloak_config; each client's secret lies in Vault, at a path of its own."""
    made = objects(size)
    clients = {name: {**fields, "secret": f"vault:{MOUNT}/{name}#client_secret"} for name, fields in made["clients"].items()}
    return {"realms": {realm: {**made, "clients": clients}}}


def put_secrets(server, size: int) -> None:
    """The clients' secrets, into a Vault, and the mount of the ledger: the platform has both before it comes to Keycloak."""
    for mount in (MOUNT, "platform-ledger"):
        server.call("POST", f"sys/mounts/{mount}", {"type": "kv", "options": {"version": "2"}})
    for number in range(size):
        path, body = f"{MOUNT}/data/client-{number:05}", {"data": {"client_secret": password(number)}}
        while not (answer := server.request("POST", path, body)).ok:
            # A new mount of secrets with versions takes a moment.
            if "Upgrading" not in answer.text:
                raise AssertionError(answer.text)
            time.sleep(0.05)

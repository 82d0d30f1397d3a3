"""The whole state of Keycloak's realms as one flat dictionary, for «same end state», read by plain requests.

    before = snapshot(keycloak, ["master", "lab"])
    …
    assert changes(before, snapshot(keycloak, ["master", "lab"])) == []

What a server makes by chance (ids, keys, times) is masked, and lists whose order says nothing are sorted, so that two servers that were set up
alike are equal. Secrets of clients appear as hashes.
"""
from __future__ import annotations

import hashlib
import json
import re
import typing as t

UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
# The end of a name that holds a part of an id: settings of steps of a flow.
PART = re.compile(r" [0-9a-f]{8}$")
BY_CHANCE = {"id", "containerId", "kid", "client.secret.creation.time", "createdTimestamp", "notBefore", "internalId"}
NAMES = ("alias", "clientId", "name", "username", "path")
SECTIONS = {"clients": "clientId", "clientScopes": "name", "authenticationFlows": "alias", "requiredActions": "alias", "identityProviders": "alias",
            "authenticatorConfig": "alias"}


def snapshot(keycloak, realms: t.Iterable[str]) -> dict[str, object]:
    """Settings, clients with their secrets, scopes, mappers, roles, groups, flows, required actions, users and what they may, by ``realm kind name``."""
    found: dict[str, object] = {}
    for realm in realms:
        whole = keycloak.call("POST", f"{realm}/partial-export?exportClients=true&exportGroupsAndRoles=true")
        people = list(accounts(keycloak, realm))
        known = {entry["id"]: named(entry) for entry in [*entries(whole), *people]}
        for section, name in SECTIONS.items():
            found.update({f"{realm} {section} {plain(entry[name], known)}": plain(entry, known) for entry in whole.pop(section, ())})
        for client in keycloak.get(f"{realm}/clients?max=1000"):
            if "secret" in client and client.get("name") and not client["name"].startswith("${"):
                found[f"{realm} secret {client['clientId']}"] = "sha256:" + hashlib.sha256(client["secret"].encode()).hexdigest()
        roles = whole.pop("roles")
        found.update({f"{realm} role {role['name']}": plain(role, known) for role in roles["realm"]})
        found.update({f"{realm} role {client}/{role['name']}": plain(role, known) for client, listed in roles["client"].items() for role in listed})
        found.update({f"{realm} group {group['path']}": plain(group, known) for group in whole.pop("groups")})
        found.update({f"{realm} user {person['username']}": plain(person, known) for person in people})
        found[f"{realm} components"] = plain(whole.pop("components", {}), known)
        found[f"{realm} settings"] = plain(whole, known)
    return found


def accounts(keycloak, realm: str) -> t.Iterator[dict]:
    """People and service accounts, with their credentials' types, groups and roles."""
    people = keycloak.get(f"{realm}/users?max=1000")
    people += [keycloak.get(f"{realm}/clients/{client['id']}/service-account-user") for client in keycloak.get(f"{realm}/clients?max=1000")
               if client.get("serviceAccountsEnabled")]
    for person in people:
        at = f"{realm}/users/{person['id']}"
        mapped = keycloak.get(f"{at}/role-mappings")
        roles = [role["name"] for role in mapped.get("realmMappings", ())]
        roles += [f"{client}/{role['name']}" for client, held in mapped.get("clientMappings", {}).items() for role in held["mappings"]]
        yield {**person, "roles": roles, "groups": [group["path"] for group in keycloak.get(f"{at}/groups")],
               "credentials": [credential["type"] for credential in keycloak.get(f"{at}/credentials")]}


def entries(value: t.Any) -> t.Iterator[dict]:
    """Everything in it that has an id and a name."""
    for item in value.values() if isinstance(value, dict) else value:
        if isinstance(item, (dict, list)):
            yield from entries(item)
    if isinstance(value, dict) and "id" in value and named(value):
        yield value


def named(entry: dict) -> str:
    """What it is called; empty where it has no name."""
    return next((str(entry[name]) for name in NAMES if name in entry), "")


def order(item: t.Any) -> tuple[str, str]:
    """By name, and all else where names are equal."""
    return (item if isinstance(item, str) else named(item)), json.dumps(item, sort_keys=True)


def plain(value: t.Any, known: dict[str, str]) -> t.Any:
    """Without what chance makes, an id as the name of what it means, lists by name; of what has no name the order is kept, it may be one of steps."""
    if isinstance(value, dict):
        return {key: plain(item, known) for key, item in value.items() if key not in BY_CHANCE}
    if isinstance(value, list):
        made = [plain(item, known) for item in value]
        return sorted(made, key=order) if all(isinstance(item, str) or (isinstance(item, dict) and named(item)) for item in made) else made
    if isinstance(value, str):
        return PART.sub(" <part>", UUID.sub(lambda hit: f"<{known.get(hit.group(), 'by chance')}>", value))
    return value

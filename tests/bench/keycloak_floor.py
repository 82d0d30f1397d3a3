"""The floor of Keycloak: what a bare script with requests and threads needs for the same objects, with no plan, no ledger, no messages.

    KEYCLOAK_URL=… KEYCLOAK_USERNAME=… KEYCLOAK_PASSWORD=… KEYCLOAK_CA_FILE=… python keycloak_floor.py objects.json write|check REALM

``write`` makes the realm and every object; ``check`` reads all by lists, a page a thread since it knows how many there are, and compares. Prints
the seconds of the work itself, its login included, as JSON: the interpreter's start and the import of requests are not in them.
"""
from __future__ import annotations

import concurrent.futures
import json
import os
import pathlib
import sys
import threading
import time

import requests

THREADS, PAGE = 16, 25
BORN = 6  # clients that a realm has from birth


def login() -> str:
    """A token; the realm master's lives 60 seconds, and the script is done by then or gets another."""
    env = os.environ
    form = {"grant_type": "password", "client_id": "admin-cli", "username": env["KEYCLOAK_USERNAME"], "password": env["KEYCLOAK_PASSWORD"]}
    answer = requests.post(f"{env['KEYCLOAK_URL']}/realms/master/protocol/openid-connect/token", data=form, timeout=120, verify=env["KEYCLOAK_CA_FILE"])
    answer.raise_for_status()
    return answer.json()["access_token"]


class Api:
    """Calls below ``/admin/realms/``, a session a thread."""

    def __init__(self) -> None:
        self.local, self.token, self.until, self.lock = threading.local(), "", 0.0, threading.Lock()

    def call(self, method: str, path: str, body: object = None, **params: object) -> requests.Response:
        with self.lock:
            if time.monotonic() > self.until:
                self.token, self.until = login(), time.monotonic() + 45
        if not hasattr(self.local, "session"):
            self.local.session = requests.Session()
            self.local.session.trust_env, self.local.session.verify = False, os.environ["KEYCLOAK_CA_FILE"]
        answer = self.local.session.request(method, f"{os.environ['KEYCLOAK_URL']}/admin/realms/{path}", json=body, params=params, timeout=300,
                                            headers={"Authorization": f"Bearer {self.token}"})
        answer.raise_for_status()
        return answer


def body(kind: str, name: str, fields: dict) -> dict:
    """An object as its POST takes it."""
    if kind != "clients":
        return {"name": name, **fields}
    plain = {key: value for key, value in fields.items() if key != "mappers"}
    return {"clientId": name, **plain, "protocolMappers": [{"name": mapper, **more} for mapper, more in fields["mappers"].items()]}


def write(api: Api, realm: str, objects: dict, pool: concurrent.futures.Executor) -> None:
    """The realm, then everything in it at once."""
    api.call("POST", "", {"realm": realm, "enabled": True})
    jobs = [pool.submit(api.call, "POST", f"{realm}/{kind}", body(kind, name, fields)) for kind, members in objects.items() for name, fields in members.items()]
    for job in jobs:
        job.result()


def check(api: Api, realm: str, objects: dict, pool: concurrent.futures.Executor) -> None:
    """Reads all and compares."""
    def page(kind: str, first: int) -> list:
        return api.call("GET", f"{realm}/{kind}", first=first, max=PAGE, briefRepresentation="false").json()

    jobs = [(kind, pool.submit(page, kind, first)) for kind, members in objects.items() for first in range(0, len(members) + BORN, PAGE)]
    jobs.append(("realm", pool.submit(lambda: [api.call("GET", realm).json()])))
    found = {(kind, entry.get("clientId") or entry.get("name") or entry["realm"]): entry for kind, job in jobs for entry in job.result()}
    for kind, members in objects.items():
        for name, fields in members.items():
            there = found[kind, name]
            there = {**there, "mappers": {mapper["name"]: mapper for mapper in there.get("protocolMappers", ())}}
            if not same(fields, there):
                raise SystemExit(f"{kind} {name} is not as it was written")


def same(wanted: object, there: object) -> bool:
    """Is all that is wanted there?"""
    if isinstance(wanted, dict) and isinstance(there, dict):
        return all(key in there and same(value, there[key]) for key, value in wanted.items())
    return wanted == there


def main(path: str, mode: str, realm: str) -> None:
    objects = json.loads(pathlib.Path(path).read_text("utf-8"))
    begin = time.perf_counter()
    with concurrent.futures.ThreadPoolExecutor(THREADS) as pool:
        {"write": write, "check": check}[mode](Api(), realm, objects, pool)
    print(json.dumps({"seconds": time.perf_counter() - begin, "objects": sum(map(len, objects.values()))}))


if __name__ == "__main__":
    main(*sys.argv[1:])

"""The floor: what a bare script with hvac and threads needs for the same objects, with no plan, no ledger, no messages.

    VAULT_ADDR=… VAULT_TOKEN=… VAULT_CACERT=… python floor.py objects.json write|check

``write`` puts every object there; ``check`` reads every object and compares it, which is the least that a second run has to do. Prints the
seconds of the work itself as JSON: the interpreter's start and the import of hvac are not in them.
"""
from __future__ import annotations

import concurrent.futures
import json
import os
import pathlib
import sys
import threading
import time

import hvac
import requests

THREADS = 16


def client(local=threading.local()):  # noqa: B008  one client and connection a thread is the point
    """The calling thread's own client."""
    if not hasattr(local, "client"):
        session = requests.Session()
        session.trust_env = False
        session.verify = os.environ["VAULT_CACERT"]
        local.client = hvac.Client(os.environ["VAULT_ADDR"], os.environ["VAULT_TOKEN"], session=session)
    return local.client


def prepare():
    """The mounts, one after the other."""
    api = client().sys
    if "platform/" not in api.list_mounted_secrets_engines()["data"]:
        api.enable_secrets_engine("kv", "platform", options={"version": "2"})
    for method in {"kubernetes/", "approle/"} - set(api.list_auth_methods()["data"]):
        api.enable_auth_method(method.strip("/"))


def write(kind, name, body):
    """Puts one object there, whatever was there before."""
    if kind == "secrets":
        client().secrets.kv.v2.create_or_update_secret(name, body, mount_point="platform")
    elif kind == "policies":
        client().sys.create_or_update_acl_policy(name, body)
    else:
        client().write_data(f"auth/{kind}/role/{name}", data=body)


def check(kind, name, body):
    """Reads one object and compares it."""
    if kind == "secrets":
        found = client().secrets.kv.v2.read_secret_version(name, mount_point="platform", raise_on_deleted_version=True)["data"]["data"]
    elif kind == "policies":
        found = client().sys.read_acl_policy(name)["data"]["policy"]
    else:
        data = client().read(f"auth/{kind}/role/{name}")["data"]
        found = {key: data[key] for key in body}
    if found != body:
        raise SystemExit(f"{kind} {name} is not as it was written")


def main(path, mode):
    objects = json.loads(pathlib.Path(path).read_text("utf-8"))
    work = [(kind, name, body) for kind, members in objects.items() for name, body in members.items()]
    begin = time.perf_counter()
    prepare()
    with concurrent.futures.ThreadPoolExecutor(THREADS) as pool:
        for future in [pool.submit({"write": write, "check": check}[mode], *item) for item in work]:
            future.result()
    print(json.dumps({"seconds": time.perf_counter() - begin, "objects": len(work)}))


if __name__ == "__main__":
    main(*sys.argv[1:])

"""Rotations: tokens (https://docs.rke2.io/security/token), certificates (https://docs.rke2.io/security/certificates), encryption keys
(https://docs.rke2.io/security/secrets_encryption)."""
from __future__ import annotations

import base64
import glob
import hashlib
import json
import os
import shutil
import subprocess
import time
import typing as t

from . import bootstrap, certs, etcd, kube, log, supervisor, tokens, web
from . import settings as config
from .place import Place, read, setting, write


def token(state: supervisor.State, new: str) -> None:
    """Seals the bootstrap data with a new token and takes the old away; called by the supervisor. Raises Fatal."""
    client = etcd.Etcd(state.place)
    password = tokens.parse(new).password
    if not password or password == state.token:
        raise log.Fatal("new token is empty or the one that is in use")
    bundle = bootstrap.find(client.prefix(bootstrap.PREFIX), state.token) or bootstrap.gather(state.place)
    old = bootstrap.key_of(state.token)
    client.put(bootstrap.key_of(password), bootstrap.seal(password, bundle))
    client.delete(old)
    from . import server

    state.token = password
    server.write_tokens(state.place, state.settings, password)


def _settings(words: list[str]) -> tuple[dict[str, t.Any], list[str]]:
    given, rest = config.words(words)
    return {**config.DEFAULTS, **config.files("/etc/rancher/rke2/config.yaml"), **given}, rest


def token_command(words: list[str]) -> int:
    """``rke2 token generate|rotate --token OLD --new-token NEW``."""
    settings, rest = _settings(words)
    if rest[:1] == ["generate"]:
        print(f"{os.urandom(3).hex()}.{os.urandom(8).hex()}")
        return 0
    if rest[:1] != ["rotate"]:
        raise log.Fatal("token: generate or rotate")
    place = setting(settings)
    old = tokens.parse(str(settings.get("token") or read(place("server", "token")))).password
    new = str(settings.get("new-token") or os.urandom(16).hex())
    print("WARNING: Recommended to keep a record of the old token. If restoring from a snapshot, you must use the token associated with that snapshot.")
    site = web.Site(f"https://127.0.0.1:{supervisor.PORT}", place.tls("server-ca.crt"), basic=("server", old))
    try:
        site.json("PUT", "/v1-rke2/token", {"new": new})
    except (web.Refused, OSError) as fault:
        raise log.Fatal(f"failed to rotate token: {fault}") from None
    print("Token rotated, restart rke2 nodes with new token")
    return 0


def leaves(place: Place) -> list[str]:
    """Returns the certificates that are renewed: all but the authorities'."""
    found = glob.glob(place.tls("*.crt")) + glob.glob(place.tls("etcd", "*.crt")) + glob.glob(place("agent", "*.crt"))
    return sorted(path for path in found if not path.endswith("-ca.crt"))


def certificate_command(words: list[str]) -> int:
    """``rke2 certificate check [--output json|table] | rotate``."""
    settings, rest = _settings(words)
    place = setting(settings)
    if rest[:1] == ["check"]:
        rows = []
        for path in leaves(place):
            end = certs.openssl("x509", "-in", path, "-noout", "-enddate").strip().partition("=")[2]
            seconds = time.mktime(time.strptime(end, "%b %d %H:%M:%S %Y %Z")) - time.time()
            status = "OK" if certs.fresh(path) else "WARNING"
            rows.append({"filename": os.path.basename(path), "path": path, "expires": end, "residualTime": int(seconds), "status": status})
        if settings.get("output") == "json":
            print(json.dumps(rows))
        else:
            print("\n".join(f"{row['filename']} {row['expires']} {row['status']}" for row in rows))
        return 0
    if rest[:1] != ["rotate"]:
        raise log.Fatal("certificate: check or rotate (rotate-ca is not in the test distribution)")
    for unit in ("rke2-server", "rke2-agent"):
        if subprocess.run(["systemctl", "is-active", "--quiet", unit], check=False).returncode == 0:
            raise log.Fatal(f"{unit} must be stopped before certificates are rotated")
    for kind in ("server", "agent"):
        folder = place("server", "tls") if kind == "server" else place("agent")
        own = [path for path in leaves(place) if path.startswith(folder + "/")]
        backup = place(kind, f"tls-{int(time.time())}")
        for path in own:
            os.makedirs(backup, mode=0o700, exist_ok=True)
            for name in (path, path[:-4] + ".key"):
                if os.path.exists(name):
                    shutil.move(name, os.path.join(backup, os.path.relpath(name, folder).replace("/", "-")))
    print("Successfully backed up and removed certificates; they are made anew at the next start")
    return 0


def encryption_command(words: list[str]) -> int:
    """``rke2 secrets-encrypt status [--output json] | rotate-keys``."""
    settings, rest = _settings(words)
    place = setting(settings)
    path, state = place("server", "cred", "encryption-config.json"), place("server", "cred", "encryption-state.json")
    document = json.loads(read(path) or "{}")
    if not document:
        raise log.Fatal("secrets encryption is not configured on this host: is it a server that has been started?")
    provider = next(iter(document["resources"][0]["providers"][0]))
    keys = document["resources"][0]["providers"][0][provider]["keys"]
    if rest[:1] == ["status"]:
        stage = json.loads(read(state))["stage"]
        hashes = _hashes(place)
        same = "All hashes match" if len(set(hashes.values())) <= 1 else f"hash does not match between {' and '.join(sorted(hashes))}"
        if settings.get("output") == "json":
            match = same.startswith("All")
            print(json.dumps({"enable": True, "activeKey": keys[0]["name"], "stage": stage, "hashMatch": match, "hashError": "" if match else same}))
        else:
            print(f"Encryption Status: Enabled\nCurrent Rotation Stage: {stage}\nServer Encryption Hashes: {same}\n")
            print("Active  Key Type  Name\n------  --------  ----")
            print("\n".join(f" {'*' if number == 0 else ' '}      {provider.upper()}  {key['name']}" for number, key in enumerate(keys)))
        return 0
    if rest[:1] != ["rotate-keys"]:
        raise log.Fatal("secrets-encrypt: status or rotate-keys (prepare, rotate and reencrypt are not in the test distribution)")
    if len(set(_hashes(place).values())) > 1:
        raise log.Fatal("see server log for details: hash does not match between servers: restart all servers first")
    new = {"name": f"{provider}key-{time.strftime('%Y-%m-%dT%H:%M:%SZ', time.gmtime())}", "secret": base64.b64encode(os.urandom(32)).decode()}
    _put(place, path, state, document, provider, [new, *keys], "reencrypt_active")
    _wait(place, path)
    _rewrite(place)
    _put(place, path, state, document, provider, [new], "reencrypt_finished")
    print("keys rotated, reencryption finished; restart all servers")
    return 0


def _hashes(place: Place) -> dict[str, str]:
    found = {}
    for node in kube.Kube(place).nodes():
        note = node["metadata"].get("annotations", {}).get("rke2.io/encryption-config-hash")
        if note:
            found[node["metadata"]["name"]] = note.rpartition("-")[2]
    return found


def _put(place: Place, path: str, state: str, document: dict[str, t.Any], provider: str, keys: list[t.Any], stage: str) -> None:
    document["resources"][0]["providers"][0][provider]["keys"] = keys
    write(path, json.dumps(document))
    write(state, json.dumps({"stage": stage}))
    client, password = etcd.Etcd(place), tokens.parse(read(place("server", "token"))).password
    client.put(bootstrap.key_of(password), bootstrap.seal(password, bootstrap.gather(place)))


def _wait(place: Place, path: str) -> None:
    """Waits until the API server has read the configuration: by its own metric's hash."""
    wanted = f"sha256:{hashlib.sha256(read(path).encode()).hexdigest()}"
    site = kube.Kube(place).site
    for _attempt in range(240):
        if wanted in site.raw("GET", "/metrics").decode():
            return
        time.sleep(0.5)
    raise log.Fatal("the API server has not read the new encryption configuration after two minutes")


def _rewrite(place: Place) -> None:
    """Writes all Secrets anew, so that they are encrypted with the first key."""
    site = kube.Kube(place).site
    for item in site.json("GET", "/api/v1/secrets")["items"]:
        where = f"/api/v1/namespaces/{item['metadata']['namespace']}/secrets/{item['metadata']['name']}"
        try:
            site.json("PUT", where, item)
        except web.Refused as fault:
            if fault.status not in (404, 409):  # gone, or written by another meanwhile, which is as good
                raise

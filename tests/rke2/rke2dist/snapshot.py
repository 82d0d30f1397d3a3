"""Snapshots and the way back from them: https://docs.rke2.io/backup_restore (etcd-snapshot, --cluster-reset)."""
from __future__ import annotations

import json
import os
import subprocess
import time
import typing as t

from . import bootstrap, components, etcd, log, pki, proc, server, tokens
from . import settings as config
from .place import Place, read, setting, write


def folder(place: Place, settings: dict[str, t.Any]) -> str:
    """Returns where snapshots lie."""
    return str(settings.get("etcd-snapshot-dir") or place("server", "db", "snapshots"))


def command(words: list[str]) -> int:
    """Runs ``rke2 etcd-snapshot …``; returns the exit status. Raises Fatal."""
    what = words[0] if words and not words[0].startswith("-") else "save"
    given, rest = config.words(words[1:] if words and words[0] == what else words)
    settings = {**config.DEFAULTS, **config.files("/etc/rancher/rke2/config.yaml"), **given}
    place = setting(settings)
    if what == "save":
        return save(place, settings, str(given.get("name") or settings["etcd-snapshot-name"]))
    if what in ("list", "ls", "l"):
        return show(place, settings, str(given.get("output", "table")))
    if what == "delete":
        for name in rest:
            path = os.path.join(folder(place, settings), os.path.basename(name))
            if not os.path.exists(path):
                raise log.Fatal(f"snapshot {name} not found")
            os.unlink(path)
            log.info(f"Snapshot {name} deleted.")
        return 0
    if what == "prune":
        prune(place, settings, str(given.get("name") or settings["etcd-snapshot-name"]), int(settings["etcd-snapshot-retention"]))
        return 0
    raise log.Fatal(f"No help topic for '{what}'")


def save(place: Place, settings: dict[str, t.Any], name: str) -> int:
    """Takes a snapshot of the running member."""
    if settings.get("etcd-s3") in (True, "true"):
        raise log.Fatal("the test distribution takes no snapshots to S3")
    target = os.path.join(folder(place, settings), f"{name}-{_node(settings)}-{int(time.time())}")
    os.makedirs(os.path.dirname(target), mode=0o700, exist_ok=True)
    part = f"{target}.part"
    try:
        size = etcd.Etcd(place).snapshot(part)
    except OSError as fault:
        raise log.Fatal(f"failed to save etcd snapshot: is rke2-server running? {fault}") from None
    os.chmod(part, 0o600)
    said = subprocess.run([place.bin("etcdutl"), "snapshot", "status", part, "--write-out=json"], capture_output=True, text=True, check=False)
    if said.returncode:
        os.unlink(part)
        raise log.Fatal(f"failed to save etcd snapshot: {said.stderr.strip()}")
    os.rename(part, target)
    log.info(f"Snapshot {os.path.basename(target)} saved ({size} bytes).")
    prune(place, settings, name, int(settings["etcd-snapshot-retention"]))
    return 0


def _node(settings: dict[str, t.Any]) -> str:
    import socket

    return str(settings.get("node-name") or socket.gethostname().split(".")[0]).lower()


def listed(place: Place, settings: dict[str, t.Any]) -> list[dict[str, t.Any]]:
    """Returns the snapshots on this host, oldest first."""
    base = folder(place, settings)
    names = sorted(os.listdir(base), key=lambda name: os.stat(os.path.join(base, name)).st_mtime) if os.path.isdir(base) else []
    return [{"name": name, "location": f"file://{base}/{name}", "size": os.path.getsize(f"{base}/{name}"), "nodeName": _node(settings), "status": "successful",
             "createdAt": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(os.stat(f"{base}/{name}").st_mtime))} for name in names if not name.endswith(".part")]


def show(place: Place, settings: dict[str, t.Any], form: str) -> int:
    """Prints the snapshots."""
    found = listed(place, settings)
    if form == "json":
        items = [{"metadata": {"name": one["name"]}, "spec": {"snapshotName": one["name"], "nodeName": one["nodeName"], "location": one["location"]},
                  "status": {"size": str(one["size"]), "creationTime": one["createdAt"], "readyToUse": True}} for one in found]
        print(json.dumps({"kind": "ETCDSnapshotFileList", "apiVersion": "k3s.cattle.io/v1", "items": items}))
    else:
        print("Name Location Size Created")
        print("\n".join(f"{one['name']} {one['location']} {one['size']} {one['createdAt']}" for one in found))
    return 0


def prune(place: Place, settings: dict[str, t.Any], name: str, keep: int) -> None:
    """Deletes the oldest snapshots of a name beyond those to keep."""
    own = [one for one in listed(place, settings) if one["name"].startswith(f"{name}-")]
    for one in own[:-keep] if keep else []:
        os.unlink(one["location"].removeprefix("file://"))


def reset(settings: dict[str, t.Any], children: proc.Children) -> None:
    """Makes this server the only member, of its own data or of a snapshot's. Raises Fatal."""
    place, path = setting(settings), str(settings.get("cluster-reset-restore-path") or "")
    flag = place("server", "db", server.RESET)
    if os.path.exists(flag):
        raise log.Fatal("Managed etcd cluster membership was already reset, please remove the cluster-reset flag and start rke2 normally. If you need to "
                        f"perform another cluster reset, you must first manually delete the file at {flag}")
    from . import images

    images.runtime(place)
    if path and not os.path.isabs(path):
        path = os.path.join(folder(place, settings), path)
    if path and not os.path.exists(path):
        raise log.Fatal(f"etcd: snapshot path does not exist: {path}")
    if not path and not etcd.initialised(place):
        raise log.Fatal("etcd: there is no data to reset and no snapshot to restore")
    password = tokens.parse(str(settings.get("token") or read(place("server", "token")))).password
    if not password:
        raise log.Fatal("the snapshot's bootstrap data is encrypted with the cluster's token: --token is required (https://docs.rke2.io/backup_restore)")
    name, old = _restored(place, settings, path) if path else (etcd.member_name(place, settings["node-name"]), "")
    try:
        _alone(place, settings, name, password, children)
    except log.Fatal:
        if path:  # as it was before
            _swap(etcd.data(place), old)
        raise
    write(flag, "")
    log.info("Managed etcd cluster membership has been reset, restart without --cluster-reset flag now. Backup and delete "
             f"{place('server', 'db')} on each peer etcd server and rejoin the nodes")


def _swap(target: str, old: str) -> None:
    os.rename(target, f"{target}-failed-{int(time.time())}")
    if old:
        os.rename(old, target)


def _restored(place: Place, settings: dict[str, t.Any], path: str) -> tuple[str, str]:
    """Makes a data directory of a snapshot; returns the member's name and where the old data went."""
    target, old = etcd.data(place), ""
    made = f"{target}.restore"
    subprocess.run(["rm", "-rf", made], check=True)
    os.makedirs(os.path.dirname(target), mode=0o700, exist_ok=True)
    name, peer = f"{settings['node-name']}-{os.urandom(4).hex()}", f"https://{settings['node-ip'][0]}:{etcd.PEER}"
    words = [place.bin("etcdutl"), "snapshot", "restore", path, f"--name={name}", f"--initial-cluster={name}={peer}",
             f"--initial-advertise-peer-urls={peer}", f"--data-dir={made}"]
    said = subprocess.run(words, capture_output=True, text=True, check=False)
    if said.returncode:
        raise log.Fatal(f"etcd: failed to restore {path}: {said.stderr.strip().splitlines()[-1]}")
    write(os.path.join(made, "name"), name)
    if os.path.isdir(target):
        old = f"{target}-old-{int(time.time())}"
        os.rename(target, old)
    os.rename(made, target)
    return name, old


def _alone(place: Place, settings: dict[str, t.Any], name: str, password: str, children: proc.Children) -> None:
    """Runs etcd alone, on loopback and without TLS (its certificates may still be inside), and takes the bootstrap data out. Raises Fatal."""
    peer = f"https://{settings['node-ip'][0]}:{etcd.PEER}"
    argv = [place.bin("etcd"), f"--name={name}", f"--data-dir={etcd.data(place)}", "--force-new-cluster", "--logger=zap",
            "--listen-client-urls=http://127.0.0.1:2399", "--advertise-client-urls=http://127.0.0.1:2399", "--listen-peer-urls=http://127.0.0.1:2398",
            f"--initial-advertise-peer-urls={peer}", f"--initial-cluster={name}={peer}"]
    child = children.add(proc.Child("etcd-reset", argv, place("agent", "logs"), fatal=True))
    client = etcd.Etcd(place, "http://127.0.0.1:2399")
    children.wait("etcd", client.healthy, 120)
    try:
        found = bootstrap.find(client.prefix(bootstrap.PREFIX), password)
        if found is None:
            raise log.Fatal("the datastore holds no bootstrap data")
        bootstrap.scatter(place, found)
        pki.leaves(place, settings)
        components.encryption(place, settings)
        server.write_tokens(place, settings, password)
    finally:
        child.stop()
        children.all.remove(child)

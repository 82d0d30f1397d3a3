"""The command line, as https://docs.rke2.io/reference/cli_tools names its commands."""
from __future__ import annotations

import os
import signal
import sys
import typing as t

from . import COMMIT, VERSION, log, proc, settings

HELP = f"""NAME:
   rke2 - NOT Rancher Kubernetes Engine 2: a test distribution with its command line, files and refusals

   It runs the real etcd, kube-apiserver, kube-controller-manager, kube-scheduler, kubelet and kube-proxy, as processes instead of static pods,
   and a network of bridges and routes instead of a CNI plugin. Charts are not deployed: files in server/manifests are only kept.
   It comes from the tests of the collection unifiedmeta.platform and is good for nothing else.

USAGE:
   rke2 [global options] command

VERSION:
   {VERSION} ({COMMIT})

COMMANDS:
   server           Run a server (--cluster-reset [--cluster-reset-restore-path=FILE])
   agent            Run an agent
   token            generate | rotate
   etcd-snapshot    save | list (ls) | delete | prune
   certificate      check | rotate
   secrets-encrypt  status | rotate-keys
   help             This
"""


def main(arguments: t.Sequence[str] = sys.argv[1:]) -> int:
    """Runs a command line; returns the exit status."""
    words = list(arguments)
    if words and words[0] in ("--version", "-v"):
        print(f"rke2 version {VERSION} ({COMMIT})\ngo version none (Python {sys.version.split()[0]})")
        return 0
    if not words or words[0] in ("help", "--help", "-h") or "--help" in words:
        print(HELP)
        return 0
    try:
        return _command(words[0], words[1:])
    except log.Fatal as fault:
        log.line("fatal", str(fault))
        return 1
    except OSError as fault:
        log.line("fatal", f"{(fault.strerror or str(fault)).lower() if fault.strerror else fault}{f': {fault.filename}' if fault.filename else ''}")
        return 1


def _command(name: str, rest: list[str]) -> int:
    from . import rotate, snapshot

    if name in ("server", "agent"):
        return _node(name, rest)
    calls: dict[str, t.Callable[[list[str]], int]] = {
        "token": rotate.token_command, "certificate": rotate.certificate_command, "secrets-encrypt": rotate.encryption_command,
        "etcd-snapshot": snapshot.command,
    }
    if name not in calls:
        print(f"No help topic for '{name}'", file=sys.stderr)
        return 3
    return calls[name](rest)


def _node(name: str, rest: list[str]) -> int:
    from . import agent, server, snapshot

    if os.geteuid():
        raise log.Fatal("rke2 must run as root")
    os.umask(0o022)
    given = settings.load(name, rest)
    log.info(f"Starting rke2 {name} {VERSION} ({COMMIT})")
    children = proc.Children()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_args: children.ended.set())
    try:
        if name == "server" and (given["cluster-reset"] or given.get("cluster-reset-restore-path")):
            snapshot.reset(given, children)
        else:
            (server if name == "server" else agent).main(given, children)
    finally:
        proc.notify("STOPPING=1")
        children.stop()
    return 0

"""Looks for secrets where none may be: in argv, environments, temporary files, logs, output, caches, event streams.

    with Watch(run, folders=[folder]) as watch:            # while the run goes: samples /proc, keeps every temporary file
        run.wait()
    found = sweep(watch.evidence() | files([log_dir, run.output]), needles(vault_secrets(server)))
    assert not found, "\\n".join(found)

The secrets are the real values, collected from the server afterwards, in the forms in which they could leak: as they are,
escaped in JSON, quoted in a URL, base64 at any of its three alignments, and each long line of a key.
"""
from __future__ import annotations

import base64
import contextlib
import json
import os
import pathlib
import re
import threading
import urllib.parse

from tests.support.process import MARK, processes

SHORTEST = 10          # shorter values are no secrets of ours, and are found anywhere
LONGEST_FILE = 64 << 20
PERIOD = 0.02


def vault_secrets(server, public=()) -> dict[str, str]:
    """Every value of every version in all KV v2 mounts, the root token and the unseal keys, as {label: value}. ``public``
    are values that the desired state itself shows (user names, URLs). The ledger holds no secret and is left out."""
    found = {"root token": server.root_token or ""}
    found.update({f"unseal key {number}": key for number, key in enumerate([*server.unseal_keys, *server.recovery_keys])})
    mounts = server.call("GET", "sys/mounts")["data"]
    for mount, body in mounts.items():
        if body["type"] == "kv" and (body.get("options") or {}).get("version") == "2" and mount != "platform-ledger/":
            for path in walk(server, f"{mount}metadata/"):
                name = path.removeprefix(f"{mount}metadata/")
                for version in server.call("GET", path)["data"]["versions"]:
                    answer = server.request("GET", f"{mount}data/{name}?version={version}")
                    for key, value in ((answer.json().get("data") or {}).get("data") or {}).items():
                        found[f"{mount}{name}#{key} (version {version})"] = value if isinstance(value, str) else json.dumps(value)
    return {label: value for label, value in found.items() if len(value) >= SHORTEST and value not in set(public)}


def walk(server, folder: str):
    """All paths below ``folder`` (which ends in a slash), by LIST, depth first."""
    answer = server.request("LIST", folder)
    for key in answer.json()["data"]["keys"] if answer.ok else []:
        if key.endswith("/"):
            yield from walk(server, folder + key)
        else:
            yield folder + key


def needles(secrets: dict[str, str]) -> dict[bytes, str]:
    """The byte strings to look for, each with the label of its secret."""
    found: dict[bytes, str] = {}
    for label, value in secrets.items():
        parts = [value] if "\n" not in value else [line for line in value.splitlines() if len(line) >= 40 and "-----" not in line]
        for part in parts:
            raw = part.encode()
            for form in (raw, json.dumps(part)[1:-1].encode(), urllib.parse.quote(part, safe="").encode(), *alignments(raw)):
                found.setdefault(form, label)
    return found


def alignments(raw: bytes) -> list[bytes]:
    """What a value looks like inside the base64 of a longer text, for the three places at which it may begin."""
    found = []
    for before in (0, 1, 2):
        text = base64.b64encode(b"\0" * before + raw)
        begin, end = -(-before * 8 // 6), (before + len(raw)) * 8 // 6
        found.append(text[begin:end])
    return found


def blank(content: bytes, values) -> bytes:
    for value in values:
        content = content.replace(value, b"")
    return content


def files(roots) -> dict[str, bytes]:
    """The content of all regular files below the roots (a root may be a file), by their paths."""
    found = {}
    for root in map(pathlib.Path, roots):
        for path in [root] if root.is_file() else sorted(root.rglob("*")):
            with contextlib.suppress(OSError):
                if path.is_file() and not path.is_symlink() and path.stat().st_size <= LONGEST_FILE:
                    found[str(path)] = path.read_bytes()
    return found


def sweep(evidence: dict[str, bytes], wanted: dict[bytes, str], allowed=()) -> list[str]:
    """One line for each secret and place in which it stands; the secret itself is not in the line. ``allowed`` are regular
    expressions of places that may hold secrets (an encrypted store holds none, so that is rarely needed)."""
    found = set()
    if wanted:
        pattern = re.compile(b"|".join(re.escape(needle) for needle in sorted(wanted, key=len, reverse=True)))
        for place, content in evidence.items():
            if not any(re.search(expression, place) for expression in allowed):
                found |= {f"{wanted[hit.group()]} stands in {place}" for hit in pattern.finditer(content)}
    return sorted(found)


class Watch:
    """Samples while a run goes: argv of every process of the machine, the environment of the run's own processes, and each
    file that turns up below ``folders``: it is held open, so what is deleted at once is kept all the same."""

    def __init__(self, run, folders=(), given=()):
        self.run, self.folders = run, [pathlib.Path(folder) for folder in folders]
        self.given = [value.encode() for value in given]
        self.samples, self._seen, self._held = 0, {}, {}
        self._end = threading.Event()
        self._thread = threading.Thread(target=self._loop, daemon=True)

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *_exc):
        self._end.set()
        self._thread.join()

    def _loop(self):
        while not self._end.is_set():
            if self.samples % 3 == 0:
                self._processes()
            for folder in self.folders:
                self._hold(folder)
            self.samples += 1
            self._end.wait(PERIOD)

    def _processes(self):
        for pid, argv in processes("cmdline"):
            if (pid, argv) in self._seen:
                continue
            with contextlib.suppress(OSError):
                environ = pathlib.Path(f"/proc/{pid}/environ").read_bytes()
                own = f"{MARK}={self.run.mark}".encode() in environ
                self._seen[pid, argv] = environ if own else b""

    def _hold(self, folder):
        with contextlib.suppress(OSError):
            for entry in os.scandir(folder):
                with contextlib.suppress(OSError):
                    if entry.is_dir(follow_symlinks=False):
                        self._hold(entry.path)
                    elif entry.is_file(follow_symlinks=False) and (entry.path, entry.inode()) not in self._held:
                        # Kept open on purpose: closed in evidence().
                        self._held[entry.path, entry.inode()] = open(entry.path, "rb")  # noqa: SIM115  pylint: disable=consider-using-with

    def evidence(self) -> dict[str, bytes]:
        """Everything that was seen, by a name of its place. The secrets that the test itself gave to the run in its
        environment (``given``) are blanked in environments, and in nothing else."""
        found = {}
        for (pid, argv), environ in self._seen.items():
            name = os.path.basename(argv.split(b"\0")[0].decode("utf-8", "replace"))
            found[f"argv of process {pid} ({name})"] = argv
            found[f"environment of process {pid} ({name})"] = blank(environ, self.given)
        for (path, inode), held in self._held.items():
            with held:
                held.seek(0)
                found[f"temporary file {path} ({inode})"] = held.read(LONGEST_FILE)
        self._held = {}
        return found

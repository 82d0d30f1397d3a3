"""Archives of images in agent/images: the runtime is unpacked from them, the rest is imported into containerd.

Source: https://docs.rke2.io/install/airgap. A host without the archives would have to pull; this distribution can't, and says so.
"""
from __future__ import annotations

import glob
import json
import os
import shutil
import subprocess
import tarfile
import time
import typing as t
from contextlib import contextmanager

from . import VERSION, log
from .place import SOCKET, Place, write

RUNTIME = "rke2-runtime"
ENDINGS = {".tar": None, ".tar.gz": "gzip", ".tgz": "gzip", ".tar.zst": "zstd", ".tar.lz4": "lz4", ".tar.bz2": "bzip2"}


def archives(place: Place) -> list[str]:
    """Returns the archives, by name."""
    return sorted(path for path in glob.glob(place("agent", "images", "*")) if any(path.endswith(ending) for ending in ENDINGS))


@contextmanager
def opened(path: str) -> t.Iterator[tarfile.TarFile]:
    """Opens an archive as a stream of its members."""
    tool = next((tool for ending, tool in ENDINGS.items() if path.endswith(ending)), "")
    if not tool:
        with tarfile.open(path, "r|") as tar:
            yield tar
        return
    if not shutil.which(tool):
        raise log.Fatal(f"{path} can't be read: this host has no {tool}")
    with subprocess.Popen([tool, "-dc", path], stdout=subprocess.PIPE) as process:
        try:
            with tarfile.open(fileobj=process.stdout, mode="r|") as tar:
                yield tar
        finally:
            process.kill()


def runtime(place: Place) -> None:
    """Unpacks this version's runtime into data/<version>/bin unless it is there. Raises Fatal."""
    target, tag = place.bin(), VERSION.replace("+", "-")
    if not os.path.isdir(target):
        for path in archives(place):
            if _unpack(path, f"{RUNTIME}-{tag}/layer.tar", os.path.dirname(target)):
                break
        else:
            name = f"index.docker.io/rancher/{RUNTIME}:{tag}"
            raise log.Fatal(f"preparing runtime: failed to get runtime image {name}: no archive in {place('agent', 'images')} holds it, "
                            "and the test distribution pulls no images")
    link = place("bin")
    if not os.path.islink(link) or os.readlink(link) != target:
        if os.path.islink(link):
            os.unlink(link)
        os.symlink(target, link)


def _unpack(path: str, member: str, target: str) -> bool:
    part = f"{target}.{os.getpid()}.part"
    shutil.rmtree(part, ignore_errors=True)
    try:
        with opened(path) as tar:
            for entry in tar:
                if entry.name == member:
                    with tarfile.open(fileobj=tar.extractfile(entry), mode="r|") as layer:
                        layer.extractall(part)
                    os.rename(part, target)
                    return True
    except (tarfile.TarError, EOFError, OSError) as fault:
        raise log.Fatal(f"preparing runtime: failed to read {path}: {fault}") from None
    finally:
        shutil.rmtree(part, ignore_errors=True)
    return False


def load(place: Place) -> None:
    """Imports the archives' images; with .cache.json beside them, only what has changed since. Raises Fatal."""
    marks = place("agent", "images", ".cache.json")
    known: dict[str, t.Any] = {}
    if os.path.exists(marks):
        with open(marks, encoding="utf-8") as file:
            text = file.read().strip()
        known = json.loads(text) if text else {}
    seen = {}
    for path in archives(place):
        info = os.stat(path)
        seen[path] = {"size": info.st_size, "modTime": info.st_mtime}
        if known.get(path) == seen[path]:
            log.info(f"Skipping import of images from {path}: unchanged")
            continue
        begun = time.monotonic()
        log.info(f"Importing images from {path}")
        _import(place, path)
        log.info(f"Imported images from {path} in {time.monotonic() - begun:.3f}s")
    if os.path.exists(marks):
        write(marks, json.dumps(seen), 0o644)


def _import(place: Place, path: str) -> None:
    """Imports one archive, but for the runtime's layer, which no container is made of."""
    part = place("agent", f".import.{os.getpid()}.tar")
    try:
        with opened(path) as source, tarfile.open(part, "w") as target:
            for entry in source:
                if entry.name.startswith(f"{RUNTIME}-"):
                    continue
                stream = source.extractfile(entry) if entry.isfile() else None
                target.addfile(entry, stream)
        ctr = [place.bin("ctr"), "--address", SOCKET, "--namespace", "k8s.io", "images", "import", part]
        said = subprocess.run(ctr, capture_output=True, text=True, check=False)
        if said.returncode:
            raise log.Fatal(f"failed to import images from {path}: {said.stderr.strip()}")
    except (tarfile.TarError, EOFError) as fault:
        raise log.Fatal(f"failed to import images from {path}: {fault}") from None
    finally:
        if os.path.exists(part):
            os.unlink(part)

"""The programs inside the test distribution: Kubernetes and etcd as the lab builds them (relinked with RKE2's form of a version), etcd's offline tool,
containerd, runc and CNI plugins of Debian, kubectl."""
from __future__ import annotations

import hashlib
import os
import re
import shutil
import subprocess
import typing as t

from . import tools
from .paths import CACHE, HERE, ROOT

tools.collection()
from ansible_collections.unifiedmeta.platform.plugins.module_utils._lab import gobuild, obtain, recipes  # noqa: E402
from ansible_collections.unifiedmeta.platform.plugins.module_utils._lab.cache import Cache  # noqa: E402
from ansible_collections.unifiedmeta.platform.plugins.module_utils._lab.progress import Progress  # noqa: E402

# What is linked in; another version of the same length is put in its place in a copy of the file, for relinking takes 20 s and the code is the same.
STAMP = "v1.35.4+rke2r1"
VERSION = re.compile(r"v1\.\d\d\.\d\+rke2r\d")
FILES = os.path.join(ROOT, "roles", "lab", "files")
NAMES = ("kubernetes", "containerd", "runc", "containernetworking-plugins", "kubectl", "pause")


def folders() -> dict[str, str]:
    """Returns name -> folder of the lab's own programs, obtained (Kubernetes: built, minutes) where the cache lacks them."""
    cache, found = Cache(CACHE), {}
    wanted = recipes.load(FILES, NAMES)
    for name, recipe in wanted.items():
        if not cache.has(recipe.folder):
            obtain.obtain(recipe, cache, Progress(None), gobuild.find_go() or "")
        found[name] = cache.path(recipe.folder)
    return found


def kubernetes() -> str:
    """Returns the path of Kubernetes' one binary that says it is of RKE2's version."""
    recipe = recipes.load(FILES, ["kubernetes"])["kubernetes"]
    flags = recipes.linker_flags("kubernetes", recipe.version).replace(f"gitVersion=v{recipe.version}", f"gitVersion={STAMP}")
    words = ["build", *gobuild.GO_FLAGS["kubernetes"], "-ldflags", flags]
    return _go("kubernetes", recipe.source, words, ".")


def etcdutl() -> str:
    """Returns the path of etcdutl, which makes a data directory of a snapshot."""
    return _go("etcdutl", os.path.join(HERE, "go", "etcdutl"), ["build", "-trimpath", "-ldflags", "-s -w"], "go.etcd.io/etcd/etcdutl/v3")


def _go(name: str, source: str, words: list[str], package: str) -> str:
    digest = hashlib.sha256(" ".join(words).encode())
    for path in sorted(os.listdir(source)):
        with open(os.path.join(source, path), "rb") as file:
            digest.update(file.read())
    cache, folder = Cache(CACHE), f"rke2-{name}-{digest.hexdigest()[:10]}"

    def make(work: str) -> dict[str, t.Any]:
        go = gobuild.find_go()
        if not go:
            raise RuntimeError("The test distribution is linked by Go 1.26 or newer: put it in PATH or /usr/local/go.")
        copy = os.path.join(work, "source")
        shutil.copytree(source, copy)
        subprocess.run([go, *words, "-o", os.path.join(work, name), package], cwd=copy, env=gobuild.environment(go), check=True)
        shutil.rmtree(copy)
        return {"go": words}

    cache.obtain(folder, make)
    return cache.path(folder, name)


def stamped(source: str, target: str, version: str) -> None:
    """Copies the binary with another version's name in it. Raises ValueError for a version of another form or length."""
    if not VERSION.fullmatch(version) or len(version) != len(STAMP):
        raise ValueError(f"{version}: the test distribution has versions like {STAMP}, of the same length.")
    with open(source, "rb") as file:
        data = file.read()
    if STAMP.encode() not in data:
        raise ValueError(f"{source} holds no {STAMP}.")
    with open(target, "wb") as file:
        file.write(data.replace(STAMP.encode(), version.encode()))
    os.chmod(target, 0o755)

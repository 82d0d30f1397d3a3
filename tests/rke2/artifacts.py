"""The folder of artefacts of the test distribution: the files that a release of RKE2 has, by the same names (https://docs.rke2.io/install/airgap)."""
from __future__ import annotations

import glob
import hashlib
import io
import os
import shutil
import subprocess
import tarfile
import tempfile
import time
import typing as t
import zipapp

import yaml

from . import binaries
from .paths import CACHE, HERE

VERSION = binaries.STAMP
# Archives of charts that are not deployed here: each holds one tiny image, so that what stages and imports them has something to do.
CHARTS = ("cilium", "calico", "canal", "traefik")
PLUGINS = ("bridge", "host-local", "loopback")


def build(version: str = VERSION) -> str:
    """Makes the folder of a version unless it is there; returns its path. Raises ValueError for a version of another form."""
    parts = binaries.folders()
    digest = hashlib.sha256("|".join([version, *sorted(parts.values()), binaries.kubernetes(), binaries.etcdutl()]).encode())
    for base, _folders, names in sorted(os.walk(HERE)):
        for name in sorted(names):
            if (base.startswith((os.path.join(HERE, "rke2dist"), os.path.join(HERE, "bundle"))) and not name.endswith(".pyc")) or name == "artifacts.py":
                with open(os.path.join(base, name), "rb") as file:
                    digest.update(name.encode() + file.read())
    target = os.path.join(CACHE, f"rke2-artifacts-{version.replace('+', '-')}-{digest.hexdigest()[:10]}")
    if os.path.isdir(target):
        return target
    with tempfile.TemporaryDirectory(dir=CACHE, prefix=".rke2-artifacts.") as work:
        made = os.path.join(work, "made")
        os.mkdir(made)
        _program(version, os.path.join(work, "rke2"))
        _tarball(os.path.join(work, "rke2"), os.path.join(made, "rke2.linux-amd64.tar.gz"))
        shutil.copyfile(os.path.join(work, "rke2"), os.path.join(made, "rke2.linux-amd64"))
        _images(version, parts, work, made)
        _sums(made)
        os.chmod(made, 0o755)
        os.rename(made, target)
    _tidy(target)
    return target


def _tidy(target: str) -> None:
    """Removes older makes of the same version, but for those of today, which other tests may be using."""
    for path in glob.glob(f"{target.rpartition('-')[0]}-*"):
        if path != target and time.time() - os.stat(path).st_mtime > 86400:
            shutil.rmtree(path)


def _program(version: str, path: str) -> None:
    """Writes the program: Python in one file, with PyYAML inside since hosts lack it."""
    with tempfile.TemporaryDirectory() as folder:
        ignore = shutil.ignore_patterns("*.pyc", "__pycache__", "*.so")
        shutil.copytree(os.path.join(HERE, "rke2dist"), os.path.join(folder, "rke2dist"), ignore=ignore)
        shutil.copytree(os.path.dirname(yaml.__file__), os.path.join(folder, "yaml"), ignore=ignore)
        stamp = os.path.join(folder, "rke2dist", "__init__.py")
        with open(stamp, encoding="utf-8") as file:
            text = file.read().replace("@VERSION@", version)
        with open(stamp, "w", encoding="utf-8") as file:
            file.write(text)
        with open(os.path.join(folder, "__main__.py"), "w", encoding="utf-8") as file:
            file.write("import sys\nfrom rke2dist import cli\nsys.exit(cli.main())\n")
        zipapp.create_archive(folder, path, "/usr/bin/env python3", compressed=True)
    os.chmod(path, 0o755)


def _tarball(program: str, path: str) -> None:
    with tarfile.open(path, "w:gz") as tar:
        tar.add(program, "bin/rke2", filter=_root)
        for base, _folders, names in sorted(os.walk(os.path.join(HERE, "bundle"))):
            for name in sorted(names):
                full = os.path.join(base, name)
                tar.add(full, os.path.relpath(full, os.path.join(HERE, "bundle")), filter=_root)


def _root(info: tarfile.TarInfo) -> tarfile.TarInfo:
    info.uid = info.gid = info.mtime = 0
    info.uname = info.gname = "root"
    return info


def _images(version: str, parts: dict[str, str], work: str, made: str) -> None:
    tag, layer = version.replace("+", "-"), os.path.join(work, "layer")
    kubernetes = os.path.join(work, "kubernetes")
    binaries.stamped(binaries.kubernetes(), kubernetes, version)
    files = {"kubernetes": kubernetes, "etcdutl": binaries.etcdutl(), **{name: os.path.join(parts[name], name) for name in ("kubectl", "runc")}}
    files.update({name: os.path.join(parts["containerd"], name) for name in ("containerd", "containerd-shim-runc-v2", "ctr")})
    files.update({name: os.path.join(parts["containernetworking-plugins"], name) for name in PLUGINS})
    with tarfile.open(layer, "w") as tar:
        for name, path in sorted(files.items()):
            tar.add(os.path.realpath(path), f"bin/{name}", filter=_root)
        for name in binaries.gobuild.KUBERNETES:
            info = tarfile.TarInfo(f"bin/{name}")
            info.type, info.linkname, info.mode = tarfile.SYMTYPE, "kubernetes", 0o777
            tar.addfile(info)
    pause = os.path.join(work, "pause")
    with tarfile.open(pause, "w") as tar:
        tar.add(os.path.join(parts["pause"], "pause"), "pause", filter=_root)
    runtime, sandbox = (f"rancher/rke2-runtime:{tag}", f"rke2-runtime-{tag}", layer, []), ("rancher/mirrored-pause:3.6", "pause", pause, ["/pause"])
    _archive([runtime, sandbox], os.path.join(made, "rke2-images-core.linux-amd64.tar"))
    for ending in ("tar.zst", "txt"):  # the archive with everything holds nothing more here
        os.link(os.path.join(made, f"rke2-images-core.linux-amd64.{ending}"), os.path.join(made, f"rke2-images.linux-amd64.{ending}"))
    for chart in CHARTS:
        _archive([(f"rancher/test-{chart}:{tag}", chart, pause, ["/pause"])], os.path.join(made, f"rke2-images-{chart}.linux-amd64.tar"))


def _archive(images: list[tuple[str, str, str, list[str]]], path: str) -> None:
    """Writes docker archives, compressed by zstd and gzip: (name, folder of its layer, the layer, what it runs). The manifest comes first."""
    entries, manifest = [], []
    for name, folder, layer, command in images:
        with open(layer, "rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
        layers = {"type": "layers", "diff_ids": [f"sha256:{digest}"]}
        config = json_bytes({"architecture": "amd64", "os": "linux", "config": {"Entrypoint": command}, "rootfs": layers})
        runtime = folder.startswith("rke2-runtime-")
        entries += [(f"{folder}/layer.tar", layer)] if runtime else [(f"{folder}.json", config), (f"{folder}/layer.tar", layer)]
        if not runtime:
            manifest.append({"Config": f"{folder}.json", "RepoTags": [f"docker.io/{name}"], "Layers": [f"{folder}/layer.tar"]})
    with tarfile.open(path, "w") as tar:
        for inside, source in [("manifest.json", json_bytes(manifest)), *entries]:
            if isinstance(source, bytes):
                info = tarfile.TarInfo(inside)
                info.size = len(source)
                tar.addfile(info, io.BytesIO(source))
            else:
                tar.add(source, inside, filter=_root)
    with open(path.replace(".tar", ".txt"), "w", encoding="utf-8") as file:
        file.write("".join(f"docker.io/{name}\n" for name, *_rest in images))
    subprocess.run(["zstd", "-q", "-3", "-T2", path, "-o", f"{path}.zst"], check=True)
    os.unlink(path)


def json_bytes(value: t.Any) -> bytes:
    """Returns JSON as bytes, always the same for the same value."""
    import json

    return json.dumps(value, sort_keys=True).encode()


def _sums(folder: str) -> None:
    lines = []
    for name in sorted(os.listdir(folder)):
        with open(os.path.join(folder, name), "rb") as file:
            lines.append(f"{hashlib.file_digest(file, 'sha256').hexdigest()}  {name}\n")
    with open(os.path.join(folder, "sha256sum-amd64.txt"), "w", encoding="utf-8") as file:
        file.write("".join(lines))

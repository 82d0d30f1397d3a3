# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Container images made of a few files, without any tool: the docker-archive layout that containerd imports."""
from __future__ import annotations

import hashlib
import io
import json
import os
import tarfile
import typing as t


def _layer(path: str, files: dict[str, str], folders: t.Sequence[str]) -> str:
    """Writes the layer's tar file; returns its sha256. files: path in the image -> path here."""
    with tarfile.open(path, "w") as tar:
        for folder in folders:
            info = tarfile.TarInfo(folder)
            info.type, info.mode = tarfile.DIRTYPE, 0o1777 if folder == "tmp" else 0o755
            tar.addfile(info)
        for inside, source in sorted(files.items()):
            info = tarfile.TarInfo(inside)
            info.size, info.mode = os.path.getsize(source), 0o755
            with open(source, "rb") as file:
                tar.addfile(info, file)
    digest = hashlib.sha256()
    with open(path, "rb") as file:
        for block in iter(lambda: file.read(1 << 20), b""):
            digest.update(block)
    return digest.hexdigest()


def write(reference: str, target: str, files: dict[str, str], command: t.Sequence[str], folders: t.Sequence[str] = ("bin", "tmp")) -> None:
    """Writes an image archive to ``target``. reference: name:tag; files: path in the image -> path here; command: what it runs."""
    layer = f"{target}.layer"
    try:
        digest = _layer(layer, files, folders)
        config = json.dumps({
            "architecture": "amd64", "os": "linux", "config": {"Entrypoint": list(command), "Env": ["PATH=/bin"]},
            "rootfs": {"type": "layers", "diff_ids": [f"sha256:{digest}"]}, "history": [{"created_by": "unifiedmeta lab"}],
        }, sort_keys=True).encode()
        name = f"{hashlib.sha256(config).hexdigest()}.json"
        manifest = json.dumps([{"Config": name, "RepoTags": [reference], "Layers": [f"{digest}/layer.tar"]}]).encode()
        with tarfile.open(target, "w") as tar:
            for inside, data in ((name, config), ("manifest.json", manifest)):
                info = tarfile.TarInfo(inside)
                info.size = len(data)
                tar.addfile(info, io.BytesIO(data))
            tar.add(layer, arcname=f"{digest}/layer.tar")
    finally:
        if os.path.exists(layer):
            os.unlink(layer)

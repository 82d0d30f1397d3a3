# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Files of a node: their digests, and writing them whole or not at all."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import shutil
import stat
import tempfile
import typing as t

BLOCK = 1 << 20


def sha256(path: str) -> str | None:
    """Digest of a file, None where there is none. Raises OSError where it can't be read."""
    digest = hashlib.sha256()
    try:
        with open(path, "rb") as handle:
            for block in iter(lambda: handle.read(BLOCK), b""):
                digest.update(block)
    except (FileNotFoundError, NotADirectoryError):
        return None
    return digest.hexdigest()


def mode(path: str) -> str | None:
    """Permissions as four octal digits, None where there is no file."""
    try:
        return f"{stat.S_IMODE(os.stat(path).st_mode):04o}"
    except OSError:
        return None


def text(path: str) -> str | None:
    """A file's text, None where there is none."""
    try:
        with open(path, encoding="utf-8", errors="surrogateescape", newline="") as handle:
            return handle.read()
    except (FileNotFoundError, NotADirectoryError):
        return None


def record(path: str) -> t.Any:
    """A JSON file of ours, None where there is none or it is broken: what it tells is found out anew then."""
    found = text(path)
    try:
        return None if found is None else json.loads(found)
    except ValueError:
        return None


def folder(path: str, permissions: int = 0o755) -> None:
    """Make a folder, and those above it."""
    if not os.path.isdir(path):
        os.makedirs(path, exist_ok=True)
        os.chmod(path, permissions)


def write(path: str, content: str, permissions: int = 0o600) -> None:
    """Put a text in place: written beside it, synced and renamed, so that a reader, or a node that loses power, has the old one or the new one."""
    folder(os.path.dirname(path))
    with _beside(path) as handle:
        handle.write(content.encode("utf-8", "surrogateescape"))
        os.fchmod(handle.fileno(), permissions)


def copy(source: str, path: str, permissions: int) -> None:
    """Put a copy of a file in place, as :func:`write` does. It works across file systems, and with a program that is running."""
    folder(os.path.dirname(path))
    with open(source, "rb") as origin, _beside(path) as handle:
        shutil.copyfileobj(origin, handle, BLOCK)
        os.fchmod(handle.fileno(), permissions)


def remove(path: str) -> bool:
    """Remove a file or a whole folder; was there one?"""
    if os.path.islink(path) or os.path.isfile(path):
        os.unlink(path)
        return True
    if os.path.isdir(path):
        shutil.rmtree(path)
        return True
    return False


def changed_at(path: str) -> float | None:
    """When a file was put in place (epoch seconds), None where there is none. A rename sets it, so an old file that comes back counts as new."""
    try:
        return os.stat(path).st_ctime
    except OSError:
        return None


@contextlib.contextmanager
def _beside(path: str) -> t.Iterator[t.BinaryIO]:
    number, place = tempfile.mkstemp(dir=os.path.dirname(path), prefix=f".{os.path.basename(path)}.")
    try:
        with open(number, "wb") as handle:
            yield handle
            handle.flush()
            os.fsync(number)
        os.replace(place, path)
    except BaseException:
        with contextlib.suppress(OSError):
            os.unlink(place)
        raise

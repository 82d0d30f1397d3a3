# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Files and directories as they should be: written whole or not at all, compared first."""
from __future__ import annotations

import os
import pwd
import tempfile
import typing as t
from dataclasses import dataclass


@dataclass(frozen=True)
class File:
    """A file's path, text, mode and owner (its group is the owner's). ``secret`` text is left out of diffs."""

    path: str
    content: str
    mode: int = 0o600
    owner: str = "root"
    secret: bool = False


@dataclass(frozen=True)
class Directory:
    """A directory's path, mode and owner."""

    path: str
    mode: int = 0o700
    owner: str = "root"


@dataclass(frozen=True)
class Link:
    """A symbolic link's path and what it points to."""

    path: str
    target: str


def ids(owner: str) -> tuple[int, int]:
    """Returns the user's uid and primary gid. Raises KeyError for an unknown user."""
    entry = pwd.getpwnam(owner)
    return entry.pw_uid, entry.pw_gid


def owner_exists(owner: str) -> bool:
    """Tells whether this machine has the user (a package may still have to create it)."""
    return any(entry.pw_name == owner for entry in pwd.getpwall())


def differs(want: File | Directory | Link) -> str | None:
    """Returns why what lies at the path is not as wanted, in a few words, or None when it is."""
    try:
        info = os.lstat(want.path)
    except OSError:
        return "missing"
    if isinstance(want, Link):
        return None if os.path.islink(want.path) and os.readlink(want.path) == want.target else "points elsewhere"
    if isinstance(want, File):
        try:
            with open(want.path, encoding="utf-8", errors="replace", newline="") as file:
                if file.read() != want.content:
                    return "content differs"
        except OSError:
            return "not readable as a file"
    if info.st_mode & 0o7777 != want.mode:
        return f"mode is {info.st_mode & 0o7777:04o} instead of {want.mode:04o}"
    if os.geteuid() == 0 and owner_exists(want.owner) and (info.st_uid, info.st_gid) != ids(want.owner):
        return f"owner is not {want.owner}"
    return None


def read(path: str) -> str | None:
    """Returns a text file's content, or None when there is none."""
    try:
        with open(path, encoding="utf-8", newline="") as file:
            return file.read()
    except FileNotFoundError:
        return None


def make(want: Directory) -> None:
    """Creates a directory, or sets its mode and owner."""
    os.makedirs(want.path, mode=want.mode, exist_ok=True)
    if os.geteuid() == 0:
        os.chown(want.path, *ids(want.owner))
    os.chmod(want.path, want.mode)


def point(want: Link) -> None:
    """Makes a link beside its place and moves it there."""
    temporary = f"{want.path}.{os.getpid()}"
    os.symlink(want.target, temporary)
    os.replace(temporary, want.path)


def write(want: File) -> None:
    """Writes a file beside its place, syncs it and moves it there: a reader sees the old one or the new one, never half of it."""
    folder = os.path.dirname(want.path)
    handle, temporary = tempfile.mkstemp(dir=folder, prefix="." + os.path.basename(want.path) + ".")
    try:
        with os.fdopen(handle, "w", encoding="utf-8", newline="") as file:
            file.write(want.content)
            file.flush()
            os.fchmod(file.fileno(), want.mode)
            if os.geteuid() == 0:
                os.fchown(file.fileno(), *ids(want.owner))
            os.fsync(file.fileno())
        os.replace(temporary, want.path)
    except BaseException:
        os.unlink(temporary)
        raise


def diff(want: File, why: str) -> dict[str, t.Any]:
    """Returns an Ansible diff of one file; the text of a secret one is never shown."""
    before = "" if why == "missing" else (read(want.path) or "")
    if want.secret:
        before, after = ("" if why == "missing" else "(a secret file)\n"), f"(a secret file: {why})\n"
    else:
        after = want.content
    return {"before_header": want.path, "after_header": want.path, "before": before, "after": after}

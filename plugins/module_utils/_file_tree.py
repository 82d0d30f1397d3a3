# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A folder that holds given files: what is there, what differs, and the writing of it.

Others may write to the folder as well, such as who pushes to the repository that it is. So no link below it is followed: every part of a path
is opened from the one above it, and a link in between is refused.
"""

from __future__ import annotations

import contextlib
import json
import os
import secrets
import stat
import typing as t
from dataclasses import dataclass, field


class TreeError(Exception):
    """The folder can't be made what it should be; the text says which file and what to do."""


@dataclass
class Difference:
    """What must happen to the folder. before and after: path -> text, None where there is no file; kept: files that stay."""

    before: dict[str, str | None] = field(default_factory=dict)
    after: dict[str, str | None] = field(default_factory=dict)

    def paths(self, create: bool = False, change: bool = False, remove: bool = False) -> list[str]:
        """Paths of the asked kinds, sorted."""
        return sorted(path for path, text in self.after.items()
                      if (remove and text is None) or (text is not None and (create if self.before[path] is None else change)))


def faults(files: t.Mapping[str, t.Any], marker: str) -> list[str]:
    """What is wrong with the wanted files: paths that leave the folder, contents that are no text, a file below a file."""
    found = []
    for path in sorted(files, key=str):
        parts = str(path).split("/")
        if not path or os.path.isabs(str(path)) or any(part in ("", ".", "..") for part in parts) or "\\" in str(path) or "\0" in str(path):
            found.append(f"files: '{path}' is no path inside the folder; give it relative, with / between the parts")
        elif str(path) == marker:
            found.append(f"files: '{path}' is the module's own list; choose another name, or set marker")
        if not isinstance(files[path], str):
            found.append(f"files: the content of '{path}' is no text but {type(files[path]).__name__}")
        above = ["/".join(parts[:end]) for end in range(1, len(parts))]
        found.extend(f"files: '{path}' lies below '{parent}', which is a file itself" for parent in above if parent in files)
    return found


def owned(dest: str, marker: str) -> list[str]:
    """Paths that an earlier run has written, from the marker file. Raises TreeError when that can't be read."""
    place = os.path.join(dest, marker)
    text = _read(dest, marker)
    if text is None:
        return []
    try:
        listed = json.loads(text)["files"]
    except (ValueError, KeyError, TypeError) as error:
        raise TreeError(f"{place} lists what earlier runs have written, and it can't be read ({error}): "
                        "restore it, or remove it and the stale files by hand") from error
    if faults(dict.fromkeys(listed, ""), marker):
        raise TreeError(f"{place} names files outside of the folder: somebody has changed it. Remove it and the stale files by hand")
    return list(listed)


def compare(dest: str, files: t.Mapping[str, str], marker: str) -> Difference:
    """What differs between the folder and the wanted files. A file that is no longer wanted is removed if an earlier run wrote it."""
    difference = Difference()
    for path in sorted({*files, *owned(dest, marker)}):
        there, wanted = _read(dest, path), files.get(path)
        if there != wanted:
            difference.before[path], difference.after[path] = there, wanted
    return difference


def apply(dest: str, files: t.Mapping[str, str], marker: str, difference: Difference) -> None:
    """Bring the folder to the wanted state. The list of owned files is written first, so that a run that is killed leaves nothing
    behind that the next one doesn't know. Raises TreeError."""
    try:
        os.makedirs(dest, exist_ok=True)
        _write(dest, marker, _listing({*files, *owned(dest, marker)}))
        for path, text in difference.after.items():
            if text is None:
                _remove(dest, path)
            else:
                _write(dest, path, text)
        _write(dest, marker, _listing(files))
    except OSError as error:
        raise TreeError(f"{error.filename or dest} can't be written: {error.strerror}; check the owner and the mode of the folder") from error


def _listing(paths: t.Iterable[str]) -> str:
    return json.dumps({"about": "files that unifiedmeta.platform.file_tree keeps in this folder", "files": sorted(paths)}, indent=1) + "\n"


@contextlib.contextmanager
def _folder(dest: str, path: str, make: bool = False) -> t.Iterator[int]:
    """The open folder that holds a path. make: make what is missing. Raises OSError, TreeError for a link in between."""
    handle = os.open(dest, os.O_RDONLY | os.O_DIRECTORY)
    try:
        for part in path.split("/")[:-1]:
            if make:
                with contextlib.suppress(FileExistsError):
                    os.mkdir(part, dir_fd=handle)
            if _is_link(handle, part):
                raise TreeError(f"{os.path.join(dest, path)} is not touched: {part} is a link, and links are not followed; remove it")
            # Without O_NOFOLLOW it could have become a link since.
            inner = os.open(part, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW, dir_fd=handle)
            os.close(handle)
            handle = inner
        yield handle
    finally:
        os.close(handle)


def _is_link(folder: int, name: str) -> bool:
    return stat.S_ISLNK(os.stat(name, dir_fd=folder, follow_symlinks=False).st_mode)


def _read(dest: str, path: str) -> str | None:
    """Text of a file, None where there is none. A link is told as one: what it leads to is nobody's business."""
    name = os.path.basename(path)
    try:
        with _folder(dest, path) as folder:
            if _is_link(folder, name):
                return f"(a link to {os.readlink(name, dir_fd=folder)})\n"
            with open(os.open(name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK, dir_fd=folder), encoding="utf-8", newline="") as handle:
                return handle.read()
    except (FileNotFoundError, NotADirectoryError):
        return None
    except UnicodeDecodeError:
        return ""
    except OSError as error:
        raise TreeError(f"{os.path.join(dest, path)} can't be read: {error.strerror}; it must be a file that you may read") from error


def _write(dest: str, path: str, text: str) -> None:
    """Put a file in place whole or not at all."""
    if _read(dest, path) == text:
        return
    with _folder(dest, path, make=True) as folder:
        temporary = f".file_tree-{secrets.token_hex(8)}"
        handle = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600, dir_fd=folder)
        try:
            with open(handle, "w", encoding="utf-8", newline="") as stream:
                stream.write(text)
                os.fchmod(handle, 0o644)
            os.replace(temporary, os.path.basename(path), src_dir_fd=folder, dst_dir_fd=folder)
        except BaseException:
            os.unlink(temporary, dir_fd=folder)
            raise


def _remove(dest: str, path: str) -> None:
    """Remove a file, and folders that have become empty by it."""
    with contextlib.suppress(FileNotFoundError, NotADirectoryError), _folder(dest, path) as folder:
        os.unlink(os.path.basename(path), dir_fd=folder)
    above = os.path.dirname(path)
    while above:
        try:
            with _folder(dest, above) as folder:
                os.rmdir(os.path.basename(above), dir_fd=folder)
        except OSError:
            return
        above = os.path.dirname(above)

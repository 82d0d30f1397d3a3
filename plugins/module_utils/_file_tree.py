# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A folder that holds given files: what is there, what differs, and the writing of it."""

from __future__ import annotations

import json
import os
import tempfile
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
    try:
        with open(place, encoding="utf-8") as handle:
            listed = json.load(handle)["files"]
    except FileNotFoundError:
        return []
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise TreeError(f"{place} lists what earlier runs have written, and it can't be read ({error}): "
                        "restore it, or remove it and the stale files by hand") from error
    if faults(dict.fromkeys(listed, ""), marker):
        raise TreeError(f"{place} names files outside of the folder: somebody has changed it. Remove it and the stale files by hand")
    return list(listed)


def compare(dest: str, files: t.Mapping[str, str], marker: str) -> Difference:
    """What differs between the folder and the wanted files. A file that is no longer wanted is removed if an earlier run wrote it."""
    difference = Difference()
    for path in sorted({*files, *owned(dest, marker)}):
        there, wanted = _read(os.path.join(dest, path)), files.get(path)
        if there != wanted:
            difference.before[path], difference.after[path] = there, wanted
    return difference


def apply(dest: str, files: t.Mapping[str, str], marker: str, difference: Difference) -> None:
    """Bring the folder to the wanted state. The list of owned files is written first, so that a run that is killed leaves nothing
    behind that the next one doesn't know. Raises TreeError."""
    try:
        os.makedirs(dest, exist_ok=True)
        _write(os.path.join(dest, marker), _listing({*files, *owned(dest, marker)}))
        for path, text in difference.after.items():
            place = os.path.join(dest, path)
            if text is None:
                if os.path.lexists(place):
                    os.unlink(place)
                _prune(dest, os.path.dirname(path))
            else:
                os.makedirs(os.path.dirname(place), exist_ok=True)
                _write(place, text)
        _write(os.path.join(dest, marker), _listing(files))
    except OSError as error:
        raise TreeError(f"{error.filename or dest} can't be written: {error.strerror}; check the owner and the mode of the folder") from error


def _listing(paths: t.Iterable[str]) -> str:
    return json.dumps({"about": "files that unifiedmeta.platform.file_tree keeps in this folder", "files": sorted(paths)}, indent=1) + "\n"


def _read(place: str) -> str | None:
    try:
        with open(place, encoding="utf-8", newline="") as handle:
            return handle.read()
    except (FileNotFoundError, NotADirectoryError):
        return None
    except UnicodeDecodeError:
        return ""
    except OSError as error:
        raise TreeError(f"{place} can't be read: {error.strerror}; it must be a file that you may read") from error


def _write(place: str, text: str) -> None:
    """Put a file in place whole or not at all."""
    if _read(place) == text:
        return
    handle, temporary = tempfile.mkstemp(dir=os.path.dirname(place), prefix=".file_tree-")
    try:
        with os.fdopen(handle, "w", encoding="utf-8", newline="") as stream:
            stream.write(text)
        os.chmod(temporary, 0o644)
        os.replace(temporary, place)
    except BaseException:
        os.unlink(temporary)
        raise


def _prune(dest: str, folder: str) -> None:
    """Remove folders that have become empty."""
    while folder:
        try:
            os.rmdir(os.path.join(dest, folder))
        except OSError:
            return
        folder = os.path.dirname(folder)

# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Is a Vault whose unseal shares were lost empty? What its audit log says about it.

OpenBao with an audit device in its configuration tests that device once in the life of a storage, in ``sys/init`` itself: one entry for
``sys/audit/test`` (seen on 2.7.2; neither a restart nor an unseal writes another). So a log whose only entry after our mark is that
one, written while our request was under way, proves two things: it was our request that initialised the storage, and nobody
has asked the server for anything since. HashiCorp Vault has no audit device at that moment: nothing is proven there, and refused.
"""

from __future__ import annotations

import datetime
import json
import os
import typing as t

WINDOW = 300.0  # Seconds after our mark in which the server may have worked on our request.
INIT_ENTRY = "sys/audit/test"


def snapshot(path: str | None) -> dict[str, t.Any] | None:
    """What identifies the log before we begin: path, inode and size in bytes (both 0 where it doesn't exist yet). Raises OSError."""
    if not path:
        return None
    try:
        found = os.stat(path)
    except FileNotFoundError:
        return {"path": path, "inode": 0, "size": 0}
    return {"path": path, "inode": found.st_ino, "size": found.st_size}


def against(before: dict[str, t.Any] | None, mark: str, path: str | None) -> list[str]:
    """What speaks against «initialised by us, used by nobody», a sentence each; none where that is proven.

    ``before``: the snapshot in our mark. ``mark``: the mark's time (RFC 3339, UTC). ``path``: the audit log now.
    """
    if not path:
        return ["no audit log was named (audit_log), so nothing shows whether it was ever used"]
    if not before or before["path"] != path:
        return [f"the run that was ended didn't look at the audit log {path} beforehand, so an old entry can't be told from a new one"]
    try:
        with open(path, "rb") as file:
            if before["inode"] and (os.fstat(file.fileno()).st_ino != before["inode"] or os.fstat(file.fileno()).st_size < before["size"]):
                return [f"the audit log {path} was rotated or replaced since"]
            file.seek(before["size"])
            entries = [json.loads(line) for line in file if line.strip()]
    except FileNotFoundError:
        return [f"there is no audit log {path}: an initialisation would have written one"]
    except OSError as error:
        return [f"the audit log {path} can't be read ({error.strerror})"]
    except ValueError:
        return [f"the audit log {path} holds lines that aren't JSON"]
    return _judge(entries, _time(mark), path)


def _judge(entries: list[dict[str, t.Any]], mark: float, path: str) -> list[str]:
    paths = [str(entry.get("request", {}).get("path")) for entry in entries]
    if INIT_ENTRY not in paths:
        return [f"the audit log {path} shows no initialisation after our mark: it may be another server's"]
    used = sorted({found for found in paths if found != INIT_ENTRY})
    if used or len(paths) > 1:
        return [f"the audit log {path} shows {len(paths)} entries since our mark, the server was used ({', '.join(used[:3]) or INIT_ENTRY})"]
    late = _time(str(entries[0].get("time", ""))) - mark
    if not 0 <= late <= WINDOW:
        return [f"the audit log {path} shows that it was initialised {late:.0f} s after our mark: not by the run that was ended"]
    return []


def _time(text: str) -> float:
    """Seconds since 1970 of an RFC 3339 time in UTC; fractions finer than a microsecond are cut (Python 3.9 reads no more)."""
    head, _dot, fraction = text.rstrip("Z").partition(".")
    try:
        moment = datetime.datetime.fromisoformat(head).replace(tzinfo=datetime.timezone.utc)
    except ValueError:
        return float("-inf")
    return moment.timestamp() + (float("0." + fraction) if fraction.isdigit() else 0.0)

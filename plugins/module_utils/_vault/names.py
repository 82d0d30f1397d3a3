# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What may be a name in Vault: a path."""

from __future__ import annotations

import re
import typing as t

from ansible_collections.unifiedmeta.platform.plugins.module_utils import _model

_PATH = re.compile(r"[^/\s]+(/[^/\s]+)*")


def path(given: str) -> str:
    """Slashes and spaces at its ends are dropped. Raises ValueError with what to do."""
    name = given.strip().strip("/")
    if not _PATH.fullmatch(name) or any(part in (".", "..") for part in name.split("/")):
        raise ValueError("use letters, digits, - _ . and / between parts")
    return name


def named(desired: _model.Desired, content: dict, where: str) -> t.Iterator[tuple[str, t.Any, str]]:
    """Name, value and place of each entry whose name can be a path."""
    return _model.named(desired, content, where, path)

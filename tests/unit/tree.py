# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The repository's own files, for the tests that hold them to its rules."""

from __future__ import annotations

import functools
import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
_NOT_OURS = {".git", ".venv", ".cache", ".collections", ".ansible", "dist", "__pycache__"}


@functools.cache
def files() -> tuple[str, ...]:
    """Paths of all files, relative to the root, sorted: what git lists or would; in an unpacked tarball everything."""
    listed = subprocess.run(["git", "ls-files", "--cached", "--others", "--exclude-standard"], cwd=ROOT, capture_output=True, text=True, check=False)
    if listed.returncode == 0 and (ROOT / ".git").exists():
        found = listed.stdout.splitlines()
    else:
        found = [str(path.relative_to(ROOT)) for path in ROOT.rglob("*") if not _NOT_OURS & set(path.relative_to(ROOT).parts)]
    return tuple(sorted(name for name in found if (ROOT / name).is_file() and not name.startswith(".collections/")))


def read(name: str) -> str:
    """Text of one file; files that are no text read as empty."""
    try:
        return (ROOT / name).read_text(encoding="utf-8")
    except UnicodeDecodeError:
        return ""


def lines(name: str) -> int:
    """Number of lines of one file."""
    return read(name).count("\n")


def plugins() -> list[str]:
    """Python files below plugins/ that hold code of their own: no package markers, no doc fragments."""
    return [name for name in files() if name.startswith("plugins/") and name.endswith(".py")
            and not name.endswith("__init__.py") and "/doc_fragments/" not in name]


def roles() -> list[str]:
    """Names of the roles."""
    return sorted({name.split("/")[1] for name in files() if name.startswith("roles/") and name.count("/") > 1})

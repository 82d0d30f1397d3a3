# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What the tests of the lab's utilities share."""
from __future__ import annotations

import os
import pathlib

import pytest

from ansible_collections.unifiedmeta.platform.plugins.module_utils._lab.files import Directory, make
from ansible_collections.unifiedmeta.platform.plugins.module_utils._lab.layout import Layout


@pytest.fixture
def layout(tmp_path: pathlib.Path) -> Layout:
    """An instance in a temporary directory, with the folders that every instance has."""
    found = Layout("unit", os.fspath(tmp_path / "state"), 20000)
    for name in ("", "pki", "config", "credentials", "log", "audit", "bin", "pending"):
        make(Directory(os.path.join(found.state, name)))
    return found


@pytest.fixture
def fresh(tmp_path: pathlib.Path) -> Layout:
    """An instance that doesn't exist yet."""
    return Layout("unit", str(tmp_path / "fresh"), 20000)
